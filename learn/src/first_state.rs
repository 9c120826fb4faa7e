//! The first state of each part of the page, drawn from the engine's numbers.

use model::{Auxiliary, ComirecSaTrace, DienConfig, DienTrace, NetworkConfig, Steps, Weights};

use crate::drawing::bars::{Series, table};
use crate::drawing::plane::{Projection, paths, points};
use crate::drawing::{curves, heat};
use crate::error::Error;
use crate::figure::Figure;
use crate::format::{axis_end, escaped, percent, points as percentage_points, weight};
use crate::math::math;
use crate::numbers::{activate, dense, embed, sigmoid};
use crate::value::{Values, changes};
use crate::words::Words;

/// Rows of a ranking.
const ROWS: usize = 7;
/// The network with which the view Compare begins beside another.
const CONTRAST: [&str; 2] = ["dien", "din"];

/// The drawing of a figure.
///
/// # Errors
/// Where the page has no such part, and those of the engine.
pub fn draw(figure: &Figure, values: Values, words: &Words) -> Result<String, Error> {
    let drawer = Drawer { figure, values, words };
    match &*figure.source.part {
        "ranking" => drawer.ranking(),
        "history" => drawer.history(),
        "evolution" => drawer.evolution(),
        "steps" | "model" => drawer.steps(),
        "what-if" => drawer.what_if(),
        "compare" => drawer.compare(),
        "interests" => drawer.interests(),
        "map" => drawer.map(),
        "auxiliary" => drawer.auxiliary(),
        "embedding" => drawer.embedding(),
        other => Err(Error::placeholder(&figure.source.id, format!("the page has no part \"{other}\""))),
    }
}

struct Drawer<'a> {
    figure: &'a Figure<'a>,
    values: Values<'a>,
    words: &'a Words,
}

