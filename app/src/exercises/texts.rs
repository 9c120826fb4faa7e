//! What exercises say, a file a language: the page's own words around them, their questions, and their explanations, which come
//! once something is committed.

use std::collections::BTreeMap;

use model::Json;

/// What is said before anything is committed.
#[derive(Debug)]
pub struct Texts {
    /// The words around the exercises.
    pub words: BTreeMap<String, String>,
    /// Title and question of each exercise.
    pub exercises: BTreeMap<String, Asked>,
}

/// Title and question of an exercise, with places for names in braces.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The title.
    pub title: String,
    /// The question.
    pub question: String,
}

/// The explanations of each exercise.
#[derive(Debug)]
pub struct Whys(pub BTreeMap<String, Why>);

/// Explanations to choose from.
#[derive(Debug, Clone)]
pub struct Why {
    /// What is asked.
    pub asks: String,
    /// The explanations.
    pub choices: Vec<Choice>,
}

/// An explanation, and what is to say to it.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The explanation.
    pub text: String,
    /// What is to say to whoever chooses it.
    pub reply: String,
    /// Whether it is the one that holds.
    pub is_right: bool,
}

impl Texts {
    /// Reads a language's file; none where something is missing.
    pub fn from_json(json: &impl Json) -> Option<Self> {
        let words = json.field("words")?.fields()?;
        let words = words.into_iter().map(|(word, text)| Some((word, text.text()?))).collect::<Option<_>>()?;
        let exercises = json.field("exercises")?.fields()?.into_iter();
        let exercises = exercises.map(|(id, asked)| Some((id, Asked::from_json(&asked)?))).collect::<Option<_>>()?;
        Some(Self { words, exercises })
    }

    /// A word, with `names` in its places.
    pub fn say(&self, word: &str, names: &[(&str, String)]) -> String {
        filled(self.words.get(word).map_or("", String::as_str), names)
    }
}

impl Whys {
    /// Reads a language's file; none where something is missing.
    pub fn from_json(json: &impl Json) -> Option<Self> {
        let whys = json.fields()?.into_iter().map(|(id, why)| Some((id, Why::from_json(&why)?)));
        whys.collect::<Option<_>>().map(Self)
    }
}

impl Why {
    fn from_json(json: &impl Json) -> Option<Self> {
        let choices = json.field("choices")?.elements()?;
        let choices = choices.iter().map(Choice::from_json).collect::<Option<_>>()?;
        Some(Self { asks: json.field("asks")?.text()?, choices })
    }
}

impl Choice {
    fn from_json(json: &impl Json) -> Option<Self> {
        let is_right = json.field("right").and_then(|right| right.flag()).unwrap_or_default();
        Some(Self { text: json.field("text")?.text()?, reply: json.field("reply")?.text()?, is_right })
    }
}

impl Asked {
    fn from_json(json: &impl Json) -> Option<Self> {
        Some(Self { title: json.field("title")?.text()?, question: json.field("question")?.text()? })
    }
}

/// A text with `names` in its places.
pub fn filled(text: &str, names: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    // Once from the left, so that braces in a name stay text.
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(names.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn names_come_into_their_places_and_stay_what_they_are() {
        let names = [("product", "a {network} jar".to_owned()), ("network", "DIEN".to_owned())];
        assert_eq!(filled("{network} on {product}.", &names), "DIEN on a {network} jar.");
        assert_eq!(filled("plain", &names), "plain");
        assert_eq!(filled("{nobody}!", &names), "!");
    }
}
