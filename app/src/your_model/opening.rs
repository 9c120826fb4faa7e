//! From the files chosen, dropped or named in the address to the network that answers.

use std::pin::Pin;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{NetworkConfig, browser};
use shaders::{EngineError, why_lost};
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::File;

use super::guide::Guide;
use super::histories::Histories;
use super::reader;
use super::reader::{Question, Read, ReaderError};
use super::refusal::Refusal;
use super::source::{Kind, MODEL_LIMIT, Source, TABLE_LIMIT};
use crate::browser::clock::pause;
use crate::browser::dom::show;
use crate::browser::lazy::Lazy;
use crate::explain::networks::Network;
use crate::explain::options::in_a_line;
use crate::language::english;
use crate::session::answer::projection::Projection;
use crate::session::shop::products::Products;
use crate::session::{Model, Session};
use crate::ui::format;

/// What becomes of the files.
#[derive(Debug, Clone, PartialEq)]
pub enum Opening {
    /// Nothing that is not done: their model is open, or there are none.
    Nothing,
    /// The files are being read, or their model is being made ready; in words.
    UnderWay(&'static str),
    /// The catalogue in this file is fine, and the model is missing.
    Waiting {
        /// The name of the file.
        file: String,
        /// How many products it has.
        products: usize,
        /// And how many categories.
        categories: usize,
    },
    /// The files were refused, in sentences.
    Failed(Refusal),
}

/// The model that was opened.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opened {
    /// Name of the model's file.
    pub file: String,
    /// What the model is: kind, options, sizes.
    pub summary: String,
    /// What was assumed about the model, in sentences.
    pub notes: Vec<String>,
    /// What its file leaves open, with the answers that it runs with.
    pub questions: Vec<Answered>,
    /// Features of the user, with how many rows the table of each has, nothing for a number, and the value that it runs with; none
    /// where nobody has said anything, and then it is the mean of the table, or 0.
    pub context: Vec<(String, String, Option<String>)>,
    /// Whether it is another library's, and nobody has compared its answers with that library's.
    pub is_unchecked: bool,
    /// What proves it, such as "50 predictions of the library, off by 1e-7 at most".
    pub proof: Option<String>,
    /// What the proof settled of what the file leaves open, such as "normalization: softmax".
    pub settled: Vec<String>,
}

/// A question that a model's file leaves open, and its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The question.
    pub question: Question,
    /// What its option is set to; none where nobody has said anything, and then it is the first choice.
    pub answer: Option<String>,
}

/// The visitor's files, and what becomes of them. Cheap to copy.
#[derive(Clone, Copy)]
pub struct YourModel {
    /// The page that the model is for.
    pub session: Session,
    /// The dialog about the files.
    pub dialog: NodeRef<html::Dialog>,
    /// What is in the dialog.
    pub contents: Lazy,
    /// Whether the part about histories is to take the focus.
    pub histories_first: RwSignal<bool>,
    /// The file of weights.
    pub model: RwSignal<Option<Source>, LocalStorage>,
    /// The file of products.
    pub catalogue: RwSignal<Option<Source>, LocalStorage>,
    /// What the model's library gives for histories and candidates, to prove the model with.
    pub predictions: RwSignal<Option<Source>, LocalStorage>,
    /// What becomes of the files.
    pub opening: RwSignal<Opening>,
    /// The model that was opened last.
    pub opened: RwSignal<Option<Opened>>,
    /// What the visitor has said of the model's file: options and what they are set to.
    answers: StoredValue<Vec<(String, String)>>,
    /// Other people's clicks.
    pub histories: Histories,
    /// How a model is exported.
    pub guide: Guide,
    /// Files that wait to be told apart, and what they were chosen as.
    arrived: StoredValue<Vec<(Source, Option<Kind>)>, LocalStorage>,
    /// Counts the openings, so that the last one wins.
    turn: StoredValue<u32>,
}

/// The files being read.
type Reading = Pin<Box<dyn Future<Output = Result<Opening, Refusal>>>>;

