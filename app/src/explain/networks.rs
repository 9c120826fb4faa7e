//! The networks of the page, an entry each. What runs them live is the crate `shaders`.

/// What the page says about a network.
#[derive(Debug)]
pub struct Entry {
    /// The name as the papers write it.
    pub name: &'static str,
    /// The name in full.
    pub title: &'static str,
    /// The name in files and in the tests.
    pub id: &'static str,
    /// Why the page shows no interest evolution, in a sentence; none where it shows one.
    pub no_evolution: Option<&'static str>,
    /// How it works, as HTML.
    pub about: &'static str,
}

/// The networks that come with the page, in the order of the switch.
static ENTRIES: [Entry; 4] = [
    Entry {
        name: "Embedding & MLP",
        title: "The base model of the papers: every click counts alike",
        id: "embedding-mlp",
        no_evolution: Some(
            "Embedding & MLP weighs every click alike and knows no order, so there is no evolution to show.",
        ),
        about: include_str!("about/embedding-mlp.html"),
    },
    Entry {
        name: "DIN",
        title: "Deep Interest Network",
        id: "din",
        no_evolution: Some("DIN weighs each click on its own and knows no order, so there is no evolution to show."),
        about: include_str!("about/din.html"),
    },
    Entry {
        name: "DIEN",
        title: "Deep Interest Evolution Network",
        id: "dien",
        no_evolution: None,
        about: include_str!("about/dien.html"),
    },
    Entry {
        name: "TIN",
        title: "Temporal Interest Network",
        id: "tin",
        no_evolution: Some(
            "TIN knows how many clicks ago each click was, but looks at all of them at once, so there is no evolution to show.",
        ),
        about: include_str!("about/tin.html"),
    },
];

/// The model that a visitor opens. What it is, its weights say.
static YOURS: Entry =
    Entry { name: "Your model", title: "The model that you opened", id: "own", no_evolution: None, about: "" };

/// A network to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(usize);

impl Network {
    /// The visitor's own model.
    pub const YOURS: Self = Self(ENTRIES.len());

    /// How many there are, the visitor's own one included.
    pub const COUNT: usize = ENTRIES.len() + 1;

    /// Every network that comes with the page, in the order of the switch.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ENTRIES.len()).map(Self)
    }

    /// What the page says about networks of the kind that a configuration names.
    pub fn of_kind(id: &str) -> &'static Entry {
        ENTRIES.iter().find(|entry| entry.id == id).unwrap_or(&YOURS)
    }

    /// The one whose interest evolves: the page begins with it.
    pub fn evolving() -> Self {
        Self::all().find(|network| network.entry().no_evolution.is_none()).unwrap_or(Self(0))
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        self.0
    }

    /// What the page says about it.
    pub fn entry(self) -> &'static Entry {
        ENTRIES.get(self.0).unwrap_or(&YOURS)
    }

    /// The name as the papers write it.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The name in the middle of a sentence.
    pub fn mid_sentence(self) -> &'static str {
        if self == Self::YOURS { "your model" } else { self.name() }
    }

    /// Where the page finds its weights.
    pub fn file(self) -> String {
        format!("assets/{}.safetensors", self.entry().id)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::{Catalogue, Weights};

    use super::*;

    #[test]
    fn the_page_begins_with_dien() {
        assert_eq!(Network::evolving().name(), "DIEN");
    }

    #[test]
    fn every_network_ships_weights_of_its_kind_for_the_catalogue() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let catalogue = std::fs::read(root.join("assets/catalogue.csv")).unwrap();
        let catalogue = Catalogue::from_csv("catalogue.csv", &catalogue).unwrap();
        for network in Network::all() {
            let file = network.file();
            let weights = Weights::from_safetensors(&file, &std::fs::read(root.join(&file)).unwrap()).unwrap();
            assert_eq!(weights.config().network.name(), network.entry().id);
            weights.check_vocabulary(&file, catalogue.vocabulary(), &catalogue.vocabulary_hash()).unwrap();
        }
    }
}
