//! The visitor's own data to train on: a catalogue and histories of its products.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::NetworkKind;
use training::options::TrainConfig;
use web_sys::File;

use crate::language::{self, t};
use crate::session::shop::products::Products;
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::your_model::file_row::FileRow;
use crate::your_model::reader::{self, OwnData};
use crate::your_model::source::{Kind, Source, TABLE_LIMIT};

/// So many of the last items of the user who is asked first are what the page shows.
const SHOWN: usize = 12;

/// With fewer steps a pass, as many passes as the page's own networks had are too few.
const FEW_STEPS: usize = 100;

/// Data that can be trained on.
#[derive(Debug)]
pub struct Data {
    /// As they were read.
    pub read: OwnData,
    /// The products.
    pub products: Arc<Products>,
}

impl PartialEq for Data {
    /// Data are compared by where they are: whoever reads files again has other ones.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Data {
    /// Takes what was read.
    ///
    /// # Errors
    /// As [`Products::new`].
    pub fn new(read: OwnData) -> Result<Self, String> {
        Ok(Self { products: Arc::new(Products::new(&read.file, read.catalogue.clone())?), read })
    }

    /// The history with which the page shows what a network makes of these data.
    pub fn history(&self) -> &[u32] {
        &self.read.asked[self.read.asked.len().saturating_sub(SHOWN)..]
    }

    /// Who is trained on and who is asked, in sentences.
    fn words(&self) -> String {
        let [trained, asked, of_trained, of_asked, left_out, products] =
            self.read.numbers.map(|number| number as usize);
        let all = t!(
            "{file}: {users} users and {purchases} purchases of {products} products.",
            file = language::said(&self.read.file),
            users = format::count(trained + asked),
            purchases = format::count(of_trained + of_asked),
            products = format::count(products)
        );
        let split = t!(
            "{trained} of them are trained on. The other {asked}, chosen by a hash of their names, are never trained on: each of their last five purchases is to be told from 50 products that they did not buy, and these answers are the validation GAUC.",
            trained = format::count(trained),
            asked = format::count(asked)
        );
        let left_out = (left_out > 0).then(|| {
            t!(
                "{count} user of one purchase is left out." | "{count} users of one purchase are left out.",
                count = left_out
            )
        });
        let skipped = self.read.skipped.as_ref().map(|skipped| format::sentence(skipped));
        let steps = of_trained.div_ceil(TrainConfig::shipped(NetworkKind::Din).batch);
        let is_little = (steps < FEW_STEPS).then(|| {
            t!(
                "A pass over so few purchases has {count} step: it takes more passes to learn from them."
                    | "A pass over so few purchases has {count} steps: it takes more passes to learn from them.",
                count = steps
            )
        });
        [Some(all), Some(split), is_little, left_out, skipped].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// What became of the files.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Reading {
    /// Nothing: one of them is missing, or both.
    #[default]
    Nothing,
    /// They are being read.
    UnderWay,
    /// They can be trained on.
    Ready(Arc<Data>),
    /// They cannot: why, in a sentence.
    Refused(String),
}

/// The visitor's own data, and what becomes of them. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Own {
    catalogue: RwSignal<Option<Source>, LocalStorage>,
    histories: RwSignal<Option<Source>, LocalStorage>,
    reading: RwSignal<Reading>,
    /// Counts the readings, so that the last one wins.
    turn: StoredValue<u32>,
}

impl Own {
    /// No data yet.
    pub fn new() -> Self {
        Self {
            catalogue: RwSignal::new_local(None),
            histories: RwSignal::new_local(None),
            reading: RwSignal::new(Reading::Nothing),
            turn: StoredValue::new(0),
        }
    }

    /// The data to train on, if there are any. Reactive.
    pub fn data(self) -> Option<Arc<Data>> {
        self.reading.scoped().with(|reading| match reading {
            Reading::Ready(data) => Some(data.clone()),
            Reading::Nothing | Reading::UnderWay | Reading::Refused(_) => None,
        })
    }

    /// Whether files are there, or have been refused, of which no data came. Reactive.
    pub fn is_wrong(self) -> bool {
        self.reading.scoped().with(|reading| matches!(reading, Reading::UnderWay | Reading::Refused(_)))
    }

    /// Trains on these from now on; on the shop's where there are none.
    pub fn set(self, data: Option<Arc<Data>>) {
        self.turn.update_value(|turn| *turn += 1);
        self.catalogue.set(None);
        self.histories.set(None);
        self.reading.set(data.map_or(Reading::Nothing, Reading::Ready));
    }

