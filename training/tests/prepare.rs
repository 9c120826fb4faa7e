//! Cleaning of the Online Retail data, rule by rule, on a small stand-in that the test writes, and the errors for broken files.
//!
//! With the environment variable INTEREST_LENS_DATA set to the real raw file, its counts are checked too.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use model::Catalogue;
use training::prepare::online_retail::prepare;
use training::prepare::{Order, Prepared, Report};
use training::sequences::Sequences;

const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// A raw file in the making.
struct Raw(String);

impl Raw {
    /// Twelve customers, 101 to 112, who each buy the same six items, 10001 to 10006, one minute apart in one invoice:
    /// just what the rules keep whole.
    fn kept() -> Self {
        let mut raw = Self(HEADER.to_owned());
        for customer in 101..=112 {
            for item in 1..=6 {
                let date = format!("2011-01-{:02} 10:{item:02}:00", customer - 100);
                raw.row(&format!("5{customer}"), &format!("1000{item}"), "RED MUG", "2", &date, "1.25", customer);
            }
        }
        raw
    }

    #[expect(clippy::too_many_arguments, reason = "they are the columns")]
    fn row(&mut self, invoice: &str, item: &str, text: &str, quantity: &str, date: &str, price: &str, customer: i32) {
        writeln!(self.0, "{invoice},{item},{text},{quantity},{date},{price},{customer},France").unwrap();
    }

    fn prepare(&self) -> Prepared {
        prepare("raw.csv", self.0.as_bytes(), None).unwrap()
    }
}

/// The report on [`Raw::kept`].
fn kept() -> Report {
    Report {
        rows: 72,
        dropped: dropped([0; 5]),
        users_before: 12,
        items_before: 6,
        users: 12,
        items: 6,
        events: 72,
        ..Report::default()
    }
}

/// How many rows each rule for rows drops.
fn dropped([no_customer, cancelled, no_quantity, no_price, no_product]: [usize; 5]) -> Vec<(String, usize)> {
    [
        ("no CustomerID", no_customer),
        ("cancelled (InvoiceNo starts with C)", cancelled),
        ("Quantity not positive", no_quantity),
        ("UnitPrice not positive", no_price),
        ("not a product (StockCode does not start with five digits, or a service)", no_product),
    ]
    .map(|(rule, count)| (rule.to_owned(), count))
    .to_vec()
}

const DATE: &str = "2011-02-01 09:00:00";

#[test]
fn clean_rows_are_kept_whole() {
    let Prepared { catalogue, sequences, report, .. } = Raw::kept().prepare();
    assert_eq!(report, kept());
    let ids: Vec<&str> = catalogue.items().iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["10001", "10002", "10003", "10004", "10005", "10006"]);
    assert!(catalogue.items().iter().all(|item| item.title == "Red Mug" && item.popularity == 12));
    assert_eq!(catalogue.categories(), ["Tableware"]);
    assert_eq!(sequences.users.len(), 12);
    assert_eq!(sequences.events(), 72);
    let user = &sequences.users[0];
    assert_eq!(user.id, "101");
    assert_eq!(user.events.iter().map(|event| event.item).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(user.events[2].time.to_string(), "2011-01-01T10:03:00");
}

#[test]
fn each_rule_drops_its_rows() {
    let mut raw = Raw::kept();
    raw.0 += "6001,10001,RED MUG,1,2011-02-01 09:00:00,1.25,,France\n";
    raw.row("C6002", "10001", "RED MUG", "-1", DATE, "1.25", 101);
    raw.row("6003", "10001", "RED MUG", "0", DATE, "1.25", 101);
    raw.row("6003", "10001", "RED MUG", "-2", DATE, "1.25", 101);
    raw.row("6004", "10001", "RED MUG", "1", DATE, "0", 101);
    for code in ["POST", "M", "C2", "BANK CHARGES", "1000", "1000A"] {
        raw.row("6005", code, "POSTAGE", "1", DATE, "18", 101);
    }
    raw.row("6006", "23444", "Next Day Carriage", "1", DATE, "15", 101);
    raw.row("6007", "10001", "RED MUG", "1", DATE, "1.25", 101);
    let report = raw.prepare().report;
    let expected = Report { rows: 72 + 13, dropped: dropped([1, 1, 2, 1, 7]), repeated: 1, ..kept() };
    assert_eq!(report, expected);
}