/// Where the part of the file `views` that reads files begins: the page starts without it.
#[wasm_split(views, fallible)]
fn reading(yours: YourModel, turn: u32) -> Result<Reading, SplitLoaderError> {
    Ok(Box::pin(yours.read(turn)))
}

/// Files being told apart, and opened.
type Taking = Pin<Box<dyn Future<Output = ()>>>;

/// Where the part of the file `views` that tells files apart begins.
#[wasm_split(views, fallible)]
fn taking(yours: YourModel) -> Result<Taking, SplitLoaderError> {
    Ok(Box::pin(yours.tell_apart()))
}

/// What is said where that part does not arrive.
fn not_arrived() -> Refusal {
    Refusal {
        why: english!("The part of the page that opens models did not arrive. {why}", why = why_lost()),
        may_pass: true,
    }
}

impl YourModel {
    /// No files yet, and a dialog with these contents.
    pub fn new(session: Session, contents: Lazy) -> Self {
        Self {
            session,
            dialog: NodeRef::new(),
            contents,
            histories_first: RwSignal::new(false),
            model: RwSignal::new_local(None),
            catalogue: RwSignal::new_local(None),
            predictions: RwSignal::new_local(None),
            opening: RwSignal::new(Opening::Nothing),
            opened: RwSignal::new(None),
            answers: StoredValue::default(),
            histories: Histories::new(session),
            guide: Guide::default(),
            arrived: StoredValue::new_local(Vec::new()),
            turn: StoredValue::new(0),
        }
    }

    /// Starts the page: with the model that the address names, else with the page's own networks.
    pub async fn start(
        self,
        model: Option<String>,
        catalogue: Option<String>,
        history: Option<(String, Option<String>)>,
    ) {
        let has_catalogue = catalogue.is_some();
        self.session.begin_with(history, has_catalogue);
        self.session.load_catalogue();
        self.catalogue.set(catalogue.map(Source::Address));
        if let Some(model) = model {
            self.session.expect_yours(has_catalogue);
            self.model.set(Some(Source::Address(model)));
            self.open().await;
        } else if has_catalogue {
            self.open().await;
        }
        match self.session.network.get_untracked() {
            Network::Yours => self.session.want(Network::START),
            shipped => self.session.want(shipped),
        }
    }

    /// Takes files that were chosen or dropped; `chosen` says what they are where their names do not.
    pub fn take(self, files: Vec<File>, chosen: Option<Kind>) {
        self.arrived.update_value(|arrived| arrived.extend(files.into_iter().map(|file| (Source::File(file), chosen))));
        spawn_local(async move {
            match taking(self).await {
                Ok(taking) => taking.await,
                Err(_) => self.opening.set(Opening::Failed(not_arrived())),
            }
        });
    }

    async fn tell_apart(self) {
        let files = self.arrived.try_update_value(std::mem::take).unwrap_or_default();
        let (mut any, mut histories, mut predictions) = (false, None, None);
        for (file, chosen) in files {
            let kind = file.kind(chosen).await;
            any |= kind != Kind::Histories;
            match kind {
                Kind::Model => {
                    // Of the one before.
                    if self.model.with_untracked(Option::is_some) {
                        self.predictions.set(None);
                    }
                    self.model.set(Some(file));
                    self.answers.set_value(Vec::new());
                }
                Kind::Catalogue => self.catalogue.set(Some(file)),
                Kind::Histories => histories = Some(file),
                Kind::Predictions => predictions = Some(file),
            }
        }
        if predictions.is_some() {
            self.predictions.set(predictions);
        }
        if any {
            self.open().await;
        }
        if let Some(histories) = histories {
            self.histories.take(histories);
        }
    }

    /// Forgets the files chosen, but not the model that they opened.
    pub fn forget_files(self) {
        self.model.set(None);
        self.catalogue.set(None);
        self.predictions.set(None);
        self.opening.set(Opening::Nothing);
        self.session.begin_without();
    }

