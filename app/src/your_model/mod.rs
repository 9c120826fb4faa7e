//! A visitor's own model: files chosen, dropped or named in the address become the network that answers. Whatever is wrong
//! with them is said in the dialog, and the network before goes on.

mod describe;
mod dialog;
mod guide;
mod histories;
mod reader;
mod source;

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{NetworkConfig, browser};
use shaders::Engine;
use web_sys::File;

use crate::browser::dom::show;
use crate::browser::lazy::{Later, Part};
use crate::browser::load::{Transfer, pause};
use crate::explain::networks::Network;
use crate::session::products::Products;
use crate::session::projection::Projection;
use crate::session::{Model, Session};
use crate::ui::format;

pub use dialog::{Bar, Dialog, DropZone, Open, contents};
use histories::{Chosen, Loaded};
use reader::ReaderError;
use source::{Kind, Source};

/// The largest model file that is read: as much as WebGPU lets one buffer hold, twice. Reading and unpacking need a multiple
/// of it in memory.
const MODEL_LIMIT: u64 = 256_000_000;
/// The largest CSV file that is read.
const TABLE_LIMIT: u64 = 64_000_000;

/// What becomes of the files.
#[derive(Debug, Clone, PartialEq)]
enum Opening {
    /// Nothing that is not done: their model is open, or there are none.
    Nothing,
    /// They are being read, or their model is being made ready; in words.
    UnderWay(&'static str),
    /// The catalogue is fine, and the model is missing. In a sentence.
    Waiting(String),
    /// They were refused, in sentences.
    Failed(Refusal),
}

/// Why files were refused.
#[derive(Debug, Clone, PartialEq)]
struct Refusal {
    /// In sentences.
    why: String,
    /// Whether it was none of their doing, and a second attempt may succeed.
    passing: bool,
}

impl<E: ToString> From<E> for Refusal {
    fn from(why: E) -> Self {
        Self { why: why.to_string(), passing: false }
    }
}

impl Refusal {
    /// What the reader says, and `more` where it refuses a file.
    fn by_reader(error: &ReaderError, more: impl FnOnce(String) -> String) -> Self {
        let why = error.to_string();
        match error {
            ReaderError::Refused(_) => more(why).into(),
            ReaderError::Lost(_) => Self { why, passing: true },
        }
    }
}

/// The model that was opened.
#[derive(Debug, Clone, PartialEq)]
struct Opened {
    /// Name of its file.
    file: String,
    /// What it is: kind, options, sizes.
    summary: String,
    /// What was assumed about it, in sentences.
    notes: Vec<String>,
}

/// The files of one's own, and what becomes of them. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Own {
    session: Session,
    dialog: NodeRef<html::Dialog>,
    /// What is in the dialog.
    contents: Later,
    /// Whether the part about histories is to take the focus.
    histories_first: RwSignal<bool>,
    model: RwSignal<Option<Source>, LocalStorage>,
    catalogue: RwSignal<Option<Source>, LocalStorage>,
    opening: RwSignal<Opening>,
    opened: RwSignal<Option<Opened>>,
    /// Histories that were read, or why not.
    histories: RwSignal<Option<Result<Arc<Loaded>, Refusal>>>,
    chosen: RwSignal<Option<Chosen>>,
    guide: RwSignal<Transfer<String>>,
    /// Counts the openings, so that the last one wins.
    turn: StoredValue<u32>,
}

impl Own {
    /// With no files.
    pub fn new(session: Session) -> Self {
        Self {
            session,
            dialog: NodeRef::new(),
            contents: Later::new(Part::Own),
            histories_first: RwSignal::new(false),
            model: RwSignal::new_local(None),
            catalogue: RwSignal::new_local(None),
            opening: RwSignal::new(Opening::Nothing),
            opened: RwSignal::new(None),
            histories: RwSignal::new(None),
            chosen: RwSignal::new(None),
            guide: RwSignal::new(Transfer::START),
            turn: StoredValue::new(0),
        }
    }

    /// Starts the page: with the model that the address names, else with the page's own networks.
    pub async fn start(self, model: Option<String>, catalogue: Option<String>, history: Option<String>) {
        self.session.load_catalogue();
        self.catalogue.set(catalogue.map(Source::Address));
        if let Some(model) = model {
            self.session.expect_own(self.catalogue.with_untracked(Option::is_some));
            self.model.set(Some(Source::Address(model)));
            self.open(history).await;
        } else if self.catalogue.with_untracked(Option::is_some) {
            self.open(history).await;
        }
        self.session.start().await;
    }

    /// Takes files that were chosen or dropped; `chosen` says what they are where their names do not.
    fn take(self, files: Vec<File>, chosen: Option<Kind>) {
        spawn_local(async move {
            let (mut any, mut histories) = (false, None);
            for file in files {
                let file = Source::File(file);
                let kind = file.kind(chosen).await;
                any |= kind != Kind::Histories;
                match kind {
                    Kind::Model => self.model.set(Some(file)),
                    Kind::Catalogue => self.catalogue.set(Some(file)),
                    Kind::Histories => histories = Some(file),
                }
            }
            if any {
                self.open(None).await;
            }
            if let Some(histories) = histories {
                self.take_histories(histories);
            }
        });
    }

