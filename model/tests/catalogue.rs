//! Catalogue files that people bring: what is read, and what is refused with which words.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use model::table::disarmed;
use model::{Catalogue, Item, Vocabulary};
use proptest::prelude::*;

fn read(text: &str) -> Catalogue {
    Catalogue::from_csv("shop.csv", text.as_bytes()).unwrap()
}

/// Why the file is refused.
fn refusal(bytes: impl AsRef<[u8]>) -> String {
    Catalogue::from_csv("shop.csv", bytes.as_ref()).unwrap_err().to_string()
}

const PLAIN: &str = "id,title,category,price,popularity\n7,Red mug,Tableware,2.5,12\n3,Oak shelf,Furniture,,\n";

#[test]
fn a_plain_file() {
    let catalogue = read(PLAIN);
    let mug = Item { id: "7".to_owned(), title: "Red mug".to_owned(), category: 1, price: Some(2.5), popularity: 12 };
    let shelf = Item { id: "3".to_owned(), title: "Oak shelf".to_owned(), category: 0, price: None, popularity: 0 };
    assert_eq!(catalogue.items(), [mug, shelf.clone()]);
    assert_eq!(catalogue.categories(), ["Furniture", "Tableware"]);
    assert_eq!(catalogue.category(&shelf), "Furniture");
    assert_eq!(catalogue.item_categories(), [1, 0]);
    assert_eq!(catalogue.vocabulary(), Vocabulary { items: 2, categories: 2 });
    assert_eq!((catalogue.row("7"), catalogue.row("3"), catalogue.row("4")), (Some(0), Some(1), None));
}

#[test]
fn the_same_file_as_other_programs_write_it() {
    let plain = read(PLAIN);
    for (how, text) in [
        ("byte order mark", format!("\u{feff}{PLAIN}")),
        ("Windows line ends", PLAIN.replace('\n', "\r\n")),
        ("both", format!("\u{feff}{}", PLAIN.replace('\n', "\r\n"))),
        ("no line end at the end", PLAIN.trim_end().to_owned()),
        ("blank lines", PLAIN.replace('\n', "\n\n")),
        ("blank Windows lines", PLAIN.replace('\n', "\r\n\r\n")),
        ("quotes", PLAIN.replace("Red mug", "\"Red mug\"").replace("id,", "\"id\",")),
        ("spaces", PLAIN.replace(',', " , ")),
        ("spaces round quotes", PLAIN.replace("Red mug", " \"Red mug\"  ").replace("id,", "\"id\" ,")),
        ("no-break spaces", PLAIN.replace(',', "\u{a0},\u{a0}")),
        ("two byte order marks", format!("\u{feff}\u{feff}{PLAIN}")),
        ("line ends of old Macintosh programs", PLAIN.replace('\n', "\r")),
        ("blank lines before the header", format!("\r\n\n \r\n{PLAIN}")),
        ("empty rows at the end, as Excel leaves them", format!("{PLAIN},,,,\n,,,,\n\n\n")),
        ("semicolons", PLAIN.replace(',', ";")),
        ("tabs", PLAIN.replace(',', "\t")),
        (
            "semicolons in quotes",
            PLAIN.replace(',', "\";\"").replace('\n', "\"\n\"").trim_end_matches('"').replacen("id", "\"id", 1),
        ),
        ("capitals", PLAIN.replacen("id,title,category", "ID,Title,CATEGORY", 1)),
        ("types behind the names", PLAIN.replacen("id,title,category", "id:token,title:token_seq,category:token", 1)),
        (
            "other order and more columns",
            "colour,category,popularity,price,title,id\nred,Tableware,12,2.5,Red mug,7\n,Furniture,,,Oak shelf,3\n"
                .to_owned(),
        ),
    ] {
        assert_eq!(read(&text), plain, "{how}");
    }
}

