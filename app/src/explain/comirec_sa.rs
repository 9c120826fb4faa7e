//! ComiRec-SA: Cen et al. 2020, KDD.

use std::sync::Arc;

use model::{ComirecSaConfig, ComirecSaTrace, Config, Kind, Positions, Readout};

use super::calculation::{Calculation, Function, Line, Named, Stage, Term, Vector, at, column_terms};
use super::inputs::Inputs;
use super::layers::pooling::WeightedSum;
use super::layers::{dense, product};
use super::notebook;
use super::settings::{Options, Walk};
use super::{Card, Explained, Labels};
use crate::language::{html, t};

/// What a product reads of the interests.
fn readouts() -> Options<Readout> {
    let option = |value, name: &str, words: &str| (value, name.to_owned(), words.to_owned());
    Options {
        id: "readout",
        label: t!("Reads"),
        options: vec![
            option(Readout::Softmax, t!("all interests, by softmax"), t!("all interests weighed by softmax")),
            option(Readout::Argmax, t!("the best interest alone (paper)"), t!("the paper’s best interest alone")),
        ],
    }
}

/// What the page says of the network from the start.
pub fn card() -> Card {
    Card {
        name: "ComiRec-SA",
        title: t!("Controllable Multi-Interest Framework, by self-attention"),
        no_evolution: Some(t!(
            "ComiRec-SA sorts all clicks into interests at once, and none of these follows from another, so there is no evolution to show."
        )),
    }
}

/// How the network works, as HTML.
pub fn about() -> &'static str {
    html!("comirec_sa.html")
}

impl Labels for ComirecSaConfig {
    fn attention(&self) -> &'static str {
        t!("share αⱼ of the interest that is read")
    }
}

impl Explained for ComirecSaConfig {
    fn options(&self, _config: &Config) -> String {
        // How many positions were trained, the weights do not say: those of another library are filled up with the last one.
        let positions = match self.positions {
            Positions::None => t!("no positions"),
            Positions::Newest => t!("positions from the newest click"),
            Positions::Oldest => t!("positions from the oldest click"),
        };
        let readout = match self.readout {
            Readout::Argmax => t!("one of them read"),
            Readout::Softmax => t!("softmax over them"),
        };
        t!("{count} interests, {readout}, {positions}, hidden {units}", count = self.interests, units = self.hidden)
    }

    fn order(&self) -> &'static str {
        match self.positions {
            Positions::None => {
                t!("This ComiRec-SA has no positions, so it cannot tell in which order the clicks came.")
            }
            Positions::Newest => {
                t!("ComiRec-SA knows how many clicks ago each click was when it sorts the clicks into interests.")
            }
            Positions::Oldest => {
                t!(
                    "This ComiRec-SA knows how many clicks came before each click when it sorts the clicks into interests."
                )
            }
        }
    }

    fn settings(&mut self, walk: &mut Walk) {
        walk.set(&readouts(), &mut self.readout);
    }

    fn stages(&self, inputs: &Inputs, t: usize) -> Vec<Stage> {
        let extraction = Extraction::of(self, inputs);
        let mut embedding = inputs.embedding(inputs.key(t));
        embedding.vectors.extend(extraction.click(t).into_iter().flatten());
        vec![embedding, extraction.stage(t), readout(self, inputs, t)]
    }

    fn notebook(&self) -> Vec<&'static str> {
        vec![notebook::COMIREC_SA]
    }

    fn interest(&self, inputs: &Inputs) -> Vector {
        inputs.interest()
    }
}

/// From the clicks to the interests.
struct Extraction<'a> {
    inputs: &'a Inputs<'a>,
    network: &'a ComirecSaConfig,
    /// p of each click, `[step][H]`; none without positions.
    positions: Option<Vec<Vec<f32>>>,
    /// What the attention sees of each click, `[step][H]`.
    clicks: Vec<Vec<f32>>,
    /// s_j, `[step][interest]`.
    scores: Vec<Vec<f32>>,
}

