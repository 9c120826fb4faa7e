//! Which of a file's features is the item, its category, a history or the user's, and in which order the model has them: by the
//! tensors, by names, and by what options say.

use std::collections::BTreeMap;

use crate::asked::Asked;
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::names::{CATEGORIES, ITEMS, OF_HISTORY, OF_USERS, has_word, is_history_of};
use crate::options::Names;
use crate::orders::{arrangements, merges, orders};
use crate::question::{Choice, Question};
use crate::rows::Zero;
use crate::source::Table;

/// What differs between the libraries in how they treat features.
pub(super) struct Rules<'a> {
    /// Width of the vectors that an item is for the network.
    pub width: usize,
    /// The tensor that has this width, its shape, and how often it has it.
    pub widest: (&'a str, usize),
    /// How the order of the features in the query comes about.
    pub query: QueryOrder,
    /// Whether what was pooled of each history stands at the history's place in the head.
    pub pooled_in_place: bool,
    /// Whether a history may have a table of its own, whose rows are numbered as the item's.
    pub own_histories: bool,
    /// Whether a number is a feature by a vector that it scales.
    pub scales_numbers: bool,
    /// What the names of tables begin with that histories share, where features that have histories are in an order of their own
    /// in the file, beside that of the others.
    pub apart: &'static [&'static str],
    pub zero: Zero,
    /// The library's code that orders the features.
    pub code: &'static str,
}

impl Rules<'_> {
    /// Whether a tensor `[rows, dim]` is no table but the vector that a number scales, as it stands in PyTorch's linear layer.
    pub fn is_number(&self, rows: usize, dim: usize, item_dim: usize) -> bool {
        self.scales_numbers && dim == 1 && item_dim > 1 && rows == item_dim
    }
}

/// How the order of the features in the query comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueryOrder {
    /// It is the order in which the model declares them.
    Declared,
    /// An option of the library says it.
    Said(&'static str),
}

/// The features of a file, as they are told apart one kind after the other.
pub(super) struct Reading<'a, 'b> {
    pub checkpoint: &'a mut Checkpoint,
    pub asked: &'a mut Asked<'b>,
    /// Features and the names of their tensors, in the file's order.
    pub tables: Vec<(String, String)>,
}

impl Reading<'_, '_> {
    pub fn tensor(&self, feature: &str) -> &str {
        self.tables.iter().find(|(name, _)| name == feature).map_or("", |(_, tensor)| tensor)
    }

    pub fn dim(&self, feature: &str) -> usize {
        self.checkpoint.shape(self.tensor(feature)).and_then(|shape| shape.get(1)).copied().unwrap_or(0)
    }

    pub fn is_same(&self, one: &str, other: &str) -> bool {
        let tensor = |feature: &str| self.checkpoint.tensors().get(self.tensor(feature));
        tensor(one).is_some() && tensor(one) == tensor(other)
    }

    pub fn take(&mut self, feature: &str) -> Result<Table, ImportError> {
        let tensor = self.tensor(feature).to_owned();
        Ok(Table::new(feature, self.checkpoint.take(&tensor, [None, None])?))
    }

    /// The feature that an option or the metadata name, "none" for none of them.
    fn chosen(&mut self, role: &'static str) -> Result<Option<Option<String>>, ImportError> {
        let names: Vec<&str> = self.tables.iter().map(|(name, _)| name.as_str()).collect();
        match self.asked.said::<String>(role)? {
            Some(name) if names.contains(&name.as_str()) => Ok(Some(Some(name))),
            Some(name) if name == "none" && role == "category" => Ok(Some(None)),
            Some(name) => {
                let problem = format!("is \"{name}\", but the features are {}", names.join(", "));
                Err(self.asked.refused(role, problem))
            }
            None => Ok(None),
        }
    }

