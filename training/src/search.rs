//! The search for the size of each network and for how it is trained, on the validation users alone.
//!
//! Every network goes the same way: from [`Settings::START`] it tries the [`CHANGES`] one after the other, each on top of those that
//! were kept, with [`EPOCHS`] passes each time, and keeps a change that raises the mean of the two GAUC. So every network has the
//! same budget, and what was found is a function of the runs there are.

use std::fmt::Write;

use model::{Config, NetworkConfig, NetworkKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::options::TrainConfig;
use crate::purchases::Protocol;

/// A network's size and how it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Width of the item embedding.
    pub item_dim: usize,
    /// Negatives a history.
    pub negatives: usize,
    /// Share of the softmax loss.
    pub softmax: f64,
    /// Largest step size.
    pub learning_rate: f64,
    /// Share of all steps over which the step size rises.
    pub warmup: f64,
    /// Weight decay.
    pub weight_decay: f64,
}

/// One thing to try.
#[derive(Debug)]
pub struct Change {
    /// What it is.
    pub about: &'static str,
    /// The settings with it.
    pub apply: fn(Settings) -> Settings,
}

/// What is tried, in this order. A wider item embedding than 24 would make weights of more than 400 kB.
pub const CHANGES: [Change; 6] = [
    Change {
        about: "step size 0.004 after a warm-up of a tenth",
        apply: |settings| Settings { learning_rate: 4e-3, warmup: 0.1, ..settings },
    },
    Change {
        about: "step size 0.008 after a warm-up of a tenth",
        apply: |settings| Settings { learning_rate: 8e-3, warmup: 0.1, ..settings },
    },
    Change { about: "item embedding 24", apply: |settings| Settings { item_dim: 24, ..settings } },
    Change { about: "4 negatives", apply: |settings| Settings { negatives: 4, ..settings } },
    Change { about: "half of the loss a softmax", apply: |settings| Settings { softmax: 0.5, ..settings } },
    Change { about: "weight decay 0.1", apply: |settings| Settings { weight_decay: 0.1, ..settings } },
];

/// Passes of each run; the step size falls to a tenth over them.
pub const EPOCHS: usize = 3;

/// The search for other programs to make the same: the passes of each run, the settings it begins with, and of each change those
/// that it sets.
pub fn declared() -> serde_json::Value {
    let start = json!(Settings::START);
    let changes = CHANGES.iter().map(|change| {
        let tried = json!((change.apply)(Settings::START));
        let set = |(name, value): (&String, &Value)| (start[name] != *value).then(|| (name.clone(), value.clone()));
        tried.as_object().into_iter().flatten().filter_map(set).collect::<Map<_, _>>()
    });
    json!({ "passes": EPOCHS, "start": start, "changes": changes.collect::<Vec<_>>() })
}

/// One training of the search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The network's id.
    pub network: String,
    /// What was tried.
    pub settings: Settings,
    /// Validation GAUC of the best epoch, uniform negatives.
    pub uniform: f64,
    /// The same, popular negatives.
    pub popularity: f64,
    /// Time in training steps.
    pub seconds: f64,
}

impl Run {
    /// What the search compares.
    pub fn gauc(&self) -> f64 {
        f64::midpoint(self.uniform, self.popularity)
    }
}

impl Settings {
    /// Where the search begins.
    pub const START: Self =
        Self { item_dim: 16, negatives: 1, softmax: 0.0, learning_rate: 2e-3, warmup: 0.0, weight_decay: 0.0 };

    /// What the search found best for a network, of the runs in `assets/search.json`.
    ///
    /// # Errors
    /// What is wrong with that file.
    pub fn chosen(kind: NetworkKind) -> Result<Self, serde_json::Error> {
        let runs: Vec<Run> = serde_json::from_str(include_str!("../../assets/search.json"))?;
        Ok(way(kind.id(), &runs).best)
    }

