//! A training from which another visit can go on, kept by the browser.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use training::messages::Saved;

use super::form::Form;
use super::own::Data;
use super::run::{Gauc, Run};
use crate::browser::database;
use crate::your_model::reader::OwnData;

/// The name under which the browser keeps it: there is one. Its number is that of the form in which the trainer writes checkpoints.
const NAME: &str = "training 2";

/// A training on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// What is trained and how, as an address says it.
    form: String,
    /// The visitor's own data that it is trained on.
    data: Option<OwnData>,
    /// Passes over the purchases.
    passes: usize,
    /// Loss of each step's batch.
    losses: Vec<f32>,
    /// What it scored, each time after so many steps.
    scored: Vec<(usize, Gauc)>,
    /// For fine-tuning the clicks that are trained on.
    clicks: Vec<u32>,
    /// How the click held out did, each time after so many steps.
    own: Vec<(usize, f64)>,
    /// Milliseconds that it was at work.
    worked: f64,
    /// What the trainer goes on from.
    pub saved: Saved,
}

impl Kept {
    /// A training with what it goes on from.
    pub fn new(run: &Run, saved: Saved) -> Self {
        let Run { form, data, passes, losses, scored, clicks, own, worked, .. } = run.clone();
        let data = data.map(|data| data.read.clone());
        Self { form: form.text(), data, passes, losses, scored, clicks, own, worked, saved }
    }

    /// What the browser kept; none where there is nothing that this version of the page could go on from.
    pub async fn last() -> Option<Self> {
        let kept: Self = serde_wasm_bindgen::from_value(database::kept(NAME).await?).ok()?;
        kept.form().map(|_| kept)
    }

    /// Lets the browser keep it, in place of another. Where there is no room, it is gone with the page.
    pub async fn keep(&self) {
        if let Ok(object) = serde_wasm_bindgen::to_value(self) {
            database::keep(NAME, &object).await;
        }
    }

    /// Lets the browser forget it.
    pub async fn forget() {
        database::forget(NAME).await;
    }

    /// What is trained and how.
    pub fn form(&self) -> Option<Form> {
        Form::read(&self.form)
    }

    /// The training as it was, by another number.
    pub fn run(&self, number: usize, form: Form) -> Run {
        let (losses, scored) = (self.losses.clone(), self.scored.clone());
        let (clicks, own) = (self.clicks.clone(), self.own.clone());
        Run { losses, scored, clicks, own, worked: self.worked, ..Run::new(number, form, self.passes) }
    }

    /// The visitor's own data that it is trained on; none for the shop's, and where they are no good any more.
    pub fn data(&self) -> Option<Arc<Data>> {
        Data::new(self.data.clone()?).ok().map(Arc::new)
    }

    /// For fine-tuning the clicks that are trained on, rows of the catalogue, oldest first.
    pub fn clicks(&self) -> &[u32] {
        &self.clicks
    }

    /// Steps that were done.
    pub fn steps(&self) -> usize {
        self.losses.len()
    }
}