    /// Reads the files and lets their model answer, or says why not.
    async fn open(self) {
        let turn = self.turn.with_value(|turn| turn + 1);
        self.turn.set_value(turn);
        let result = match reading(self, turn).await {
            Ok(reading) => reading.await,
            Err(_) => Err(not_arrived()),
        };
        if self.turn.get_value() != turn {
            return;
        }
        if !matches!(result, Ok(Opening::Nothing)) {
            self.session.give_up_yours();
            self.show();
        }
        self.opening.set(result.unwrap_or_else(Opening::Failed));
    }

    /// Shows a network that was trained on the page, named `file` there, in place of what was opened. `summary` says what it is.
    pub fn show_trained(self, file: &str, summary: String) {
        // What is being opened comes too late.
        self.turn.update_value(|turn| *turn += 1);
        self.forget_files();
        self.opened.set(Some(Opened { file: file.to_owned(), summary, ..Opened::default() }));
    }

    /// Reads the same files once more.
    pub fn open_again(self) {
        if self.arrived.with_value(Vec::is_empty) {
            spawn_local(self.open());
        } else {
            self.take(Vec::new(), None);
        }
    }

    /// Reads the same files once more, with this answer to what the model's file leaves open.
    pub fn say(self, option: String, answer: String) {
        self.answers.update_value(|answers| {
            answers.retain(|(known, _)| *known != option);
            // Nothing is no answer.
            if !answer.is_empty() {
                answers.push((option, answer));
            }
        });
        self.open_again();
    }

    /// Reads the same files once more, and proves the model with these predictions.
    pub fn prove(self, predictions: Source) {
        self.predictions.set(Some(predictions));
        self.open_again();
    }