    /// How the search trains, with this weight of the auxiliary loss.
    pub fn training(&self, auxiliary: f32) -> TrainConfig {
        TrainConfig {
            seed: 1,
            protocol: Protocol::NextItem,
            epochs: EPOCHS,
            patience: EPOCHS,
            batch: 256,
            negatives: self.negatives,
            softmax: self.softmax as f32,
            learning_rate: self.learning_rate,
            warmup: self.warmup,
            weight_decay: self.weight_decay as f32,
            auxiliary,
            regularization: 0.0,
            fine_tuning: None,
        }
    }

    /// `config` in this size. Layers that are as wide as an item, or four times that, stay so.
    pub fn sized(&self, config: &Config) -> Config {
        let old = config.width();
        let mut config = Config { item_dim: self.item_dim, ..config.clone() };
        let width = config.width();
        match &mut config.network {
            NetworkConfig::Dien(dien) if dien.hidden == old => dien.hidden = width,
            NetworkConfig::ComirecSa(comirec) if comirec.hidden == 4 * old => comirec.hidden = 4 * width,
            _ => {}
        }
        config
    }
}

/// How far a network has come.
#[derive(Debug, PartialEq)]
pub struct Way<'a> {
    /// The best settings so far.
    pub best: Settings,
    /// What is to be trained next; none at the end.
    pub next: Option<Settings>,
    /// The runs on the way, in its order, each with whether it was kept.
    pub runs: Vec<(&'a Run, bool)>,
}

impl Way<'_> {
    /// How many runs are left.
    pub fn left(&self) -> usize {
        1 + CHANGES.len() - self.runs.len()
    }
}

/// The way of a network through the runs there are.
pub fn way<'a>(network: &str, runs: &'a [Run]) -> Way<'a> {
    let mut way = Way { best: Settings::START, next: None, runs: Vec::new() };
    let mut best = f64::NEG_INFINITY;
    for step in 0..=CHANGES.len() {
        let tried = step.checked_sub(1).map_or(way.best, |change| (CHANGES[change].apply)(way.best));
        let Some(run) = runs.iter().find(|run| run.network == network && run.settings == tried) else {
            way.next = Some(tried);
            break;
        };
        let kept = run.gauc() > best;
        if kept {
            (way.best, best) = (tried, run.gauc());
        }
        way.runs.push((run, kept));
    }
    way
}

/// The table of all runs in Markdown, for `networks` by their ids.
pub fn markdown(networks: &[&str], runs: &[Run]) -> String {
    let mut text = String::from("# Search\n\n");
    text += "Written by `cargo xtask search`: each network tries one change after the other on top of those that were kept, ";
    let _ =
        writeln!(text, "{EPOCHS} passes each time, and keeps what raises the mean of the two GAUC. Measured on the");
    text += "validation customers, one training each. Negatives: uniform / by popularity.\n\n";
    text += "| network | tried | GAUC | mean | s | |\n|---|---|---|---|---|---|\n";
    for network in networks {
        let way = way(network, runs);
        for (step, (run, kept)) in way.runs.iter().enumerate() {
            let about = step.checked_sub(1).map_or("as the search begins", |change| CHANGES[change].about);
            let (Run { uniform, popularity, seconds, .. }, gauc) = (run, run.gauc());
            let kept = if *kept { "kept" } else { "" };
            let _ = writeln!(
                text,
                "| {network} | {about} | {uniform:.4} / {popularity:.4} | {gauc:.4} | {seconds:.0} | {kept} |"
            );
        }
    }
    let seconds: f64 = runs.iter().map(|run| run.seconds).sum();
    let left: usize = networks.iter().map(|network| way(network, runs).left()).sum();
    let _ = writeln!(text, "\n{} runs took {:.0} minutes of training; {left} are left.", runs.len(), seconds / 60.0);
    text
}

#[cfg(test)]
mod tests {
    use model::Vocabulary;
    use model::presets::presets;

    use super::*;

