//! What the address says of the open view: a field for each thing that can be set in it. A view adds its fields where it makes what
//! they set, and they go with it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};

use crate::language::english;
use crate::session::Session;
use crate::ui::scoped::Scoped;

/// How something is written; none where it is as the view begins. Reactive.
type Write = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// Sets something to what was written; none where that cannot be read.
type Read = Arc<dyn Fn(&str) -> Option<()> + Send + Sync>;

/// What can be set in the open view. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Fields {
    session: Session,
    /// Names, each once, and how each is written.
    fields: StoredValue<Vec<(&'static str, Write)>>,
    /// What an address said, by name, and nothing has read yet: the view may be on its way, or the answer that it is about.
    asked: StoredValue<Vec<(String, String)>>,
    /// Changes with either.
    changes: RwSignal<u32>,
}

impl Fields {
    /// None so far.
    pub fn new(session: Session) -> Self {
        Self { session, fields: StoredValue::default(), asked: StoredValue::default(), changes: RwSignal::new(0) }
    }

    fn note_change(self) {
        self.changes.try_update(|changes| *changes = changes.wrapping_add(1));
    }

    /// Asks the view, and the one that is made next, for what an address said.
    pub fn ask(self, asked: Vec<(String, String)>) {
        self.asked.set_value(asked);
        self.note_change();
    }

    /// Asks for no more of that than what is `asked`, by its name.
    pub fn ask_only(self, asked: impl Fn(&str) -> bool) {
        self.asked.update_value(|all| all.retain(|(name, _)| asked(name)));
        self.note_change();
    }

    /// What was said in an address and is not read, and what the view is set to, by name. Not reactive.
    pub fn said(self) -> Vec<(String, String)> {
        let mut said = self.asked.get_value();
        for (name, value) in untrack(|| self.settings()) {
            if !self.asks(name) {
                said.push((name.to_owned(), value));
            }
        }
        said
    }

    /// What the view is set to, by name, where that is not as it begins. Reactive.
    pub fn settings(self) -> Vec<(&'static str, String)> {
        self.changes.track();
        self.fields.with_value(|fields| fields.iter().filter_map(|(name, write)| Some((*name, write()?))).collect())
    }

    /// Whether the view has a field that an address said something of, and that is about to read it. Not reactive.
    pub fn is_behind(self) -> bool {
        self.session.problem.with_untracked(Option::is_none)
            && self.fields.with_value(|fields| fields.iter().any(|(name, _)| self.asks(name)))
    }

    fn asks(self, name: &str) -> bool {
        self.asked.with_value(|asked| asked.iter().any(|(one, _)| one == name))
    }

    /// Adds a field for as long as the running effect stands. It reads what an address said of it once the answer to everything else
    /// that the address said is there.
    pub fn add(
        self,
        name: &'static str,
        write: impl Fn() -> Option<String> + Send + Sync + 'static,
        read: impl Fn(&str) -> Option<()> + Send + Sync + 'static,
    ) {
        self.add_boxed(name, Box::new(write), Arc::new(read));
    }

    /// Adds what is on or off, and off as the view begins; on, it is a `word`.
    pub fn add_switch(self, name: &'static str, word: &'static str, is_on: RwSignal<bool>) {
        self.add(
            name,
            move || is_on.get().then(|| word.to_owned()),
            move |text| (text == word).then(|| is_on.set(true)),
        );
    }

    fn add_boxed(self, name: &'static str, write: Write, read: Read) {
        self.fields.update_value(|fields| {
            fields.retain(|(other, _)| *other != name);
            fields.push((name, write));
        });
        self.note_change();
        on_cleanup(move || {
            self.fields.try_update_value(|fields| fields.retain(|(other, _)| *other != name));
            self.note_change();
        });
        let is_there = StoredValue::new(());
        Effect::new(move || {
            let session = self.session;
            self.changes.scoped().track();
            let is_answered = session.answered.scoped().with(Option::is_some);
            if !self.asks(name) || !is_answered || session.busy.scoped().get() || session.is_waiting() {
                return;
            }
            let read = read.clone();
            spawn_local(async move {
                // What else follows the answer comes before, and does not undo it; and a view that goes now reads nothing.
                tick().await;
                if is_there.try_get_value().is_some()
                    && let Some(value) = self.take(name)
                    && read(&value).is_none()
                {
                    session.shop_untracked().say_unknown(&english!("{name} cannot be “{value}”"));
                }
            });
        });
    }

    /// What an address said of `name`, once.
    fn take(self, name: &str) -> Option<String> {
        let taken = self.asked.try_update_value(|asked| {
            let place = asked.iter().position(|(one, _)| one == name)?;
            Some(asked.remove(place).1)
        });
        self.note_change();
        taken.flatten()
    }
}
