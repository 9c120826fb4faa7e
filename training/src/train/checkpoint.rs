//! How far training has come, in files from which it goes on.

use std::fs;
use std::path::{Path, PathBuf};

use burn::optim::ModuleOptimizer;
use model::{Config, Weights};
use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::options::TrainConfig;

/// How far training has come, beside weights and optimizer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub train: TrainConfig,
    pub config: Config,
    pub vocabulary: String,
    pub split: String,
    pub epoch: usize,
    pub step: usize,
    pub loss_sum: f64,
    /// Time in training steps so far.
    pub seconds: f64,
    pub best_gauc: f64,
    pub epochs_since_best: usize,
}

/// The files of a checkpoint.
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The checkpoint that is there, if it belongs to the training that `fresh` begins.
    pub fn load(&self, fresh: &State) -> Result<Option<(State, Weights, Weights)>, TrainError> {
        let file = self.path("state.json");
        if !file.exists() {
            return Ok(None);
        }
        let wrong = |problem: String| TrainError::Checkpoint { file: file.display().to_string(), problem };
        let text = fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
        let state: State = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let differs = [
            ("another network or sizes", state.config != fresh.config),
            (
                "other training options",
                TrainConfig { epochs: fresh.train.epochs, ..state.train.clone() } != fresh.train,
            ),
            ("another catalogue", state.vocabulary != fresh.vocabulary),
            ("other sequences", state.split != fresh.split),
        ];
        if let Some((what, _)) = differs.iter().find(|(_, differs)| *differs) {
            return Err(wrong(format!(
                "is a checkpoint of {what}; remove the folder, or name another by --checkpoint"
            )));
        }
        let weights = |name: &str| -> Result<Weights, TrainError> {
            let file = self.path(name);
            let name = file.display().to_string();
            let bytes = fs::read(&file)
                .map_err(|error| TrainError::Checkpoint { file: name.clone(), problem: error.to_string() })?;
            Ok(Weights::from_safetensors(&name, &bytes)?)
        };
        Ok(Some((
            State { train: fresh.train.clone(), ..state },
            weights("now.safetensors")?,
            weights("best.safetensors")?,
        )))
    }

    pub fn load_optimizer(&self, optimizer: ModuleOptimizer) -> Result<ModuleOptimizer, TrainError> {
        let file = self.path("optimizer.bpk");
        if !file.exists() {
            return Ok(optimizer);
        }
        optimizer
            .load(&file)
            .map_err(|error| TrainError::Checkpoint { file: file.display().to_string(), problem: error.to_string() })
    }

    /// Each file is written beside its place and then moved there, so that a power cut leaves the old one.
    pub fn save(
        &self,
        state: &State,
        now: &Weights,
        best: &Weights,
        optimizer: &ModuleOptimizer,
    ) -> Result<(), TrainError> {
        let wrong = |path: &Path, problem: String| TrainError::Checkpoint { file: path.display().to_string(), problem };
        fs::create_dir_all(&self.folder).map_err(|error| wrong(&self.folder, error.to_string()))?;
        let replace = |name: &str, write: &dyn Fn(&Path) -> Result<(), String>| {
            let (path, beside) = (self.path(name), self.path(&format!("new-{name}")));
            write(&beside).map_err(|problem| wrong(&beside, problem))?;
            fs::rename(&beside, &path).map_err(|error| wrong(&path, error.to_string()))
        };
        let bytes = |path: &Path, bytes: Vec<u8>| fs::write(path, bytes).map_err(|error| error.to_string());
        let json = serde_json::to_string_pretty(state).map_err(|error| wrong(&self.folder, error.to_string()))?;
        replace("optimizer.bpk", &|path| optimizer.save(path).map_err(|error| error.to_string()))?;
        replace("now.safetensors", &|path| bytes(path, now.to_safetensors().map_err(|error| error.to_string())?))?;
        replace("best.safetensors", &|path| bytes(path, best.to_safetensors().map_err(|error| error.to_string())?))?;
        replace("state.json", &|path| bytes(path, json.clone().into_bytes()))
    }
}