    /// Takes files of which the visitor said what they are, where it is one.
    fn take(self, files: Vec<File>, chosen: Kind) {
        spawn_local(async move {
            let chosen = (files.len() == 1).then_some(chosen);
            for source in files.into_iter().map(Source::File) {
                match source.kind(chosen).await {
                    Kind::Histories => self.histories.set(Some(source)),
                    Kind::Catalogue | Kind::Model | Kind::Predictions => self.catalogue.set(Some(source)),
                }
            }
            self.read().await;
        });
    }

    /// Reads the files, once both are there.
    async fn read(self) {
        let turn = self.turn.with_value(|turn| turn + 1);
        self.turn.set_value(turn);
        let (catalogue, histories) = (self.catalogue.get_untracked(), self.histories.get_untracked());
        let (Some(catalogue), Some(histories)) = (catalogue, histories) else {
            return self.reading.set(Reading::Nothing);
        };
        self.reading.set(Reading::UnderWay);
        let reading = match data(&catalogue, &histories).await {
            Ok(data) => Reading::Ready(Arc::new(data)),
            Err(why) => Reading::Refused(why),
        };
        if self.turn.get_value() == turn {
            self.reading.set(reading);
        }
    }
}

async fn data(catalogue: &Source, histories: &Source) -> Result<Data, String> {
    let bytes = async |source: &Source| source.read(TABLE_LIMIT, &|_, _| ()).await.map_err(|error| error.to_string());
    let (products, users) = (bytes(catalogue).await?, bytes(histories).await?);
    let read = reader::own((&catalogue.name(), &products), (&histories.name(), &users)).await;
    Data::new(read.map_err(|error| error.to_string())?)
}

/// The files to choose, and what was found in them.
#[component]
pub fn OwnFiles(
    /// The visitor's own data.
    own: Own,
) -> impl IntoView {
    let forgotten = move || spawn_local(async move { own.read().await });
    let details = NodeRef::<html::Details>::new();
    // What is said of files is to be seen, wherever they came from; what the visitor opens stays open.
    Effect::new(move || {
        if let Some(details) = details.get()
            && own.reading.scoped().with(|reading| *reading != Reading::Nothing)
        {
            details.set_open(true);
        }
    });
    let outcome = move || match own.reading.scoped().get() {
        Reading::Nothing => {
            let has = |source: RwSignal<Option<Source>, LocalStorage>| source.with(Option::is_some);
            let missing = match (has(own.catalogue), has(own.histories)) {
                (true, false) => t!("Now choose the histories of its users."),
                (false, true) => t!("Now choose the catalogue with the products of these histories."),
                _ => return ().into_any(),
            };
            view! { <p class="outcome">{missing}</p> }.into_any()
        }
        Reading::UnderWay => view! { <p class="outcome">{t!("The files are being read …")}</p> }.into_any(),
        Reading::Ready(data) => view! {
            <div class="outcome good" data-testid="train-own-found">
                <p>{data.words()}</p>
                <p>
                    <button type="button" class="link" data-testid="train-own-forget" on:click=move |_| own.set(None)>
                        {t!("Train on the shop’s purchases again")}
                    </button>
                </p>
            </div>
        }
        .into_any(),
        Reading::Refused(why) => view! {
            <div class="failure" role="alert" data-testid="train-own-error">
                <p>{format::sentence(&why)}</p>
            </div>
        }
        .into_any(),
    };
    view! {
        <details class="train-more own" node_ref=details>
            <summary data-testid="train-own">{t!("Your own data")}</summary>
            <p class="quiet">
                {t!(
                    "Instead of the shop’s, purchases or clicks of your own: a catalogue and histories of its users, each a CSV of up to 64 MB. Nothing is uploaded; the page reads them here."
                )}
            </p>
            <ul class="files">
                <FileRow
                    test_id="train-catalogue-file"
                    accept=".csv,text/csv"
                    label=t!("Choose a catalogue")
                    what=t!("a .csv file: id, title, category")
                    source=own.catalogue
                    take=move |files| own.take(files, Kind::Catalogue)
                    forgotten=forgotten
                />
                <FileRow
                    test_id="train-histories-file"
                    accept=".csv,text/csv"
                    label=t!("Choose histories")
                    what=t!("a .csv file: user, item, time")
                    source=own.histories
                    take=move |files| own.take(files, Kind::Histories)
                    forgotten=forgotten
                />
            </ul>
            <div role="status">{outcome}</div>
        </details>
    }
}
