//! What was measured on held-out customers: `assets/results.json` and `assets/differences.json`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// Scores of each training, and intervals of the differences between networks.
pub struct Measured {
    results: Vec<Row>,
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
struct Row {
    network: String,
    protocol: String,
    negatives: String,
    seed: Option<u64>,
    auc: Option<f64>,
    gauc: Option<f64>,
    logloss: Option<f64>,
    users: usize,
}

#[derive(Deserialize)]
struct Difference {
    network: String,
    than: String,
    protocol: String,
    negatives: String,
    gauc: Interval,
}

/// By how much one network's GAUC is greater than another's, and the ends of the 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Interval {
    /// Of the data themselves.
    pub difference: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A score over the trainings of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The mean over the trainings.
    pub mean: f64,
    /// Their sample standard deviation; none of one training.
    pub deviation: Option<f64>,
    /// How many trainings.
    pub trainings: usize,
}

impl Measured {
    /// Reads both files in `assets`. Before differences were measured there are none.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn open(assets: &Path) -> Result<Self, Error> {
        let results = read(&assets.join("results.json"))?;
        let differences = match read(&assets.join("differences.json")) {
            Err(Error::File { source, .. }) if source.kind() == ErrorKind::NotFound => Vec::new(),
            found => found?,
        };
        Ok(Self { results, differences })
    }

    fn rows(&self, network: &str, [protocol, negatives]: [&str; 2]) -> impl Iterator<Item = &Row> {
        self.results
            .iter()
            .filter(move |row| (&*row.network, &*row.protocol, &*row.negatives) == (network, protocol, negatives))
    }

    /// `metric`, auc, gauc or logloss, of a network on a set of questions; none where nobody measured it.
    pub fn score(&self, metric: &str, network: &str, set: [&str; 2]) -> Option<Score> {
        let pick = |row: &Row| match metric {
            "auc" => row.auc,
            "gauc" => row.gauc,
            "logloss" => row.logloss,
            _ => None,
        };
        let values: Vec<f64> = self.rows(network, set).filter_map(pick).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let deviation = (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
        (!values.is_empty()).then_some(Score { mean, deviation, trainings: values.len() })
    }

    /// Trainings of a network; 0 for what is not trained.
    pub fn trainings(&self, network: &str) -> usize {
        self.rows(network, ["next_item", "uniform"]).filter(|row| row.seed.is_some()).count()
    }

    /// Customers that were asked under a protocol.
    pub fn users(&self, protocol: &str) -> Option<usize> {
        self.rows("popularity", [protocol, "uniform"]).map(|row| row.users).next()
    }

    /// How the GAUC of `network` differs from that of `than`; none where that was not measured.
    pub fn difference(&self, network: &str, than: &str, [protocol, negatives]: [&str; 2]) -> Option<Interval> {
        let of = |a: &str, b: &str| {
            let wanted = |found: &&Difference| {
                (&*found.network, &*found.than, &*found.protocol, &*found.negatives) == (a, b, protocol, negatives)
            };
            self.differences.iter().find(wanted).map(|found| found.gauc)
        };
        let turned = |Interval { difference, low, high }| Interval { difference: -difference, low: -high, high: -low };
        of(network, than).or_else(|| of(than, network).map(turned))
    }
}

impl Interval {
    /// 1 where all of the interval is above zero, −1 where all of it is below, and 0 where the data leave it open.
    pub fn sign(self) -> i8 {
        i8::from(self.low > 0.0) - i8::from(self.high < 0.0)
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    serde_json::from_str(&text).map_err(|source| Error::Json { file: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_stands_where_the_whole_interval_is_on_one_side() {
        let sign = |low, high| Interval { difference: 0.0, low, high }.sign();
        assert_eq!([sign(0.001, 0.02), sign(-0.02, -0.001), sign(-0.01, 0.01)], [1, -1, 0]);
    }

    #[test]
    fn a_difference_is_known_from_either_side() {
        let difference = r#"[{"network":"dien","than":"din","protocol":"next_item","negatives":"uniform","trainings":[3,3],
            "gauc":{"difference":0.01,"low":0.002,"high":0.03}}]"#;
        let measured = Measured { results: Vec::new(), differences: serde_json::from_str(difference).unwrap() };
        let of = |a, b| measured.difference(a, b, ["next_item", "uniform"]);
        assert_eq!(of("din", "dien"), Some(Interval { difference: -0.01, low: -0.03, high: -0.002 }));
        assert_eq!(of("dien", "din").map(Interval::sign), Some(1));
        assert_eq!(of("dien", "tin"), None);
    }

    #[test]
    fn a_score_is_the_mean_of_the_trainings_with_their_deviation() {
        let row = |seed: u64, gauc: f64| {
            format!(
                r#"{{"network":"din","protocol":"next_item","negatives":"uniform","seed":{seed},"auc":null,"gauc":{gauc},"logloss":null,"users":9}}"#
            )
        };
        let results = serde_json::from_str(&format!("[{},{},{}]", row(1, 0.85), row(2, 0.86), row(3, 0.87))).unwrap();
        let measured = Measured { results, differences: Vec::new() };
        let score = measured.score("gauc", "din", ["next_item", "uniform"]).unwrap();
        assert!((score.mean - 0.86).abs() < 1e-12 && (score.deviation.unwrap() - 0.01).abs() < 1e-12);
        assert_eq!((score.trainings, measured.trainings("din"), measured.users("next_item")), (3, 3, None));
        assert_eq!(measured.score("auc", "din", ["next_item", "uniform"]), None);
    }
}