impl Drawer<'_> {
    fn network(&self) -> &str {
        &self.figure.source.network
    }

    fn weights(&self) -> Result<&Weights, Error> {
        self.values.shop.weights(self.network())
    }

    fn title(&self, item: u32) -> String {
        self.values.shop.product(item).title.clone()
    }

    /// Item embedding ‖ category embedding.
    fn embedding_of(&self, item: u32) -> Result<Vec<f32>, Error> {
        Ok(embed(self.weights()?, (item, self.values.shop.product(item).category)))
    }

    /// The products looked at, the inspected one first, with the class of each.
    fn looked_at(&self) -> impl Iterator<Item = (u32, &'static str)> {
        [Some((self.figure.inspected, "inspected")), self.figure.compared.map(|item| (item, "compared"))]
            .into_iter()
            .flatten()
    }

    /// The traces of the products looked at.
    fn inspections(&self) -> Result<Vec<(model::Inspection, &'static str)>, Error> {
        let of = |item| self.values.shop.inspection(self.network(), &self.figure.history, item);
        self.looked_at().map(|(item, class)| of(item).map(|inspection| (inspection, class))).collect()
    }

    /// A row for each click.
    fn clicks(&self, columns: &[&[f32]]) -> Vec<(String, Vec<f32>)> {
        let row = |(at, item): (usize, &u32)| (self.title(*item), columns.iter().map(|column| column[at]).collect());
        self.figure.history.iter().take(columns.first().map_or(0, |column| column.len())).enumerate().map(row).collect()
    }

    fn ranking(&self) -> Result<String, Error> {
        let answer = self.values.shop.answer(self.network(), &self.figure.history, None)?;
        let row = |item: &u32| (self.title(*item), vec![answer.probabilities[*item as usize]]);
        let rows: Vec<_> = answer.order.iter().take(ROWS).map(row).collect();
        let name = self.words.get("probability")?.to_owned();
        let series = Series { name, class: "inspected", part: "probability", text: percent, ends: [0.0, 1.0] };
        Ok(table(self.words.get("product")?, &[series], &rows))
    }

    fn history(&self) -> Result<String, Error> {
        let inspections = self.inspections()?;
        let columns: Vec<&[f32]> = inspections.iter().map(|(inspection, _)| inspection.trace.attention()).collect();
        // One axis for both, as on the page.
        let all = columns.concat();
        let series = inspections.iter().map(|(inspection, class)| {
            let (title, p) = (self.product(inspection.item), percent(inspection.probability));
            Series::of(format!("{title} <span class=\"numbers\">{p}</span>"), class, "attention", weight, &all)
        });
        Ok(table(self.words.get("click")?, &series.collect::<Vec<_>>(), &self.clicks(&columns)))
    }

    /// A product's title as HTML.
    fn product(&self, item: u32) -> String {
        format!("<span lang=\"en\" translate=\"no\">{}</span>", escaped(&self.title(item)))
    }

    fn evolution(&self) -> Result<String, Error> {
        let inspections = self.inspections()?;
        let traces: Vec<(DienTrace, &str)> =
            inspections.iter().rev().filter_map(|(one, class)| Some((DienTrace::of(&one.trace)?, *class))).collect();
        let means =
            |steps: &Steps| steps.iter().map(|step| step.iter().sum::<f32>() / step.len() as f32).collect::<Vec<_>>();
        let lines = |of: &dyn Fn(&DienTrace) -> Vec<f32>| {
            traces.iter().map(|(trace, class)| (*class, of(trace))).collect::<Vec<_>>()
        };
        let attention = lines(&|trace| trace.attention.to_vec());
        let written = lines(&|trace| means(&trace.attentional_update));
        // Attention and the gate that it scales share an axis, as on the page.
        let both = attention.iter().chain(&written).flat_map(|(_, values)| values).copied();
        let (low, high) = both.fold((0.0, 0.0), |(low, high): (f32, f32), value| (low.min(value), high.max(value)));
        let axis = [if low < 0.0 { -axis_end(-low) } else { 0.0 }, axis_end(high)];
        let mut html = String::from("<div class=\"side-by-side\"><div>");
        html += &curves::chart(self.words.get("attention")?, &math("a_t"), "attention", axis, &attention);
        let mean = |name: &str| Ok::<_, Error>(format!("{}, {}", self.words.get(name)?, self.words.get("mean")?));
        let update = lines(&|trace| means(&trace.update));
        html += &curves::chart(&mean("update")?, &math("u_t"), "update", [0.0, 1.0], &update);
        html += &curves::chart(&mean("attentional_update")?, &math("ũ_t"), "attentional_update", axis, &written);
        if let Some((trace, _)) = traces.last() {
            let (name, letter) = (self.words.get("evolution_states")?, math("h′_t"));
            html += &heat::map(name, &letter, "evolution_states", &trace.evolution_states, true);
        }
        Ok(html + "</div>" + &self.map()? + "</div>")
    }

    fn map(&self) -> Result<String, Error> {
        let projection = Projection::of_states(self.weights()?);
        let inspections = self.inspections()?;
        let path = |(one, class): &(model::Inspection, &'static str)| {
            Some((*class, projection.path(&DienTrace::of(&one.trace)?.evolution_states)))
        };
        let drawn: Vec<_> = inspections.iter().rev().filter_map(path).collect();
        let legend: String = inspections
            .iter()
            .map(|(one, class)| format!("<li class=\"key {class}\">{}</li>", self.product(one.item)))
            .collect();
        let label = self.words.get("path")?;
        Ok(format!("<div class=\"map\">{}<ul class=\"legend\">{legend}</ul></div>", paths(label, &drawn)))
    }

    /// Of a network that steps through the history its gates and states, of another what it adds up.
    fn steps(&self) -> Result<String, Error> {
        let inspection = self.values.shop.inspection(self.network(), &self.figure.history, self.figure.inspected)?;
        let mut html = String::new();
        for part in inspection.trace.parts() {
            let Some(steps) = part.steps() else { continue };
            let signed = part.kind() == model::Kind::State;
            html += &heat::map(
                self.words.get(part.name())?,
                &math(&format!("{}_t", part.letter())),
                part.name(),
                &steps,
                signed,
            );
        }
        if html.is_empty() {
            let keys: Vec<f32> = self
                .figure
                .history
                .iter()
                .map(|item| self.embedding_of(*item))
                .collect::<Result<Vec<_>, _>>()?
                .concat();
            let attention = inspection.trace.attention();
            let width = self.weights()?.config().width();
            let weighted: Vec<f32> = keys
                .chunks(width)
                .zip(attention)
                .flat_map(|(key, weight)| key.iter().map(move |k| weight * k))
                .collect();
            let letter = inspection.trace.part("attention").map_or("w", |part| part.letter());
            let map = |name: &str, letter: &str, part: &str, width, values: Vec<f32>, signed| {
                Ok::<_, Error>(heat::map(
                    self.words.get(name)?,
                    &math(letter),
                    part,
                    &Steps::new(width, values),
                    signed,
                ))
            };
            html += &map("key", "k_j", "key", width, keys, true)?;
            html += &map("attention", &format!("{letter}_j"), "attention", 1, attention.to_vec(), false)?;
            html += &map("weighted", &format!("{letter}_j k_j"), "interest", width, weighted, true)?;
        }
        let asked = format!(
            "{} <span class=\"numbers\">{}</span>",
            self.product(inspection.item),
            percent(inspection.probability)
        );
        Ok(format!("<p class=\"asked\">{asked}</p><div class=\"quantities\">{html}</div>"))
    }

    fn what_if(&self) -> Result<String, Error> {
        let Figure { history, inspected, .. } = self.figure;
        let inspection = self.values.shop.inspection(self.network(), history, *inspected)?;
        let (attention, changes) =
            (inspection.trace.attention(), changes(self.values.shop, self.network(), history, *inspected)?);
        let series = [
            Series::of(self.words.get("attention")?.to_owned(), "weight", "attention", weight, attention),
            Series::of(self.words.get("without")?.to_owned(), "inspected", "", percentage_points, &changes),
        ];
        Ok(table(self.words.get("click")?, &series, &self.clicks(&[attention, &changes])))
    }

    fn compare(&self) -> Result<String, Error> {
        let other = CONTRAST.into_iter().find(|name| *name != self.network()).unwrap_or_default();
        let mut html = String::from("<div class=\"side-by-side\">");
        for network in [self.network(), other] {
            let answer = self.values.shop.answer(network, &self.figure.history, None)?;
            let row = |item: &u32| (self.title(*item), vec![answer.probabilities[*item as usize]]);
            let rows: Vec<_> = answer.order.iter().take(ROWS).map(row).collect();
            let name = self.words.get(network)?.to_owned();
            let series = Series { name, class: "inspected", part: "probability", text: percent, ends: [0.0, 1.0] };
            html += &table(self.words.get("product")?, &[series], &rows);
        }
        Ok(html + "</div>")
    }

    fn interests(&self) -> Result<String, Error> {
        let inspection = self.values.shop.inspection(self.network(), &self.figure.history, self.figure.inspected)?;
        let steps = self.figure.history.len();
        let shares = inspection.trace.values(ComirecSaTrace::INTEREST_ATTENTION.name);
        let columns: Vec<&[f32]> = shares.chunks(steps.max(1)).collect();
        let series = columns.iter().enumerate().map(|(k, _)| {
            let name = format!("{} {}", self.words.get("interest")?, math(&format!("v_{}", k + 1)));
            Ok::<_, Error>(Series::of(name, "weight", "interest_attention", weight, shares))
        });
        let series: Vec<Series> = series.collect::<Result<_, _>>()?;
        Ok(table(self.words.get("click")?, &series, &self.clicks(&columns)))
    }

    /// Of each click but the newest, what the state after it said of the click that followed, and of all other products in the mean.
    fn auxiliary(&self) -> Result<String, Error> {
        let inspection = self.values.shop.inspection(self.network(), &self.figure.history, self.figure.inspected)?;
        let weights = self.weights()?;
        let (NetworkConfig::Dien(dien), Some(trace)) = (&weights.config().network, DienTrace::of(&inspection.trace))
        else {
            return Err(Error::placeholder(&self.figure.source.id, "the auxiliary task is DIEN's"));
        };
        let items = self.values.shop.catalogue().items().len() as u32;
        let embeddings: Vec<Vec<f32>> = (0..items).map(|item| self.embedding_of(item)).collect::<Result<_, _>>()?;
        let says = |state: &[f32], item: u32| sigmoid(classified(weights, dien, state, &embeddings[item as usize]));
        let (mut next, mut others) = (Vec::new(), Vec::new());
        for (pair, state) in self.figure.history.windows(2).zip(trace.interest_states.iter()) {
            next.push(says(state, pair[1]));
            let rest = (0..items).filter(|item| !self.figure.history.contains(item));
            let (sum, count) = rest.fold((0.0, 0.0f32), |(sum, count), item| (sum + says(state, item), count + 1.0));
            others.push(sum / count);
        }
        let series = |name: &str, class| {
            let name = self.words.get(name)?.to_owned();
            Ok::<_, Error>(Series { name, class, part: "interest_states", text: percent, ends: [0.0, 1.0] })
        };
        let series = [series("next", "inspected")?, series("others", "compared")?];
        Ok(table(self.words.get("after")?, &series, &self.clicks(&[&next, &others])))
    }

    fn embedding(&self) -> Result<String, Error> {
        let projection = Projection::of_embeddings(self.weights()?);
        let point = |item: u32| self.embedding_of(item).map(|embedding| projection.point(&embedding));
        let items = self.values.shop.catalogue().items().len() as u32;
        let all: Vec<[f32; 2]> = (0..items).map(point).collect::<Result<_, Error>>()?;
        let of = |items: &[u32]| items.iter().map(|item| all[*item as usize]).collect::<Vec<_>>();
        let marked = [("clicked", of(&self.figure.history)), ("inspected", of(&[self.figure.inspected]))];
        let drawn = points(self.words.get("plane")?, &all, &marked);
        let legend = format!(
            "<li class=\"key clicked\">{}</li><li class=\"key inspected\">{}</li>",
            self.words.get("clicks")?,
            self.product(self.figure.inspected)
        );
        Ok(format!("<div class=\"map\">{drawn}<ul class=\"legend\">{legend}</ul></div>"))
    }
}

/// f(h, e) of DIEN's auxiliary classifier: the inner product, or the perceptron of [h, e].
fn classified(weights: &Weights, dien: &DienConfig, state: &[f32], item: &[f32]) -> f32 {
    let Auxiliary::Mlp { hidden, activation } = &dien.auxiliary else {
        return state.iter().zip(item).map(|(h, e)| h * e).sum();
    };
    let layer = |x: Vec<f32>, layer: usize| {
        let s = dense(weights, &format!("auxiliary.hidden.{layer}"), &x);
        activate(weights, &format!("auxiliary.activation.{layer}"), *activation, &s)
    };
    let x = (0..hidden.len()).fold([state, item].concat(), layer);
    dense(weights, "auxiliary.output", &x).first().copied().unwrap_or_default()
}
