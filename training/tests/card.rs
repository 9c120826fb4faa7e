//! What the model card says was measured is in the results.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use training::bootstrap::Interval;
use training::results::{Difference, Row, spread};

fn asset(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets").join(name)).unwrap()
}

/// Three digits after the point, as the card has them, without a sign.
fn rounded(value: f64) -> String {
    format!("{:.3}", value.abs())
}

#[test]
fn every_figure_of_what_the_card_says_is_in_the_results() {
    let rows: Vec<Row> = serde_json::from_str(&asset("results.json")).unwrap();
    let differences: Vec<Difference> = serde_json::from_str(&asset("differences.json")).unwrap();
    let mut known: HashSet<String> = HashSet::new();
    for row in &rows {
        let same = |other: &&Row| {
            (&other.network, other.protocol, other.negatives) == (&row.network, row.protocol, row.negatives)
        };
        for score in [|row: &Row| row.gauc, |row: &Row| row.auc, |row: &Row| row.logloss] {
            let values: Vec<f64> = rows.iter().filter(same).filter_map(score).collect();
            known.extend(spread(values, 3).split(" ± ").map(str::to_owned));
        }
    }
    for Difference { gauc: Interval { difference, low, high }, .. } in &differences {
        known.extend([*difference, *low, *high].map(rounded));
    }
    let card = asset("MODEL_CARD.md");
    let said = card.split("**What it says**").nth(1).and_then(|rest| rest.split("**What led there").next()).unwrap();
    let figures = said
        .split(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
        .filter(|figure| figure.split_once('.').is_some_and(|(_, digits)| digits.trim_end_matches('.').len() == 3));
    let figures: Vec<&str> = figures.map(|figure| figure.trim_end_matches('.')).collect();
    let unknown: Vec<&&str> = figures.iter().filter(|figure| !known.contains(**figure)).collect();
    assert!(figures.len() > 30, "{figures:?}");
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_interval_that_the_card_tells_was_measured() {
    let differences: Vec<Difference> = serde_json::from_str(&asset("differences.json")).unwrap();
    let card = asset("MODEL_CARD.md");
    // "0.012 (0.004 to 0.021)": what the card tells of a difference.
    let told = |Interval { difference, low, high }: Interval| {
        let signed = |value: f64| format!("{}{}", if value < 0.0 { "−" } else { "" }, rounded(value));
        format!("{} ({} to {})", signed(difference), signed(low), signed(high))
    };
    let intervals: Vec<String> = differences.iter().map(|found| told(found.gauc)).collect();
    let mut checked = 0;
    for (at, _) in card.match_indices(" to ") {
        let (before, after) = (&card[..at], &card[at + 4..]);
        let (Some(open), Some(close)) = (before.rfind('('), after.find(')')) else { continue };
        let (low, high) = (&before[open + 1..], &after[..close]);
        let is_figure = |text: &str| text.trim_start_matches('−').parse::<f64>().is_ok();
        if !is_figure(low) || !is_figure(high) {
            continue;
        }
        let difference = before[..open].trim_end().rsplit([' ', '\n']).next().unwrap_or_default();
        let found = format!("{difference} ({low} to {high})");
        assert!(intervals.contains(&found), "{found} is no measured difference");
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
}