    /// Forgets the files chosen, but not the model that they opened.
    fn forget_files(self) {
        self.model.set(None);
        self.catalogue.set(None);
        self.opening.set(Opening::Nothing);
    }

    /// Reads the files and lets their model answer, or says why not.
    async fn open(self, history: Option<String>) {
        let turn = self.turn.with_value(|turn| turn + 1);
        self.turn.set_value(turn);
        let result = self.read(turn, history).await;
        if self.turn.get_value() != turn {
            return;
        }
        if !matches!(result, Ok(Opening::Nothing)) {
            self.session.give_up_own();
            self.show();
        }
        self.opening.set(result.unwrap_or_else(Opening::Failed));
    }

    /// Reads the same files once more.
    fn open_again(self) {
        spawn_local(self.open(None));
    }

    fn show(self) {
        show(self.dialog);
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.set_scroll_top(0);
        }
        self.contents.want();
        self.load_guide();
    }

    /// Opens the dialog where it is about histories.
    pub fn show_histories(self) {
        self.show();
        self.histories_first.set(true);
    }

    async fn read(self, turn: u32, history: Option<String>) -> Result<Opening, Refusal> {
        let session = self.session;
        self.opening.set(Opening::UnderWay("Reading the files"));
        let own = match self.catalogue.get_untracked() {
            None => None,
            Some(source) => {
                let bytes = source.read(TABLE_LIMIT, &|_, _| ()).await?;
                let csv = reader::catalogue(&source.name(), &bytes).await;
                let csv = csv.map_err(|error| Refusal::by_reader(&error, |why| why))?;
                Some(Arc::new(Products::new(&source.name(), csv)?))
            }
        };
        let Some(source) = self.model.get_untracked() else {
            return Ok(match (own, self.catalogue.get_untracked()) {
                (Some(catalogue), Some(source)) => Opening::Waiting(format!(
                    "{} has {}. Now choose the model that belongs to it.",
                    source.name(),
                    describe::catalogue(&catalogue)
                )),
                _ => Opening::Nothing,
            });
        };
        if let Some(refusal) = source.refusal() {
            return Err(refusal.into());
        }
        let file = source.name();
        let progress = |received, total| session.own_model_is_coming(received, total);
        let bytes = source.read(MODEL_LIMIT, &progress).await?;
        let catalogue = match &own {
            Some(catalogue) => catalogue.clone(),
            None => page_catalogue(session).await.ok_or("There is no catalogue on the page: choose its CSV too.")?,
        };
        let untold = |why: String| match own {
            Some(_) => why,
            None => format!(
                "{} This was tried with the catalogue on the page, which has {}. If the model belongs to another one, \
                 choose that catalogue’s CSV too.",
                format::sentence(&why),
                describe::catalogue(&catalogue)
            ),
        };
        self.opening.set(Opening::UnderWay("Making the model ready"));
        pause(0).await;
        let read = reader::model(&file, &bytes, catalogue.csv()).await;
        drop(bytes);
        let (bytes, notes) = read.map_err(|error| Refusal::by_reader(&error, untold))?;
        let weights = browser::weights(&file, &bytes)?;
        drop(bytes);
        let named = |error: shaders::EngineError| format!("{file}: {error}");
        let host = session.host().await.map_err(named)?;
        let mut engine = Engine::new(&host, &weights, &catalogue.item_categories()).await.map_err(named)?;
        // What does not run is found before anything is replaced.
        engine.rank(&[]).await.map_err(named)?;
        let summary = describe::network(weights.config());
        let mut model = Model::new(weights);
        if matches!(model.config().network, NetworkConfig::Dien(_)) && model.projection.is_none() {
            let projection = Projection::fit(&mut engine, catalogue.items().len() as u32).await.map_err(named)?;
            model.projection = projection.map(Arc::new);
        }
        if self.turn.get_value() != turn {
            return Ok(Opening::Nothing);
        }
        let items = |history: String| -> Vec<u32> {
            let rows = history.split(',').filter_map(|id| catalogue.row(id.trim()));
            rows.collect()
        };
        self.opened.set(Some(Opened { file, summary, notes }));
        session.adopt(model, engine, own, history.map(items).as_deref());
        Ok(Opening::Nothing)
    }

    /// Back to the networks and the shop that came with the page.
    fn leave(self) {
        self.session.switch(Network::evolving());
    }
}

/// The catalogue in use, waited for while it is on its way.
async fn page_catalogue(session: Session) -> Option<Arc<Products>> {
    while session.here().catalogue.with_untracked(|catalogue| matches!(catalogue, Transfer::UnderWay { .. })) {
        pause(50).await;
    }
    session.here().products()
}