#[test]
fn price_and_popularity_may_be_missing() {
    let catalogue = read("id,title,category\na,A,X\n");
    assert_eq!((catalogue.items()[0].price, catalogue.items()[0].popularity), (None, 0));
}

#[test]
fn quoted_fields_hold_anything() {
    let catalogue = read("id,title,category\n\"a,1\",\"7\"\" frame,\nlarge\",\"Bits, bobs\"\n");
    assert_eq!(catalogue.items()[0].id, "a,1");
    assert_eq!(catalogue.items()[0].title, "7\" frame,\nlarge");
    assert_eq!(catalogue.categories(), ["Bits, bobs"]);
}

#[test]
fn columns_that_are_missing() {
    for column in ["id", "title", "category"] {
        let text = PLAIN.replacen(column, "other", 1);
        let header = text.lines().next().unwrap().replace(',', ", ");
        let expected = format!("shop.csv: line 1: column \"{column}\" is missing; the header has {header}");
        assert_eq!(refusal(&text), expected);
    }
}

#[test]
fn excel_s_first_line_is_no_header() {
    let items = read("sep=;\r\nid;title;category\r\n1;Cup, red;Cups\r\n").items().to_vec();
    assert_eq!((items.len(), items[0].title.as_str()), (1, "Cup, red"));
}

#[test]
fn headers_that_are_none() {
    assert_eq!(refusal("id,title,category,Title\n1,A,X,B\n"), "shop.csv: line 1: two columns are named \"Title\"");
    // Columns without names are no columns of one name.
    assert_eq!(read("id,title,category,,\n1,A,X,,\n").items().len(), 1);
    assert_eq!(
        refusal("x,".repeat(1100)),
        "shop.csv: line 1: 1101 columns, more than 1024; is this a CSV file with a header?"
    );
    let expected = format!("shop.csv: line 1: column \"id\" is missing; the header has {}…", "x".repeat(120));
    assert_eq!(refusal("x".repeat(100_000)), expected);
    assert_eq!(
        refusal("<title>404</title>\n"),
        "shop.csv: line 1: column \"id\" is missing; the header has <title>404</title>"
    );
}

#[test]
fn semicolons_come_with_decimal_commas() {
    for price in ["2,5", "1.299,00", "1,000"] {
        assert_eq!(
            refusal(format!("id;title;category;price\n1;A;X;{price}\n")),
            format!(
                "shop.csv: line 2: field \"price\" is \"{price}\", expected a number with a decimal point and no comma"
            )
        );
    }
}

#[test]
fn quotes_that_do_not_enclose_a_field() {
    // As a literal quote stands in a field without quotes, a screen of 5" is read.
    assert_eq!(read("id,title,category\n1,5\" screen,X\n").items()[0].title, "5\" screen");
    for text in [
        "id,title,category\n1,A,X\n2,B,\"X\n3,C,X\n",
        "id,title,category\n1,\"A\nB\",X\n2,B,\"X",
        "id,title,category\n\n1,A,X\n2,\"B\"\",X\n",
    ] {
        let line = if text.contains("\"X\n") { 3 } else { 4 };
        assert_eq!(refusal(text), format!("shop.csv: line {line}: a field begins with a quote (\") and none ends it"));
    }
    assert_eq!(
        refusal("\"id,title,category\n1,A,X\n"),
        "shop.csv: line 1: a field begins with a quote (\") and none ends it"
    );
    // The next quote ends it, and the lines between are gone.
    assert_eq!(
        refusal("id,title,category\n1,A,X\n2,\"B,X\n3,C,X\n4,\"D\",X\n"),
        "shop.csv: line 5: text behind the quote (\") that ends the field begun on line 3; a quote in a text is written \
         twice"
    );
    assert_eq!(
        refusal("id,title,category\n1,A,X\n2,\"B,X\n3,C,X\n4,\",D,X\n"),
        "shop.csv: line 3: 4 fields, expected 3; a quote (\") joins this line and those up to line 5"
    );
    assert_eq!(
        refusal("id,title,category\n1,\"5\" screen\",X\n"),
        "shop.csv: line 2: text behind the quote (\") that ends the field begun on line 2; a quote in a text is written \
         twice"
    );
    // Two fields in quotes with a space and no comma between them are not one with a quote in it.
    assert!(refusal("id,title,category\n1,\"A\" \"B\",X\n").contains("line 2: text behind the quote"));
}

