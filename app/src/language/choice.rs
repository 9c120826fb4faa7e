//! Which language the page is in: as its address says, else as the reader chose last, else the first one that the browser asks for
//! and the page has. index.html finds that out, since it asks for the language's file.

use std::pin::Pin;

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shaders::why_lost;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::{Dictionary, IN_USE, Language, dictionary, t};
use crate::browser::dom::focus;
use crate::browser::lazy::under_way;
use crate::ui::view::{Entry, each};

/// The id of the button that switches.
pub const BUTTON: &str = "language";

/// The page's language, and the reader's choice. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Languages {
    /// The language of all that is shown: with it, the page is made anew.
    pub now: RwSignal<Language>,
    /// What the page would begin with if its address did not say.
    own: RwSignal<Language>,
    /// The one that is to come.
    wanted: RwSignal<Language>,
    /// Whether the button that switched had the keyboard's focus, which the next one is to have.
    focused: RwSignal<bool>,
    /// Why the language that was asked for is not here, in a sentence.
    pub problem: RwSignal<Option<String>>,
    /// What is said of a switch to somebody who does not see it.
    pub announced: RwSignal<String>,
}

/// A language's texts, none for English; or why they are not here, in a sentence.
type Arrived = Result<Option<&'static Dictionary>, String>;

/// A language's texts on their way.
type Arriving = Pin<Box<dyn Future<Output = Arrived>>>;

/// Where the part of the page that English does without begins.
#[wasm_split(language, fallible)]
fn arriving(language: Language) -> Result<Arriving, SplitLoaderError> {
    Ok(Box::pin(dictionary::arrived(language)))
}

/// A language's texts once they are here.
async fn texts(language: Language) -> Arrived {
    match arriving(language).await {
        Ok(arriving) => arriving.await,
        Err(_) => Err(why_lost()),
    }
}

/// Waits for a language's texts, and goes on with them.
fn when_here(language: Language, go_on: Box<dyn FnOnce(Arrived)>) {
    spawn_local(under_way(async move { go_on(texts(language).await) }));
}

/// Goes on in the language in which the page is to begin: at once in English, else when its texts are here. Where they do not come,
/// the page is in English, and there is a sentence that says why.
pub fn begin(go_on: fn(Language, Option<String>)) {
    match by_index_html("language") {
        Language::English => go_on(Language::English, None),
        asked => when_here(
            asked,
            Box::new(move |arrived| match arrived {
                Ok(texts) => {
                    IN_USE.set(texts);
                    go_on(asked, None);
                }
                Err(why) => {
                    tell_browser(Language::English);
                    go_on(Language::English, Some(why));
                }
            }),
        ),
    }
}

/// Takes the language into use that the document says it is in: that of an article around parts of the page.
///
/// # Errors
/// Why its texts did not arrive, in a sentence.
pub async fn follow_document() -> Result<(), String> {
    let tag = document().document_element().and_then(|root| root.get_attribute("lang"));
    match Language::ALL.into_iter().find(|language| tag.as_deref() == Some(language.tag())) {
        None | Some(Language::English) => {}
        Some(other) => IN_USE.set(texts(other).await?),
    }
    Ok(())
}

fn by_index_html(name: &str) -> Language {
    let id = Reflect::get(&window(), &name.into()).ok().and_then(|id| id.as_string());
    id.and_then(|id| Language::of(&id)).unwrap_or(Language::English)
}

impl Languages {
    /// The page in the language whose texts are here, and why it is not in the one that was asked for.
    pub fn new(now: Language, problem: Option<String>) -> Self {
        Self {
            now: RwSignal::new(now),
            own: RwSignal::new(by_index_html("ownLanguage")),
            wanted: RwSignal::new(now),
            focused: RwSignal::new(false),
            problem: RwSignal::new(problem),
            announced: RwSignal::default(),
        }
    }

    /// What `view` makes, made anew with the language.
    pub fn anew(self, view: fn() -> AnyView) -> AnyView {
        each(move || vec![Entry { key: self.now.get() as u32, item: 0 }], move |_, _| view())
    }

    /// What the page's address has to say of it: nothing where everybody's page would begin in English.
    pub fn in_address(self) -> Option<&'static str> {
        let now = self.now.get_untracked();
        (now != Language::English || self.own.get_untracked() != Language::English).then(|| now.id())
    }

    /// Switches as the reader chose, for this visit and the next.
    pub fn choose(self, language: Language) {
        self.own.set(language);
        if let Ok(Some(storage)) = window().local_storage() {
            // Where the browser keeps nothing, the choice holds until the page is left.
            let _ = storage.set_item("language", language.id());
        }
        self.switch(language);
    }

    /// Switches once the language's texts are here.
    pub fn switch(self, language: Language) {
        if self.wanted.get_untracked() == language {
            return;
        }
        self.wanted.set(language);
        self.problem.set(None);
        let arrived = move |arrived| {
            // Another one may have been asked for meanwhile.
            if self.wanted.get_untracked() != language {
                return;
            }
            match arrived {
                Ok(texts) => self.show(language, texts),
                Err(why) => {
                    self.wanted.set(self.now.get_untracked());
                    self.problem.set(Some(why));
                }
            }
        };
        when_here(language, Box::new(arrived));
    }

    /// Moves the keyboard's focus to the button that switches, where the one before had it.
    pub fn refocus(self) {
        if self.focused.get_untracked() {
            self.focused.set(false);
            focus(BUTTON.to_owned());
        }
    }

    fn show(self, language: Language, texts: Option<&'static Dictionary>) {
        IN_USE.set(texts);
        tell_browser(language);
        self.focused.set(document().active_element().is_some_and(|element| element.id() == BUTTON));
        self.now.set(language);
        self.announced.set(t!("The page is in English now.").to_owned());
    }
}

/// Tells the browser which language the page is in.
fn tell_browser(language: Language) {
    if let Some(root) = document().document_element() {
        // An element takes every attribute of a valid name.
        let _ = root.set_attribute("lang", language.tag());
    }
}