#[test]
fn rare_customers_and_items_are_dropped_until_all_have_enough() {
    let mut raw = Raw::kept();
    // Customer 201 buys nothing but item 10007, customer 202 has five items with it.
    for customer in (101..=109).chain([201]) {
        raw.row("7001", "10007", "BLUE MUG", "1", DATE, "1", customer);
    }
    for item in [1, 2, 3, 4, 7] {
        raw.row("7002", &format!("1000{item}"), "MUG", "1", DATE, "1", 202);
    }
    // Customer 201 goes. Item 10007 is left with 101 to 109 and 202: ten, enough.
    let report = raw.prepare().report;
    assert_eq!((report.rare, report.users, report.items, report.events), (1, 13, 7, 72 + 9 + 5));

    // Without customer 109's purchase it has nine after 201 has gone: it goes, and leaves 202 with four items, who goes.
    raw.0 = raw.0.replace("7001,10007,BLUE MUG,1,2011-02-01 09:00:00,1,109,France\n", "");
    let report = raw.prepare().report;
    assert_eq!((report.rare, report.users, report.items, report.events), (1 + 9 + 4, 12, 6, 72));
}

#[test]
fn events_are_ordered_by_time_and_then_as_in_the_file() {
    let mut raw = Raw::kept();
    for customer in 101..=112 {
        raw.row("8002", "10009", "LATE MUG", "1", "2011-03-01 10:00:00", "1", customer);
        raw.row("8001", "10008", "EARLY MUG", "1", "2010-12-01 10:00:00", "1", customer);
        raw.row("8001", "10007", "EARLY MUG", "1", "2010-12-01 10:00:00", "1", customer);
        // Bought again: the first purchase counts.
        raw.row("8003", "10008", "EARLY MUG", "1", "2011-04-01 10:00:00", "1", customer);
    }
    let Prepared { catalogue, sequences, report, .. } = raw.prepare();
    assert_eq!(report.repeated, 12);
    for user in &sequences.users {
        let bought: Vec<(&str, u32)> = user
            .events
            .iter()
            .map(|event| (catalogue.items()[event.item as usize].id.as_str(), event.basket))
            .collect();
        let expected = [
            ("10008", 0),
            ("10007", 0),
            ("10001", 1),
            ("10002", 1),
            ("10003", 1),
            ("10004", 1),
            ("10005", 1),
            ("10006", 1),
            ("10009", 2),
        ];
        assert_eq!(bought, expected);
    }
}

#[test]
fn the_title_is_the_most_frequent_name_and_the_price_the_median() {
    let mut raw = Raw::kept();
    // "damaged" and "?" are more frequent than any name of 10007, but notes.
    for (customer, text, price) in [
        (101, "damaged", "9"),
        (102, "damaged", "9"),
        (103, "damaged", "9"),
        (104, "?", "9"),
        (105, "?", "9"),
        (106, "?", "1"),
        (107, "S/6 GLASS. T-LIGHT HLDR", "2"),
        (108, "S/6 GLASS. T-LIGHT HLDR", "3"),
        (109, "A RED T-LIGHT", "4"),
        (110, "ZINC T-LIGHT", "5"),
    ] {
        raw.row("9001", "10007", text, "1", DATE, price, customer);
    }
    let catalogue = raw.prepare().catalogue;
    let item = &catalogue.items()[6];
    assert_eq!(item.title, "Set of 6 Glass T-Light Holder");
    assert_eq!(catalogue.category(item), "Candles & Lights");
    // 1 2 3 4 5 9 9 9 9 9: the mean of the fifth and sixth.
    assert_eq!(item.price, Some(7.0));
    assert_eq!(item.popularity, 10);
}