#[test]
fn numbers_that_are_too_large() {
    assert_eq!(
        refusal("id,title,category,price\n1,A,X,1e39\n"),
        "shop.csv: line 2: field \"price\" is \"1e39\", expected a number below 3.4e38"
    );
    assert_eq!(
        refusal("id,title,category,price\n1,A,X,1e999\n"),
        "shop.csv: line 2: field \"price\" is \"1e999\", expected a finite number"
    );
    for value in ["4294967296", "99999999999999999999999999", "-1", "1e3"] {
        assert_eq!(
            refusal(format!("id,title,category,popularity\n1,A,X,{value}\n")),
            format!(
                "shop.csv: line 2: field \"popularity\" is \"{value}\", expected a whole number from 0 to 4294967295"
            )
        );
    }
    let long = "9".repeat(1000);
    let refusal = refusal(format!("id,title,category,popularity\n1,A,X,{long}\n"));
    assert!(refusal.contains(&format!("is \"{}…\", expected", &long[..120])), "{refusal}");
}

#[test]
fn rows_of_a_checkpoint() {
    let with = |header: &str, more: [&str; 3]| {
        format!(
            "id,title,category,{header}\n7,Mug,Tableware,{}\n3,Shelf,Furniture,{}\n9,Cup,Tableware,{}\n",
            more[0], more[1], more[2]
        )
    };
    let catalogue = read(&with("row,category_row", ["12,5", "4,0", "1,5"]));
    assert_eq!(catalogue.rows(), Some(&[12, 4, 1][..]));
    assert_eq!(catalogue.category_rows(), Some(&[0, 5][..]), "in the order of {:?}", catalogue.categories());
    assert_eq!(read(&catalogue.to_csv().unwrap()), catalogue);

    for (text, rows, category_rows) in [
        (with("row", ["12", "4", "1"]), Some(&[12, 4, 1][..]), None),
        (with("category_row", ["5", "0", "5"]), None, Some(&[0, 5][..])),
        (with("row,category_row", [",", ",", ","]), None, None),
        (with("row,category_row", ["0,", "1,", "2,"]), Some(&[0, 1, 2][..]), None),
    ] {
        let read_again = read(&read(&text).to_csv().unwrap());
        assert_eq!((read_again.rows(), read_again.category_rows()), (rows, category_rows), "{text}");
        assert_eq!(read_again.vocabulary_hash(), catalogue.vocabulary_hash(), "rows are no part of the vocabulary");
    }

    for (header, more, problem) in [
        ("row", ["1", "2", "1"], "line 4: row 1 is that of the product on line 2 too"),
        ("row", ["1", "", "3"], "line 3: field \"row\" is empty; every product needs one, or none may have one"),
        ("row", ["", "2", "3"], "line 2: field \"row\" is empty; every product needs one, or none may have one"),
        ("row", ["1", "two", "3"], "line 3: field \"row\" is \"two\", expected a whole number from 0 to 4294967295"),
        ("row", ["1", "-2", "3"], "line 3: field \"row\" is \"-2\", expected a whole number from 0 to 4294967295"),
        (
            "category_row",
            ["5", "0", ""],
            "line 4: field \"category_row\" is empty; every product needs one, or none may have one",
        ),
        ("category_row", ["5", "0", "6"], "line 4: category \"Tableware\" has category_row 6 here and 5 on line 2"),
        (
            "category_row",
            ["5", "5", "5"],
            "line 3: category_row 5 is that of category \"Furniture\" here and of \"Tableware\" on line 2",
        ),
    ] {
        assert_eq!(refusal(with(header, more)), format!("shop.csv: {problem}"));
    }
}

