//! Catalogue files that people bring: what is read, and what is refused with which words.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

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
    // Semicolons, which some programs write, make one column.
    assert_eq!(
        refusal("id;title;category\n1;A;X\n"),
        "shop.csv: line 1: column \"id\" is missing; the header has id;title;category"
    );
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
            "shop.csv: line 2: field \"popularity\" is \"2.5\", expected a whole number"
        );
        assert_eq!(refusal("id,title,category\n1,A,X\n2,B\n"), "shop.csv: line 3: 2 fields, expected 3");
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
    // UTF-16 as Excel's "Unicode text" writes it.
    assert_eq!(
        refusal(b"\xff\xfei\0d\0,\0"),
        "shop.csv: line 1: field \"header\" is not UTF-8; save the file with that encoding"
    );
}

#[test]
fn files_without_products() {
    assert_eq!(refusal(""), "shop.csv: the file is empty");
    assert_eq!(refusal("\n\n"), "shop.csv: the file is empty");
    assert_eq!(refusal("\u{feff}"), "shop.csv: the file is empty");
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

proptest! {
    #[test]
    fn what_is_written_is_read_again(rows in prop::collection::btree_map(
        "[a-z0-9]{1,6}",
        ("[ -~é\n]{0,20}", "[A-Z,\" ]{0,3}", prop::option::of(0.01f32..1e6), any::<u32>()),
        1..20,
    )) {
        let items = rows.into_iter().map(|(id, (title, category, price, popularity))| {
            let (title, category) = (title.trim().to_owned(), category.trim().to_owned());
            (Item { id, title, category: 0, price, popularity }, category)
        });
        let catalogue = Catalogue::new(items);
        prop_assert_eq!(Catalogue::from_csv("c", catalogue.to_csv().unwrap().as_bytes()).unwrap(), catalogue);
    }
}
