//! The table of results: what every network scores on the test users, as JSON for programs and as Markdown for people.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::evaluate::{Report, Scores};
use crate::samples::{Negatives, Protocol};
use model::presets::presets;

/// One network, trained once, on one set of questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name: that of a preset, or of a floor that is not trained.
    pub network: String,
    /// How much of the history was known.
    pub protocol: Protocol,
    /// What the item bought was to be told from.
    pub negatives: Negatives,
    /// Seed of the training; none for a floor.
    pub seed: Option<u64>,
    /// Area under the ROC curve over all questions together; none where there is no question.
    pub auc: Option<f64>,
    /// Mean of the users' AUC, likewise.
    pub gauc: Option<f64>,
    /// In nats; none for scores that are no probabilities.
    pub logloss: Option<f64>,
    /// Test users, one question each.
    pub users: usize,
    /// Mean duration of a pass over the training data, in seconds; none for a floor.
    pub epoch_seconds: Option<f64>,
}

/// The sets of questions, in the order of the tables.
const QUESTIONS: [(Protocol, Negatives); 4] = [
    (Protocol::NextItem, Negatives::Uniform),
    (Protocol::NextItem, Negatives::Popularity),
    (Protocol::NextBasket, Negatives::Uniform),
    (Protocol::NextBasket, Negatives::Popularity),
];

/// What needs no training, by name.
const FLOORS: [(&str, &str); 2] =
    [("popularity", "number of customers"), ("item-knn", "mean cosine similarity to the last five items")];

/// The rows of one report.
pub fn rows(network: &str, seed: Option<u64>, epoch_seconds: Option<f64>, report: &Report) -> Vec<Row> {
    let row = |(protocol, negatives)| {
        let by_negatives = match protocol {
            Protocol::NextItem => report.next_item,
            Protocol::NextBasket => report.next_basket,
        };
        let Scores { auc, gauc, logloss, questions } = match negatives {
            Negatives::Uniform => by_negatives.uniform,
            Negatives::Popularity => by_negatives.popularity,
        };
        let [auc, gauc, logloss] = [auc, gauc, logloss].map(|value| value.is_finite().then_some(value));
        Row {
            network: network.to_owned(),
            protocol,
            negatives,
            seed,
            auc,
            gauc,
            logloss,
            users: questions,
            epoch_seconds,
        }
    };
    QUESTIONS.map(row).into()
}

/// The tables in Markdown. `split` is the hash of the split.
pub fn markdown(rows: &[Row], split: &str) -> String {
    let mut text = String::from("# Results\n\n");
    text += "Written by `cargo xtask evaluate`; the model card says how the networks were trained and what the figures mean.\n";
    text += "Where several seeds were trained: mean ± standard deviation. Negatives: uniform / by popularity.\n\n";
    let _ = writeln!(text, "Split: `{split}`");
    for (protocol, title) in [(Protocol::NextItem, "Next item"), (Protocol::NextBasket, "Next basket")] {
        let _ = write!(text, "\n## {title}\n\n");
        text +=
            "| network | | seeds | GAUC | AUC | logloss | users | s an epoch |\n|---|---|---|---|---|---|---|---|\n";
        for name in names(rows) {
            let of = |negatives| select(rows, name, protocol, negatives);
            let first = of(Negatives::Uniform);
            let users = first.first().map_or(0, |row| row.users);
            let seeds = match first.iter().filter(|row| row.seed.is_some()).count() {
                0 => "–".to_owned(),
                seeds => seeds.to_string(),
            };
            let about = FLOORS.into_iter().find(|floor| floor.0 == name).map(|floor| floor.1);
            let about =
                about.or_else(|| presets().into_iter().find(|preset| preset.name == name).map(|preset| preset.about));
            let about = about.unwrap_or_default();
            let both = |pick: fn(&Row) -> Option<f64>| {
                [Negatives::Uniform, Negatives::Popularity]
                    .map(|negatives| spread(of(negatives).into_iter().filter_map(pick).collect(), 4))
                    .join(" / ")
            };
            let seconds = spread(first.iter().filter_map(|row| row.epoch_seconds).collect(), 0);
            let [gauc, auc, logloss] = [both(|row| row.gauc), both(|row| row.auc), both(|row| row.logloss)];
            let _ = writeln!(text, "| {name} | {about} | {seeds} | {gauc} | {auc} | {logloss} | {users} | {seconds} |");
        }
    }
    text += "\n## Ablation\n\nIn the form of the DIEN paper's: AUC on the next item.\n\n";
    text += "| | uniform | by popularity |\n|---|---|---|\n";
    let rungs = presets().into_iter().filter(|preset| preset.ablation).map(|preset| preset.name);
    for name in rungs.filter(|name| names(rows).contains(name)) {
        let auc = [Negatives::Uniform, Negatives::Popularity]
            .map(|negatives| {
                select(rows, name, Protocol::NextItem, negatives).iter().filter_map(|row| row.auc).collect()
            })
            .map(|values| spread(values, 4));
        let _ = writeln!(text, "| {} | {} |", name, auc.join(" | "));
    }
    text
}

