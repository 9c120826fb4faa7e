//! The table of results: what every network scores on the test users, as JSON for programs and as Markdown for people.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::bootstrap::{self, Interval};
use crate::exam::{Answers, SETS};
use crate::purchases::Protocol;
use crate::samples::Negatives;
use crate::scores::Scores;
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

/// What is measured beside our networks, by name.
const OTHERS: [(&str, &str); 5] = [
    ("popularity", "number of training customers"),
    ("item-knn", "mean cosine similarity to the last five items"),
    ("gbm", "gradient boosting on counted features"),
    ("sasrec", "SASRec"),
    ("average", "mean of the logits of DIN, DIEN, TIN and ComiRec-SA"),
];

/// The pairs whose difference is told, the one that is claimed to be better first.
const PAIRS: [(&str, &str); 14] = [
    ("din", "embedding-mlp"),
    ("dien", "din"),
    ("tin", "din"),
    ("comirec-sa", "din"),
    ("dien", "tin"),
    ("dien", "comirec-sa"),
    ("din", "din-softmax"),
    ("dien", "augru"),
    ("aigru", "dien"),
    ("average", "dien"),
    ("embedding-mlp", "item-knn"),
    ("din", "gbm"),
    ("dien", "gbm"),
    ("dien", "sasrec"),
];

/// How much greater the GAUC of one network is than another's, on one set of questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The network that is claimed to be better.
    pub network: String,
    /// The other.
    pub than: String,
    /// How much of the history was known.
    pub protocol: Protocol,
    /// What the item bought was to be told from.
    pub negatives: Negatives,
    /// Trainings of either.
    pub trainings: [usize; 2],
    /// Difference of the mean GAUC, and its 95 % interval over customers and trainings.
    pub gauc: Interval,
}

/// Answers of one training, or of what needs none.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// As in [`Row::network`].
    pub network: String,
    /// As in [`Row::seed`].
    pub seed: Option<u64>,
    /// As in [`Row::epoch_seconds`].
    pub epoch_seconds: Option<f64>,
    /// Its answers.
    pub answers: Answers,
}

/// The rows of one run.
pub fn rows(run: &Run) -> Vec<Row> {
    let row = |((protocol, negatives), scores): ((Protocol, Negatives), Scores)| {
        let Scores { auc, gauc, logloss, questions } = scores;
        let [auc, gauc, logloss] = [auc, gauc, logloss].map(|value| value.is_finite().then_some(value));
        Row {
            network: run.network.clone(),
            protocol,
            negatives,
            seed: run.seed,
            auc,
            gauc,
            logloss,
            users: questions,
            epoch_seconds: run.epoch_seconds,
        }
    };
    SETS.into_iter().zip(run.answers.scores()).map(row).collect()
}

