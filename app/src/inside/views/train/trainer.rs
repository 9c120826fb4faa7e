//! The page's side of the trainer: a wasm of its own in a worker, which is there for one training.

use js_sys::{Array, Uint8Array};
use training::messages::{Command, Report};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};

use crate::browser::arrival::{folder, look_into};
use crate::language::english;

/// The files of the trainer: what runs in the worker, what that imports, and the wasm.
const FILES: [&str; 3] = ["trainer_worker.js", "trainer.js", "trainer_bg.wasm"];

/// What a worker says, or that it is lost.
pub type Heard = Result<Report, ()>;

/// A worker that trains. It ends when this is dropped.
pub struct Trainer {
    worker: Worker,
    /// What it calls; kept as long as it may.
    _heard: [Closure<dyn FnMut(MessageEvent)>; 2],
}

/// Where the trainer's wasm is.
pub fn wasm_file() -> String {
    [folder().as_str(), FILES[2]].concat()
}

/// Why a worker that was lost did not come, or did not go on, in sentences.
pub async fn why_lost() -> String {
    let files = [0, 1].map(|file| [folder().as_str(), FILES[file]].concat());
    look_into(&JsValue::NULL, &files.each_ref().map(String::as_str)).await
}

impl Trainer {
    /// A worker with these bytes of wasm, and its first command. `heard` hears what it reports.
    ///
    /// # Errors
    /// Where the page may have no worker, or the command cannot be said, in a sentence.
    pub fn new(wasm: &[u8], command: &Command, heard: impl Fn(Heard) + Clone + 'static) -> Result<Self, String> {
        let worker_file = [folder().as_str(), FILES[0]].concat();
        let worker = Worker::new(&worker_file).map_err(|_| english!("{worker_file} is not allowed to run"))?;
        let on_report = {
            let heard = heard.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
                heard(serde_wasm_bindgen::from_value(message.data()).map_err(|_| ()));
            })
        };
        let on_error = Closure::<dyn FnMut(MessageEvent)>::new(move |_| heard(Err(())));
        worker.set_onmessage(Some(on_report.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let trainer = Self { worker, _heard: [on_report, on_error] };
        trainer.post(Uint8Array::from(wasm).into(), command)?;
        Ok(trainer)
    }

    /// Asks for something more. What comes of it is heard.
    pub fn ask(&self, command: &Command) {
        // These have nothing in them that could not be said.
        let _ = self.post(JsValue::NULL, command);
    }

    fn post(&self, wasm: JsValue, command: &Command) -> Result<(), String> {
        let command = serde_wasm_bindgen::to_value(command).map_err(|error| error.to_string())?;
        let posted = self.worker.post_message(&Array::of2(&wasm, &command));
        posted.map_err(|_| english!("the browser has no room for what is to be trained on").to_owned())
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
