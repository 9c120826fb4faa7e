//! What trains networks in the page, for the worker that runs it: see [`training::messages`].

use burn::prelude::Device;
use training::session::Session;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

fn main() {
    console_error_panic_hook::set_once();
}

/// A training, or none.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trainer {
    session: Session,
}

#[wasm_bindgen]
#[allow(clippy::new_without_default, reason = "it is called from JavaScript, which knows no defaults")]
impl Trainer {
    /// No training; those to come are on the CPU.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self { session: Session::new(Device::flex()) }
    }

    /// Whether there is something to [`work`](Self::work) on.
    #[wasm_bindgen(getter)]
    pub fn working(&self) -> bool {
        self.session.is_working()
    }

    /// Does what a [`Command`](training::messages::Command) asks for, at a time in milliseconds, and gives an array of
    /// [`Report`](training::messages::Report)s.
    ///
    /// # Errors
    /// Where it is no command.
    pub async fn command(&mut self, command: JsValue, now: f64) -> Result<JsValue, JsError> {
        let command = serde_wasm_bindgen::from_value(command)?;
        Ok(serde_wasm_bindgen::to_value(&self.session.command(command, now).await)?)
    }

    /// Trains a step or asks some of the validation questions, at a time in milliseconds, and gives reports likewise.
    ///
    /// # Errors
    /// Where a report cannot be made an object.
    pub async fn work(&mut self, now: f64) -> Result<JsValue, JsError> {
        Ok(serde_wasm_bindgen::to_value(&self.session.work(now).await)?)
    }
}
