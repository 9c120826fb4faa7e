//! Logs of clicks in the forms in which people have them: twelve users who each click the same six products, in all of them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use model::Catalogue;
use training::prepare::{Input, Options, Order, Prepared};
use zip::ZipWriter;
use zip::write::FileOptions;

/// 2011-01-13T00:00:00 UTC, so that days of users are 14 to 25.
const BEGIN: i64 = 1_294_876_800;

/// A click: user, product and seconds since 1970.
#[derive(Clone, Copy)]
struct Click {
    user: u32,
    item: u32,
    time: i64,
}

/// Twelve users click the products 1 to 6, a minute apart, in another order each time; user u on day u.
fn clicks() -> Vec<Click> {
    let user = |user: u32| {
        let click = move |place: u32| {
            let time = BEGIN + i64::from(user) * 86_400 + i64::from(place) * 60;
            Click { user, item: 1 + (place + user) % 6, time }
        };
        (0..6).map(click)
    };
    (1..=12).flat_map(user).collect()
}

/// A file with a line for each click.
fn file(header: &str, line: impl Fn(Click) -> String) -> String {
    let lines: String = clicks().into_iter().map(|click| line(click) + "\n").collect();
    if header.is_empty() { lines } else { format!("{header}\n{lines}") }
}

/// `seconds` since 1970 as a date in these words of strftime.
fn date(words: &str, seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap().strftime(words).to_string()
}

fn prepare_file(path: &Path, options: &Options) -> Result<Prepared, String> {
    let folder = format!("{}/", path.parent().unwrap().display());
    let input = Input::find(path, options).map_err(|error| error.to_string().replace(&folder, ""))?;
    let source = File::open(input.file()).unwrap();
    input.prepare(source, options).map_err(|error| error.to_string().replace(&folder, ""))
}

fn prepare_with(bytes: impl AsRef<[u8]>, options: &Options) -> Result<Prepared, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, bytes).unwrap();
    prepare_file(&path, options)
}

fn prepare(bytes: impl AsRef<[u8]>) -> Result<Prepared, String> {
    prepare_with(bytes, &Options::default())
}

/// Refuses anything but the clicks of [`clicks`], whatever the users and the products are called.
fn check(how: &str, prepared: Result<Prepared, String>) -> Prepared {
    let prepared = prepared.unwrap_or_else(|error| panic!("{how}: {error}"));
    let Prepared { catalogue, sequences, report, notes } = &prepared;
    assert_eq!((report.users, report.items, report.events), (12, 6, 72), "{how}: {report} {notes:?}");
    for user in &sequences.users {
        let number: u32 = user.id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
        let items: Vec<u32> = user
            .events
            .iter()
            .map(|event| catalogue.items()[event.item as usize].id.as_str())
            .map(item_number)
            .collect();
        assert_eq!(items, (0..6).map(|place| 1 + (place + number) % 6).collect::<Vec<_>>(), "{how}: {notes:?}");
        let day = user.events[0].time.date();
        assert_eq!(day.to_string(), date("%Y-%m-%d", BEGIN + i64::from(number) * 86_400), "{how}: {notes:?}");
        assert!(user.events.iter().all(|event| event.basket == 0), "{how}: a basket is a day");
    }
    prepared
}

/// The last digit of a product's identifier.
fn item_number(id: &str) -> u32 {
    id[id.len() - 1..].parse().unwrap()
}

