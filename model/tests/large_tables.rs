//! Large and hostile tables: memory stays proportional to the file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fmt::Write as _;

use model::{Catalogue, ShopperHistories};

const MILLION: usize = 1_000_000;
/// Bytes.
const HUGE: usize = 50 * MILLION;

/// The most memory that this process ever held, in bytes; none where the system does not say.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().strip_suffix(" kB")?.parse::<usize>().ok()?)
}

/// All in one test: the peak is that of the process.
#[test]
fn memory_stays_proportional_to_the_file() {
    let catalogue = |text: &str| Catalogue::from_csv("shop.csv", text.as_bytes());
    let small = catalogue("id,title,category\na,A,X\nb,B,X\n").unwrap();
    let histories = |text: &str| ShopperHistories::from_csv("clicks.csv", text.as_bytes(), &small);

    // The shortest lines cost the most for each byte: a product here has 11 bytes, but at least six strings and numbers.
    let mut text = "id,title,category\n".to_owned();
    (0..MILLION).for_each(|n| writeln!(text, "{n},P,C{}", n % 10).unwrap());
    let read = catalogue(&text).unwrap();
    assert_eq!((read.items().len(), read.categories().len()), (MILLION, 10));
    drop(read);

    let mut text = "user,item,time\n".to_owned();
    (0..MILLION).for_each(|n| writeln!(text, "{n},{},{n}", ["a", "b"][n % 2]).unwrap());
    let read = histories(&text).unwrap();
    assert_eq!(read.users().nth(MILLION - 1), Some(("999999", &[1][..])));
    drop((read, text));
    if let Some(peak) = peak() {
        // Measured: 340 MB.
        assert!(peak < 600 * MILLION, "{peak} bytes for a million lines");
    }

    let long = "x".repeat(HUGE);
    let read = catalogue(&format!("id,title,category\n1,{long},X\n")).unwrap();
    assert_eq!(read.items()[0].title.len(), HUGE);
    drop(read);
    let hostile = 5 * MILLION;
    let long = &long[..hostile];
    for text in [
        format!("id,title,category\n1,A,X,{long}\n"),
        format!("id,title,category\n1,\"{long},X\n"),
        format!("id,title,category,popularity\n1,A,X,{long}\n"),
        format!("id,title,category\n{long}"),
        ",".repeat(MILLION),
        format!("id,title,category\n{}", ",".repeat(MILLION) + "x"),
        "\n".repeat(MILLION),
        "\"".repeat(MILLION),
        "\0".repeat(MILLION),
        long.to_owned(),
    ] {
        let refusal = catalogue(&text).unwrap_err().to_string();
        assert!(refusal.len() < 400, "{} characters", refusal.len());
        let refusal = histories(&text).unwrap_err().to_string();
        assert!(refusal.len() < 400, "{} characters", refusal.len());
    }
    if let Some(peak) = peak() {
        // Measured: 440 MB, of which this test holds 100 MB, and a vector that grows may hold its text three times.
        assert!(peak < 700 * MILLION, "{peak} bytes for {HUGE} bytes of text");
    }
}
