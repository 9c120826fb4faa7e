//! Compares every implementation of the networks with what independent libraries compute from the same weights.
//!
//! A [`Fixture`] is one forward pass of a library. [`check`] imports its weights as a user would, asks burn's networks, the
//! CPU engine and the WGSL engine the same questions, and says how far each answer is from the library's.

mod fixture;

use std::collections::BTreeMap;

use burn::prelude::*;
use import::{ImportError, Rows};
use model::reference::{Histories, InspectError, Network, inspect, item_rows};
use model::{Config, DienAttention, DienConfig, DienTrace, Inspection, NetworkConfig, PartSpec, Weights, WeightsError};
use serde::{Deserialize, Serialize};
use shaders::{Choice, Engine, EngineError, Host};
use testing::widen;

pub use fixture::{Fixture, Item, Question};

/// The largest difference of a click probability that passes. The libraries compute in float32 as we do: a few hundred
/// roundings of 6e-8 in another order leave two orders of magnitude of room.
pub const TOLERANCE: f64 = 1e-5;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("{file}: {source}")]
    Read {
        /// Name of the file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no fixture.
    #[error("{file}: {problem}")]
    Fixture {
        /// Name of the file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The weights were refused.
    #[error(transparent)]
    Import(ImportError),
    /// burn's network refused the weights.
    #[error(transparent)]
    Network(#[from] WeightsError),
    /// burn's network refused a question.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// An engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The largest absolute differences of one implementation from a library, over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Difference {
    /// Of the click probability.
    pub probability: f64,
    /// Of the logit; none where the fixture has none. So below.
    pub logit: Option<f64>,
    /// Of attention.
    pub attention: Option<f64>,
    /// Of interest and evolution states.
    pub states: Option<f64>,
}

/// How far every implementation is from a library.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Name of the fixture.
    pub name: String,
    /// The library.
    pub peer: String,
    /// "DIN" or "DIEN".
    pub model: String,
    /// What distinguishes it, in a few words.
    pub options: String,
    /// burn's networks.
    pub burn: Difference,
    /// The CPU engine.
    pub cpu: Difference,
    /// The WGSL engine; none without an adapter.
    pub wgsl: Option<Difference>,
    /// Difference of the auxiliary loss in burn; none where the library gave none.
    pub auxiliary: Option<f64>,
}

impl Report {
    /// The largest difference of a click probability.
    pub fn worst(&self) -> f64 {
        let wgsl = self.wgsl.map_or(0.0, |difference| difference.probability);
        self.burn.probability.max(self.cpu.probability).max(wgsl)
    }

    /// Whether every click probability is within [`TOLERANCE`].
    pub fn passes(&self) -> bool {
        self.worst() <= TOLERANCE
    }

    /// The report as a row of a table.
    pub fn row(&self) -> Row {
        let worst = |pick: fn(&Difference) -> Option<f64>| {
            let all = [Some(self.burn), Some(self.cpu), self.wgsl];
            all.iter().flatten().filter_map(pick).reduce(f64::max)
        };
        Row {
            name: self.name.clone(),
            peer: self.peer.clone(),
            model: self.model.clone(),
            options: self.options.clone(),
            burn: self.burn.probability,
            cpu: self.cpu.probability,
            wgsl: self.wgsl.map(|difference| difference.probability),
            aux: self.auxiliary,
            attention: worst(|difference| difference.attention),
            states: worst(|difference| difference.states),
        }
    }
}

/// What the program prints and the page shows of a [`Report`]: the largest absolute difference of the click probability in
/// each implementation and, of the rest, in whichever implementation is farthest off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Name of the fixture.
    pub name: String,
    /// The library.
    pub peer: String,
    /// "DIN" or "DIEN".
    pub model: String,
    /// What distinguishes it, in a few words.
    pub options: String,
    /// Of the click probability in burn.
    pub burn: f64,
    /// In the CPU engine.
    pub cpu: f64,
    /// In the WGSL engine; none without an adapter.
    pub wgsl: Option<f64>,
    /// Of the auxiliary loss; none where the library gave none.
    pub aux: Option<f64>,
    /// Of attention; none where the fixture has none. So below.
    pub attention: Option<f64>,
    /// Of interest and evolution states.
    pub states: Option<f64>,
}

/// The GPU adapter that the WGSL engine runs on, a software one if there is no other; none where there is none.
pub fn adapter() -> Option<Host> {
    pollster::block_on(Host::open(Choice::Gpu)).ok()
}

/// Runs a fixture through every implementation; through WGSL on `adapter`, where there is one.
///
/// # Errors
/// See [`VerifyError`].
pub fn check(fixture: &Fixture, adapter: Option<&Host>) -> Result<Report, VerifyError> {
    let catalogue = Catalogue::new(fixture);
    let cpu = pollster::block_on(Host::open(Choice::Cpu))?;
    let (mut of_burn, mut of_cpu) = (Difference::default(), Difference::default());
    let mut of_wgsl = adapter.map(|_| Difference::default());
    let mut config = None;
    for question in &fixture.rows {
        let weights = catalogue.weights(fixture, question)?;
        let history = catalogue.rows(&question.history);
        let candidate = catalogue.row(question.candidate);
        let inspections = inspect(&weights, &catalogue.item_categories, &history, &[candidate])?;
        let attends = attends(weights.config());
        of_burn.take_in(&inspections[0], question, attends);
        of_cpu.take_in(&catalogue.ask(&cpu, &weights, &history, candidate)?, question, attends);
        if let (Some(host), Some(of_wgsl)) = (adapter, &mut of_wgsl) {
            of_wgsl.take_in(&catalogue.ask(host, &weights, &history, candidate)?, question, attends);
        }
        config.get_or_insert_with(|| weights.config().clone());
    }
    let metadata = |key: &str| fixture.metadata.get(key).cloned().unwrap_or_default();
    Ok(Report {
        name: fixture.name.clone(),
        peer: metadata("peer"),
        model: metadata("model"),
        options: config.map_or(String::new(), |config| describe(&config)),
        burn: of_burn,
        cpu: of_cpu,
        wgsl: of_wgsl,
        auxiliary: catalogue.auxiliary(fixture)?,
    })
}

