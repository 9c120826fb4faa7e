//! Which features are the item, its category and its history, and which are the user's and the context's.

use crate::asked::Asked;
use crate::body::Body;
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::layers::Mlp;
use crate::source::{HeadPart, Source, Table};

/// The features of a model: which is the item, which its category, and which are the user's and the context's.
pub(super) struct Features {
    pub item: Table,
    pub category: Option<Table>,
    pub contexts: Vec<Table>,
}

impl Features {
    /// Tells the features `names` apart, whose tables are named by `table`. Those of the history must be shared with the
    /// item's and the category's.
    pub fn new(
        checkpoint: &mut Checkpoint,
        asked: &Asked,
        names: &[String],
        table: impl Fn(&str) -> String,
    ) -> Result<Self, ImportError> {
        let options = asked.options;
        let known = ["item_id", "item", "iid", "mid", "adgroup_id", "goods_id", "video_id"];
        let item = asked.feature("item", options.item.as_ref(), names, &known, "item")?;
        let Some(item) = item else {
            return Err(ImportError::Option {
                file: checkpoint.file().to_owned(),
                option: "item".to_owned(),
                problem: format!("must say which feature is the item; there are {}", names.join(", ")),
            });
        };
        let known = ["cate_id", "cate", "category_id", "category", "cat_id", "cat", "cid"];
        let others: Vec<String> = names.iter().filter(|name| **name != item).cloned().collect();
        let category = asked.feature("category", options.category.as_ref(), &others, &known, "cat")?;
        let take = |checkpoint: &mut Checkpoint, name: &str| {
            checkpoint.take(&table(name), [None, None]).map(|tensor| Table::new(name, tensor))
        };
        let item = take(checkpoint, &item)?;
        let category = category.map(|name| take(checkpoint, &name)).transpose()?;
        let mut contexts = Vec::new();
        for name in names {
            if *name == item.feature || category.as_ref().is_some_and(|category| category.feature == *name) {
                continue;
            }
            let same =
                |other: &Table| checkpoint.tensors().get(&table(name)).is_some_and(|own| own.values == other.values);
            let of_history = ["hist", "seq", "neg", "click", "behavior"].iter().any(|part| name.contains(part));
            if same(&item) || category.as_ref().is_some_and(same) {
                checkpoint.leave(&table(name));
            } else if of_history {
                return Err(checkpoint.unsupported(format!(
                    "tensor \"{}\" differs from the item's and the category's table; a history must share them",
                    table(name)
                )));
            } else {
                contexts.push(take(checkpoint, name)?);
            }
        }
        Ok(Self { item, category, contexts })
    }

    /// H, the width of an item with its category.
    pub fn width(&self) -> usize {
        self.item.dim + self.category.as_ref().map_or(0, |category| category.dim)
    }

    /// Numbers, which have no tensors: as many as `head` takes beside query, interest and embedded features.
    pub fn numbers(&self, head: &Mlp) -> impl Iterator<Item = HeadPart> + use<> {
        let known = 2 * self.width() + self.contexts.iter().map(|table| table.dim).sum::<usize>();
        (1..=head.inputs().saturating_sub(known)).map(|number| HeadPart::Number(format!("number {number}")))
    }

    /// The source, with the head's input as options or metadata say, else `default`.
    pub fn source(
        self,
        checkpoint: &Checkpoint,
        asked: &mut Asked,
        peer: &'static str,
        body: Body,
        head: Mlp,
        default: Vec<HeadPart>,
    ) -> Result<Source, ImportError> {
        let named = |text: &str| -> Vec<HeadPart> {
            let plain = text.to_ascii_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| plain.contains(word));
            if text == self.item.feature {
                vec![HeadPart::Item]
            } else if self.category.as_ref().is_some_and(|table| text == table.feature) {
                vec![HeadPart::Category]
            } else if let Some(table) = self.context(text) {
                vec![HeadPart::Feature(table.clone())]
            } else if says(&["*", "product"]) {
                vec![if says(&["sum"]) { HeadPart::KeyProduct } else { HeadPart::InterestProduct }]
            } else if says(&["sum"]) {
                vec![HeadPart::KeySum]
            } else if says(&["state", "pool", "interest"]) {
                vec![HeadPart::Interest]
            } else if says(&["query", "target"]) {
                vec![HeadPart::Item, HeadPart::Category]
            } else {
                vec![HeadPart::Number(text.to_owned())]
            }
        };
        let mut head_input = match asked.head_input() {
            Some(parts) => parts.iter().flat_map(|part| named(part)).collect(),
            None => {
                let several = self.contexts.len() > 1;
                if several {
                    let names: Vec<&str> = self.contexts.iter().map(|table| table.feature.as_str()).collect();
                    asked.notes.push(format!(
                        "The head's input has the features {} in this order; the file does not say.",
                        names.join(", ")
                    ));
                }
                default
            }
        };
        if self.category.is_none() {
            head_input.retain(|part| !matches!(part, HeadPart::Category));
        }
        Ok(Source {
            file: checkpoint.file().to_owned(),
            peer,
            item: self.item,
            category: self.category,
            body,
            head_input,
            head,
            notes: Vec::new(),
        })
    }

    /// The context feature of this name: "user" also means "user_id" and "uid".
    fn context(&self, name: &str) -> Option<&Table> {
        let id = format!("{name}_id");
        let same =
            |table: &&Table| table.feature == name || table.feature == id || (name == "user" && table.feature == "uid");
        self.contexts.iter().find(same)
    }
}
