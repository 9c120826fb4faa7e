//! How to train.

use model::NetworkKind;
use serde::{Deserialize, Serialize};

use crate::purchases::Protocol;

/// How to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Where every random number comes from.
    pub seed: u64,
    /// How much of the history is known in training.
    pub protocol: Protocol,
    /// Passes over all purchases of the training users, at most.
    pub epochs: usize,
    /// Stop after this many epochs that did not improve the validation GAUC.
    pub patience: usize,
    /// Histories a step.
    pub batch: usize,
    /// Negatives a history, drawn uniformly or by popularity with equal chance.
    pub negatives: usize,
    /// Share of the softmax loss in the loss, from 0 to 1; the rest is the logistic loss.
    pub softmax: f32,
    /// Largest step size of Adam, see [`TrainConfig::step_size`].
    pub learning_rate: f64,
    /// Share of all steps over which the step size rises at the start, from 0 to 1.
    pub warmup: f64,
    /// How much of every parameter is taken away in a step, as a share of the step size (AdamW: Loshchilov and Hutter 2019,
    /// "Decoupled Weight Decay Regularization", ICLR).
    pub weight_decay: f32,
    /// α, the weight of DIEN's auxiliary loss.
    pub auxiliary: f32,
    /// λ of the mini-batch aware regularization of the embeddings.
    pub regularization: f32,
    /// How a network that is there is trained on with one user's own clicks; none where it is trained from a seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_tuning: Option<FineTuning>,
}

/// How a network that is there is trained on with one user's own clicks. Validation questions are the other users', whom it forgets
/// the more the further it goes, so that no pass is the best one: what comes out is the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FineTuning {
    /// Steps a pass.
    pub steps: usize,
    /// Purchases of the other users in every step, against forgetting; 0 for none.
    pub replay: usize,
    /// What stays as it is.
    pub frozen: Frozen,
}

/// The part of a network that stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frozen {
    /// Nothing.
    Nothing,
    /// Item and category embeddings.
    Embeddings,
    /// The ranking MLP.
    Head,
}

impl TrainConfig {
    /// How the network of this kind that the page ships was trained, but for its seed: four passes, with what the search found.
    pub fn shipped(kind: NetworkKind) -> Self {
        let (softmax, weight_decay) = match kind {
            NetworkKind::EmbeddingMlp | NetworkKind::Dien | NetworkKind::ComirecSa => (0.5, 0.1),
            NetworkKind::Din => (0.0, 0.1),
            NetworkKind::Tin => (0.0, 0.0),
        };
        Self {
            seed: 1,
            protocol: Protocol::NextItem,
            epochs: 4,
            patience: 3,
            batch: 256,
            negatives: 4,
            softmax,
            learning_rate: 8e-3,
            warmup: 0.1,
            weight_decay,
            auxiliary: if kind == NetworkKind::Dien { 0.5 } else { 0.0 },
            regularization: 0.0,
            fine_tuning: None,
        }
    }

    /// Step size at `step` of `steps`, counted from 0 over all epochs: the learning rate, falling in a straight line to a tenth
    /// at the end of the last epoch, times min(1, (step + 1)/(warm-up · steps)).
    pub fn step_size(&self, step: usize, steps: usize) -> f64 {
        let risen = ((step + 1) as f64 / (self.warmup * steps as f64).max(1.0)).min(1.0);
        let fallen = 1.0 - 0.9 * step as f64 / steps.max(1) as f64;
        self.learning_rate * risen * fallen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "cli")]
    #[test]
    fn networks_are_trained_as_the_search_chose_and_as_the_pages_were() {
        use model::{Weights, presets::presets};

        for kind in NetworkKind::ALL {
            let auxiliary = presets().into_iter().find(|preset| preset.name == kind.id()).unwrap().auxiliary;
            let searched = crate::search::Settings::chosen(*kind).unwrap().training(auxiliary);
            let found = TrainConfig::shipped(*kind);
            assert_eq!(found, TrainConfig { epochs: 4, patience: 3, ..searched }, "{}", kind.id());
            let file = format!("{}/../assets/{}.safetensors", env!("CARGO_MANIFEST_DIR"), kind.id());
            let weights = Weights::from_safetensors(&file, &std::fs::read(&file).unwrap()).unwrap();
            let noted: TrainConfig = serde_json::from_str(weights.note("training").unwrap()).unwrap();
            assert_eq!(TrainConfig { seed: found.seed, ..noted }, found, "{file}");
        }
    }

    #[test]
    fn the_step_size_rises_and_then_falls_to_a_tenth() {
        let config =
            |warmup| TrainConfig { epochs: 2, learning_rate: 0.2, warmup, ..TrainConfig::shipped(NetworkKind::Tin) };
        // Of ten steps, each falls by 0.9/10.
        for (warmup, step, expected) in [
            (0.0, 0, 0.2),
            (0.0, 5, 0.11),
            (0.4, 0, 0.05),
            (0.4, 1, 0.2 * 0.5 * 0.91),
            (0.4, 3, 0.2 * 0.73),
            (0.4, 10, 0.02),
        ] {
            let found = config(warmup).step_size(step, 10);
            // A few roundings of float64.
            assert!((found - expected).abs() < 1e-15, "{warmup} {step}: {found}");
        }
    }
}
