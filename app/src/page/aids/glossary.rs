//! The glossary: what explains the word that is pointed at, focused or tapped.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Json;
use model::browser::Parsed;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, PointerEvent};

use crate::browser::clock::pause;
use crate::browser::load::{NO_LIMIT, fetch};
use crate::language;

/// How long a pointer rests on a word before it is explained, and on a button that does something else, in milliseconds.
const RESTS_MS: [i32; 2] = [150, 600];

/// The class of a word that does nothing but explain itself.
const TERM: &str = "term";

/// What is between the explanation and the edges of the window, in CSS pixels.
const MARGIN: f64 = 12.0;

/// What explains itself: a word of [`term`](crate::ui::term::term), or another button that is named by one.
const TERMS: &str = "[data-term]";

/// The id of the explanation on the page.
const ID: &str = "glossary";

thread_local! {
    static GLOSSARY: RefCell<Glossary> = RefCell::default();
    static LISTENS: Cell<bool> = const { Cell::new(false) };
}

#[derive(Default)]
struct Glossary {
    /// The entries, once they are here, and in which language.
    entries: Option<(&'static str, Vec<Entry>)>,
    /// The word that is explained, and whether it was clicked: then the explanation stays when the pointer leaves.
    shown: Option<(Element, bool)>,
    /// Counts the words that were pointed at, so that only the last one is explained.
    turn: u32,
}

#[derive(Clone)]
struct Entry {
    id: String,
    name: String,
    text: String,
    equation: Option<String>,
}

impl Entry {
    fn from_json(json: &impl Json) -> Option<Self> {
        let text = |name| json.field(name)?.text();
        Some(Self { id: text("id")?, name: text("name")?, text: text("text")?, equation: text("equation") })
    }
}

/// Explains words from now on.
pub fn listen() {
    // What is explained goes where the page in another language goes.
    hide();
    if LISTENS.replace(true) {
        return;
    }
    // For as long as the page is there.
    for name in ["pointerover", "focusin", "click", "keydown", "wheel", "touchmove", "resize"] {
        let _ = window_event_listener_untyped(name, move |event| notice(name, &event));
    }
}

/// What has to do with the words or with the explanation of one of them.
fn notice(name: &str, event: &Event) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let around = |selector: &str| target.as_ref().and_then(|target| target.closest(selector).ok().flatten());
    let is_explanation = around(&format!("#{ID}")).is_some();
    let shown = GLOSSARY.with_borrow(|glossary| glossary.shown.clone());
    let is_shown = |term: &Element| shown.as_ref().is_some_and(|(shown, _)| shown == term);
    match (name, around(TERMS)) {
        // A finger that rests is a tap soon.
        ("pointerover", _) if event.dyn_ref::<PointerEvent>().is_some_and(|event| event.pointer_type() == "touch") => {}
        ("pointerover", Some(term)) if !is_shown(&term) => rest_on(term),
        ("pointerover", None) => {
            GLOSSARY.with_borrow_mut(|glossary| glossary.turn += 1);
            let stays = |(term, is_clicked): &(Element, bool)| {
                *is_clicked || document().active_element().as_ref() == Some(term)
            };
            if !is_explanation && shown.as_ref().is_some_and(|shown| !stays(shown)) {
                hide();
            }
        }
        // Only the keyboard's focus: a click says more.
        ("focusin", Some(term)) if term.matches(":focus-visible") == Ok(true) => explain(term, false),
        ("click", Some(term)) if term.class_name() == TERM => {
            if shown.is_some_and(|(shown, is_clicked)| shown == term && is_clicked) {
                hide()
            } else {
                explain(term, true)
            }
        }
        ("focusin" | "click" | "wheel" | "touchmove", _) if !is_explanation => hide(),
        ("resize", _) => hide(),
        ("keydown", _)
            if shown.is_some() && event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape") =>
        {
            // It closes the explanation, and not the dialog around it.
            event.prevent_default();
            hide();
        }
        _ => {}
    }
}

