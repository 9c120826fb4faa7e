//! Other people's clicks: a CSV of users, items and times, and the user whose history is looked at.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::reader;
use super::refusal::Refusal;
use super::source::{Source, TABLE_LIMIT};
use crate::language::{english, t};
use crate::session::Session;
use crate::session::shop::products::Products;

/// A file of histories.
#[derive(Debug)]
pub struct Loaded {
    /// The name of the file.
    pub file: String,
    /// Whose rows the histories are.
    pub catalogue: Arc<Products>,
    /// The histories.
    pub histories: reader::Histories,
}

/// The user who is looked at.
#[derive(Debug, Clone, PartialEq)]
struct Chosen {
    name: String,
    /// Rows of the items in the whole history, oldest first.
    items: Vec<u32>,
}

/// Other people's clicks: the file that was read, and the user who is looked at. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Histories {
    session: Session,
    /// The file, or why it was refused.
    pub read: RwSignal<Option<Result<Arc<Loaded>, Refusal>>>,
    chosen: RwSignal<Option<Chosen>>,
}

impl Histories {
    /// No file yet.
    pub fn new(session: Session) -> Self {
        Self { session, read: RwSignal::new(None), chosen: RwSignal::new(None) }
    }

    /// Reads histories for the catalogue in use.
    pub fn take(self, source: Source) {
        spawn_local(async move {
            let result = async {
                let (file, bytes) = (source.name(), source.read(TABLE_LIMIT, &|_, _| ()).await?);
                let catalogue =
                    self.session.awaited_products().await.ok_or(english!("There is no catalogue on the page"))?;
                let histories = reader::histories(&file, &bytes, catalogue.csv()).await;
                let histories = histories.map_err(|error| Refusal::by_reader(&error))?;
                Ok(Loaded { file, catalogue, histories })
            };
            let result = result.await.map(Arc::new);
            self.read.set(Some(result));
        });
    }

    /// Makes the history on the page that of a user.
    pub fn look_at(self, name: &str, items: &[u32]) {
        self.session.become_shopper(items);
        self.chosen.set(Some(Chosen { name: name.to_owned(), items: items.to_vec() }));
    }

    /// Whose history is shown, in words, as long as it is. Reactive.
    pub fn shown_user(self) -> Option<String> {
        let Chosen { name, items } = self.chosen.get()?;
        self.session.shop().clicks.with(|clicks| clicks.are(&items)).then(|| t!("user {name}"))
    }
}
