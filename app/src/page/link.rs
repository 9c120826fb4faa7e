//! What the page shows stands in its address, so that a link shows somebody else the same.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::browser::address;
use crate::browser::clock::pause;
use crate::browser::dom::{media_matches, scroll_to};
use crate::inside::fields::Fields;
use crate::inside::views::View;
use crate::language::choice::Languages;
use crate::lesson::lecture::Lecture;
use crate::lesson::tour::Tour;
use crate::page::addressing::{ADDRESSING, Addressing, Page, exercise_alone, shipped, view};
use crate::session::Session;

/// How long the page waits for the next change before it writes the address, in milliseconds: browsers limit how often it may.
const WRITES_AFTER_MS: i32 = 250;

/// Where the part of the page that reads and writes addresses begins: the first ranking does without.
#[wasm_split(link, fallible)]
fn addressing() -> Result<Addressing, SplitLoaderError> {
    Ok(ADDRESSING)
}

/// The page and its address. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Link {
    page: Page,
    /// Counts what was to be written, so that the last one is.
    turn: StoredValue<u32>,
    /// Turns with every address that is written.
    written: RwSignal<bool>,
}

impl Link {
    fn of(page: Page) -> Self {
        Self { page, turn: StoredValue::new(0), written: RwSignal::new(false) }
    }

    /// A page of whose state no address says anything.
    pub fn without_address(session: Session, languages: Languages, fields: Fields) -> Self {
        let (opened, exercise) = (RwSignal::new(None), RwSignal::new(None));
        let (tour, lecture) = (Tour::new(), Lecture::new());
        Self::of(Page { session, languages, opened, exercise, fields, is_embedded: false, tour, lecture })
    }

    /// The page as its address says it, now and whenever somebody changes that. What is about products waits for these.
    pub fn by_address(session: Session, languages: Languages, fields: Fields, tour: Tour, lecture: Lecture) -> Self {
        let said = address::shown();
        let of = |name: &str| said.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        if let Some(network) = of("network").and_then(shipped) {
            session.switch(network);
        }
        let embedded = of("embed");
        let opened = RwSignal::new(embedded.or_else(|| of("inside")).and_then(view));
        let exercise = embedded.map_or_else(|| of("exercise"), exercise_alone);
        let exercise = RwSignal::new(exercise.map(str::to_owned));
        let is_embedded = embedded.is_some();
        let link = Self::of(Page { session, languages, opened, exercise, fields, is_embedded, tour, lecture });
        // For as long as the page is there.
        let _ = window_event_listener(ev::popstate, move |_| {
            // Now, before anything is written over it.
            let (said, is_ours) = (address::shown(), address::is_ours());
            link.turn.update_value(|turn| *turn += 1);
            link.with(move |addressing, page| (addressing.follow)(page, &said, is_ours));
        });
        let asks = !said.is_empty();
        // What may be of another shop waits until that is known.
        if of("shop").is_none() {
            fields.ask(said.clone());
        }
        Effect::new(move |began: Option<bool>| {
            // Not before the page shows what the address asked for.
            if session.answered.with(Option::is_none) {
                return began == Some(true) && session.withholds();
            }
            link.track();
            match began {
                Some(true) if tour.is_entry() => link.write_now(true),
                Some(true) => link.write_soon(),
                _ if asks => {
                    link.with(|addressing, page| (addressing.begin)(page));
                    link.write(false);
                }
                _ => {}
            }
            true
        });
        link
    }

    /// What the address says of the history: the list of ids, and the beginning of the hash of the catalogue that it is of.
    pub fn history_asked() -> Option<(String, Option<String>)> {
        let said = address::shown();
        let of = |name: &str| said.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        Some((of("history").or_else(|| address::parameter("history"))?, of("shop")))
    }

    /// What the address says of the page.
    pub fn page(self) -> Page {
        self.page
    }

    /// Whether the page is one view, or the ranking, alone.
    pub fn is_embedded(self) -> bool {
        self.page.is_embedded
    }

    /// Which view is open; none for the ranking. Reactive.
    pub fn opened(self) -> Option<View> {
        self.page.opened.get()
    }

    /// Opens a view or, with none, the ranking: as a new entry of the browser's history, from which Back returns, or in place
    /// of the present one.
    pub fn open(self, view: Option<View>, is_new_entry: bool) {
        self.page.fields.ask(Vec::new());
        self.page.opened.set(view);
        self.write_now(is_new_entry);
        // Where the parts follow one another, what was opened may be far from what is on the screen.
        if media_matches("(max-width: 73.6875em)") {
            scroll_to(if view.is_some() { "inside" } else { "ranking" });
        }
    }

    /// Which exercise is open, by its number or id; none for the page. Reactive.
    pub fn exercise(self) -> Option<String> {
        self.page.exercise.get()
    }

    /// Opens an exercise by its number or id or, with none, the page: as a new entry of the browser's history. It is about the visitor's
    /// own page, to which the guided tour gives way.
    pub fn show_exercise(self, exercise: Option<String>) {
        if exercise.is_some() && self.page.tour.stop.with_untracked(Option::is_some) {
            return self.with(move |addressing, page| {
                (addressing.leave_tour)(page);
                page.exercise.set(exercise);
                self.write_now(true);
            });
        }
        self.page.exercise.set(exercise);
        self.write_now(true);
    }

    /// The address of the page, with another `value` of `name` behind its `?`. Reactive.
    pub fn address_with(self, name: &str, value: &str) -> String {
        self.written.track();
        address::with(name, value)
    }

    /// Does what an address says, and `then` something more.
    pub fn follow(self, said: Vec<(String, String)>, then: impl FnOnce() + 'static) {
        self.turn.update_value(|turn| *turn += 1);
        self.with(move |addressing, page| {
            (addressing.follow)(page, &said, false);
            then();
            self.write(false);
        });
    }

    /// Does something with the part that reads and writes addresses. Where it does not arrive, the address stays what it is.
    fn with(self, act: impl FnOnce(Addressing, Page) + 'static) {
        spawn_local(async move {
            if let Ok(addressing) = addressing().await {
                act(addressing, self.page);
            }
        });
    }

    /// Writes the address, and nothing of what was to be written before.
    fn write_now(self, is_new_entry: bool) {
        self.turn.update_value(|turn| *turn += 1);
        self.write(is_new_entry);
    }

    /// Writes the address.
    fn write(self, is_new_entry: bool) {
        self.with(move |addressing, page| {
            (addressing.write)(page, is_new_entry);
            self.written.update(|written| *written = !*written);
        });
    }

    /// Everything that the address says but the theme. Reactive.
    pub fn track(self) {
        let Page { session, languages, opened, fields, tour, lecture, .. } = self.page;
        let _ = fields.settings();
        session.shop().clicks.track();
        session.inspect.track();
        session.compare.track();
        session.hide_clicked.track();
        languages.now.track();
        opened.track();
        tour.stop.track();
        lecture.is_on.track();
    }

    /// Writes the address once nothing has changed for a while.
    pub fn write_soon(self) {
        let turn = self.turn.with_value(|turn| turn + 1);
        self.turn.set_value(turn);
        spawn_local(async move {
            pause(WRITES_AFTER_MS).await;
            if self.turn.get_value() == turn {
                self.write(false);
            }
        });
    }
}