/// Explains a word once the pointer has rested on it.
fn rest_on(term: Element) {
    let turn = GLOSSARY.with_borrow_mut(|glossary| {
        glossary.turn += 1;
        glossary.turn
    });
    spawn_local(async move {
        pause(RESTS_MS[usize::from(term.class_name() != TERM)]).await;
        if GLOSSARY.with_borrow(|glossary| glossary.turn) == turn {
            explain(term, false);
        }
    });
}

fn explain(term: Element, is_clicked: bool) {
    hide();
    let turn = GLOSSARY.with_borrow_mut(|glossary| {
        glossary.shown = Some((term.clone(), is_clicked));
        glossary.turn
    });
    spawn_local(async move {
        let entry = entry(&term.get_attribute("data-term").unwrap_or_default()).await;
        // Somebody may be elsewhere by now.
        if GLOSSARY.with_borrow(|glossary| glossary.turn) == turn
            && let Some(entry) = entry
        {
            show(&term, &entry);
        }
    });
}

/// Hides the explanation, and forgets what was to be explained.
fn hide() {
    let shown = GLOSSARY.with_borrow_mut(|glossary| {
        glossary.turn += 1;
        glossary.shown.take()
    });
    if let Some((term, _)) = shown {
        // What has no description needs none taken away.
        let _ = term.remove_attribute("aria-describedby");
    }
    if let Some(explanation) = document().get_element_by_id(ID) {
        explanation.remove();
    }
}

/// The entry for a word, in the language of the page.
async fn entry(id: &str) -> Option<Entry> {
    let language = language::now().of_data();
    let find = |(found, entries): &(&str, Vec<Entry>)| {
        (*found == language).then(|| entries.iter().find(|entry| entry.id == id).cloned())
    };
    if let Some(found) = GLOSSARY.with_borrow(|glossary| glossary.entries.as_ref().and_then(find)) {
        return found;
    }
    let bytes = fetch(&format!("assets/glossary.{language}.json"), NO_LIMIT, &|_, _| ()).await.ok()?;
    let entries = Parsed::new(&String::from_utf8_lossy(&bytes))?.elements()?;
    let entries: Vec<Entry> = entries.iter().map(Entry::from_json).collect::<Option<_>>()?;
    let found = entries.iter().find(|entry| entry.id == id).cloned();
    GLOSSARY.with_borrow_mut(|glossary| glossary.entries = Some((language, entries)));
    found
}

/// Shows what explains a word, below it or, where there is no room, above.
fn show(term: &Element, entry: &Entry) {
    let place = || -> Option<()> {
        let element = |name: &str, class: &str, text: &str| {
            let element = document().create_element(name).ok()?;
            element.set_class_name(class);
            element.set_text_content(Some(text));
            Some(element)
        };
        let explanation = element("div", "explanation", "")?;
        explanation.set_id(ID);
        explanation.set_attribute("role", "tooltip").ok()?;
        let equation = entry.equation.as_deref().and_then(|equation| element("p", "explanation-equation", equation));
        let parts = [element("strong", "", &entry.name), element("p", "", &entry.text), equation];
        for part in parts.into_iter().flatten() {
            explanation.append_child(&part).ok()?;
        }
        // In front of what lies in front of the page: a dialog, or another explanation.
        term.closest("dialog, [popover], body").ok()??.append_child(&explanation).ok()?;
        let (word, own) = (term.get_bounding_client_rect(), explanation.get_bounding_client_rect());
        let inner =
            |size: Result<wasm_bindgen::JsValue, _>| size.ok().and_then(|size| size.as_f64()).unwrap_or_default();
        let (width, height) = (inner(window().inner_width()), inner(window().inner_height()));
        let left = word.left().min(width - own.width() - MARGIN).max(MARGIN);
        let is_above = word.bottom() + own.height() + MARGIN > height && word.top() > own.height() + MARGIN;
        let top = if is_above { word.top() - own.height() } else { word.bottom() };
        explanation.set_attribute("style", &format!("left:{left:.1}px;top:{top:.1}px")).ok()?;
        term.set_attribute("aria-describedby", ID).ok()
    };
    // A browser that has none of this explains nothing.
    let _ = place();
}
