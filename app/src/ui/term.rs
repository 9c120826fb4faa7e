//! Words and symbols that explain themselves: the glossary has a sentence or two on each.

use crate::language::t;
use leptos::prelude::*;

/// What stands in texts, and the id of its entry in the glossary. Of two that begin alike the longer one comes first.
fn terms() -> [(&'static str, &'static str); 38] {
    [
        ("AUC", "auc"),
        ("GAUC", "gauc"),
        (t!("logloss"), "logloss"),
        (t!("uniform negatives"), "negatives"),
        (t!("click probability"), "click-probability"),
        ("softmax", "softmax"),
        (t!("unnormalised score"), "unnormalised"),
        (t!("scores, not normalised"), "unnormalised"),
        (t!("attention score"), "unnormalised"),
        ("aₜ", "attention"),
        ("wⱼ", "attention"),
        ("αⱼ", "attention"),
        (t!("reset gate"), "reset"),
        (t!("update gate"), "update"),
        ("ũ", "attentional-update"),
        ("h′", "evolution-state"),
        (t!("evolution states"), "evolution-state"),
        (t!("evolution state"), "evolution-state"),
        (t!("interest states"), "interest-state"),
        (t!("interest state"), "interest-state"),
        (t!("mean over hidden units"), "mean"),
        (t!("hidden units"), "units"),
        (t!("percentage points"), "points"),
        ("logit", "logit"),
        (t!("Kendall’s τ"), "tau"),
        (t!("embeddings"), "embedding"),
        (t!("auxiliary loss"), "auxiliary-loss"),
        ("Embedding & MLP", "embedding-mlp"),
        ("ComiRec-SA", "comirec-sa"),
        ("DIEN", "dien"),
        ("DIN", "din"),
        ("TIN", "tin"),
        ("AUGRU", "augru"),
        ("AIGRU", "aigru"),
        ("AGRU", "agru"),
        ("GRU", "gru"),
        ("MLP", "mlp"),
        (t!("two directions"), "direction"),
    ]
}

/// A word or symbol, with the id of its entry, that explains itself when it is pointed at, focused or tapped. The part `aids` sees to that by `data-term`:
/// here is no more than the button.
pub fn term(id: &'static str, text: impl Into<String>) -> AnyView {
    fn button(id: &'static str, text: String) -> AnyView {
        view! {
            <button type="button" class="term" data-term=id>
                {text}
            </button>
        }
        .into_any()
    }
    button(id, text.into())
}

/// A text with every word that the glossary has as a [`term`].
pub fn with_terms(text: &str) -> AnyView {
    let view = |(text, id): (&str, Option<&'static str>)| match id {
        Some(id) => term(id, text),
        None => text.to_owned().into_any(),
    };
    pieces(text).into_iter().map(view).collect_view().into_any()
}

/// The text in pieces, each with the id of its entry where it is a term.
fn pieces(text: &str) -> Vec<(&str, Option<&'static str>)> {
    let terms = terms();
    let (mut pieces, mut plain, mut at) = (Vec::new(), 0, 0);
    while let Some(letter) = text[at..].chars().next() {
        match terms.iter().find(|(term, _)| stands_at(text, at, term)) {
            Some((term, id)) => {
                pieces.extend([(&text[plain..at], None), (*term, Some(*id))]);
                at += term.len();
                plain = at;
            }
            None => at += letter.len_utf8(),
        }
    }
    pieces.push((&text[plain..], None));
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

/// Whether `term` stands in the text from the byte `at`, and not as a part of a longer word.
fn stands_at(text: &str, at: usize, term: &str) -> bool {
    let goes_on = |place: Option<usize>| {
        place.and_then(|place| text.as_bytes().get(place)).is_some_and(u8::is_ascii_alphanumeric)
    };
    text[at..].starts_with(term) && !goes_on(at.checked_sub(1)) && !goes_on(Some(at + term.len()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn terms_are_found_whole_and_nothing_is_lost() {
        let text = "DIEN’s softmax weight aₜ of each click; GAUC and LAUCH, AUGRU: ũ = a·u";
        let terms: Vec<_> = pieces(text).into_iter().filter_map(|(text, id)| Some((text, id?))).collect();
        let expected = [
            ("DIEN", "dien"),
            ("softmax", "softmax"),
            ("aₜ", "attention"),
            ("GAUC", "gauc"),
            ("AUGRU", "augru"),
            ("ũ", "attentional-update"),
        ];
        assert_eq!(terms, expected);
        assert_eq!(pieces(text).into_iter().map(|(text, _)| text).collect::<String>(), text);
        assert_eq!(pieces("nothing of it"), [("nothing of it", None)]);
        assert!(pieces("").is_empty());
    }

    #[test]
    fn every_term_has_an_entry_in_the_glossary_of_every_language() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
        let ids = |language: &str| -> Vec<String> {
            let file = std::fs::read(assets.join(format!("glossary.{language}.json"))).unwrap();
            let entries: Vec<serde_json::Value> = serde_json::from_slice(&file).unwrap();
            for entry in &entries {
                assert!(["name", "text"].iter().all(|field| !entry[field].as_str().unwrap().is_empty()), "{entry}");
            }
            entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
        };
        let english = ids("en");
        assert_eq!(ids("zh"), english);
        for (term, id) in terms() {
            assert!(english.iter().any(|known| known == id), "{term}: {id}");
        }
        for network in model::NetworkKind::ALL {
            assert!(english.iter().any(|known| known == network.id()), "{}", network.id());
        }
    }

    #[test]
    fn of_terms_that_begin_alike_the_longer_one_comes_first() {
        let terms = terms();
        for (place, (term, _)) in terms.iter().enumerate() {
            let hidden = terms[..place].iter().find(|(before, _)| stands_at(term, 0, before));
            assert_eq!(hidden, None, "{term}");
        }
    }
}