/// The mean of the logits of `networks`, once for each seed from which each of them was trained.
pub fn averages(runs: &[Run], networks: &[&str]) -> Vec<Run> {
    let mut seeds: Vec<u64> = runs.iter().filter_map(|run| run.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let average = |seed: u64| {
        let of = |name: &&str| {
            let wanted = |run: &&Run| run.network == **name && run.seed == Some(seed);
            runs.iter().find(wanted).map(|run| &run.answers)
        };
        let all: Option<Vec<&Answers>> = networks.iter().map(of).collect();
        let answers = Answers::mean(&all?);
        Some(Run { network: "average".to_owned(), seed: Some(seed), epoch_seconds: None, answers })
    };
    seeds.into_iter().filter_map(average).collect()
}

/// The differences of all declared pairs that were measured.
pub fn differences(runs: &[Run]) -> Vec<Difference> {
    let mut found = Vec::new();
    for (set, (protocol, negatives)) in SETS.into_iter().enumerate() {
        for (network, than) in PAIRS {
            let aucs = |name: &str| -> Vec<Vec<f64>> {
                runs.iter().filter(|run| run.network == name).map(|run| run.answers.aucs(set)).collect()
            };
            let (a, b) = (aucs(network), aucs(than));
            if let Some(gauc) = bootstrap::difference(&a, &b, 1) {
                let (network, than, trainings) = (network.to_owned(), than.to_owned(), [a.len(), b.len()]);
                found.push(Difference { network, than, protocol, negatives, trainings, gauc });
            }
        }
    }
    found
}

/// The tables in Markdown. `split` is the hash of the split, `same_invoice` how many of the next-item questions have another line
/// of the answer's invoice in their history.
pub fn markdown(rows: &[Row], differences: &[Difference], split: &str, same_invoice: usize) -> String {
    let mut text = String::from("# Results\n\n");
    text += "Written by `cargo xtask evaluate`; the model card says how the networks were trained and what the figures mean.\n";
    text += "Where several seeds were trained: mean ± standard deviation. Negatives: uniform / by popularity.\n\n";
    let _ = writeln!(text, "Split: `{split}`");
    for (protocol, title) in [(Protocol::NextItem, "Next item"), (Protocol::NextBasket, "Next basket")] {
        let _ = write!(text, "\n## {title}\n\n");
        if protocol == Protocol::NextItem {
            let asked = select(rows, "popularity", protocol, Negatives::Uniform).first().map_or(0, |row| row.users);
            let _ = write!(
                text,
                "Of {asked} questions {same_invoice} have another line of the answer's own invoice in their history.\n\n"
            );
        }
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
            let about = OTHERS.into_iter().find(|other| other.0 == name).map(|other| other.1);
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
    text += "\n## Differences\n\n";
    text += "Of the mean GAUC, with the 95 % interval of a paired bootstrap over customers and trainings.\n\n";
    text += "| | trainings | next item, uniform | by popularity | next basket, uniform | by popularity |\n|---|---|---|---|---|---|\n";
    for (network, than) in PAIRS {
        let of_pair = || differences.iter().filter(|found| found.network == network && found.than == than);
        let Some([a, b]) = of_pair().map(|found| found.trainings).next() else { continue };
        let cell = |how| {
            let found = of_pair().find(|found| (found.protocol, found.negatives) == how);
            found.map_or("–".to_owned(), |Difference { gauc: Interval { difference, low, high }, .. }| {
                format!("{difference:+.4} ({low:+.4} to {high:+.4})")
            })
        };
        let _ = writeln!(text, "| {network} − {than} | {a}, {b} | {} |", SETS.map(cell).join(" | "));
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
pub fn spread(values: Vec<f64>, digits: usize) -> String {
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

    /// A run whose customers' items beat so many of two negatives each.
    fn run(network: &str, seed: Option<u64>, epoch_seconds: Option<f64>, beaten: &[usize]) -> Run {
        let row = |&beaten: &usize| vec![[-0.5, 0.5, 1.5][beaten], 0.0, 1.0];
        let logits = [(); 4].map(|()| beaten.iter().map(row).collect());
        let answers = Answers { logits, probabilities: epoch_seconds.is_some() };
        Run { network: network.to_owned(), seed, epoch_seconds, answers }
    }

    #[test]
    fn a_table_has_each_network_once_with_its_seeds_together() {
        let mut runs = vec![
            run("popularity", None, None, &[1, 0, 1]),
            run("din", Some(1), Some(9.0), &[1, 1, 1]),
            run("dien", Some(1), Some(20.0), &[2, 1, 1]),
            run("dien", Some(2), Some(22.0), &[2, 2, 1]),
        ];
        runs.extend(averages(&runs, &["din", "dien"]));
        assert_eq!(runs.len(), 5, "din was trained from one seed");
        assert_eq!(runs[4].answers.logits[0][0], [1.0, 0.0, 1.0]);
        let all: Vec<Row> = runs.iter().flat_map(rows).collect();
        assert_eq!(all.len(), 5 * 4);
        let text = markdown(&all, &differences(&runs), "abc", 2);
        // GAUC 4/6 and 5/6.
        let expected = "| dien | DIEN: AUGRU + auxiliary loss | 2 | 0.7500 ± 0.1179 / 0.7500 ± 0.1179 |";
        assert!(text.contains(expected) && text.contains("| 3 | 21 ± 1 |"), "{text}");
        let floor = "| popularity | number of training customers | – | 0.3333 / 0.3333 |";
        assert!(text.contains(floor) && text.contains("Of 3 questions 2 have another line"), "{text}");
        assert!(text.contains("| average | mean of the logits of DIN, DIEN, TIN and ComiRec-SA | 1 |"), "{text}");
        // Of the customers' differences 3/4 · 1, 1/4 · 1 and 0 in AUC; three customers and two trainings bound it by 0 and 1/2.
        let found = text.lines().find(|line| line.starts_with("| dien − din | 2, 1 | +0.2500 (+0.")).unwrap();
        assert_eq!(found.matches("+0.2500").count(), 4, "{found}");
        let json = serde_json::to_value(&all).unwrap();
        assert_eq!(json[5]["protocol"], "next_item");
        assert_eq!(json[5]["negatives"], "popularity");
        assert_eq!(json[0]["seed"], serde_json::Value::Null);
        assert_eq!(json[0]["logloss"], serde_json::Value::Null);
        assert_eq!(serde_json::from_value::<Vec<Row>>(json).unwrap(), all);
    }

    #[test]
    fn where_nothing_was_asked_there_is_no_number() {
        let mut din = run("din", Some(1), Some(2.0), &[2, 2, 2]);
        din.answers.logits[2].clear();
        din.answers.logits[3].clear();
        let runs = [din.clone(), Run { network: "embedding-mlp".to_owned(), ..din }];
        let all: Vec<Row> = runs.iter().flat_map(rows).collect();
        let text = markdown(&all, &differences(&runs), "abc", 0);
        assert!(text.contains(" | 1 | – / – | – / – | – / – | 0 | 2 |") && !text.contains("NaN"), "{text}");
        let difference =
            "| din − embedding-mlp | 1, 1 | +0.0000 (+0.0000 to +0.0000) | +0.0000 (+0.0000 to +0.0000) | – | – |";
        assert!(text.contains(difference), "{text}");
        let json = serde_json::to_string(&all).unwrap();
        assert!(json.contains(r#""auc":null,"gauc":null"#), "{json}");
        assert_eq!(serde_json::from_str::<Vec<Row>>(&json).unwrap(), all);
    }
}