    /// Opens the dialog.
    pub fn show(self) {
        show(self.dialog);
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.set_scroll_top(0);
        }
        self.contents.want();
        self.guide.load();
    }

    /// Closes the dialog.
    pub fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    /// Opens the dialog where it is about histories.
    pub fn show_histories(self) {
        self.show();
        self.histories_first.set(true);
    }

    async fn read(self, turn: u32) -> Result<Opening, Refusal> {
        let session = self.session;
        self.opening.set(Opening::UnderWay(english!("Reading the files")));
        let came_along = match self.catalogue.get_untracked() {
            None => None,
            Some(source) => {
                source.check()?;
                let bytes = source.read(TABLE_LIMIT, &|_, _| ()).await.map_err(Refusal::by_loading)?;
                let csv = reader::catalogue(&source.name(), &bytes).await;
                let csv = csv.map_err(|error| Refusal::by_reader(&error))?;
                Some((Arc::new(Products::new(&source.name(), csv)?), bytes))
            }
        };
        let Some(source) = self.model.get_untracked() else {
            return Ok(match (came_along, self.catalogue.get_untracked()) {
                (Some((catalogue, _)), Some(source)) => Opening::Waiting {
                    file: source.name(),
                    products: catalogue.items().len(),
                    categories: catalogue.categories().len(),
                },
                _ => Opening::Nothing,
            });
        };
        source.check()?;
        let file = source.name();
        let progress = |received, total| session.yours_is_coming(received, total);
        let bytes = source.read(MODEL_LIMIT, &progress).await.map_err(Refusal::by_loading)?;
        let catalogue = match &came_along {
            Some((catalogue, _)) => catalogue.clone(),
            None => session
                .awaited_products()
                .await
                .ok_or(english!("There is no catalogue on the page: choose its CSV too."))?,
        };
        let refused = |error| match (&error, &came_along) {
            (ReaderError::OtherCatalogue(why), None) => Refusal::from(english!(
                "{why}. This was tried with the catalogue on the page, which has {items} products. If the model belongs to another one, \
                 choose that catalogue’s CSV too.",
                items = format::count(catalogue.items().len())
            )),
            _ => Refusal::by_reader(&error),
        };
        let (predictions_file, predictions) = match self.predictions.get_untracked() {
            None => (String::new(), Vec::new()),
            Some(source) => {
                let predictions = source.read(TABLE_LIMIT, &|_, _| ()).await.map_err(Refusal::by_loading)?;
                if predictions.is_empty() {
                    return Err(english!("{file} is empty", file = source.name()).into());
                }
                (source.name(), predictions)
            }
        };
        self.opening.set(Opening::UnderWay(if predictions.is_empty() {
            english!("Making the model ready")
        } else {
            english!("Comparing the model with the predictions")
        }));
        pause(0).await;
        let answers = self.answers.get_value();
        // As it is in the file, with columns that the page itself has no use for.
        let table = match (&came_along, self.catalogue.get_untracked()) {
            (Some((_, bytes)), Some(source)) => (source.name(), bytes.as_slice()),
            _ => (english!("the page’s catalogue").to_owned(), catalogue.csv()),
        };
        let predictions = (predictions_file.as_str(), predictions.as_slice());
        let read = reader::model((&file, &bytes), (&table.0, table.1), &answers, predictions).await;
        drop(bytes);
        let Read { weights, notes, questions, settled, context } = read.map_err(refused)?;
        let said = |name: &str| answers.iter().find(|(option, _)| option.strip_prefix("context:") == Some(name));
        let value = |(name, rows): (String, String)| {
            let value = said(&name).map(|(_, value)| value.clone());
            (name, rows, value)
        };
        let context: Vec<_> = context.into_iter().map(value).collect();
        let weights = browser::weights(&file, &weights)?;
        let questions = self.with_answers(questions, &answers);
        let proof = weights.note("proof").map(str::to_owned);
        let is_unchecked = weights.note("source").is_some() && proof.is_none();
        let refused = |error| Refusal::by_engine(&file, &error);
        let mut engine = session.engine(&weights, &catalogue.item_categories()).await.map_err(refused)?;
        // What does not run is found before anything is replaced. Without a click much of a network would not be tried.
        engine.push(0).map_err(refused)?;
        engine.rank(&[]).await.map_err(refused)?;
        let summary = in_a_line(weights.config());
        let mut model = Model::new(&file, weights);
        if matches!(model.config().network, NetworkConfig::Dien(_)) && model.projection.is_none() {
            model.projection = match Projection::fit(&mut engine, catalogue.items().len() as u32).await {
                Ok(projection) => projection.map(Arc::new),
                // After so many clicks: fewer may do.
                Err(EngineError::Overflow(_)) => None,
                Err(error) => return Err(refused(error)),
            };
        }
        if self.turn.get_value() != turn {
            return Ok(Opening::Nothing);
        }
        let history = match &came_along {
            Some((catalogue, _)) => session.your_beginning(catalogue).await.unwrap_or_default(),
            None => Vec::new(),
        };
        self.opened.set(Some(Opened { file, summary, notes, questions, context, is_unchecked, proof, settled }));
        session.adopt(model, engine, came_along.map(|(catalogue, _)| catalogue), &history);
        Ok(Opening::Nothing)
    }

    /// The open questions, after those that the visitor has answered, in the order in which they were asked first.
    fn with_answers(self, open: Vec<Question>, answers: &[(String, String)]) -> Vec<Answered> {
        let before = self.opened.with_untracked(|opened| opened.as_ref().map(|opened| opened.questions.clone()));
        let answer = |question: &Question| answers.iter().find(|(option, _)| *option == question.option);
        let before: Vec<Question> = before.unwrap_or_default().into_iter().map(|asked| asked.question).collect();
        let still = |question: &Question| answer(question).is_some() || open.contains(question);
        let mut all: Vec<Question> = before.into_iter().filter(still).collect();
        all.extend(open.iter().filter(|question| !all.contains(question)).cloned().collect::<Vec<_>>());
        all.into_iter()
            .map(|question| Answered { answer: answer(&question).map(|(_, answer)| answer.clone()), question })
            .collect()
    }

    /// Back to the networks and the shop that came with the page.
    pub fn leave(self) {
        self.session.switch(Network::START);
    }
}
