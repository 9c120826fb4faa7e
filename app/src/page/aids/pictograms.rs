//! Drawings of products, finer than those of their categories: chosen by a word of the title.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Json;
use model::browser::Parsed;

use crate::browser::load::{NO_LIMIT, fetch};

/// The drawing for a product's title, as the `d` of an SVG path in a square of 24; none where no word of it has one.
pub type Drawing = fn(&str) -> Option<String>;

/// The drawings with the words that choose them. The earlier of two wins, and a phrase wins over a word.
const FILE: &str = "assets/pictograms.json";

thread_local! {
    static PICTOGRAMS: OnceCell<Pictograms> = const { OnceCell::new() };
}

/// Loads the drawings, and shows that they are here. Without them categories have drawings of their own.
pub fn load(drawing: RwSignal<Option<Drawing>>) {
    spawn_local(async move {
        let Ok(bytes) = fetch(FILE, NO_LIMIT, &|_, _| ()).await else { return };
        let parsed = Parsed::new(&String::from_utf8_lossy(&bytes));
        let Some(pictograms) = parsed.as_ref().and_then(Pictograms::from_json) else { return };
        // A second load would bring the same.
        let _ = PICTOGRAMS.with(|here| here.set(pictograms));
        drawing.set(Some(of_title));
    });
}

fn of_title(title: &str) -> Option<String> {
    PICTOGRAMS.with(|pictograms| pictograms.get()?.of(title).map(str::to_owned))
}

/// Drawings, and which words choose them.
struct Pictograms {
    drawings: Vec<String>,
    /// The number of the drawing, by word or phrase in lower case.
    words: BTreeMap<String, usize>,
}

impl Pictograms {
    fn from_json(json: &impl Json) -> Option<Self> {
        let (mut drawings, mut words) = (Vec::new(), BTreeMap::new());
        for icon in json.field("icons")?.elements()? {
            for word in icon.field("words")?.elements()? {
                words.insert(word.text()?, drawings.len());
            }
            drawings.push(icon.field("d")?.text()?);
        }
        Some(Self { drawings, words })
    }

    /// The drawing for a title.
    fn of(&self, title: &str) -> Option<&str> {
        const LONGEST: usize = 3;
        let title = title.to_ascii_lowercase();
        let words: Vec<&str> =
            title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let number = (1..=LONGEST)
            .rev()
            .find_map(|length| words.windows(length).filter_map(|phrase| self.number(&phrase.join(" "))).min())?;
        self.drawings.get(number).map(String::as_str)
    }

    /// The number of the drawing for a word or phrase, or for that of which it is the plural.
    fn number(&self, word: &str) -> Option<usize> {
        let singulars = ["s", "es"].into_iter().filter_map(|ending| word.strip_suffix(ending));
        std::iter::once(word).chain(singulars).find_map(|word| self.words.get(word)).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::Catalogue;

    use super::*;

    fn read(file: &str) -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets").join(file)).unwrap()
    }

    fn json() -> serde_json::Value {
        serde_json::from_slice(&read("pictograms.json")).unwrap()
    }

    #[test]
    fn most_products_of_the_shop_have_one_finer_than_their_category() {
        let pictograms = Pictograms::from_json(&json()).unwrap();
        let catalogue = Catalogue::from_csv("catalogue.csv", &read("catalogue.csv")).unwrap();
        let with = catalogue.items().iter().filter(|item| pictograms.of(&item.title).is_some()).count();
        let share = with as f64 / catalogue.items().len() as f64;
        println!(
            "{with} of {} products, {:.1} %, have a pictogram of their own",
            catalogue.items().len(),
            100.0 * share
        );
        assert!(share >= 0.7, "{share}");
    }

    #[test]
    fn the_thing_decides_and_not_what_is_on_it() {
        let json = json();
        let pictograms = Pictograms::from_json(&json).unwrap();
        let icon = |title: &str| {
            let drawing = pictograms.of(title)?;
            let icons = json["icons"].as_array().unwrap();
            icons.iter().find(|icon| icon["d"] == drawing).map(|icon| icon["icon"].as_str().unwrap())
        };
        for (title, expected) in [
            ("Edwardian Parasol Black", "umbrella"),
            ("Fairy Cake Design Umbrella", "umbrella"),
            ("White Hanging Heart T-Light Holder", "candle"),
            ("Party Bunting", "pennant"),
            ("LUNCH BAG RED RETROSPOT", "paper-bag"),
            ("Soldiers Egg Cup", "egg"),
            ("Set of 36 Teatime Paper Doilies", "circle-dot"),
            ("Glass dishes", "bowl"),
        ] {
            assert_eq!(icon(title), Some(expected), "{title}");
        }
        for title in ["", "Молоко", "product 7", "—"] {
            assert_eq!(icon(title), None, "{title}");
        }
    }

    #[test]
    fn every_drawing_can_be_chosen() {
        let icons = json()["icons"].as_array().unwrap().clone();
        let mut seen = std::collections::BTreeSet::new();
        for icon in &icons {
            let words = icon["words"].as_array().unwrap();
            assert!(!words.is_empty() && icon["d"].as_str().unwrap().starts_with('M'), "{icon}");
            for word in words.iter().map(|word| word.as_str().unwrap()) {
                assert!(seen.insert(word.to_owned()), "{word} stands twice");
                assert!(
                    word.split(' ').count() <= 3 && word.bytes().all(|b| b == b' ' || b.is_ascii_lowercase()),
                    "{word}"
                );
            }
        }
        assert!(icons.len() >= 100);
    }
}
