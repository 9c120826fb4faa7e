//! Where the visitor is in the guided tour.

use leptos::prelude::*;

use crate::session::shop::clicks::Clicks;

/// The first stop.
pub const FIRST: &str = "history";

/// The tour. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Tour {
    /// The id of the stop; none where no tour is on.
    pub stop: RwSignal<Option<String>>,
    /// The visitor's own page, while a stop shows another.
    pub own: StoredValue<Option<Own>>,
    /// The id of the stop that the page shows; none where the page is the visitor's own.
    pub shown: StoredValue<Option<String>>,
    /// The id of the button that opened the tour, to which the focus returns; none where the address did.
    pub opener: StoredValue<Option<String>>,
    /// Whether what was done last is to be a new entry of the browser's history, from which Back returns.
    is_entry: StoredValue<bool>,
}

/// What the visitor gets back.
#[derive(Debug, Clone)]
pub struct Own {
    /// What the address says of it.
    pub said: Vec<(String, String)>,
    /// The clicks in both shops, with what undo needs.
    pub clicks: [Clicks; 2],
}

impl Tour {
    /// No tour.
    pub fn new() -> Self {
        Self {
            stop: RwSignal::new(None),
            own: StoredValue::new(None),
            shown: StoredValue::new(None),
            opener: StoredValue::new(None),
            is_entry: StoredValue::new(false),
        }
    }

    /// Goes to a stop, asked for by the button with the id `opener`.
    pub fn open(self, stop: &str, opener: String) {
        self.opener.set_value(Some(opener));
        self.enter();
        self.stop.set(Some(stop.to_owned()));
    }

    /// Makes what is done next a new entry of the browser's history.
    pub fn enter(self) {
        self.is_entry.set_value(true);
    }

    /// Whether what was done is to be a new entry; it is one once.
    pub fn is_entry(self) -> bool {
        self.is_entry.try_update_value(std::mem::take).unwrap_or_default()
    }
}
