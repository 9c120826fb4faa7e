//! Files of histories that people bring: what is read, and what is refused with which words.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use model::{Catalogue, ShopperHistories};
use proptest::prelude::*;

/// Products "a", "b", "7" and "c, d" in rows 0 to 3.
fn catalogue() -> Catalogue {
    Catalogue::from_csv("c", b"id,title,category\na,A,X\nb,B,X\n7,C,Y\n\"c, d\",D,Y\n").unwrap()
}

fn read(text: &str) -> ShopperHistories {
    ShopperHistories::from_csv("clicks.csv", text.as_bytes(), &catalogue()).unwrap()
}

/// Why the file is refused.
fn refusal(bytes: impl AsRef<[u8]>) -> String {
    ShopperHistories::from_csv("clicks.csv", bytes.as_ref(), &catalogue()).unwrap_err().to_string()
}

fn users(histories: &ShopperHistories) -> Vec<(&str, &[u32])> {
    histories.users().collect()
}

const PLAIN: &str = "user,item,time\nana,b,20\nbo,7,5\nana,a,10\nana,\"c, d\",30\n";

#[test]
fn a_plain_file() {
    let histories = read(PLAIN);
    assert_eq!(users(&histories), [("ana", &[0, 1, 3][..]), ("bo", &[2][..])]);
    assert_eq!((histories.len(), histories.is_empty(), histories.unknown()), (2, false, None));
}

#[test]
fn the_same_file_as_other_programs_write_it() {
    let plain = read(PLAIN);
    for (how, text) in [
        ("byte order mark", format!("\u{feff}{PLAIN}")),
        ("Windows line ends", PLAIN.replace('\n', "\r\n")),
        ("line ends of old Macintosh programs", PLAIN.replace('\n', "\r")),
        ("no line end at the end", PLAIN.trim_end().to_owned()),
        ("blank lines", format!("\n{}\n \n,,\n", PLAIN.replace('\n', "\n\n"))),
        ("tabs", PLAIN.replace(',', "\t").replace("c\t d", "c, d")),
        ("semicolons", PLAIN.replace(',', ";").replace("c; d", "c, d")),
        ("spaces", PLAIN.replace("na,", "na ,").replace(",b", ", b").replace('\n', " \n")),
        ("other names", PLAIN.replacen("user,item,time", "user_id,item_id,timestamp", 1)),
        ("names in capitals", PLAIN.replacen("user,item,time", "userId,ID,Time", 1)),
        ("a shop's names", PLAIN.replacen("user,item,time", "Customer ID,product_id,event-time", 1)),
        ("RecBole's names", PLAIN.replacen("user,item,time", "user_id:token,item_id:token,timestamp:float", 1)),
        (
            "other order and more columns",
            "time,shop,item,user\n20,,b,ana\n5,,7,bo\n10,,a,ana\n30,,\"c, d\",ana\n".to_owned(),
        ),
    ] {
        assert_eq!(read(&text), plain, "{how}");
    }
}

#[test]
fn events_are_ordered_by_time_and_then_as_in_the_file() {
    // Each line has the times of items a, b and 7 of one user, and which items the right order is.
    for (times, expected) in [
        (["3", "1", "2"], [1, 2, 0]),
        (["5", "5", "5"], [0, 1, 2]),
        (["5", "1", "5"], [1, 0, 2]),
        (["10", "9", "-1"], [2, 1, 0]),
        (["1.5", "1.25", "2e-1"], [2, 1, 0]),
        (["1717171717171", "1717171717170", "1717171717169"], [2, 1, 0]),
        (["2024-05-31", "2024-05-30", "2023-12-31"], [2, 1, 0]),
        (["2024-03-01", "2024-02-29", "2024-02-28"], [2, 1, 0]),
        (["2024-05-31T08:00", "2024-05-31 07:59:59", "2024-05-31"], [2, 1, 0]),
        (["2024-05-31T08:00:00.5Z", "2024-05-31T08:00:00Z", "2024-05-31T07:59:59.999999Z"], [2, 1, 0]),
        // The same instant in four zones, and one second after and before it.
        (["2024-03-01T01:30:00+02:00", "2024-02-29T23:30:00Z", "2024-02-29T15:30-0800"], [0, 1, 2]),
        (["2024-03-01T01:30:01+02", "2024-02-29T23:30:00 UTC", "2024-02-29T15:29:59-08:00"], [2, 1, 0]),
        // A leap second is as late as the second after it.
        (["2000-01-01T00:00:00Z", "1999-12-31T23:59:60Z", "1999-12-31T23:59:59Z"], [2, 0, 1]),
        (["0001-01-01", "1900-02-28", "1900-03-01"], [0, 1, 2]),
        (["3 Feb 2011", "1 Feb 2011", "31 January 2011"], [2, 1, 0]),
        (["\"Feb 3, 2011 8:26 PM\"", "\"Feb 3, 2011 8:26 AM\"", "\"Feb 2, 2011\""], [2, 1, 0]),
        (["03-Jan-11", "02-Jan-11", "31-Dec-99"], [2, 1, 0]),
    ] {
        let text = format!("user,item,time\nu,a,{}\nu,b,{}\nu,7,{}\n", times[0], times[1], times[2]);
        assert_eq!(users(&read(&text)), [("u", &expected[..])], "{times:?}");
    }
}

