//! Everything that led to one click probability.

use std::collections::BTreeMap;

use model::Tensor;

use super::safetensors;
use crate::explain::calculation::{Computed, Stage};
use crate::explain::explained;
use crate::explain::inputs::Inputs;
use crate::explain::layers::ranking_mlp;
use crate::ui::format::json_text;

/// A computation with its inputs.
pub struct Computation {
    /// What computed it.
    pub about: About,
    /// Sizes and options of the network, as JSON.
    pub config: String,
    /// Hash of what the rows of the network's tables stand for.
    pub vocabulary: String,
    /// Each product that occurs, once.
    pub products: Vec<Product>,
    /// The places of the clicks among the products, the oldest first.
    pub history: Vec<usize>,
    /// The place of the product that was asked about.
    pub product: usize,
    /// What was computed, in the order of the computation: the probability is the last.
    pub numbers: Vec<Numbers>,
    /// The network's tensors that had a part in it, by name; of the tables of items and categories the rows of the products.
    pub weights: BTreeMap<String, Tensor>,
    /// The parts of the notebook between embedding and ranking MLP.
    pub notebook: Vec<&'static str>,
    /// The letter of a click's embedding.
    pub click: &'static str,
}

/// What computed something.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Address of the page.
    pub page: String,
    /// Name of the page's program, which differs from version to version.
    pub program: String,
    /// gpu or cpu.
    pub backend: &'static str,
    /// Name of the adapter or of the CPU engine.
    pub engine: String,
    /// Name of the network, as the papers write it.
    pub network: &'static str,
    /// Name of the file with its weights.
    pub file: String,
}

/// A product.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// The shop's own identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Name of its category.
    pub category: String,
    /// Its row of the network's table of items.
    pub row: u32,
    /// Its row of the table of categories.
    pub category_row: u32,
}

/// A vector, or one at each step.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// The stage that computes it, as in code.
    pub stage: &'static str,
    /// What it is called.
    pub name: String,
    /// Its letter in the papers.
    pub letter: String,
    /// Its equation.
    pub equation: String,
    /// `[unit]` or `[step, unit]`.
    pub shape: Vec<usize>,
    /// In row order.
    pub values: Vec<f32>,
}

/// What a safetensors file says of its own kind.
const FORMAT: &str = "interest-lens/computation/1";

impl Computation {
    /// What led to the probability of `product` after `history`, the oldest click first.
    pub fn new(inputs: &Inputs, about: About, product: Product, history: Vec<Product>) -> Self {
        let mut products: Vec<Product> = Vec::new();
        let mut place = |product: Product| {
            let known = products.iter().position(|other| other.row == product.row);
            known.unwrap_or_else(|| {
                products.push(product);
                products.len() - 1
            })
        };
        let history = history.into_iter().map(&mut place).collect();
        let product = place(product);
        let (weights, network) = (&inputs.weights, explained(&inputs.weights.config().network));
        Self {
            about,
            config: weights.config().to_json(),
            vocabulary: weights.vocabulary_hash().to_owned(),
            numbers: numbers(inputs),
            weights: used(weights.tensors(), &products, inputs.keys.is_empty()),
            products,
            history,
            product,
            notebook: network.notebook(),
            click: network.click(),
        }
    }

    /// All but the numbers as the fields of a JSON object.
    pub fn fields(&self) -> String {
        let About { page, program, backend, engine, network, file } = &self.about;
        let product = |Product { id, title, category, row, category_row }: &Product| {
            let [id, title, category] = [id, title, category].map(|text| json_text(text));
            format!(r#"{{"id":{id},"title":{title},"category":{category},"row":{row},"category_row":{category_row}}}"#)
        };
        let products: Vec<String> = self.products.iter().map(product).collect();
        let texts = [
            ("format", FORMAT),
            ("page", page.as_str()),
            ("program", program.as_str()),
            ("backend", *backend),
            ("engine", engine.as_str()),
            ("network", *network),
            ("file", file.as_str()),
            ("vocabulary", self.vocabulary.as_str()),
        ];
        let texts: String = texts.iter().map(|(name, text)| format!("\"{name}\":{},\n", json_text(text))).collect();
        format!(
            "{texts}\"config\":{},\n\"products\":[\n{}\n],\n\"history\":{:?},\n\"product\":{}",
            self.config,
            products.join(",\n"),
            self.history,
            self.product
        )
    }

    /// The safetensors file: tensors `shown.<stage>.<letter>` and `weights.<name>`, and the rest as JSON in its metadata.
    pub fn file(&self) -> Vec<u8> {
        let numbers = self
            .numbers
            .iter()
            .map(|one| (format!("shown.{}.{}", one.stage, one.letter), one.shape.as_slice(), one.values.as_slice()));
        let weights = self
            .weights
            .iter()
            .map(|(name, tensor)| (format!("weights.{name}"), tensor.shape.as_slice(), tensor.values.as_slice()));
        let fields = format!("{{{}}}", self.fields());
        safetensors::file(&[("format", FORMAT), ("computation", &fields)], numbers.chain(weights))
    }
}

/// What every stage computes.
fn numbers(inputs: &Inputs) -> Vec<Numbers> {
    let network = explained(&inputs.weights.config().network);
    let mut all = Vec::new();
    for t in 0..inputs.keys.len().max(1) {
        network.stages(inputs, t).into_iter().for_each(|stage| take(stage, &mut all));
    }
    take(ranking_mlp::stage(inputs, network.interest(inputs)), &mut all);
    all
}

/// Takes what a stage computes at a step, as far as it is not there from a step before.
fn take(stage: Stage, all: &mut Vec<Numbers>) {
    for vector in stage.vectors {
        let known = all.iter_mut().find(|one| one.stage == stage.id && one.letter == vector.letter);
        let at_each_step = match vector.computed {
            Computed::Before => continue,
            Computed::Once => false,
            Computed::AtEachStep => true,
        };
        match known {
            None => {
                let units = vector.values.len();
                all.push(Numbers {
                    stage: stage.id,
                    name: vector.name.into_owned(),
                    letter: vector.letter,
                    equation: vector.equation,
                    shape: if at_each_step { vec![1, units] } else { vec![units] },
                    values: vector.values,
                });
            }
            Some(known) if at_each_step => {
                known.shape[0] += 1;
                known.values.extend(vector.values);
            }
            Some(_) => {}
        }
    }
}

/// The tensors that have a part in the probability of a product: what stands for an empty history has one after no click alone.
fn used(tensors: &BTreeMap<String, Tensor>, products: &[Product], without_clicks: bool) -> BTreeMap<String, Tensor> {
    let is_used = |name: &str| {
        let is_for_others = name.starts_with("projection.") || name.starts_with("auxiliary.");
        !is_for_others && (without_clicks || name != "embedding.padding")
    };
    let rows = |tensor: &Tensor, row: fn(&Product) -> u32| {
        let width = tensor.shape.last().copied().unwrap_or_default();
        let values = products.iter().flat_map(|product| &tensor.values[row(product) as usize * width..][..width]);
        Tensor { shape: vec![products.len(), width], values: values.copied().collect() }
    };
    let tensor = |(name, tensor): (&String, &Tensor)| {
        let tensor = match name.as_str() {
            "embedding.item.weight" => rows(tensor, |product| product.row),
            "embedding.category.weight" => rows(tensor, |product| product.category_row),
            _ => tensor.clone(),
        };
        (name.clone(), tensor)
    };
    tensors.iter().filter(|(name, _)| is_used(name)).map(tensor).collect()
}