    pub fn item(&mut self) -> Result<String, ImportError> {
        if let Some(Some(item)) = self.chosen("item")? {
            return Ok(item);
        }
        let names: Vec<&String> = self.tables.iter().map(|(name, _)| name).collect();
        let known = ITEMS.iter().find_map(|known| names.iter().find(|name| **name == known));
        let like = |name: &&&String| name.contains("item") && !OF_HISTORY.iter().any(|part| name.contains(part));
        let mut alike = names.iter().filter(like);
        match (known, alike.next(), alike.next()) {
            (Some(name), ..) | (None, Some(name), None) => Ok((*name).clone()),
            _ => {
                // One that a history is of.
                let has_history = |name: &&&String| names.iter().any(|history| is_history_of(history, name));
                let choices: Vec<Choice> = names
                    .iter()
                    .filter(has_history)
                    .map(|name| {
                        Choice::new(name.as_str(), format!("It is {name}, and the catalogue's products are its rows."))
                    })
                    .collect();
                if choices.is_empty() {
                    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
                    let problem = format!("must say which feature is the item; there are {}", names.join(", "));
                    return Err(self.asked.refused("item", problem));
                }
                self.asked.ask(Question {
                    option: "item",
                    topic: "Item".to_owned(),
                    asks: "Which feature is the item? None has a usual name for it.".to_owned(),
                    choices,
                    why: "as it has a history".to_owned(),
                    code: "the columns of the training data: SparseFeat, feature_cols",
                })
            }
        }
    }

    pub fn category(&mut self, item: &str) -> Result<Option<String>, ImportError> {
        if let Some(category) = self.chosen("category")? {
            return Ok(category);
        }
        // A feature that has rows of its own in the catalogue is not the catalogue's category.
        let has_rows = |name: &String| self.asked.options.feature_rows.contains_key(name);
        let names: Vec<&String> =
            self.tables.iter().map(|(name, _)| name).filter(|name| *name != item && !has_rows(name)).collect();
        let known = CATEGORIES.iter().find_map(|known| names.iter().find(|name| **name == known));
        let like = |name: &&&String| {
            has_word(name, &CATEGORIES)
                && !has_word(name, &OF_USERS)
                && !OF_HISTORY.iter().any(|part| name.contains(part))
        };
        let mut alike = names.iter().filter(like);
        Ok(match (known, alike.next(), alike.next()) {
            (Some(name), ..) | (None, Some(name), None) => Some((*name).clone()),
            _ => None,
        })
    }

    /// The category, where a click is wider than the item and nothing but widths tells which other feature it has: one that fills
    /// it. It is asked.
    pub fn category_by_width(&mut self, rules: &Rules, item: &str) -> Result<Option<String>, ImportError> {
        let missing = rules.width.saturating_sub(self.dim(item));
        let has_rows = |name: &str| self.asked.options.feature_rows.contains_key(name);
        let fills = |name: &&String| *name != item && self.dim(name) == missing && !has_rows(name);
        let mut names: Vec<&String> = self.tables.iter().map(|(name, _)| name).filter(fills).collect();
        if missing == 0 || names.is_empty() || self.asked.said::<String>("category")?.is_some() {
            return Ok(None);
        }
        // Such as "item_gender".
        names.sort_by_key(|name| !name.contains(item.trim_end_matches("_id")));
        let is = |name: &&String| Choice::new(name.as_str(), "It is, and the catalogue's categories are its rows.");
        let mut choices: Vec<Choice> = names.iter().map(is).collect();
        choices.push(Choice::new("none", "None is; --query names the features of a click."));
        let first = choices[0].answer.clone();
        self.asked.questions.push(Question {
            option: "category",
            topic: "Category".to_owned(),
            asks: format!("Which feature is the item's category? A click has {missing} numbers beside the item's."),
            choices,
            why: "as wide as what a click has beside the item".to_owned(),
            code: rules.code,
        });
        Ok(Some(first))
    }