    /// Runs the way to its end; a setting's GAUC is what `gauc` says.
    fn run(gauc: fn(&Settings) -> f64) -> (Vec<Run>, Settings) {
        let mut runs = Vec::new();
        for left in (1..=1 + CHANGES.len()).rev() {
            let way = way("din", &runs);
            assert_eq!(way.left(), left);
            let settings = way.next.unwrap();
            let (uniform, popularity) = (gauc(&settings) + 0.1, gauc(&settings) - 0.1);
            runs.push(Run { network: "din".to_owned(), settings, uniform, popularity, seconds: 30.0 });
        }
        let end = way("din", &runs);
        assert_eq!((end.next, end.left()), (None, 0));
        let best = end.best;
        (runs, best)
    }

    #[test]
    fn other_programs_read_what_is_tried() {
        let declared = declared();
        assert_eq!(declared["passes"], 3);
        assert_eq!(declared["start"], json!(Settings::START));
        assert_eq!(declared["changes"].as_array().unwrap().len(), CHANGES.len());
        assert_eq!(declared["changes"][1], json!({ "learning_rate": 8e-3, "warmup": 0.1 }));
        assert_eq!(declared["changes"][5], json!({ "weight_decay": 0.1 }));
    }

    #[test]
    fn what_helps_is_kept_and_what_follows_comes_on_top() {
        let (runs, best) = run(|settings| {
            0.5 + 0.01 * settings.negatives as f64 - 0.02 * settings.softmax - 0.5 * settings.learning_rate
        });
        assert_eq!(best, Settings { negatives: 4, ..Settings::START });
        assert_eq!(runs[4].settings, best);
        assert_eq!(runs[5].settings, Settings { softmax: 0.5, ..best }, "what came before stays");
        let text = markdown(&["din", "dien"], &runs);
        assert!(text.contains("| din | 4 negatives | 0.6390 / 0.4390 | 0.5390 | 30 | kept |"), "{text}");
        assert!(text.contains("| din | half of the loss a softmax | 0.6290 / 0.4290 | 0.5290 | 30 |  |"), "{text}");
        assert!(text.ends_with("7 runs took 4 minutes of training; 7 are left.\n"), "{text}");
    }

    #[test]
    fn another_networks_runs_do_not_count() {
        let (runs, _) = run(|_| 0.5);
        let dien = way("dien", &runs);
        assert_eq!((dien.best, dien.next, dien.left()), (Settings::START, Some(Settings::START), 1 + CHANGES.len()));
    }

    #[test]
    fn what_is_as_wide_as_an_item_stays_so() {
        let wide = Settings { item_dim: 24, ..Settings::START };
        for kind in NetworkKind::ALL {
            let config = wide.sized(&Settings::START.sized(&kind.shipped()));
            assert_eq!((config.item_dim, config.width(), config.problem()), (24, 32, None));
            // With the page's catalogue.
            let tensors = config.tensors(Vocabulary { items: 2784, categories: 15 });
            let bytes: usize = tensors.iter().map(|(_, shape)| 4 * shape.iter().product::<usize>()).sum();
            assert!(bytes < 400_000, "{}: {bytes} bytes", kind.id());
            match config.network {
                NetworkConfig::Dien(dien) => assert_eq!(dien.hidden, 32),
                NetworkConfig::ComirecSa(comirec) => assert_eq!(comirec.hidden, 128),
                _ => {}
            }
        }
    }

    #[test]
    fn the_page_ships_what_the_search_chose() {
        for preset in presets() {
            let chosen = Settings::chosen(preset.config.network.kind()).unwrap();
            assert_eq!(chosen.sized(&preset.config), preset.config, "{}", preset.name);
        }
    }

    #[test]
    fn a_run_is_the_same_after_it_was_written() {
        let (runs, _) = run(|_| 0.5);
        assert_eq!(serde_json::from_str::<Vec<Run>>(&serde_json::to_string(&runs).unwrap()).unwrap(), runs);
    }
}