#[test]
fn wrong_lines_are_named() {
    for ending in ["\n", "\r\n"] {
        let refusal = |text: &str| refusal(text.replace('\n', ending));
        assert_eq!(
            refusal("id,title,category,price\n1,A,X,2\n2,B,X,cheap\n"),
            "shop.csv: line 3: field \"price\" is \"cheap\", expected a number"
        );
        assert_eq!(
            refusal("id,title,category,price\n1,A,X,NaN\n"),
            "shop.csv: line 2: field \"price\" is \"NaN\", expected a finite number"
        );
        assert_eq!(
            refusal("id,title,category,popularity\n1,A,X,2.5\n"),
            "shop.csv: line 2: field \"popularity\" is \"2.5\", expected a whole number from 0 to 4294967295"
        );
        assert_eq!(refusal("id,title,category\n1,A,X\n2,B\n"), "shop.csv: line 3: 2 fields, expected 3");
        assert_eq!(refusal("id,title,category\n1,A,X,\n"), "shop.csv: line 2: 4 fields, expected 3");
        assert_eq!(
            refusal("id,title,category\n1,\"two\nlines\",X\n\n,B,X\n"),
            "shop.csv: line 5: field \"id\" is empty"
        );
        assert_eq!(
            refusal("id,title,category\n1,A,X\n2,B,X\n\n1,C,X\n"),
            "shop.csv: line 5: id \"1\" appeared before, on line 2"
        );
    }
}

#[test]
fn other_encodings_are_refused_by_line_and_field() {
    // "Café" in Latin-1.
    let latin = b"id,title,category\n1,A,X\n2,Caf\xe9,X\n";
    assert_eq!(refusal(latin), "shop.csv: line 3: field \"title\" is not UTF-8; save the file with that encoding");
    assert_eq!(
        refusal(b"id,title,cat\xe9gorie\n"),
        "shop.csv: line 1: field \"header\" is not UTF-8; save the file with that encoding"
    );
    // UTF-16 as Excel's "Unicode text" writes it, in both byte orders, and without the mark that tells.
    for bytes in [b"\xff\xfei\0d\0,\0", b"\xfe\xff\0i\0d\0,"] {
        assert_eq!(
            refusal(bytes),
            "shop.csv: text in UTF-16; save the table as CSV in UTF-8, which Excel calls \"CSV UTF-8\""
        );
    }
    assert_eq!(
        refusal(b"i\0d\0,\0t\0i\0t\0l\0e\0\n\0"),
        "shop.csv: line 1: field \"header\" holds a NUL byte; the file is damaged or not text in UTF-8"
    );
    assert_eq!(
        refusal(b"id,title,category\n1,A\0,X\n"),
        "shop.csv: line 2: field \"title\" holds a NUL byte; the file is damaged or not text in UTF-8"
    );
    assert_eq!(
        refusal(b"PK\x03\x04\x14\0"),
        "shop.csv: a ZIP archive or an Excel file; save the table as CSV in UTF-8, which Excel calls \"CSV UTF-8\""
    );
    // What arrives in place of a file.
    assert_eq!(
        refusal("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 134\n"),
        "shop.csv: a pointer of Git LFS, which stands for the file; git lfs pull fetches the file itself"
    );
    for page in ["<!DOCTYPE html>\n<title>Sign in</title>", "\r\n<html lang=en>"] {
        assert_eq!(
            refusal(page),
            "shop.csv: a web page, which sites send in place of a file that they do not have or do not give away; \
             download the file itself"
        );
    }
    assert_eq!(refusal(b"\x89PNG\r\n\x1a\n"), "shop.csv: a picture (PNG); choose the file of the table");
}

