//! The shop and the networks that come with the page, and what these answer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use model::{Catalogue, Inspection, Item, NetworkKind, Weights, sort_rows};
use safetensors::SafeTensors;
use serde::Deserialize;
use serde_json::Value as Json;
use shaders::{Engine, Host};

use crate::error::Error;

/// Catalogue, ready-made shoppers and networks, with what was asked already.
pub struct Shop {
    catalogue: Catalogue,
    shoppers: Vec<Vec<u32>>,
    networks: BTreeMap<&'static str, Network>,
    answers: RefCell<BTreeMap<Question, Rc<Answer>>>,
}

/// A network, the history as rows of the catalogue, and the product inspected.
type Question = (&'static str, Vec<u32>, Option<u32>);

struct Network {
    weights: Weights,
    /// The entries of the file's metadata, those that are JSON read.
    notes: Json,
    engine: RefCell<Engine>,
}

/// What a network says after a history.
pub struct Answer {
    /// Of every product, `[items]`.
    pub probabilities: Vec<f32>,
    /// Rows of the products that are not in the history, the best first.
    pub order: Vec<u32>,
    /// The inspected product, where one was asked for.
    pub inspection: Option<Inspection>,
}

impl Answer {
    /// The place of a product from 1; none for one in the history.
    pub fn place(&self, item: u32) -> Option<usize> {
        self.order.iter().position(|other| *other == item).map(|place| place + 1)
    }
}

#[derive(Deserialize)]
struct Shopper {
    items: Vec<String>,
}

impl Shop {
    /// Reads what lies in `assets`.
    ///
    /// # Errors
    /// Where a file is missing or not what it should be.
    pub fn open(assets: &Path) -> Result<Self, Error> {
        let read = |name: &str| fs::read(assets.join(name)).map_err(Error::file(&assets.join(name)));
        let catalogue = Catalogue::from_csv("catalogue.csv", &read("catalogue.csv")?)?;
        let shoppers: Vec<Shopper> = serde_json::from_slice(&read("shoppers.json")?)
            .map_err(|source| Error::Json { file: "shoppers.json".to_owned(), source })?;
        let rows = |shopper: &Shopper| shopper.items.iter().filter_map(|id| catalogue.row(id)).collect();
        let shoppers = shoppers.iter().map(rows).collect();
        let mut networks = BTreeMap::new();
        for kind in NetworkKind::ALL {
            let file = format!("{}.safetensors", kind.id());
            let bytes = read(&file)?;
            let weights = Weights::from_safetensors(&file, &bytes)?;
            let engine = pollster::block_on(Engine::new(&Host::before_gpu(), &weights, &catalogue.item_categories()))?;
            let notes = notes(&file, &bytes)?;
            networks.insert(kind.id(), Network { weights, notes, engine: engine.into() });
        }
        Ok(Self { catalogue, shoppers, networks, answers: RefCell::default() })
    }

    /// The products.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// A product by its row.
    pub fn product(&self, item: u32) -> &Item {
        &self.catalogue.items()[item as usize]
    }

    /// The row of a product.
    ///
    /// # Errors
    /// Where the catalogue does not have it.
    pub fn row(&self, id: &str) -> Result<u32, Error> {
        self.catalogue.row(id).ok_or_else(|| Error::placeholder(id, "there is no such product"))
    }

    /// The weights of a network that comes with the page.
    ///
    /// # Errors
    /// Where there is no such network.
    pub fn weights(&self, network: &str) -> Result<&Weights, Error> {
        Ok(&self.network(network)?.1.weights)
    }

    /// What a network's file says of it: the metadata's entries by name.
    ///
    /// # Errors
    /// Where there is no such network.
    pub fn notes(&self, network: &str) -> Result<&Json, Error> {
        Ok(&self.network(network)?.1.notes)
    }

    fn network(&self, name: &str) -> Result<(&'static str, &Network), Error> {
        let found = self.networks.get_key_value(name).map(|(id, network)| (*id, network));
        found.ok_or_else(|| Error::placeholder(name, "there is no such network"))
    }

    /// A history as rows: `shopper2`, and behind colons what is done to it: `reversed`, `without=22960`, `first=5`.
    ///
    /// # Errors
    /// Where there is no such shopper or product, or nothing known is done.
    pub fn history(&self, words: &str) -> Result<Vec<u32>, Error> {
        let unknown =
            || Error::placeholder(words, "no history: shopper1, shopper2:reversed, :without=ID, :first=COUNT");
        let mut parts = words.split(':');
        let shopper = parts.next().and_then(|name| name.strip_prefix("shopper")?.parse::<usize>().ok());
        let mut rows = self.shoppers.get(shopper.ok_or_else(unknown)?.wrapping_sub(1)).ok_or_else(unknown)?.clone();
        for change in parts {
            match change.split_once('=') {
                None if change == "reversed" => rows.reverse(),
                Some(("without", id)) => {
                    let row = self.row(id)?;
                    rows.retain(|other| *other != row);
                }
                Some(("first", count)) => rows.truncate(count.parse().map_err(|_| unknown())?),
                _ => return Err(unknown()),
            }
        }
        Ok(rows)
    }

    /// What a network says after a history, with the trace of `inspected`.
    ///
    /// # Errors
    /// Where there is no such network, or its engine refuses.
    pub fn answer(&self, network: &str, history: &[u32], inspected: Option<u32>) -> Result<Rc<Answer>, Error> {
        let (id, network) = self.network(network)?;
        let question = (id, history.to_vec(), inspected);
        if let Some(known) = self.answers.borrow().get(&question) {
            return Ok(known.clone());
        }
        let mut engine = network.engine.borrow_mut();
        engine.set_history(history)?;
        let mut answer = pollster::block_on(engine.rank(&inspected.into_iter().collect::<Vec<_>>()))?;
        let probabilities = answer.probabilities;
        let mut order: Vec<u32> = (0..probabilities.len() as u32).filter(|item| !history.contains(item)).collect();
        sort_rows(&mut order, &|a, b| probabilities[b as usize].total_cmp(&probabilities[a as usize]).then(a.cmp(&b)));
        let found = Rc::new(Answer { probabilities, order, inspection: answer.inspections.pop() });
        self.answers.borrow_mut().insert(question, found.clone());
        Ok(found)
    }

    /// What a network computes for a product after a history.
    ///
    /// # Errors
    /// As [`Shop::answer`].
    pub fn inspection(&self, network: &str, history: &[u32], item: u32) -> Result<Inspection, Error> {
        let answer = self.answer(network, history, Some(item))?;
        answer.inspection.clone().ok_or_else(|| Error::placeholder(network, "nothing was inspected"))
    }
}

/// The metadata of a weights file, entries that are JSON read.
fn notes(file: &str, bytes: &[u8]) -> Result<Json, Error> {
    let (_, header) = SafeTensors::read_metadata(bytes)
        .map_err(|error| Error::Weights(model::WeightsError::format(file, bytes, &error)))?;
    let entries = header.metadata().clone().unwrap_or_default().into_iter();
    Ok(entries.map(|(key, text)| (key, serde_json::from_str(&text).unwrap_or(Json::String(text)))).collect())
}