    /// The histories by the features that they are of. What was not clicked is left out: it is for training alone.
    pub fn histories(&mut self, known: &[&str], own_histories: bool) -> Result<Vec<(String, String)>, ImportError> {
        let names: Vec<String> = self.tables.iter().map(|(name, _)| name.clone()).collect();
        let of_history = |name: &str| OF_HISTORY.iter().any(|part| name.contains(part));
        let mut histories = Vec::new();
        for name in names.iter().filter(|name| !known.contains(&name.as_str())) {
            let others = || names.iter().filter(|other| *other != name);
            let shares = |other: &&String| {
                self.is_same(name, other) && (known.contains(&other.as_str()) || of_history(name) && !of_history(other))
            };
            let named = |other: &&String| is_history_of(name, other);
            // Two features may hold the same numbers; then the name tells.
            let of = others().find(|other| shares(other) && named(other)).or_else(|| others().find(shares));
            let of = of.or_else(|| others().find(named)).cloned();
            let of_name = others().find(named).cloned();
            if let (Some(of), Some(of_name)) = (&of, &of_name)
                && of != of_name
                && !self.is_same(of, of_name)
            {
                return Err(self.checkpoint.unsupported(format!(
                    "tensor \"{}\" is a history of \"{of_name}\" by its name and of \"{of}\" by its numbers",
                    self.tensor(name)
                )));
            }
            let Some(of) = of else {
                if of_history(name) && name.contains("neg") || name.contains("hist") {
                    return Err(self.not_shared(name));
                }
                continue;
            };
            let is_sampled = name.starts_with("neg_") || has_word(name, &["neg", "noclk"]);
            if !self.is_same(name, &of) && !is_sampled {
                let rows = |feature: &str| self.checkpoint.shape(self.tensor(feature)).map(<[usize]>::to_vec);
                if !own_histories || rows(name) != rows(&of) {
                    return Err(self.not_shared(name));
                }
            }
            if is_sampled {
                let tensor = self.tensor(name).to_owned();
                self.checkpoint.leave(&tensor);
                self.tables.retain(|(other, _)| other != name);
            } else {
                histories.push((name.clone(), of));
            }
        }
        Ok(histories)
    }

    fn not_shared(&self, name: &str) -> ImportError {
        self.checkpoint.unsupported(format!(
            "tensor \"{}\" differs from the item's and the category's table; a history must share them, or have a table of its \
             own with the same rows (DeepCTR and DeepCTR-Torch); FuxiCTR shares it by share_embedding",
            self.tensor(name)
        ))
    }