#[test]
fn excel_s_first_line_tells_the_separator() {
    for start in ["sep=;\n", "SEP=;\r\n", "\u{feff}sep=;\n", "\"sep=;\"\r\n"] {
        let histories = read(&format!("{start}user;item;time\nu;a;1\nu;b;2\n"));
        assert_eq!(users(&histories), [("u", &[0, 1][..])], "{start:?}");
    }
    for separator in ['|', '\t', ','] {
        let text = format!("sep={separator}\nuser,item,time\nu,a,1\nu,b,2\n").replace(',', &separator.to_string());
        assert_eq!(users(&read(&text)), [("u", &[0, 1][..])], "{separator:?}");
    }
    // Errors tell the lines of the file.
    let refused = refusal("sep=;\nuser;item;time\nu;a;soon\n");
    assert!(refused.starts_with("clicks.csv: line 3: field \"time\""), "{refused}");
    let refused = refusal("sep=;\nuser;item\nu;a\n");
    assert_eq!(refused, "clicks.csv: line 2: column \"time\" is missing; the header has user, item");
    assert_eq!(refusal("sep=;\n"), "clicks.csv: the file is empty");
}

#[test]
fn users_are_found_where_a_person_looks() {
    let names =
        ["u10", "u9", "Zoë", "u9b", "10", "9", "007", "7", "u", "anna", "u09", "18446744073709551616", "7 b", "é"];
    let text: String = names.iter().map(|name| format!("{name},a,0\n")).collect();
    let histories = read(&format!("user,item,time\n{text}"));
    let order: Vec<&str> = histories.users().map(|(name, _)| name).collect();
    assert_eq!(
        order,
        ["007", "7", "7 b", "9", "10", "18446744073709551616", "Zoë", "anna", "u", "u09", "u9", "u9b", "u10", "é"]
    );
}

#[test]
fn unknown_items_are_skipped_and_counted() {
    let histories = read("user,item,time\nana,a,1\n\nana,X,2\nbo,y,3\nana,A,4\nana,b,5\n");
    assert_eq!(users(&histories), [("ana", &[0, 1][..])], "bo has no item of the catalogue");
    assert_eq!(
        histories.unknown().unwrap().to_string(),
        "3 of 5 lines name items that are not in this catalogue, first line 4: \"X\""
    );
    let one = read("user,item,time\nana,a,1\nana,X,2\n");
    assert_eq!(
        one.unknown().unwrap().to_string(),
        "1 of 2 lines names an item that is not in this catalogue, first line 3: \"X\""
    );
    assert_eq!(
        refusal("user,item,time\nana,p,1\nbo,q,2\n"),
        "clicks.csv: 2 of 2 lines name items that are not in this catalogue, first line 2: \"p\""
    );
    let long = "p".repeat(200);
    assert!(refusal(format!("user,item,time\nana,{long},1\n")).ends_with(&format!("\"{}…\"", &long[..120])));
}

#[test]
fn columns_that_are_missing_or_there_twice() {
    for (header, column) in [("who,item,time", "user"), ("user,what,time", "item"), ("user,item,when", "time")] {
        assert_eq!(
            refusal(format!("{header}\nana,a,1\n")),
            format!("clicks.csv: line 1: column \"{column}\" is missing; the header has {}", header.replace(',', ", "))
        );
    }
    // A file without a header: its first line would be lost.
    assert_eq!(
        refusal("ana,a,1\nana,b,2\n"),
        "clicks.csv: line 1: column \"user\" is missing; the header has ana, a, 1"
    );
    assert_eq!(refusal("user,item,time,item\n"), "clicks.csv: line 1: two columns are named \"item\"");
}