#[test]
fn files_without_products() {
    assert_eq!(refusal(""), "shop.csv: the file is empty");
    assert_eq!(refusal("\n\n"), "shop.csv: the file is empty");
    assert_eq!(refusal("\u{feff}"), "shop.csv: the file is empty");
    assert_eq!(refusal(" \r\n\r\n"), "shop.csv: the file is empty");
    assert_eq!(refusal("id,title,category\n"), "shop.csv: no product in it");
}

#[test]
fn the_hash_is_that_of_ids_and_categories_in_order() {
    let hash = read(PLAIN).vocabulary_hash();
    // SHA-256 over 64-bit little-endian lengths and texts of 7, Tableware, 3, Furniture; by Python's hashlib.
    assert_eq!(hash, "390692b6b007428dca8be0c13973762c6b028cfa886808c24e87ddde4ce918a6");
    // Moving a letter from one field to the next changes it.
    assert_ne!(
        read("id,title,category\nab,A,c\n").vocabulary_hash(),
        read("id,title,category\na,A,bc\n").vocabulary_hash()
    );
}

#[test]
fn the_shipped_catalogue_is_read() {
    let bytes = include_bytes!("../../assets/catalogue.csv");
    let catalogue = Catalogue::from_csv("catalogue.csv", bytes).unwrap();
    assert_eq!(catalogue.to_csv().unwrap().as_bytes(), bytes, "written again, it is the same");
    let other = catalogue.items().iter().filter(|item| catalogue.category(item) == "Other").count();
    assert!(other * 4 <= catalogue.items().len(), "{other} of {} in Other", catalogue.items().len());
    for item in catalogue.items() {
        assert!(item.price.is_some_and(|price| price > 0.0) && item.popularity >= 10, "{item:?}");
        assert!(item.title.chars().any(char::is_lowercase) && !item.title.contains(['?', '*']), "{item:?}");
    }
}

#[test]
fn a_product_without_a_title_is_called_by_its_id() {
    let catalogue = read("id,title,category\n7,,X\n8, ,X\n9,Lamp,X\n");
    let titles: Vec<&str> = catalogue.items().iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles, ["7", "8", "Lamp"]);
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(rows in prop::collection::btree_map(
        "[a-z0-9]{1,6}",
        ("[ -~é\n]{0,20}", "[A-Z,\" ]{0,3}", prop::option::of(0.01f32..1e6), any::<u32>()),
        1..20,
    )) {
        let items = rows.into_iter().map(|(id, (title, category, price, popularity))| {
            let (title, category) = (title.trim().to_owned(), category.trim().to_owned());
            // A product without one is called by its id when it is read.
            let title = if title.is_empty() { id.clone() } else { title };
            (Item { id, title, category: 0, price, popularity }, category)
        });
        let catalogue = Catalogue::new(items);
        prop_assert_eq!(Catalogue::from_csv("c", catalogue.to_csv().unwrap().as_bytes()).unwrap(), catalogue);
    }
}

#[test]
fn what_a_spreadsheet_would_take_for_a_formula_is_disarmed_and_comes_back() {
    // The last three have an apostrophe of their own.
    let armed = ["=1+2", "+A1", "-A1", "@SUM(A1)", "-inf", "＝1+2", "'+A1", "''=1", "'-5"];
    for title in armed {
        let disarmed = disarmed(title.to_owned());
        assert_eq!(disarmed, format!("'{title}"));
        assert_eq!(read(&format!("id,title,category\n1,{disarmed},a\n")).items()[0].title, title);
    }
    for text in ["\tx", "\rx"] {
        assert_eq!(disarmed(text.to_owned()), format!("'{text}"));
    }
    for text in ["-0.5", "+3", "-1e-7", "a=b", "", "−x", "'quoted'", "it's"] {
        assert_eq!(disarmed(text.to_owned()), text);
        let title = read(&format!("id,title,category\n1,{text},a\n")).items()[0].title.clone();
        assert_eq!(title, if text.is_empty() { "1" } else { text });
    }
}
