//! What the columns of a log hold.

use std::str::FromStr;

use model::columns;

/// What a column of a log may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    User,
    Item,
    Time,
    Category,
    Title,
    Price,
    Event,
    Rating,
}

/// All parts, with what `--columns` calls them and what people do.
pub const PARTS: [(Part, &str, &[&str]); 8] = [
    (Part::User, "user", &columns::USER),
    (Part::Item, "item", &columns::ITEM),
    (Part::Time, "time", &columns::TIME),
    (Part::Category, "category", &columns::CATEGORY),
    (Part::Title, "title", &columns::TITLE),
    (Part::Price, "price", &columns::PRICE),
    (Part::Event, "event", &columns::EVENT),
    (Part::Rating, "rating", &columns::RATING),
];

/// Which column is what, as somebody says it: user=NAME,item=NAME,time=NAME, by names or by numbers from 1; nothing behind
/// the = means that no column is.
#[derive(Debug, Clone, Default)]
pub struct Columns(pub(super) Vec<(Part, String)>);

impl Columns {
    /// Whether nothing is said.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |text: &str| {
            let (name, column) = text.split_once('=').ok_or_else(|| format!("\"{text}\" is not PART=COLUMN"))?;
            let part = PARTS.iter().find(|(_, known, _)| *known == name.trim());
            let names = || PARTS.map(|(_, name, _)| name).join(", ");
            let (part, ..) = part.ok_or_else(|| format!("\"{name}\" is none of {}", names()))?;
            Ok::<_, String>((*part, column.trim().to_owned()))
        };
        text.split(',').map(part).collect::<Result<_, _>>().map(Self)
    }
}