#[test]
fn other_writings_of_the_same_data() {
    let plain = Raw::kept();
    let as_told = |how: &str, bytes: &[u8], dates: Option<Order>| {
        let expected = plain.prepare();
        let found = prepare("raw", bytes, dates).unwrap();
        assert_eq!(found.report, expected.report, "{how}");
        assert_eq!(found.catalogue, expected.catalogue, "{how}");
        assert_eq!(found.sequences, expected.sequences, "{how}");
    };
    let same = |how: &str, bytes: &[u8]| as_told(how, bytes, None);
    same("gzip", &gzip(plain.0.as_bytes()));
    let (start, end) = plain.0.as_bytes().split_at(777);
    same("gzip in two members", &[gzip(start), gzip(end)].concat());
    same("byte order mark and Windows line ends", format!("\u{feff}{}", plain.0.replace('\n', "\r\n")).as_bytes());
    let mut decimal = plain.0.replace(",2,2011", ",2.0,2011");
    for customer in 101..=112 {
        decimal = decimal.replace(&format!(",{customer},"), &format!(",{customer}.0,"));
    }
    same("decimal numbers", decimal.as_bytes());
    let mut american = plain.0.clone();
    for day in 1..=12 {
        american = american.replace(&format!("2011-01-{day:02} 10:"), &format!("1/{day}/2011 10:"));
    }
    american = american.replace(":00,", ",");
    as_told("month/day/year", american.as_bytes(), Some(Order::MonthFirst));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Why the file is refused.
fn refusal(bytes: impl AsRef<[u8]>) -> String {
    prepare("raw.csv", bytes.as_ref(), None).unwrap_err().to_string()
}

#[test]
fn missing_columns_are_named() {
    for column in ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"] {
        let header = HEADER.replace(column, "Other").trim().replace(',', ", ");
        assert_eq!(
            refusal(Raw::kept().0.replacen(column, "Other", 1)),
            format!("raw.csv: line 1: column \"{column}\" is missing; the header has {header}")
        );
    }
    // The country is not needed.
    prepare("raw.csv", Raw::kept().0.replacen("Country", "Other", 1).as_bytes(), None).unwrap();
}

#[test]
fn wrong_fields_are_named_by_line() {
    let with = |row: &str| {
        let mut raw = Raw::kept();
        raw.0 += row;
        raw.row("5101", "10001", "RED MUG", "1", DATE, "1.25", 101);
        refusal(&raw.0)
    };
    assert_eq!(
        with("6001,10001,MUG,two,2011-02-01 09:00:00,1,101,France\n"),
        "raw.csv: line 74: field \"Quantity\" is \"two\", expected a number"
    );
    assert_eq!(
        with("6001,10001,MUG,2,2011-02-01 09:00:00,,101,France\n"),
        "raw.csv: line 74: field \"UnitPrice\" is \"\", expected a number"
    );
    assert_eq!(
        with("6001,10001,MUG,2,2011-02-01 09:00:00,inf,101,France\n"),
        "raw.csv: line 74: field \"UnitPrice\" is \"inf\", expected a finite number"
    );
    // What begins with the day, or has no time of day, is no error by itself, but stands among other dates.
    let other = ", written as in the lines above";
    for (date, why) in
        [("2011-02-30 09:00:00", ""), ("yesterday", ""), ("", ""), ("2011-02-01", other), ("13/1/2011 9:00", other)]
    {
        assert_eq!(
            with(&format!("6001,10001,MUG,2,{date},1,101,France\n")),
            format!(
                "raw.csv: line 74: field \"InvoiceDate\" is \"{date}\", \
                 expected a date such as 2010-12-01 08:26:00 or 12/1/2010 8:26{why}"
            )
        );
    }
    assert_eq!(with("6001,10001,MUG\n"), "raw.csv: line 74: 3 fields, expected 8");
    assert_eq!(
        with(
            "6001,10001,\"MUG,\nLARGE\",2,2011-02-01 09:00:00,1,101,France\n6002,10001,MUG,x,2011-02-01 09:00:00,1,,\n"
        ),
        "raw.csv: line 76: field \"Quantity\" is \"x\", expected a number"
    );
}