    /// The features of a click, in the order of `declared`.
    pub fn query(
        &mut self,
        rules: &Rules,
        (item, category): (&str, Option<&str>),
        histories: &[(String, String)],
        declared: &[String],
    ) -> Result<Vec<String>, ImportError> {
        let dims: BTreeMap<String, usize> =
            self.tables.iter().map(|(name, _)| (name.clone(), self.dim(name))).collect();
        let width = |names: &[String]| names.iter().filter_map(|name| dims.get(name)).sum::<usize>();
        let in_order = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
            declared.iter().filter(|name| wanted(name)).cloned().collect()
        };
        let has_item = |names: &[String]| names.iter().any(|name| name == item);
        // Of these the item may be none: then it is the candidate's alone.
        let of_histories = in_order(&|name| histories.iter().any(|(_, of)| of == name));
        let alone = vec![item.to_owned()];
        let both = in_order(&|name| name == item || Some(name) == category);
        let with_rows = in_order(&|name| {
            both.iter().any(|both| both == name) || self.asked.options.feature_rows.contains_key(name)
        });
        let candidates = [of_histories, alone, both.clone(), with_rows];
        let fitting = candidates
            .iter()
            .find(|names| width(names) == rules.width && (has_item(names) || **names == candidates[0]));
        let names = match fitting {
            Some(names) => names.clone(),
            None if histories.is_empty() => {
                let parts: Vec<String> =
                    both.iter().map(|name| format!("\"{name}\" has {}", width(std::slice::from_ref(name)))).collect();
                let problem = format!(
                    "tensor \"{}\" takes items of {} numbers, but {}; where a click has further features, say all of them with \
                     --query {item},… and give the catalogue a column NAME_row for each further one",
                    rules.widest.0,
                    rules.width,
                    parts.join(" and ")
                );
                both_or(self.asked.said::<Names>("query")?, self.checkpoint.unsupported(problem))?
            }
            None => {
                let (tensor, times) = rules.widest;
                let found = self.checkpoint.shape(tensor).unwrap_or_default().to_vec();
                let expected = format!("[?, {}]", times * width(&candidates[0]));
                let (file, tensor) = (self.checkpoint.file().to_owned(), tensor.to_owned());
                return Err(ImportError::Shape { file, tensor, expected, found });
            }
        };
        let with_item = has_item(&names);
        // Where the head's input is said and the file's order says nothing, nobody said the query's order.
        let open = !self.checkpoint.is_ordered() && self.is_head_said() && self.asked.options.get("features").is_none();
        let code = match rules.query {
            QueryOrder::Said(code) => Some(code),
            QueryOrder::Declared => open.then_some(rules.code),
        };
        let names = match code {
            None => self.asked.said::<Names>("query")?.map_or(names, |names| names.0),
            Some(code) => {
                let choices = orders(&names).into_iter().map(|order| {
                    let meaning = format!("The query is {}, and a click the same.", order.join(", then "));
                    Choice::new(order.join(","), meaning)
                });
                let question = Question {
                    option: "query",
                    topic: "Query".to_owned(),
                    asks: "In which order do the features of an item make the query and the clicks?".to_owned(),
                    choices: choices.collect(),
                    why: "the order in which the model has them".to_owned(),
                    code,
                };
                self.asked.ask::<Names>(question)?.0
            }
        };
        let known = |name: &String| dims.contains_key(name);
        if width(&names) != rules.width || !names.iter().all(known) || has_item(&names) != with_item {
            let problem = format!("is {}, which are not {} numbers with the item", names.join(","), rules.width);
            return Err(self.asked.refused("query", problem));
        }
        Ok(names)
    }

    /// The features of a click in its order, by their places in the query. The file says it where histories have tables of their own.
    pub fn clicks(
        &mut self,
        rules: &Rules,
        query: &[String],
        histories: &[(String, String)],
    ) -> Result<Vec<usize>, ImportError> {
        let places: Vec<usize> = (0..query.len()).collect();
        if !rules.own_histories || query.len() < 2 {
            return Ok(places);
        }
        let history = |&place: &usize| {
            let (history, _) = histories.iter().find(|(_, of)| *of == query[place])?;
            self.tables.iter().position(|(name, _)| name == history)
        };
        if self.checkpoint.is_ordered() && places.iter().all(|place| history(place).is_some()) {
            let mut places = places;
            places.sort_by_key(history);
            return Ok(places);
        }
        let choices = orders(query).into_iter().map(|order| {
            let meaning = format!("A click is {}.", order.join(", then "));
            Choice::new(order.join(","), meaning)
        });
        let question = Question {
            option: "clicks",
            topic: "Order in a click".to_owned(),
            asks: "In which order do the features of an item make a click?".to_owned(),
            choices: choices.collect(),
            why: "as in the query".to_owned(),
            code: rules.code,
        };
        let order = self.asked.ask_rarely::<Names>(question)?.0;
        Ok(order.iter().filter_map(|name| query.iter().position(|other| other == name)).collect())
    }

    fn is_head_said(&self) -> bool {
        self.asked.options.get("head-input").is_some() || self.asked.metadata.contains_key("top_mlp_input")
    }

    /// The features in the order in which the model declares them, of `names` in the file's order, where `histories` come after
    /// what they are of.
    pub fn declared(
        &mut self,
        rules: &Rules,
        names: Vec<String>,
        of_item: &[&str],
        histories: &[(String, String)],
    ) -> Result<Vec<String>, ImportError> {
        if let Some(Names(said)) = self.asked.said::<Names>("features")? {
            let sorted = |names: &[String]| {
                let mut names = names.to_vec();
                names.sort();
                names
            };
            if sorted(&said) != sorted(&names) {
                let problem = format!("is {}, but the features are {}", said.join(","), names.join(","));
                return Err(self.asked.refused("features", problem));
            }
            return Ok(said);
        }
        let place = |name: &String| self.tables.iter().position(|(other, _)| other == name);
        let is_ordered =
            self.checkpoint.is_ordered() && histories.iter().all(|(history, of)| place(of) < place(history));
        if is_ordered && rules.apart.is_empty() {
            if names.len() > 1 {
                self.asked.notes.push(format!("Order of the features: {}, as the file has them.", names.join(", ")));
            }
            return Ok(names);
        }
        // A whole model of Keras lists its inputs.
        let inputs = self.asked.metadata.get("inputs").map(|inputs| inputs.split(',').collect::<Vec<&str>>());
        let input = |name: &String| inputs.as_ref()?.iter().position(|input| input == name);
        if names.iter().all(|name| input(name).is_some()) {
            let mut names = names;
            names.sort_by_key(input);
            self.asked.notes.push(format!("Order of the features: {}, as the model has its inputs.", names.join(", ")));
            return Ok(names);
        }
        let found = if is_ordered {
            let is_apart = |name: &String| {
                histories.iter().any(|(_, of)| of == name)
                    || rules.apart.iter().any(|prefix| self.tensor(name).starts_with(prefix))
            };
            let (apart, others): (Vec<String>, Vec<String>) = names.iter().cloned().partition(is_apart);
            merges(&others, &apart)
        } else {
            // Users first, then the item with what belongs to it, then histories: the usual order.
            let (mut of_products, others): (Vec<String>, Vec<String>) =
                names.iter().cloned().partition(|name| of_item.contains(&name.as_str()));
            of_products.sort_by_key(|name| of_item.iter().position(|other| other == name));
            let (clicks, products): (Vec<String>, Vec<String>) =
                of_products.into_iter().partition(|name| OF_HISTORY.iter().any(|part| name.contains(part)));
            arrangements(&others, &products, &clicks)
        };
        let Some(first) = found.first().cloned() else { return Ok(names) };
        if found.len() > 1 && !self.is_head_said() {
            let meaning = |order: &Vec<String>| format!("The model declares {}.", order.join(", then "));
            self.asked.questions.push(Question {
                option: "features",
                topic: "Order of the features".to_owned(),
                asks: "In which order does the model declare its features? The file has its tensors in another order, such as \
                       the alphabet's. Any order may be given."
                    .to_owned(),
                choices: found.iter().map(|order| Choice::new(order.join(","), meaning(order))).collect(),
                why: "users before products".to_owned(),
                code: rules.code,
            });
        }
        Ok(first)
    }

    /// Checks that the clicks have tables of their own for all features or for none: one that lacks is missing from the file.
    pub fn check_own_histories(&self, query: &[String], histories: &[(String, String)]) -> Result<(), ImportError> {
        let history = |feature: &&String| histories.iter().find(|(_, of)| of == *feature).map(|(history, _)| history);
        let has_own = |feature: &&String| history(feature).is_some_and(|history| !self.is_same(history, feature));
        match (query.iter().find(has_own), query.iter().find(|feature| history(feature).is_none())) {
            (Some(own), Some(shared)) => Err(self.checkpoint.unsupported(format!(
                "the history of \"{own}\" has a table of its own and that of \"{shared}\" has none; save all tensors of the \
                 model, or share all of these tables (embedding_name)"
            ))),
            _ => Ok(()),
        }
    }
}

fn both_or(said: Option<Names>, error: ImportError) -> Result<Vec<String>, ImportError> {
    said.map(|names| names.0).ok_or(error)
}
