//! The features of a model, and the parts of the head's input that they are.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::asked::Asked;
use crate::body::Body;
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::layers::Mlp;
use crate::question::{Choice, Question};
use crate::roles::{Reading, Rules};
use crate::rows::Zero;
use crate::source::{Field, HeadPart, Of, Source, Table};

/// Where the features are of which a vector is made, by their names.
fn ranges<'a>(fields: impl IntoIterator<Item = &'a Field>) -> BTreeMap<String, Range<usize>> {
    let mut at = 0;
    let range = |field: &Field| {
        at += field.table.dim;
        (field.table.feature.clone(), at - field.table.dim..at)
    };
    fields.into_iter().map(range).collect()
}

/// Whose the numbers are that the head takes.
fn whose(count: usize) -> Question {
    Question {
        option: "numbers",
        topic: "Numbers".to_owned(),
        asks: format!("Beside its features the head takes {count} numbers, which have no tensors. Whose are they?"),
        choices: vec![
            Choice::new(
                "user",
                "The user's or the situation's, the same for every product; --context \"number 1=0.5\" says it.",
            ),
            Choice::new("products", "Each product has its own, such as its price."),
        ],
        why: "which is 0 for everybody where nothing says it".to_owned(),
        code: "the columns of the training data: DenseFeat",
    }
}

/// The features of a model.
pub(super) struct Features {
    pub query: Vec<Field>,
    /// Places in the query of the features of a click, in the click's order.
    clicks: Vec<usize>,
    pub plain: Vec<Field>,
    /// What each feature is in the head's input, in the order in which the model declares the features.
    pub declared: Vec<HeadPart>,
    /// The parts of the interest, by the names of the histories.
    histories: BTreeMap<String, Range<usize>>,
    zero: Zero,
}

impl Features {
    /// Tells features apart, whose tables are named by `tables`, in the file's order.
    pub fn new(
        checkpoint: &mut Checkpoint,
        asked: &mut Asked,
        tables: Vec<(String, String)>,
        rules: &Rules,
    ) -> Result<Self, ImportError> {
        let mut reading = Reading { checkpoint, asked, tables };
        let item = reading.item()?;
        let category = reading.category(&item)?;
        let known: Vec<&str> = [Some(item.as_str()), category.as_deref()].into_iter().flatten().collect();
        let mut histories = reading.histories(&known, rules.own_histories)?;
        // The one other feature that has a history is what the library's users call by another name.
        let mut further = histories.iter().map(|(_, of)| of).filter(|of| **of != item);
        let category = category.or_else(|| further.next().filter(|_| further.next().is_none()).cloned());
        let category = match category {
            None if histories.is_empty() => reading.category_by_width(rules, &item)?,
            known => known,
        };
        let known: Vec<&str> = [Some(item.as_str()), category.as_deref()].into_iter().flatten().collect();
        histories.sort_by_key(|(_, of)| known.iter().position(|name| name == of).unwrap_or(known.len()));

        let is_history = |name: &str| histories.iter().any(|(history, _)| history == name);
        let in_head = |name: &String| rules.pooled_in_place || !is_history(name);
        let names: Vec<String> = reading.tables.iter().map(|(name, _)| name.clone()).filter(in_head).collect();
        let of_item: Vec<&str> =
            known.iter().copied().chain(histories.iter().map(|(history, _)| history.as_str())).collect();
        let declared = reading.declared(rules, names, &of_item, &histories)?;
        let query = reading.query(rules, (&item, category.as_deref()), &histories, &declared)?;

        reading.check_own_histories(&query, &histories)?;
        let clicks = reading.clicks(rules, &query, &histories)?;

        let rows = &reading.asked.options.feature_rows;
        let is_plain = |name: &String| {
            let has_rows = *name == item || Some(name) == category.as_ref() || rows.contains_key(name);
            has_rows && !query.contains(name) && !is_history(name)
        };
        let plain: Vec<String> = declared.iter().filter(|name| is_plain(name)).cloned().collect();
        let others: Vec<String> = declared
            .iter()
            .filter(|name| !query.contains(name) && !plain.contains(name) && !is_history(name))
            .cloned()
            .collect();
        reading.settle_owners(rules, &item, &others)?;
        if let Some(category) = category.as_ref().filter(|category| plain.contains(category)) {
            reading.settle_plain_category(category)?;
        }

        let field = |reading: &mut Reading, name: &String| -> Result<Field, ImportError> {
            let own = histories.iter().find(|(history, of)| of == name && !reading.is_same(history, name));
            let of_clicks = own.map(|(history, _)| reading.take(history)).transpose()?;
            let of = if *name == item {
                Of::Item
            } else if Some(name) == category.as_ref() {
                Of::Category
            } else {
                Of::Rows
            };
            Ok(Field { of_clicks, of, table: reading.take(name)? })
        };
        // The tables of histories that are shared go before what they are compared with.
        let shared: Vec<String> = histories
            .iter()
            .filter(|(history, of)| reading.is_same(history, of))
            .map(|(history, _)| reading.tensor(history).to_owned())
            .collect();
        let query_names = query;
        let query: Vec<Field> =
            query_names.iter().map(|name| field(&mut reading, name)).collect::<Result<_, ImportError>>()?;
        let plain_names = plain;
        let plain: Vec<Field> =
            plain_names.iter().map(|name| field(&mut reading, name)).collect::<Result<_, ImportError>>()?;
        shared.iter().for_each(|tensor| reading.checkpoint.leave(tensor));

        let in_query = ranges(&query);
        let in_click = ranges(clicks.iter().map(|&click| &query[click]));
        let histories: BTreeMap<String, Range<usize>> =
            histories.iter().filter_map(|(history, of)| Some((history.clone(), in_click.get(of)?.clone()))).collect();
        let item_dim = query.iter().find(|field| field.of == Of::Item).map_or(0, |field| field.table.dim);
        let mut parts = Vec::new();
        for name in &declared {
            parts.push(if let Some(range) = in_query.get(name) {
                HeadPart::Query(range.clone())
            } else if let Some(range) = histories.get(name) {
                HeadPart::Interest(range.clone())
            } else if let Some(place) = plain_names.iter().position(|plain| plain == name) {
                HeadPart::Plain(place)
            } else if is_history(name) {
                continue;
            } else {
                let table = reading.take(name)?;
                // A number times a vector is stored as the vector stands in PyTorch's linear layer.
                if rules.is_number(table.rows, table.dim, item_dim) {
                    HeadPart::Scaled(name.clone(), table.values)
                } else {
                    HeadPart::Feature(table)
                }
            });
        }
        Ok(Self { query, clicks, plain, declared: parts, histories, zero: rules.zero })
    }

