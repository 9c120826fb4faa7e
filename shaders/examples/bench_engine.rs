//! The engine for the benchmark page, and nothing else: what it costs to download is what `wasm-bindgen --target web` makes
//! of this.
#![cfg(target_arch = "wasm32")]

use shaders::{Answer, Backend, Choice, Engine, Host};
use wasm_bindgen::prelude::*;

/// What the engines run on at first.
#[wasm_bindgen]
pub struct Device(Host);

#[wasm_bindgen]
impl Device {
    /// "gpu", "cpu", or "auto": the CPU until [`Network::warm_up`] has found better.
    ///
    /// # Errors
    /// Another name, or no GPU where one was asked for.
    pub async fn open(backend: &str) -> Result<Device, JsError> {
        Ok(Self(match backend {
            "gpu" => Host::open(Choice::Gpu).await?,
            "cpu" => Host::open(Choice::Cpu).await?,
            "auto" => Host::before_gpu(),
            other => return Err(JsError::new(&format!("there is no backend {other}"))),
        }))
    }
}

/// One network.
#[wasm_bindgen]
pub struct Network(Engine);

#[wasm_bindgen]
impl Network {
    /// Reads the weights, a safetensors file, and the category row of each item.
    ///
    /// # Errors
    /// What the reader or the engine refuses.
    pub async fn load(device: &Device, file: &str, weights: &[u8], categories: &[u32]) -> Result<Network, JsError> {
        let weights = model::browser::weights(file, weights)?;
        Ok(Self(Engine::new(&device.0, &weights, categories).await?))
    }

    /// The engine's stages, to be made ready on a GPU, where they are to be.
    pub fn warm_up(&mut self) -> Option<WarmUp> {
        self.0.warm_up().map(WarmUp)
    }

    /// Goes on with what [`WarmUp::run`] made.
    pub fn adopt(&mut self, warm: Warm) {
        self.0.adopt(warm.0);
    }

    /// Ranks these rows of the catalogue from now on.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn set_candidates(&mut self, candidates: &[u32]) -> Result<(), JsError> {
        Ok(self.0.set_candidates(candidates)?)
    }

    /// Ranks the candidates for a history, with the trace of one of them.
    ///
    /// # Errors
    /// What the engine refuses.
    pub async fn rank(&mut self, history: &[u32], inspected: u32) -> Result<Ranking, JsError> {
        self.0.set_history(history)?;
        Ok(Ranking { answer: self.0.rank(&[inspected]).await?, backend: self.0.host().backend() })
    }
}

/// Stages to be made ready on a GPU while the network answers on the CPU.
#[wasm_bindgen]
pub struct WarmUp(shaders::WarmUp);

#[wasm_bindgen]
impl WarmUp {
    /// Looks for a GPU and makes them ready there.
    ///
    /// # Errors
    /// None: without a GPU the CPU goes on.
    pub async fn run(self) -> Result<Warm, JsError> {
        Ok(Warm(self.0.on(&Host::open(Choice::Auto).await?).await))
    }
}

/// Stages that are ready.
#[wasm_bindgen]
pub struct Warm(shaders::Warm);

/// What one call gives.
#[wasm_bindgen]
pub struct Ranking {
    answer: Answer,
    backend: Backend,
}

#[wasm_bindgen]
impl Ranking {
    /// Click probabilities, [candidates].
    #[wasm_bindgen(getter)]
    pub fn p(&self) -> Vec<f32> {
        self.answer.probabilities.clone()
    }

    /// Attention of the inspected candidate, `[step]`.
    #[wasm_bindgen(getter)]
    pub fn attention(&self) -> Vec<f32> {
        self.answer.inspections.iter().flat_map(|inspection| inspection.trace.attention()).copied().collect()
    }

    /// What answered, "gpu" or "cpu".
    #[wasm_bindgen(getter)]
    pub fn backend(&self) -> String {
        if self.backend == Backend::Gpu { "gpu" } else { "cpu" }.to_owned()
    }

    /// From the first stage's beginning to the last one's end in milliseconds, where the device offers timestamps.
    #[wasm_bindgen(getter)]
    pub fn gpu_ms(&self) -> Option<f64> {
        self.answer.timing.gpu_ms
    }

    /// Names of the stages that took time, in order.
    #[wasm_bindgen(getter)]
    pub fn stages(&self) -> Vec<String> {
        self.answer.timing.stages.iter().map(|time| time.stage.to_owned()).collect()
    }

    /// The time of each stage in milliseconds.
    #[wasm_bindgen(getter)]
    pub fn stage_ms(&self) -> Vec<f64> {
        self.answer.timing.stages.iter().map(|time| time.ms).collect()
    }
}