/// Whether the network weighs its history. A plain GRU's trace has a weight for each step, too: 1 for the last one.
fn attends(config: &Config) -> bool {
    !matches!(&config.network, NetworkConfig::Dien(DienConfig { attention: DienAttention::None, .. }))
}

/// The options of a network in a few words.
fn describe(config: &Config) -> String {
    let mut words = config.network.facts();
    if config.head.key_sum {
        words.push("sum of the history in the head");
    }
    words.join(", ")
}

/// Every item of a fixture, once: the catalogue that its weights are imported for.
struct Catalogue {
    /// Row of each item and of its category in the library's tables.
    items: Vec<Item>,
    rows: Rows,
    /// Row of each item's category in our own table.
    item_categories: Vec<u32>,
}

impl Catalogue {
    fn new(fixture: &Fixture) -> Self {
        let mut items: Vec<Item> = fixture
            .rows
            .iter()
            .flat_map(|row| [row.candidate].into_iter().chain(row.history.clone()).chain(row.sampled.clone()))
            .collect();
        items.sort_unstable();
        items.dedup();
        let mut categories: Vec<u32> = items.iter().map(|&(_, category)| category).collect();
        categories.sort_unstable();
        categories.dedup();
        let positions: BTreeMap<u32, u32> = categories.iter().copied().zip(0..).collect();
        let item_categories: Vec<u32> = items.iter().map(|(_, category)| positions[category]).collect();
        let rows = Rows {
            items: items.iter().map(|&(item, _)| item).collect(),
            categories,
            item_categories: item_categories.clone(),
            ..Rows::default()
        };
        Self { items, rows, item_categories }
    }

    fn row(&self, item: Item) -> u32 {
        // Every item of the fixture is there.
        self.items.binary_search(&item).unwrap_or_default() as u32
    }

    fn rows(&self, items: &[Item]) -> Vec<u32> {
        items.iter().map(|&item| self.row(item)).collect()
    }

    fn weights(&self, fixture: &Fixture, question: &Question) -> Result<Weights, VerifyError> {
        Ok(fixture.source.weights(&self.rows, &question.context, fixture.name.clone())?.0)
    }

    /// What an engine on `host` computes for a candidate.
    fn ask(&self, host: &Host, weights: &Weights, history: &[u32], candidate: u32) -> Result<Inspection, VerifyError> {
        pollster::block_on(async {
            let mut engine = Engine::new(host, weights, &self.item_categories).await?;
            engine.set_history(history)?;
            let mut answer = engine.rank(&[candidate]).await?;
            Ok(answer.inspections.remove(0))
        })
    }

    /// How far burn's auxiliary loss of the whole batch is from the library's.
    fn auxiliary(&self, fixture: &Fixture) -> Result<Option<f64>, VerifyError> {
        let (Some(expected), Some(first)) = (fixture.auxiliary, fixture.rows.first()) else { return Ok(None) };
        let device = Device::flex();
        let network = Network::new(&self.weights(fixture, first)?, &self.item_categories, &device)?;
        let batch = |items: fn(&Question) -> &[Item]| -> Vec<Vec<u32>> {
            fixture.rows.iter().map(|row| self.rows(items(row))).collect()
        };
        let histories = Histories::new(&batch(|row| &row.history), &device);
        let sampled = Histories::new(&batch(|row| &row.sampled), &device);
        let candidates: Vec<u32> = fixture.rows.iter().map(|row| self.row(row.candidate)).collect();
        let output = network.forward(&histories, item_rows(&candidates, [candidates.len(), 1], &device));
        let loss = network.auxiliary_loss(&output.body, &histories, &sampled);
        Ok(loss.map(|loss| (f64::from(loss.into_scalar::<f32>()) - expected).abs()))
    }
}

impl Difference {
    /// Takes in an answer. What a library calls attention means nothing where the network does not attend.
    fn take_in(&mut self, found: &Inspection, expected: &Question, attends: bool) {
        widen(&mut self.probability, &[found.probability], &[expected.probability]);
        let maybe = |difference: &mut Option<f64>, found: &[f32], expected: Option<&[f64]>| {
            if let Some(expected) = expected {
                widen(difference.get_or_insert(0.0), found, expected);
            }
        };
        maybe(&mut self.logit, &[found.logit], expected.logit.as_ref().map(std::slice::from_ref));
        maybe(&mut self.attention, found.trace.attention(), expected.attention.as_deref().filter(|_| attends));
        let of = |part: PartSpec| found.trace.values(part.name);
        maybe(&mut self.states, of(DienTrace::INTEREST_STATES), expected.interest_states.as_deref());
        maybe(&mut self.states, of(DienTrace::EVOLUTION_STATES), expected.evolution_states.as_deref());
    }
}