    /// Features whose places are known: of an item, and of the user.
    pub fn known(query: Vec<Field>, contexts: Vec<Table>, zero: Zero) -> Self {
        let declared = contexts.into_iter().map(HeadPart::Feature).collect();
        let clicks = (0..query.len()).collect();
        Self { query, clicks, plain: Vec::new(), declared, histories: BTreeMap::new(), zero }
    }

    /// H, the width of the query.
    pub fn width(&self) -> usize {
        self.query.iter().map(|field| field.table.dim).sum()
    }

    /// The whole query.
    pub fn whole_query(&self) -> HeadPart {
        HeadPart::Query(0..self.width())
    }

    /// What each feature is in the head's input, histories apart, in the order in which the model declares them.
    pub fn without_clicks(&self) -> impl Iterator<Item = HeadPart> + '_ {
        self.declared.iter().filter(|part| !matches!(part, HeadPart::Interest(_))).cloned()
    }

    /// The features of the user and the context alone.
    pub fn contexts(&self) -> impl Iterator<Item = HeadPart> + '_ {
        let of_products = |part: &&HeadPart| !matches!(part, HeadPart::Interest(_) | HeadPart::Query(_));
        self.declared.iter().filter(of_products).cloned()
    }

    /// Width of [`Features::without_clicks`].
    pub fn width_without_clicks(&self) -> usize {
        let width = |part: HeadPart| match part {
            HeadPart::Query(range) => range.len(),
            HeadPart::Plain(place) => self.plain[place].table.dim,
            HeadPart::Feature(table) => table.dim,
            HeadPart::Scaled(_, vector) => vector.len(),
            _ => 0,
        };
        self.without_clicks().map(width).sum()
    }

    /// Numbers, which have no tensors: as many as `head` takes beside interest and embedded features.
    /// Whose they are is asked.
    ///
    /// # Errors
    /// [`ImportError::Unsupported`] for numbers of the products.
    pub fn numbers(
        &self,
        checkpoint: &Checkpoint,
        asked: &mut Asked,
        head: &Mlp,
    ) -> Result<impl Iterator<Item = HeadPart> + use<>, ImportError> {
        let known = self.width() + self.width_without_clicks();
        let names: Vec<String> =
            (1..=head.inputs().saturating_sub(known)).map(|number| format!("number {number}")).collect();
        let is_named = names.iter().all(|name| asked.options.context.contains_key(name));
        if !is_named && asked.head_input()?.is_none() && asked.ask::<String>(whose(names.len()))? == "products" {
            return Err(checkpoint.unsupported(
                "numbers of the products, such as a price, are not read; train the network without them, or with classes of them \
                 as a feature (SparseFeat)",
            ));
        }
        Ok(names.into_iter().map(HeadPart::Number))
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
        let interest = match &body {
            Body::Dien { second, .. } => second.hidden.from,
            Body::Din { .. } | Body::ComirecSa(_) => self.width(),
        };
        let head_input = match asked.head_input()? {
            Some(parts) => parts.iter().map(|part| self.named(part, interest)).collect(),
            None => default,
        };
        Ok(Source {
            file: checkpoint.file().to_owned(),
            peer,
            query: self.query,
            clicks: self.clicks,
            plain: self.plain,
            zero: self.zero,
            body,
            head_input,
            head,
            questions: Vec::new(),
            rare: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// The part of the head's input that a text names.
    fn named(&self, text: &str, interest: usize) -> HeadPart {
        let plain = text.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| plain.contains(word));
        let mut at = 0;
        for field in &self.query {
            if text == field.table.feature {
                return HeadPart::Query(at..at + field.table.dim);
            }
            at += field.table.dim;
        }
        if let Some(range) = self.histories.get(text) {
            HeadPart::Interest(range.clone())
        } else if let Some(place) = self.plain.iter().position(|field| field.table.feature == text) {
            HeadPart::Plain(place)
        } else if let Some(part) = self.context(text) {
            part.clone()
        } else if says(&["*", "product"]) {
            if says(&["sum"]) { HeadPart::KeyProduct } else { HeadPart::InterestProduct }
        } else if says(&["sum"]) {
            HeadPart::KeySum
        } else if says(&["state", "pool", "interest"]) {
            HeadPart::Interest(0..interest)
        } else if says(&["query", "target"]) {
            self.whole_query()
        } else {
            HeadPart::Number(text.to_owned())
        }
    }

    /// The context feature of this name: "user" also means "user_id" and "uid".
    fn context(&self, name: &str) -> Option<&HeadPart> {
        let id = format!("{name}_id");
        let is = |feature: &str| feature == name || feature == id || (name == "user" && feature == "uid");
        self.declared.iter().find(|part| match part {
            HeadPart::Feature(table) => is(&table.feature),
            HeadPart::Scaled(feature, _) => is(feature),
            _ => false,
        })
    }
}
