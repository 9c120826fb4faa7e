//! What the names in the tour's texts stand for: what the network computed, in the words of the page.
//!
//! `product`, `p`, `most`, `attention` and `sum` are of the inspected product: its title, its click probability, the click with the
//! greatest attention, that attention, and the sum of all. With `.before` they are as the stop began. `gate.u` and `gate` are the means
//! of u and ũ at the click with the greatest attention, and `written` is the sum of the means of ũ. `title:ID` is a product's title,
//! and `gauc:ID` what the table of results has of a network.

use std::sync::Arc;

use leptos::prelude::*;
use model::browser::Parsed;
use model::{DienTrace, Inspection, Json, NetworkConfig};

use super::stops::{StopsError, json};
use crate::page::about::spread;
use crate::session::answer::projection::step_means;
use crate::session::{Answered, Session};
use crate::ui::format;

/// GAUC of networks, by their ids, a line for each seed.
pub type Results = Arc<Vec<(String, f64)>>;

/// What the texts are filled from.
#[derive(Clone)]
pub struct Numbers {
    /// The page's session.
    pub session: Session,
    /// The answer on the page.
    pub now: Arc<Answered>,
    /// The answer with which the stop began.
    pub before: Arc<Answered>,
    /// What was measured.
    pub results: Results,
}

/// What was measured on the next item, with uniform negatives.
///
/// # Errors
/// Where the table does not arrive, or is none.
pub async fn results() -> Result<Results, StopsError> {
    let table = json("assets/results.json").await?;
    let line = |line: &Parsed| {
        let is = |field: &str, value: &str| line.field(field)?.text().filter(|found| found == value);
        is("protocol", "next_item")?;
        is("negatives", "uniform")?;
        Some((line.field("network")?.text()?, line.field("gauc")?.number()?))
    };
    Ok(Arc::new(table.elements().unwrap_or_default().iter().filter_map(line).collect()))
}

impl Numbers {
    /// What `name` stands for; none where there is no such thing now.
    pub fn value(&self, name: &str) -> Option<String> {
        if let Some((kind, id)) = name.split_once(':') {
            return match kind {
                "title" => self.title_of(id),
                "gauc" => self.gauc(id),
                _ => None,
            };
        }
        match name.strip_suffix(".before") {
            Some(name) => self.of_answer(&self.before, name),
            None => self.of_answer(&self.now, name).or_else(|| self.of_network(name)),
        }
    }

    fn of_answer(&self, answer: &Answered, name: &str) -> Option<String> {
        match name {
            "clicks" => return Some(format::count(answer.now.clicks.len())),
            "products" => return Some(format::count(answer.now.probabilities.len())),
            "network" => return Some(answer.now.network.mid_sentence().to_owned()),
            _ => {}
        }
        let inspected = answer.inspected.as_ref()?;
        let attention = inspected.trace.attention();
        let most = || (0..attention.len()).max_by(|&a, &b| attention[a].total_cmp(&attention[b]));
        Some(match name {
            "product" => self.session.title(inspected.item),
            "p" => format::percent(inspected.probability),
            "most" => self.session.title(answer.now.clicks.get(most()?)?.item),
            "attention" => format::weight(attention[most()?]),
            "sum" => format::weight(attention.iter().sum()),
            "gate.u" => format::weight(*step_means(&evolution(inspected)?.update).get(most()?)?),
            "gate" => format::weight(*step_means(&evolution(inspected)?.attentional_update).get(most()?)?),
            "written" => format::weight(step_means(&evolution(inspected)?.attentional_update).iter().sum()),
            _ => return None,
        })
    }

    fn of_network(&self, name: &str) -> Option<String> {
        let model = self.session.models[self.now.now.network.index()];
        model.with_untracked(|model| {
            let model = model.ready()?;
            match (name, &model.config().network) {
                ("hidden", NetworkConfig::Dien(dien)) => Some(format::count(dien.hidden)),
                ("bias", NetworkConfig::Din(_)) => {
                    model.weights().values("attention.output.bias").first().copied().map(format::weight)
                }
                _ => None,
            }
        })
    }

    fn title_of(&self, id: &str) -> Option<String> {
        let products = self.session.shop_untracked().products()?;
        products.row(id).map(|row| self.session.title(row))
    }

    fn gauc(&self, network: &str) -> Option<String> {
        let values: Vec<f64> = self.results.iter().filter(|(of, _)| of == network).map(|(_, gauc)| *gauc).collect();
        (!values.is_empty()).then(|| spread(&values))
    }
}

fn evolution(inspected: &Inspection) -> Option<DienTrace<'_>> {
    DienTrace::of(&inspected.trace)
}

/// Whether `name` stands for something.
#[cfg(test)]
pub fn is_known(name: &str) -> bool {
    const OF_ANSWER: [&str; 11] =
        ["clicks", "products", "network", "product", "p", "most", "attention", "sum", "gate.u", "gate", "written"];
    let is_of_answer = |name: &str| OF_ANSWER.contains(&name);
    name.strip_suffix(".before").is_some_and(is_of_answer)
        || is_of_answer(name)
        || ["hidden", "bias"].contains(&name)
        || ["title:", "gauc:"].iter().any(|kind| name.starts_with(kind))
}