impl<'a> Extraction<'a> {
    fn of(network: &'a ComirecSaConfig, inputs: &'a Inputs<'a>) -> Self {
        let (width, steps) = (inputs.width(), inputs.keys.len());
        let positions = (network.positions != Positions::None).then(|| {
            let rows = inputs.weights.values("embedding.position.weight");
            let row = |step| network.positions.row(step, steps, rows.len() / width.max(1));
            (0..steps).map(|step| rows[row(step) * width..][..width].to_vec()).collect::<Vec<_>>()
        });
        let clicks = match &positions {
            Some(positions) => {
                let add = |(k, p): (&Vec<f32>, &Vec<f32>)| k.iter().zip(p).map(|(k, p)| k + p).collect();
                inputs.keys.iter().zip(positions).map(add).collect()
            }
            None => inputs.keys.to_vec(),
        };
        let weights = &inputs.weights;
        let score = |click: &Vec<f32>| {
            let hidden: Vec<f32> = dense(weights, "attention.hidden", click).into_iter().map(f32::tanh).collect();
            product(weights.values("attention.output.weight"), &hidden)
        };
        let scores = clicks.iter().map(score).collect();
        Self { inputs, network, positions, clicks, scores }
    }

    /// What the attention sees of a click in letters.
    fn letter(&self) -> &'static str {
        if self.positions.is_some() { "x_j" } else { "k_j" }
    }

    /// The position of the click of step `t`, and that click with it; none without positions, or where the step has no click.
    fn click(&self, t: usize) -> Option<[Vector; 2]> {
        let (key, position) = (self.inputs.keys.get(t)?.clone(), self.positions.as_ref()?.get(t)?.clone());
        let given = Vector::given(t!("position of the click"), "p_j", "p_j", position.as_slice());
        let sum = Vector::computed(t!("click with its position"), "x_j", "x_j = k_j + p_j", key.len(), move |unit| {
            let term = |letter: &str, values: &[f32]| Term::new(at(letter, unit), [values[unit]]);
            Calculation::sum_of(vec![term("k_j", &key), term("p_j", &position)])
        });
        Some([given, sum])
    }

    /// The hidden layer of step `t`.
    fn hidden(&self, t: usize) -> Vector {
        let (weights, units) = (self.inputs.weights.clone(), self.network.hidden);
        let x = Named::new(self.letter(), self.clicks[t].as_slice());
        let equation = format!("u_j = tanh({} W_1 + b)", x.letter);
        Vector::computed(t!("hidden layer"), "u_j", equation, units, move |unit| {
            let mut terms = column_terms(&x, ("W_1", weights.values("attention.hidden.weight")), units, unit, None);
            terms.push(Term::new("b", [weights.values("attention.hidden.bias")[unit]]));
            Calculation::sum_of(terms).then(Function::Tanh)
        })
    }

    /// The scores of a step whose hidden layer this is.
    fn score(&self, hidden: &Vector) -> Vector {
        let (weights, interests) = (self.inputs.weights.clone(), self.network.interests);
        let u = Named::new("u_j", hidden.values.as_slice());
        let explain = move |k| {
            let w = ("W_2", weights.values("attention.output.weight"));
            Calculation::sum_of(column_terms(&u, w, interests, k, None))
        };
        Vector {
            kind: Kind::Score,
            ..Vector::computed(t!("scores for the interests"), "s_j", "s_j = u_j W_2", interests, explain)
        }
    }

    /// How much of the click of step `t` is in each interest.
    fn attention(&self, t: usize) -> Vector {
        let belonging = self.inputs.inspection.trace.values(ComirecSaTrace::INTEREST_ATTENTION.name);
        let steps = self.clicks.len();
        let values: Vec<f32> = (0..self.network.interests).map(|k| belonging[k * steps + t]).collect();
        let scores: Arc<[Vec<f32>]> = self.scores.as_slice().into();
        let equation = "A_j = e^{s_j} / Σ_i e^{s_i}";
        let explain = move |k: usize| {
            let scores: Vec<f32> = scores.iter().map(|scores| scores[k]).collect();
            Calculation::softmax(&scores, 1.0, t, |i| format!("e^{{s_{{{},{}}} − max}}", i + 1, k + 1))
        };
        let line = Line {
            name: t!("share of each interest").into(),
            letter: "A".to_owned(),
            equation: format!("A_j = softmax_j(tanh({} W_1 + b) W_2)", self.letter()),
        };
        let vector = Vector::new(t!("share of each interest"), "A_j", equation, values, explain).in_steps_as(line);
        Vector { kind: Kind::Weight, ..vector }
    }

    /// v_k of every interest.
    fn interests(&self) -> Vec<Vector> {
        let trace = &self.inputs.inspection.trace;
        let (belonging, interests) =
            (trace.values(ComirecSaTrace::INTEREST_ATTENTION.name), trace.values(ComirecSaTrace::INTERESTS.name));
        let (width, steps) = (self.inputs.width(), self.clicks.len());
        let interest = |k: usize| {
            let weights: Vec<f32> = belonging[k * steps..][..steps].to_vec();
            let (keys, place) = (self.inputs.keys.clone(), k + 1);
            let equation = format!("v_{place} = Σ_j A_{{j,{place}}} k_j");
            let values = &interests[k * width..][..width];
            Vector::new(t!("interest {place}"), format!("v_{place}"), equation, values, move |unit| {
                let term = |(j, (weight, key)): (usize, (&f32, &Vec<f32>))| {
                    Term::new(format!("A_{{{},{place}}} k_{{{},{}}}", j + 1, j + 1, unit + 1), [*weight, key[unit]])
                };
                Calculation::sum_of(weights.iter().zip(keys.iter()).enumerate().map(term).collect())
            })
        };
        (0..self.network.interests).map(interest).collect()
    }

    fn stage(&self, t: usize) -> Stage {
        let mut vectors = Vec::new();
        if t < self.clicks.len() {
            let hidden = self.hidden(t);
            let scores = self.score(&hidden);
            vectors.extend([hidden, scores, self.attention(t)]);
        }
        vectors.extend(self.interests());
        Stage {
            name: t!("Interest extraction"),
            sentence: t!(
                "Each interest has an attention of its own, which knows of no product: how much of each click is in it."
            ),
            id: "interest_extraction",
            weighs: true,
            vectors,
        }
    }
}