#[test]
fn latin_1_is_read() {
    let mut bytes = Raw::kept().0.into_bytes();
    for customer in 101..=112 {
        bytes.extend_from_slice(b"6001,10007,\xa3 MUG,2,2011-02-01 09:00:00,1,");
        bytes.extend_from_slice(format!("{customer},France\n").as_bytes());
    }
    let prepared = prepare("raw.csv", bytes.as_slice(), None).unwrap();
    assert_eq!(prepared.catalogue.items()[6].title, "£ Mug");
}

#[test]
fn files_without_data() {
    assert_eq!(refusal(""), "raw.csv: the file is empty");
    assert_eq!(refusal(gzip(b"")), "raw.csv: the file is empty");
    assert_eq!(refusal(HEADER), "raw.csv: no row of data in it");
    let mut raw = Raw(HEADER.to_owned());
    raw.row("5101", "10001", "RED MUG", "1", DATE, "1.25", 101);
    assert!(refusal("PK\u{3}\u{4}").starts_with("raw.csv: a ZIP archive or an Excel file"));
    let refusal = refusal(&raw.0);
    assert!(refusal.starts_with("raw.csv: nothing is left after cleaning\n"), "{refusal}");
    assert!(refusal.contains("1 first events: 1 users, 1 items"), "{refusal}");
}

#[test]
fn damaged_gzip_is_refused_wherever_it_is_cut() {
    let whole = gzip(Raw::kept().0.as_bytes());
    for length in 3..whole.len() {
        let refusal = refusal(&whole[..length]);
        assert!(refusal.starts_with("raw.csv: cannot be read after line "), "{length}: {refusal}");
    }
    let mut damaged = whole.clone();
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    assert!(refusal(&damaged).contains("cannot be read after line "), "{}", refusal(&damaged));
}

/// The purchases of [`Raw::kept`] in a file, and what reading says once `change` was at the text.
fn reread(change: impl Fn(String) -> String) -> Result<Sequences, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sequences.csv");
    let Prepared { catalogue, sequences, .. } = Raw::kept().prepare();
    sequences.write(&path, &catalogue).unwrap();
    fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    let folder = format!("{}/", folder.path().display());
    Sequences::read(&path, &catalogue).map_err(|error| error.to_string().replace(&folder, ""))
}

#[test]
fn sequences_come_back_as_they_were_written() {
    assert_eq!(reread(|text| text).unwrap(), Raw::kept().prepare().sequences);
}

#[test]
fn broken_sequences_are_refused_by_line() {
    let refusal = |from: &'static str, to: &'static str| reread(|text| text.replacen(from, to, 1)).unwrap_err();
    assert_eq!(
        refusal("basket", "cart"),
        "sequences.csv: line 1: column \"basket\" is missing; the header has user, cart, item, time"
    );
    assert_eq!(
        refusal("101,0,10002", "101,0,99999"),
        "sequences.csv: line 3: field \"item\" is \"99999\", expected an id of the catalogue"
    );
    assert_eq!(
        refusal("101,0,10002", "101,-1,10002"),
        "sequences.csv: line 3: field \"basket\" is \"-1\", expected a whole number"
    );
    assert_eq!(
        refusal("2011-01-01T10:02:00", "noon"),
        "sequences.csv: line 3: field \"time\" is \"noon\", expected a date and time such as 2010-12-01T08:26:00"
    );
    assert_eq!(
        refusal("2011-01-01T10:02:00", "2010-01-01T10:02:00"),
        "sequences.csv: line 3: field \"time\" is \"2010-01-01T10:02:00\", \
         expected no time before that of the line above"
    );
    assert_eq!(
        refusal("102,0,10002", "101,0,10002"),
        "sequences.csv: line 9: field \"user\" is \"101\", expected lines of one user in one block"
    );
    assert_eq!(reread(|_| String::new()).unwrap_err(), "sequences.csv: the file is empty");
    assert_eq!(reread(|_| "user,basket,item,time\n".to_owned()).unwrap_err(), "sequences.csv: no purchase in it");
    let nowhere = Sequences::read(Path::new("no/such/file.csv"), &Catalogue::default()).unwrap_err().to_string();
    assert!(nowhere.starts_with("no/such/file.csv: "), "{nowhere}");
}

