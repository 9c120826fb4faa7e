//! The stops of the tour, as `assets/lesson` has them.

use model::Json;
use model::browser::Parsed;

use crate::browser::load::{self, LoadError};
use crate::language;

/// A stop with its texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Its name, also in the address.
    pub id: String,
    /// The test id of the element that it is about.
    pub anchor: String,
    /// Which of the elements with this test id, from 0.
    pub nth: u32,
    /// The page, as an address says it.
    pub state: String,
    /// The name of the predicate that says when the task is done.
    pub done: String,
    /// An equation in one line.
    pub equation: Option<String>,
    /// The heading.
    pub title: String,
    /// What is explained, in paragraphs.
    pub text: Vec<String>,
    /// What the visitor may try.
    pub task: String,
    /// What is to be seen then.
    pub seen: String,
}

/// Why there is no tour.
#[derive(Debug, thiserror::Error)]
pub enum StopsError {
    /// A file did not arrive.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A file is not what it should be.
    #[error("{0} does not have what it should")]
    Contents(String),
}

/// The stops in their order, in the language of the page.
///
/// # Errors
/// Where a file does not arrive, or is not what it should be.
pub async fn load() -> Result<Vec<Stop>, StopsError> {
    let texts = format!("assets/lesson/tour.{}.json", language::now().of_data());
    let (order, said) = (json("assets/lesson/tour.json").await?, json(&texts).await?);
    read(&order, &said).ok_or(StopsError::Contents(texts))
}

/// The stops from their order and from their texts; none where something is missing.
fn read(order: &impl Json, texts: &impl Json) -> Option<Vec<Stop>> {
    order.elements()?.iter().map(|stop| Stop::read(stop, texts)).collect()
}

impl Stop {
    fn read(stop: &impl Json, texts: &impl Json) -> Option<Self> {
        let of = |name| stop.field(name)?.text();
        let id = of("id")?;
        let texts = texts.field(&id)?;
        let said = |name| texts.field(name)?.text();
        let nth = stop.field("nth").and_then(|nth| nth.number()).unwrap_or_default();
        Some(Self {
            anchor: of("anchor")?,
            nth: nth as u32,
            state: of("state")?,
            done: of("done")?,
            equation: of("equation"),
            title: said("title")?,
            text: texts.field("text")?.elements()?.iter().map(Json::text).collect::<Option<_>>()?,
            task: said("task")?,
            seen: said("seen")?,
            id,
        })
    }
}

/// A JSON file that comes with the page.
///
/// # Errors
/// Where it does not arrive, or is no JSON.
pub async fn json(file: &str) -> Result<Parsed, StopsError> {
    load::json(file).await?.ok_or_else(|| StopsError::Contents(file.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde_json::Value;

    use super::super::texts::names;
    use super::super::{done, numbers, tour};
    use super::*;
    use crate::inside::views::View;

    const LANGUAGES: [&str; 2] = ["en", "zh"];

    fn file(name: &str) -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/lesson").join(name);
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn tour_in(language: &str) -> Vec<Stop> {
        read(&file("tour.json"), &file(&format!("tour.{language}.json"))).unwrap()
    }

    #[test]
    fn every_language_has_every_stop_and_no_other() {
        let texts = LANGUAGES.map(|language| file(&format!("tour.{language}.json")));
        for (language, texts) in LANGUAGES.into_iter().zip(&texts) {
            let stops = tour_in(language);
            assert_eq!(stops[0].id, tour::FIRST);
            let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(texts), stops.iter().map(|stop| stop.id.clone()).collect());
            for stop in &stops {
                assert_eq!(keys(&texts[&stop.id]), keys(&file("tour.en.json")[&stop.id]));
            }
        }
    }

    #[test]
    fn the_languages_name_the_same_numbers_and_all_of_them_are_known() {
        let all = LANGUAGES.map(tour_in);
        for (english, chinese) in all[0].iter().zip(&all[1]) {
            let parts = |stop: &Stop| {
                let said = stop.text.iter().chain([&stop.task, &stop.seen]);
                said.flat_map(|text| names(text).map(str::to_owned).collect::<Vec<_>>()).collect::<BTreeSet<_>>()
            };
            assert_eq!(parts(english), parts(chinese), "{}", english.id);
            for name in parts(english) {
                assert!(numbers::is_known(&name), "{}: {name}", english.id);
            }
            // A number that stands in a text is not computed, but for the 0 and 1 of equations.
            let typed = |text: &String| {
                text.split(['{', '}']).step_by(2).any(|part| {
                    let numbers = part.split(|letter: char| !letter.is_ascii_digit() && !['.', '%'].contains(&letter));
                    numbers.map(|number| number.trim_matches('.')).any(|number| !["", "0", "1"].contains(&number))
                })
            };
            assert!(!english.text.iter().chain([&english.seen]).any(typed), "{}", english.id);
        }
    }

    #[test]
    fn every_predicate_is_known_and_every_view_has_a_stop() {
        let stops = tour_in("en");
        for stop in &stops {
            assert!(done::is_known(&stop.done), "{}: {}", stop.id, stop.done);
        }
        let views = View::ALL.iter().map(|view| view.entry().id);
        for id in views.chain(["history", "ranking", "evolution"]) {
            let stop = stops.iter().find(|stop| stop.id == id).unwrap();
            let shows = stop.state.split('&').find_map(|part| part.strip_prefix("inside="));
            let is_view = View::ALL.iter().any(|view| view.entry().id == id);
            assert_eq!(shows, is_view.then_some(id), "{id}");
        }
    }
}