/// What the inspected product reads of the interests.
fn readout(network: &ComirecSaConfig, inputs: &Inputs, t: usize) -> Stage {
    let trace = &inputs.inspection.trace;
    let (scores, choice): (Arc<[f32]>, Arc<[f32]>) =
        (trace.values(ComirecSaTrace::INTEREST_SCORES.name).into(), trace.values(ComirecSaTrace::CHOICE.name).into());
    let interests: Arc<[f32]> = trace.values(ComirecSaTrace::INTERESTS.name).into();
    let (width, query) = (inputs.width(), inputs.query.clone());

    let of = interests.clone();
    let products = Vector::new(t!("product with each interest"), "f", "f_k = v_k·q", &*scores, move |k| {
        let term = |(i, (v, q)): (usize, (&f32, &f32))| {
            Term::new(format!("v_{{{},{}}} {}", k + 1, i + 1, at("q", i)), [*v, *q])
        };
        Calculation::sum_of(of[k * width..][..width].iter().zip(&query).enumerate().map(term).collect())
    });
    let products = Vector { kind: Kind::Score, ..products };

    let weighed = match network.readout {
        Readout::Softmax => {
            Vector::new(t!("choice among the interests"), "c", "c_k = e^{f_k} / Σ_i e^{f_i}", &*choice, move |k| {
                Calculation::softmax(&scores, 1.0, k, |i| format!("e^{{f_{} − max}}", i + 1))
            })
        }
        Readout::Argmax => {
            Vector::given(t!("choice among the interests"), "c", t!("c_k = 1, f_k greatest; else 0"), &*choice)
        }
    };
    let weighed = Vector { kind: Kind::Weight, ..weighed };

    let (c, v) = (choice.clone(), interests);
    let interest = Vector::new(t!("interest"), "v", "v = Σ_k c_k v_k", trace.values("interest"), move |unit| {
        let term = |(k, c): (usize, &f32)| {
            Term::new(format!("c_{} v_{{{},{}}}", k + 1, k + 1, unit + 1), [*c, v[k * width + unit]])
        };
        Calculation::sum_of(c.iter().enumerate().map(term).collect())
    });

    let mut vectors = vec![products, weighed];
    if let Some(weight) = trace.attention().get(t) {
        let belonging = trace.values(ComirecSaTrace::INTEREST_ATTENTION.name);
        let steps = inputs.keys.len();
        let term =
            |(k, c): (usize, &f32)| Term::new(format!("c_{} A_{{j,{}}}", k + 1, k + 1), [*c, belonging[k * steps + t]]);
        let calculation = Calculation::sum_of(choice.iter().enumerate().map(term).collect());
        let equation = "α_j = Σ_k c_k A_{j,k}";
        vectors.push(
            Vector::number(Kind::Weight, t!("weight of the click"), "α_j", equation, *weight, calculation).in_steps(),
        );
    }
    let sum = WeightedSum::of_keys(inputs, "α");
    let pooling = sum.stage(interest, t, WeightedSum::click_of(inputs, t), false);
    vectors.extend(pooling.vectors);
    Stage {
        name: t!("Interest readout"),
        sentence: match network.readout {
            Readout::Softmax => t!("The product reads all interests, each the more the better the two fit."),
            Readout::Argmax => t!("The product reads the one interest that it fits best."),
        },
        id: "interest_readout",
        weighs: false,
        vectors,
    }
}