#[test]
fn the_real_data_give_the_documented_counts() {
    let Some(path) = std::env::var_os("INTEREST_LENS_DATA") else {
        println!("INTEREST_LENS_DATA is not set: checking the stand-in, not the real data");
        check_sums(&Raw::kept().prepare());
        return;
    };
    let prepared = prepare("INTEREST_LENS_DATA", File::open(path).unwrap(), None).unwrap();
    println!("checking the real data:\n{}", prepared.report);
    check_sums(&prepared);
    let expected = Report {
        rows: 541_909,
        dropped: dropped([135_080, 8_905, 0, 40, 1_626]),
        repeated: 130_100,
        users_before: 4_334,
        items_before: 3_658,
        rare: 4_191,
        users: 4_070,
        items: 2_784,
        events: 261_967,
    };
    assert_eq!(prepared.report, expected);
    let shipped = include_bytes!("../../assets/catalogue.csv");
    let shipped = Catalogue::from_csv("catalogue.csv", shipped).unwrap();
    assert_eq!(prepared.catalogue, shipped, "the shipped catalogue is what preparation makes");
}

/// What holds for any data: every row is accounted for, and what is left is what the rules promise.
fn check_sums(prepared: &Prepared) {
    let Prepared { catalogue, sequences, report, .. } = prepared;
    let dropped = report.dropped.iter().map(|(_, count)| count).sum::<usize>() + report.repeated + report.rare;
    assert_eq!(report.rows, dropped + report.events);
    assert_eq!((report.users, report.items), (sequences.users.len(), catalogue.items().len()));
    assert_eq!(report.events, sequences.events());
    let mut popularity = vec![0; catalogue.items().len()];
    for user in &sequences.users {
        assert!(user.events.len() >= 5, "{}", user.id);
        assert!(user.events.is_sorted_by_key(|event| event.time), "{}", user.id);
        let items: std::collections::BTreeSet<u32> = user.events.iter().map(|event| event.item).collect();
        assert_eq!(items.len(), user.events.len(), "{} bought an item twice", user.id);
        let baskets: std::collections::BTreeSet<u32> = user.events.iter().map(|event| event.basket).collect();
        assert_eq!(baskets, (0..baskets.len() as u32).collect(), "{}", user.id);
        for event in &user.events {
            popularity[event.item as usize] += 1;
        }
    }
    for (item, popularity) in catalogue.items().iter().zip(popularity) {
        assert_eq!(item.popularity, popularity, "{item:?}");
        assert!(popularity >= 10 && item.price.is_some_and(|price| price > 0.0), "{item:?}");
    }
}

#[test]
fn the_program_writes_both_files_and_says_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("raw"), folder.path().join("new/prepared"));
    fs::write(&input, gzip(Raw::kept().0.as_bytes())).unwrap();
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_interest-lens"))
            .arg("prepare")
            .args([Path::new("--input"), &input, Path::new("--output"), &output])
            .output()
            .unwrap()
    };
    let done = run();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success() && said.contains("72 events left: 12 users, 6 items"), "{said}");
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "", "no bar where standard error is no terminal");
    let catalogue = Catalogue::from_csv("c", &fs::read(output.join("catalogue.csv")).unwrap()).unwrap();
    let sequences = Sequences::read(&output.join("sequences.csv"), &catalogue).unwrap();
    assert_eq!(sequences, Raw::kept().prepare().sequences);

    fs::remove_file(&input).unwrap();
    let failed = run();
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(!failed.status.success());
    assert!(said.starts_with(&format!("error: {}: ", input.display())) && said.contains("prepare --help"), "{said}");
}
