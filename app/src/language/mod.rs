//! The page in the reader's language. English stands in the code, where [`t!`](words_macros::t) looks up every text's number in the
//! dictionaries while the page is compiled; another language's texts are a file, which is loaded when somebody reads it.
//!
//! Views take their texts when they are made: with the language, the page is made anew, and the session stays.

pub mod choice;
mod dictionary;
mod sentences;

use std::cell::Cell;
use std::fmt::Display;

use leptos::prelude::*;
use words::{Piece, pieces};
pub use words_macros::{english, html, t};

words_macros::dictionaries_hold!();

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// The one in the code.
    English,
    /// Simplified Chinese.
    Chinese,
    /// English with longer words, to see whether the page has room for them.
    Long,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::Chinese, Self::Long];

    /// The name in addresses and files.
    pub fn id(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
            Self::Long => "x-long",
        }
    }

    /// What the browser calls it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-Hans",
            Self::English | Self::Long => "en",
        }
    }

    /// The language of the page's files of data, as their names say it: `guide.zh.html`.
    pub fn of_data(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English | Self::Long => "en",
        }
    }

    /// The language of this name in addresses.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.id() == id)
    }
}

/// The language in use.
pub fn now() -> Language {
    IN_USE.get().map_or(Language::English, |dictionary| dictionary.language)
}

/// A language's texts, and what else differs from English.
struct Dictionary {
    language: Language,
    /// By their numbers; with tabs between plural forms.
    texts: Vec<&'static str>,
    /// English sentences and what they are in this language, with gaps; the most telling first.
    sentences: Vec<(&'static str, &'static str)>,
    /// Translates a sentence, and ends it as the language does.
    sentence: fn(&Self, &str) -> String,
    /// Translates a sentence or a part of one.
    said: fn(&Self, &str) -> String,
    /// A count as people write it.
    grouped: fn(&Self, usize) -> String,
    /// Which plural form goes with a number.
    form: fn(&Self, usize) -> usize,
}

thread_local! {
    /// The dictionary of the language in use; none for English.
    static IN_USE: Cell<Option<&'static Dictionary>> = const { Cell::new(None) };
}

/// The text of this number, which in English is `english`: what [`t!`] calls.
#[inline(never)]
pub fn text(number: usize, english: &'static str) -> &'static str {
    IN_USE.get().and_then(|dictionary| dictionary.texts.get(number).copied()).unwrap_or(english)
}

/// A text with its gaps filled.
#[inline(never)]
pub fn filled(number: usize, english: &'static str, values: &[(&str, &dyn Display)]) -> String {
    fill(text(number, english), values)
}

/// A text about so many things, in the form that goes with the number, with its gaps filled.
#[inline(never)]
pub fn counted(number: usize, english: [&'static str; 2], count: usize, values: &[(&str, &dyn Display)]) -> String {
    let form = match IN_USE.get() {
        None => english[usize::from(count != 1)],
        Some(dictionary) => {
            let forms = text(number, english[1]);
            forms.split('\t').nth((dictionary.form)(dictionary, count)).unwrap_or(forms)
        }
    };
    fill(form, values)
}

/// A text with its gaps filled, and with words that are shown in ways of their own.
#[inline(never)]
pub fn shown(
    number: usize,
    english: &'static str,
    values: &[(&str, &dyn Display)],
    views: &[(&str, &dyn Fn(String) -> AnyView)],
) -> AnyView {
    let show = |piece| match piece {
        Piece::Tag(name, words) => {
            let view = views.iter().find(|(of, _)| *of == name);
            view.map_or_else(|| ().into_any(), |(_, view)| view(fill(words, values)))
        }
        Piece::Value(name) => value(name, values).into_any(),
        Piece::Text(words) => words.into_any(),
    };
    pieces(text(number, english)).map(show).collect_view().into_any()
}

/// A sentence that was made in English, such as an error, in another language; none in English.
pub fn sentence(english: &str) -> Option<String> {
    IN_USE.get().map(|dictionary| (dictionary.sentence)(dictionary, english))
}

/// An English sentence or a part of one as it is said in the reader's language.
pub fn said(english: &str) -> String {
    IN_USE.get().map_or_else(|| english.to_owned(), |dictionary| (dictionary.said)(dictionary, english))
}

/// A count as people write it in another language; none in English.
pub fn grouped(count: usize) -> Option<String> {
    IN_USE.get().map(|dictionary| (dictionary.grouped)(dictionary, count))
}

fn fill(template: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    for piece in pieces(template) {
        match piece {
            Piece::Value(name) => text.push_str(&value(name, values)),
            Piece::Text(words) | Piece::Tag(_, words) => text.push_str(words),
        }
    }
    text
}

fn value(name: &str, values: &[(&str, &dyn Display)]) -> String {
    values.iter().find(|(of, _)| *of == name).map_or_else(String::new, |(_, value)| value.to_string())
}

#[cfg(test)]
mod tests;