#[test]
fn logs_by_the_names_of_their_columns() {
    for (how, text) in [
        ("plain", file("user,item,time", |Click { user, item, time }| format!("{user},{item},{time}"))),
        ("other order", file("ts,timestamp,x,ITEM_ID,userId", |c| format!("-,{},y,{},{}", c.time, c.item, c.user))),
        ("Retailrocket", {
            let line = |c: Click| format!("{}{:03},{},view,{},", c.time, c.item, c.user, c.item);
            file("timestamp,visitorid,event,itemid,transactionid", line)
        }),
        ("Amazon", {
            let line = |c: Click| format!("5.0,Nice,Really,B00000000{},A{},{}117,0,True", c.item, c.user, c.time);
            file("rating,title,text,parent_asin,user_id,timestamp,helpful_vote,verified_purchase", line)
        }),
        ("Amazon, JSON", {
            let line = |c: Click| {
                let (user, item, time) = (c.user, c.item, c.time);
                format!(r#"{{"reviewerID": "A{user}", "asin": "{item}", "overall": 5.0, "unixReviewTime": {time}}}"#)
            };
            file("", line)
        }),
        ("Amazon, newer JSON", {
            let line = |c: Click| {
                let (user, item, time) = (c.user, c.item, c.time);
                format!(
                    r#"{{"rating": 5.0, "title": "Nice", "text": "a, \"b\"", "images": [], "asin": "x", "parent_asin": "{item}", "user_id": "A{user}", "timestamp": {time}000}}"#
                )
            };
            file("", line)
        }),
        ("RecBole", {
            let line = |c: Click| format!("{}\t{}\t{}", c.user, c.item, c.time);
            file("user_id:token\titem_id:token\ttimestamp:float", line)
        }),
        ("RecBole with spaces", {
            let line = |c: Click| format!("{}   {}   4 {}", c.user, c.item, c.time);
            file("user_id:token   item_id:token   rating:float timestamp:float", line)
        }),
        ("a shop", {
            let line = |c: Click| format!("{};{};view;{};9,5", date("%Y-%m-%d %H:%M:%S UTC", c.time), c.item, c.user);
            file("event_time;product_id;event_type;Customer ID;weight", line)
        }),
    ] {
        check(how, prepare(text));
    }
}

#[test]
fn logs_without_a_header() {
    for (how, text) in [
        ("plain", file("", |c| format!("{},{},{}", c.user, c.item, c.time))),
        ("YooChoose", file("", |c| format!("{},{},{},0", c.user, date("%Y-%m-%dT%H:%M:%S.157Z", c.time), c.item))),
        ("Taobao", file("", |c| format!("{},{},7,pv,{}", c.user, c.item, c.time))),
        ("Amazon 2014", file("", |c| format!("A1000000{},000000000{},4.0,{}", c.user, c.item, c.time))),
        ("Amazon 2018", file("", |c| format!("000000000{},A1000000{},4.0,{}", c.item, c.user, c.time))),
    ] {
        let text = text.replace("A1000000", "A");
        check(how, prepare(text));
    }
    let error = prepare("1,2,3,4,5,6,7\n").unwrap_err();
    assert!(error.contains("line 1: 1, 2, 3, 4, 5, 6, 7: no header") && error.contains("--columns"), "{error}");
}

#[test]
fn columns_are_said_where_names_do_not() {
    let line = |c: Click| format!("{},{},{}", c.time, c.item, c.user);
    let with = |text: String, columns: &str| {
        prepare_with(text, &Options { columns: columns.parse().unwrap(), ..Options::default() })
    };
    check("by name", with(file("when,what,who", line), "user=who,item=WHAT,time=when"));
    check("by number", with(file("when,what,who", line), "user=3,item=2,time=1"));
    check("by number, no header", with(file("", line), "user=3,item=2,time=1"));
    check("in place of a name", with(file("time,user,item", line), "user=item,item=user"));
    // Online Retail's columns, but another shop's products.
    let line = |c: Click| format!("1,{},X,1,{},2,{}", c.item, date("%Y-%m-%d %H:%M", c.time), c.user);
    let text = file("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID", line);
    let error = prepare(&text).unwrap_err();
    assert!(error.contains("−72 not a product") && error.contains("--columns"), "{error}");
    check("another shop", with(text, "item=StockCode"));

    let error = with(file("a,b,c", line), "user=d").unwrap_err();
    assert!(error.contains("--columns names \"d\", but the columns are a, b, c"), "{error}");
    for (columns, error) in [("user", "is not PART=COLUMN"), ("who=1", "none of user, item, time, category")] {
        assert!(columns.parse::<training::prepare::Columns>().unwrap_err().contains(error));
    }
}

#[test]
fn any_encoding_and_compression() {
    let line = |c: Click| format!("{},{},{},Café {}", c.user, c.item, c.time, c.item);
    let text = file("user,item,time,title", line);
    let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    for (how, bytes) in [
        ("byte order mark", format!("\u{feff}{text}").into_bytes()),
        ("Latin-1", latin.clone()),
        ("semicolons", text.replace(',', ";").into_bytes()),
        ("tabs and Windows", text.replace(',', "\t").replace('\n', "\r\n").into_bytes()),
        ("gzip", gzip(text.as_bytes())),
        ("gzip of Latin-1", gzip(&latin)),
        ("ZIP", zipped(&[("__MACOSX/._log", "?"), ("log.csv", &text)])),
    ] {
        let prepared = check(how, prepare(bytes));
        assert_eq!(prepared.catalogue.items()[2].title, "Café 3", "{how}");
    }
    let recbole =
        file("user_id:token\titem_id:token\ttimestamp:float", |c| format!("{}\t{}\t{}", c.user, c.item, c.time));
    check("RecBole with a byte order mark", prepare(format!("\u{feff}{recbole}")));
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, FileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn excel_s_first_line_tells_the_separator() {
    let line = |c: Click| format!("{};{};{}", c.user, c.item, c.time);
    for header in ["sep=;\nuser;item;time", "sep=;", "\u{feff}SEP=;\r\nuser;item;time"] {
        check(header, prepare(file(header, line)));
    }
}

#[test]
fn what_is_no_text_is_told_by_its_first_bytes() {
    for (bytes, expected) in [
        (b"\xd0\xcf\x11\xe0 and more".to_vec(), "log: an Excel workbook (.xls); save the sheet as CSV"),
        (zipped(&[("[Content_Types].xml", ""), ("xl/a.xml", "")]), "log: an Excel workbook (.xlsx); save the sheet"),
        (b"PAR1 and more".to_vec(), "log: a Parquet file; write it as CSV"),
        (b"BZh91AY&SY".to_vec(), "log: compressed by bzip2; unpack it by bunzip2"),
        (zipped(&[("a.csv", "x"), ("b.csv", "y")]), "log: a ZIP archive of more or less than one file (a.csv, b.csv)"),
        (b"PK\x03\x04 and no archive".to_vec(), "log: a ZIP archive or an Excel file; unpack"),
        (b"<!doctype html>".to_vec(), "log: a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n".to_vec(), "log: a pointer of Git LFS, which"),
        (b"\xff\xfeu\0s\0".to_vec(), "log: text in UTF-16; save the table as CSV"),
        (b"{not json}\n".to_vec(), "log: line 1: "),
        (b"[{}, {}]".to_vec(), "log: a JSON array; write an object a line"),
        (b"".to_vec(), "log: the file is empty"),
    ] {
        let error = prepare(bytes).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn what_is_missing_is_nobody() {
    for nothing in ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "#N/A", " na "] {
        let lines: String = (1..=6).map(|item| format!("{nothing},{item},{BEGIN},C,T,1\n")).collect();
        let mut text = file("user,item,time,category,title,price", |Click { user, item, time }| match user {
            1 => format!("{user},{item},{time},{nothing},{nothing},{nothing}"),
            _ => format!("{user},{item},{time},Cups,Cup {item},2.5"),
        });
        text += &lines;
        text += &format!("1,{nothing},{BEGIN},C,T,1\n1,2,{nothing},C,T,1\n");
        let prepared = check(nothing, prepare(text));
        let dropped = [("no user", 6), ("no item", 1), ("no time", 1)];
        assert_eq!(prepared.report.dropped, dropped.map(|(rule, count)| (rule.to_owned(), count)), "{nothing}");
        let items = prepared.catalogue.items();
        assert!(items.iter().all(|item| item.title == format!("Cup {}", item.id) && item.price == Some(2.5)));
        assert_eq!(prepared.catalogue.categories(), ["Cups"]);

        let mut text = file(RETAIL, |c| retail(c, "%Y-%m-%d %H:%M:%S"));
        text += &format!("9,10001,RED MUG,1,2011-01-14 00:00:00,1,{nothing}\n").repeat(10);
        let prepared = check(nothing, prepare(text));
        assert_eq!(prepared.report.dropped[0], ("no CustomerID".to_owned(), 10), "{nothing}");
    }
}

const RETAIL: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID";

fn retail(Click { user, item, time }: Click, words: &str) -> String {
    format!("{user},1000{item},RED MUG,1,{},1.25,{user}", date(words, time))
}

#[test]
fn times_as_people_write_them() {
    let read = |words: &str, dates| {
        let text = file("user,item,time", |c| format!("{},{},{}", c.user, c.item, date(words, c.time)));
        prepare_with(text, &Options { dates, ..Options::default() })
    };
    let years = [
        "%Y-%m-%d %H:%M",
        "%Y/%-m/%-d %-H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.250000",
        "%Y-%m-%d %H:%M:%S.5+00:00",
        "%Y-%m-%d %H:%M:%S +0000",
        "%Y-%m-%dT%H:%MZ",
        "%s",
        "%s000",
        "%s000000",
        "%s000000000",
        "%s.25",
        "%-d %b %Y %H:%M",
        "%d-%b-%y %H:%M:%S",
        "\"%B %-d, %Y %-I:%M %p\"",
        "%d/%b/%Y:%H:%M:%S +0000",
    ];
    for words in years {
        check(words, read(words, None));
    }
    // The last day is 2011-01-25.
    for words in ["%-m/%-d/%y %-H:%M", "%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%m/%d/%Y %-I:%M %p", "%d/%m/%y %H:%M"] {
        check(words, read(words, None));
    }
    let prepared = check("a year of two digits", read("%-m/%-d/%y %-H:%M", None));
    assert!(prepared.notes.iter().any(|note| note.contains("month/day/year: line 2 has 1/14/11 0:00")), "{prepared:?}");
    // Without a time of day, clicks of a day stay in the file's order.
    for (words, dates) in [
        ("%Y%m%d", None),
        ("%Y-%m-%d", None),
        ("%d/%m/%Y", None),
        ("%d %B %Y", None),
        ("%y-%m-%d", Some(Order::YearFirst)),
    ] {
        check(words, read(words, dates));
    }
}

#[test]
fn the_month_and_the_day_are_never_guessed() {
    // User u on day u of February; user 10 is the second in the alphabet.
    let text = file(RETAIL, |c| retail(Click { time: c.time + 18 * 86_400, ..c }, "%d/%m/%Y %H:%M"));
    let day = |text: &str, dates| {
        let prepared = prepare_with(text, &Options { dates, ..Options::default() });
        prepared.map(|prepared| prepared.sequences.users[1].events[0].time.date().to_string())
    };
    assert_eq!(day(&text, Some(Order::DayFirst)).unwrap(), "2011-02-10");
    assert_eq!(day(&text, Some(Order::MonthFirst)).unwrap(), "2011-10-02");
    let error = day(&text, None).unwrap_err();
    assert!(
        error.contains("dates such as 01/02/2011 00:00 may begin with the day or with the month")
            && error.contains("--dates dmy"),
        "{error}"
    );
    let both = format!("{text}\n1,10001,RED MUG,1,13/02/2011 08:26,1,1\n1,10001,RED MUG,1,02/13/2011 08:26,1,1\n");
    let error = day(&both, None).unwrap_err();
    assert!(error.contains("which begins with the day, and line") && error.contains("02/13/2011"), "{error}");
    for other in ["2011-02-13 08:26", "13 Feb 2011 08:26"] {
        let mixed = format!("{text}\n1,10001,RED MUG,1,{other},1,1\n");
        assert!(day(&mixed, None).unwrap_err().contains("written as in the lines above"), "{other}");
    }
    assert!(
        day(&text.replacen("01/02/2011", "31/02/2011", 1), None).unwrap_err().contains("line 2: field \"InvoiceDate\"")
    );
}

#[test]
fn online_retail_ii_is_read() {
    let header = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID";
    check("Online Retail II", prepare(file(header, |c| retail(c, "%Y-%m-%d %H:%M:%S"))));
}

#[test]
fn events_and_ratings_are_chosen() {
    let text = file("user,item,time,event,rating", |c| format!("{},{},{},view,4", c.user, c.item, c.time))
        + &format!("1,9,{BEGIN},remove,5\n2,9,{BEGIN},view,3\n3,9,{BEGIN},view,\n");
    let prepared = check("all", prepare(&text));
    assert_eq!(prepared.report.rare, 3);
    let said = prepared.notes.join("\n");
    assert!(said.contains("event is column event: 74 view, 1 remove; all count"), "{said}");
    let options = Options { events: vec!["view".into()], min_rating: Some(4.0), ..Options::default() };
    let prepared = check("some", prepare_with(&text, &options));
    assert_eq!(
        prepared.report.dropped[3..],
        [("events other than view".to_owned(), 1), ("rated under 4".to_owned(), 2)]
    );
    let plain = file("user,item,time", |c| format!("{},{},{}", c.user, c.item, c.time));
    assert!(prepare_with(plain, &options).unwrap_err().contains("has no column rating for --min-rating"));
}

#[test]
fn a_missing_column_tells_which_forms_there_are() {
    for header in ["who,item,time", "user,what,time", "user,item,whenever"] {
        let error = prepare(file(header, |c| format!("{},{},{}", c.user, c.item, c.time))).unwrap_err();
        assert!(error.starts_with("log: line 1: column \"") && error.contains("is missing; the header has"), "{error}");
        for form in ["--columns", "Online Retail: InvoiceNo", "ratings.csv", ".inter"] {
            assert!(error.contains(form), "{form}: {error}");
        }
    }
}

#[test]
fn recbole_files_of_any_data_are_read_with_their_products() {
    let folder = tempfile::tempdir().unwrap();
    let line = |c: Click| format!("{}\t{}\t{}", c.user, c.item, c.time);
    fs::write(folder.path().join("shop.inter"), file("user_id:token\titem_id:token\ttimestamp:float", line)).unwrap();
    let products: String = (1..=7).map(|item| format!("{item}\t\"Cup\" {item}\tCups|Red\t{item}.5\n")).collect();
    let header = "item_id:token\ttitle:token_seq\tcategories:token_seq\tprice:float\n";
    fs::write(folder.path().join("shop.item"), format!("\u{feff}{header}{products}")).unwrap();
    let input = Input::find(folder.path(), &Options::default()).unwrap();
    let prepared = input.prepare(File::open(input.file()).unwrap(), &Options::default());
    let Prepared { catalogue, .. } = check("shop", prepared.map_err(|error| error.to_string()));
    let item = &catalogue.items()[1];
    assert_eq!((item.title.as_str(), catalogue.category(item), item.price), ("\"Cup\" 2", "Cups", Some(2.5)));
}

#[test]
fn files_are_found_in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let mut encoder = GzEncoder::new(File::create(folder.path().join(name)).unwrap(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap();
    };
    write("online_retail.csv.gz", &file(RETAIL, |c| retail(c, "%Y-%m-%d %H:%M:%S")));
    fs::write(folder.path().join("README.md"), "what this is").unwrap();
    let find = |path: &Path| prepare_file(path, &Options::default());
    let folder_path = folder.path();
    let of_folder = || {
        let input = Input::find(folder_path, &Options::default()).map_err(|error| error.to_string())?;
        input.prepare(File::open(input.file()).unwrap(), &Options::default()).map_err(|error| error.to_string())
    };
    check("a folder", of_folder());
    write("other.csv.gz", "");
    let error = of_folder().unwrap_err();
    assert!(error.contains("name one of: online_retail.csv.gz, other.csv.gz"), "{error}");

    write(
        "ratings.csv.gz",
        &file("userId,movieId,rating,timestamp", |c| format!("{},{},4,{}", c.user, c.item, c.time)),
    );
    // Ratings alone are a log.
    check("ratings", find(&folder_path.join("ratings.csv.gz")));
    let films: String = (1..=6).map(|film| format!("{film},Film {film},Drama\n")).collect();
    write("movies.csv.gz", &format!("movieId,title,genres\n{films}"));
    for prepared in [of_folder(), find(&folder_path.join("ratings.csv.gz"))] {
        let prepared = prepared.unwrap();
        assert_eq!((prepared.notes[0].as_str(), prepared.report.events), ("read as MovieLens", 72));
    }
}

#[test]
fn the_program_says_what_it_took_each_column_for() {
    let folder = tempfile::tempdir().unwrap();
    let text = file("visitorid,itemid,timestamp", |c| format!("{},{},{}", c.user, c.item, c.time));
    fs::write(folder.path().join("clicks.csv"), text).unwrap();
    let run = |more: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_interest-lens"));
        program.current_dir(folder.path()).args(["prepare", "--input", "clicks.csv"]).args(more).output().unwrap()
    };
    let output = run(&[]);
    let said = String::from_utf8(output.stdout).unwrap();
    for part in [
        "user is column visitorid\n",
        "item is column itemid\n",
        "time is column timestamp: seconds since 1970, 2011-01-14 to 2011-01-25\n",
        "−0 no user",
        "72 events left: 12 users, 6 items",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let catalogue = fs::read(folder.path().join("data/prepared/catalogue.csv")).unwrap();
    assert_eq!(Catalogue::from_csv("catalogue.csv", &catalogue).unwrap().items().len(), 6);
    for (arguments, part) in [
        (["--min-rating", "nan"], "expected a number"),
        (["--dates", "dym"], "expected dmy, mdy or ymd"),
        (["--columns", "user=name"], "but the columns are visitorid"),
    ] {
        let said = String::from_utf8(run(&arguments).stderr).unwrap();
        assert!(said.contains(part), "{said}");
    }
}
