//! How the page follows the network in training, and takes over what comes out.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{NetworkConfig, browser};
use shaders::{Engine, EngineError};
use training::messages::Command;

use super::super::run::{Of, Run};
use super::Room;
use crate::browser::clock;
use crate::explain::networks::Network;
use crate::explain::options::in_a_line;
use crate::inside::charts::svg_export::save;
use crate::session::Model;
use crate::session::answer::projection::Projection;

/// The page asks for the weights of now after so many milliseconds: a little less than a second, so that it shows them once a second
/// with what asking and ranking take.
const LOOKS_EVERY_MS: f64 = 700.0;

impl Room {
    /// Whether the network on the page that is the visitor's is the one in training.
    pub(super) fn is_ours(self) -> bool {
        let file = self.runs.with_untracked(|runs| runs.last().map(Run::file));
        self.yours.opened.with_untracked(|opened| opened.as_ref().map(|opened| &opened.file) == file.as_ref())
    }

    /// Asks for the weights of now, where the page is to show them and has shown those of before.
    pub(super) fn look(self) {
        let now = clock::now();
        let asks = self.progress.try_update_value(|progress| {
            let is_late = now - progress.looked >= LOOKS_EVERY_MS;
            let asks = is_late && !progress.is_making && !self.session.busy.get_untracked();
            if asks {
                progress.looked = now;
            }
            asks && (!progress.is_shown || self.is_ours())
        });
        if asks == Some(true) {
            self.ask(&Command::Weights);
        }
    }

    /// Shows the weights of now: the first of a training in place of the visitor's model, later ones in place of those of before.
    pub(super) fn follow(self, weights: Vec<u8>) {
        let is_first = self.progress.with_value(|progress| !progress.is_shown);
        if !is_first && !self.is_ours() {
            return;
        }
        let of_run = self.runs.with_untracked(|runs| runs.last().map(Run::of));
        let Some(of) = of_run else { return };
        self.progress.update_value(|progress| progress.is_making = true);
        let turn = self.progress.with_value(|progress| progress.turn);
        spawn_local(async move {
            // What cannot run at this step may at the next.
            let made = self.made(&of, &weights, false).await;
            self.progress.update_value(|progress| progress.is_making = false);
            // The end has shown its own weights meanwhile.
            if let (Ok((model, engine)), true) = (made, self.is_turn(turn)) {
                self.show(&of, model, engine, is_first);
            }
        });
    }

    /// Shows newer weights: the first of a training in place of the visitor's model, others in place of those of before.
    pub(super) fn show(self, of: &Of, model: Model, engine: Option<Engine>, is_first: bool) {
        match engine {
            Some(engine) if is_first => {
                self.progress.update_value(|progress| progress.is_shown = true);
                self.take_place(of, model, engine);
            }
            engine => self.session.renew(model, engine),
        }
    }

    /// A model of these data and, where it answers or is to answer, its engine.
    pub(super) async fn made(
        self,
        (file, data): &Of,
        weights: &[u8],
        is_last: bool,
    ) -> Result<(Model, Option<Engine>), String> {
        let session = self.session;
        let weights = browser::weights(file, weights).map_err(|error| error.to_string())?;
        let products = self.products(data.as_ref())?;
        let is_first = !self.is_ours();
        let answers = is_last || is_first || session.network.get_untracked() == Network::Yours;
        let refused = |error: EngineError| format!("{file}: {error}");
        let mut engine = None;
        let mut projection = None;
        if answers {
            let mut made = session.engine(&weights, &products.item_categories()).await.map_err(refused)?;
            if !is_last {
                // A GPU would be ready for weights that are gone by then.
                drop(made.warm_up());
            }
            if matches!(weights.config().network, NetworkConfig::Dien(_)) {
                projection = self.progress.with_value(|progress| progress.projection.clone());
                let is_stale = self.progress.with_value(|progress| progress.is_stale);
                if is_last || is_stale || projection.is_none() {
                    let fitted = Projection::fit(&mut made, products.items().len() as u32).await;
                    projection = fitted.unwrap_or_default().map(Arc::new);
                    self.progress.update_value(|progress| {
                        progress.is_stale = false;
                        progress.projection = projection.clone();
                    });
                }
            }
            engine = Some(made);
        }
        let mut model = Model::new(file, weights);
        model.projection = model.projection.or(projection);
        Ok((model, engine))
    }

    /// Lets a network take the place of the visitor's model on the page, in the shop of the data: the page's own, where they are none of
    /// the visitor's.
    fn take_place(self, (file, data): &Of, model: Model, engine: Engine) {
        if data.is_none() && untrack(|| self.session.is_your_shop()) {
            self.session.switch(Network::START);
        }
        self.yours.show_trained(file, in_a_line(model.config()));
        let history = data.as_ref().map_or(&[][..], |data| data.history());
        self.session.adopt(model, engine, data.as_ref().map(|data| data.products.clone()), history);
    }

    /// Lets the network that came out of a training answer.
    pub fn use_run(self, number: usize) {
        let Some((of, weights)) = self.came_out(number) else { return };
        spawn_local(async move {
            match self.made(&of, &weights, true).await {
                Ok((model, Some(engine))) => {
                    self.problem.set(None);
                    self.take_place(&of, model, engine);
                }
                Ok((_, None)) => {}
                Err(why) => self.problem.set(Some(why)),
            }
        });
    }

    /// Offers the network that came out of a training as a file.
    pub fn download(self, number: usize) {
        if let Some(((file, _), weights)) = self.came_out(number) {
            save(&file, "application/octet-stream", &*weights);
        }
    }

    fn came_out(self, number: usize) -> Option<(Of, Arc<Vec<u8>>)> {
        self.runs.with_untracked(|runs| {
            let run = runs.iter().find(|run| run.number == number)?;
            Some((run.of(), run.weights.clone()?))
        })
    }
}