/// Networks in the order of their first row.
fn names(rows: &[Row]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.network.as_str()) {
            names.push(&row.network);
        }
    }
    names
}

fn select<'a>(rows: &'a [Row], network: &str, protocol: Protocol, negatives: Negatives) -> Vec<&'a Row> {
    let wanted = |row: &&Row| row.network == network && row.protocol == protocol && row.negatives == negatives;
    rows.iter().filter(wanted).collect()
}

/// Mean ± sample standard deviation; the value alone where there is one, a dash where there is none.
fn spread(values: Vec<f64>, digits: usize) -> String {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    match values.len() {
        0 => "–".to_owned(),
        1 => format!("{mean:.digits$}"),
        _ => {
            let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            format!("{mean:.digits$} ± {deviation:.digits$}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_by_hand() {
        assert_eq!(spread(vec![], 2), "–");
        assert_eq!(spread(vec![0.5], 2), "0.50");
        // Mean 2; (1 + 0 + 1) / 2 = 1.
        assert_eq!(spread(vec![1.0, 2.0, 3.0], 1), "2.0 ± 1.0");
    }

    #[test]
    fn a_table_has_each_network_once_with_its_seeds_together() {
        let scores = |gauc| Scores { auc: gauc - 0.01, gauc, logloss: f64::NAN, questions: 7 };
        let report = |gauc| {
            let by_negatives = crate::evaluate::ByNegatives { uniform: scores(gauc), popularity: scores(gauc - 0.1) };
            Report { next_item: by_negatives, next_basket: by_negatives }
        };
        let mut all = rows("popularity", None, None, &report(0.7));
        all.extend(rows("dien", Some(1), Some(20.0), &report(0.8)));
        all.extend(rows("dien", Some(2), Some(22.0), &report(0.9)));
        assert_eq!(all.len(), 3 * 4);
        let text = markdown(&all, "abc");
        let expected = "| dien | DIEN: AUGRU + auxiliary loss | 2 | 0.8500 ± 0.0707 / 0.7500 ± 0.0707 | \
                        0.8400 ± 0.0707 / 0.7400 ± 0.0707 | – / – | 7 | 21 ± 1 |";
        assert!(text.contains(expected), "{text}");
        assert!(
            text.contains(
                "| popularity | number of customers | – | 0.7000 / 0.6000 | 0.6900 / 0.5900 | – / – | 7 | – |"
            ),
            "{text}"
        );
        assert!(text.contains("| dien | 0.8400 ± 0.0707 | 0.7400 ± 0.0707 |"), "{text}");
        let json = serde_json::to_value(&all).unwrap();
        assert_eq!(json[5]["protocol"], "next_item");
        assert_eq!(json[5]["negatives"], "popularity");
        assert_eq!(json[0]["seed"], serde_json::Value::Null);
        assert_eq!(serde_json::from_value::<Vec<Row>>(json).unwrap(), all);
    }

    #[test]
    fn where_nothing_was_asked_there_is_no_number() {
        let scores = |questions| crate::evaluate::score_logits(&vec![vec![1.0, 0.0]; questions]);
        let by_negatives =
            |questions| crate::evaluate::ByNegatives { uniform: scores(questions), popularity: scores(questions) };
        let report = Report { next_item: by_negatives(3), next_basket: by_negatives(0) };
        let all = rows("din", Some(1), Some(2.0), &report);
        let text = markdown(&all, "abc");
        assert!(text.contains(" | 1 | – / – | – / – | – / – | 0 | 2 |") && !text.contains("NaN"), "{text}");
        let json = serde_json::to_string(&all).unwrap();
        assert!(json.contains(r#""auc":null,"gauc":null"#), "{json}");
        assert_eq!(serde_json::from_str::<Vec<Row>>(&json).unwrap(), all);
    }
}