#[test]
fn wrong_lines_are_named() {
    for ending in ["\n", "\r\n", "\r"] {
        let refusal = |lines: &str| refusal(format!("user,item,time\nana,a,1\n{lines}").replace('\n', ending));
        assert_eq!(refusal("ana,b\n"), "clicks.csv: line 3: 2 fields, expected 3");
        assert_eq!(refusal("ana,b,2,\n"), "clicks.csv: line 3: 4 fields, expected 3");
        assert_eq!(refusal("\n,b,2\n"), "clicks.csv: line 4: field \"user\" is \"\", expected a name or number");
        assert_eq!(refusal("NULL,b,2\n"), "clicks.csv: line 3: field \"user\" is \"NULL\", expected a name or number");
        assert_eq!(refusal("ana, ,2\n"), "clicks.csv: line 3: field \"item\" is \"\", expected a name or number");
        for time in ["", "soon", "NaN", "inf", "\"1,5\"", "2024-05-31"] {
            assert_eq!(
                refusal(&format!("ana,b,{time}\n")),
                format!(
                    "clicks.csv: line 3: field \"time\" is \"{}\", expected a number, as in the lines above",
                    time.trim_matches('"')
                )
            );
        }
        assert_eq!(refusal("ana,\"b,2\n"), "clicks.csv: line 3: a field begins with a quote (\") and none ends it");
    }
}

#[test]
fn dates_that_are_none() {
    for time in [
        "31.12.2024",
        "12/31/2024",
        "2024-13-01",
        "2024-00-01",
        "2024-04-31",
        "2023-02-29",
        "1900-02-29",
        "2024-1-1",
        "0000-01-01",
        "2024-05-31T",
        "2024-05-31T24:00",
        "2024-05-31T12:60",
        "2024-05-31T12:00:61",
        "2024-05-31T12:00:-1",
        "2024-05-31T12:00:",
        "2024-05-31T12",
        "2024-05-31T12:00+",
        "2024-05-31T12:00+1",
        "2024-05-31T12:00Zulu",
        "2024-05-31T12:00+02:00:00",
        "2024-05-31T12:00:NaN",
        "+024-05-31",
        "2024-05-31-01",
        "T12:00",
        "2024-05-31Té:00",
    ] {
        assert_eq!(
            refusal(format!("user,item,time\nana,a,{time}\n")),
            format!(
                "clicks.csv: line 2: field \"time\" is \"{time}\", expected a number, or a date such as 2024-05-31 or \
                 2024-05-31T18:30:00"
            )
        );
    }
    assert_eq!(
        refusal("user,item,time\nana,a,2024-05-31\nana,b,1717171717\n"),
        "clicks.csv: line 3: field \"time\" is \"1717171717\", expected a date such as 2024-05-31 or \
         2024-05-31T18:30:00, as in the lines above"
    );
}

#[test]
fn other_encodings_and_files_without_histories() {
    assert_eq!(
        refusal(b"user,item,time\nana,a,1\nJos\xe9,b,2\n"),
        "clicks.csv: line 3: field \"user\" is not UTF-8; save the file with that encoding"
    );
    assert_eq!(
        refusal(b"user,item,time\nana,a\0,1\n"),
        "clicks.csv: line 2: field \"item\" holds a NUL byte; the file is damaged or not text in UTF-8"
    );
    assert_eq!(
        refusal(b"\xff\xfeu\0s\0e\0r\0"),
        "clicks.csv: text in UTF-16; save the table as CSV in UTF-8, which Excel calls \"CSV UTF-8\""
    );
    assert!(refusal("version https://git-lfs.github.com/spec/v1\n").contains("git lfs pull fetches the file itself"));
    assert_eq!(refusal(""), "clicks.csv: the file is empty");
    assert_eq!(refusal("user,item,time\n"), "clicks.csv: no history in it");
    assert_eq!(refusal("user,item,time\n\n , ,\n"), "clicks.csv: no history in it");
}

proptest! {
    /// Any events come back, each user's in order.
    #[test]
    fn what_is_written_is_read(events in prop::collection::vec((0u32..5, 0u32..4, 0i64..20), 1..40)) {
        let ids = ["a", "b", "7", "\"c, d\""];
        let lines: String = events.iter().map(|(user, item, time)| format!("{user},{},{time}\n", ids[*item as usize])).collect();
        let histories = read(&format!("user,item,time\n{lines}"));
        let mut sorted = events;
        sorted.sort_by_key(|&(user, _, time)| (user, time));
        let flat: Vec<(String, u32)> = sorted.into_iter().map(|(user, item, _)| (user.to_string(), item)).collect();
        let read: Vec<(String, u32)> =
            histories.users().flat_map(|(user, items)| items.iter().map(|&item| (user.to_owned(), item))).collect();
        prop_assert_eq!(read, flat);
    }
}
