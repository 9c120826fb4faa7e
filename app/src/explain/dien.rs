//! DIEN: Zhou et al. 2019, AAAI.

use model::{
    Config, DienAttention, DienConfig, Evolution, Kind, LocalActivationConfig, Normalization, Part, Reset, Steps, Trace,
};

use super::calculation::{Calculation, Line, Named, Stage, Term, Vector, at};
use super::inputs::Inputs;
use super::layers::attention::{LocalActivation, Weighing};
use super::layers::gru::Gru;
use super::layers::gru_step;
use super::layers::pooling::WeightedSum;
use super::notebook;
use super::options::{evolutions, local_activation, normalization, normalizations_of_states};
use super::settings::Walk;
use super::{Card, Curves, Explained, Labels};
use crate::language::{html, t};

/// What the page says of the network from the start.
pub fn card() -> Card {
    Card { name: "DIEN", title: t!("Deep Interest Evolution Network"), no_evolution: None }
}

/// How the network works, as HTML.
pub fn about() -> &'static str {
    html!("dien.html")
}

impl Labels for DienConfig {
    fn attention(&self) -> &'static str {
        match (&self.attention, self.normalization) {
            (DienAttention::None, _) => t!("weight aₜ, 1 at the last step,"),
            (_, Normalization::None) => t!("unnormalised score aₜ"),
            (_, Normalization::Softmax | Normalization::ScaledSoftmax) => t!("softmax weight aₜ"),
        }
    }

    fn curves(&self) -> Option<Curves> {
        let attention = match (&self.attention, self.normalization) {
            (DienAttention::None, _) => t!("1 at the last step"),
            (_, Normalization::None) => t!("scores, not normalised"),
            (_, Normalization::Softmax) => t!("softmax over the steps"),
            (_, Normalization::ScaledSoftmax) => t!("softmax of score/√d over the steps, d hidden units"),
        };
        let update = match self.evolution {
            Evolution::Agru => t!("mean over hidden units; without effect: attention takes its place"),
            Evolution::Augru => t!("mean over hidden units; attention scales it"),
            Evolution::AugruAuthors => t!("mean over hidden units; attention adds to it"),
            Evolution::Aigru | Evolution::Gru => writes(),
        };
        let (gate, gate_detail) = match self.evolution {
            Evolution::Augru => (t!("Attentional update gate ũ = a·u"), writes()),
            Evolution::AugruAuthors => (t!("Attentional update gate ũ = 1 − (1−a)(1−u)"), writes()),
            Evolution::Agru => (t!("Gate that writes, ũ = a"), t!("attention takes the update gate’s place")),
            Evolution::Aigru => {
                (t!("Gate that writes, ũ = u"), t!("mean over hidden units; attention scales the input"))
            }
            Evolution::Gru => {
                (t!("Gate that writes, ũ = u"), t!("mean over hidden units; attention weighs the states"))
            }
        };
        Some(Curves { attention, update, gate, gate_detail, gate_name: gate_name(self.evolution) })
    }
}

/// What the gate is that writes the evolution state.
fn writes() -> &'static str {
    t!("mean over hidden units; 1 writes, 0 keeps")
}

/// What the gate ũ is called that writes the evolution state.
fn gate_name(evolution: Evolution) -> &'static str {
    match evolution {
        Evolution::Augru | Evolution::AugruAuthors => t!("attentional update gate"),
        Evolution::Agru | Evolution::Aigru | Evolution::Gru => t!("gate that writes"),
    }
}

impl Explained for DienConfig {
    fn options(&self, _config: &Config) -> String {
        let evolution = match self.evolution {
            Evolution::Gru => t!("two GRUs, attention on the second"),
            Evolution::Aigru => "AIGRU",
            Evolution::Agru => "AGRU",
            Evolution::Augru => "AUGRU",
            Evolution::AugruAuthors => t!("AUGRU with the gate of the authors’ code"),
        };
        let normalization = normalization(self.normalization, "d");
        let attention = match &self.attention {
            DienAttention::Bilinear => t!("bilinear attention, {normalization}"),
            DienAttention::LocalActivation(unit) => t!("{unit}, {normalization}", unit = local_activation(unit)),
            DienAttention::None => t!("no attention").to_owned(),
        };
        match self.reset {
            Reset::After => t!("{evolution}, hidden {units}, {attention}", units = self.hidden),
            Reset::Before => {
                t!("{evolution}, hidden {units}, reset before the product, {attention}", units = self.hidden)
            }
        }
    }

    fn order(&self) -> &'static str {
        t!("DIEN reads the clicks one after another, so their order counts.")
    }

    fn settings(&mut self, walk: &mut Walk) {
        if self.attention != DienAttention::None {
            walk.set(&normalizations_of_states(), &mut self.normalization);
        }
        walk.set(&evolutions(), &mut self.evolution);
    }

    fn stages(&self, inputs: &Inputs, t: usize) -> Vec<Stage> {
        let click = inputs
            .keys
            .get(t)
            .map(|key| Vector::given(t!("click of this step"), "x_t", inputs.embedded("x_t"), key.as_slice()));
        let mut stages = vec![inputs.embedding(click)];
        let Some(key) = inputs.keys.get(t) else { return stages };
        let step = Step { dien: self, inputs, t };
        stages.push(step.extractor(key));
        // The second GRU knows nothing of attention, which looks at its states.
        if self.evolution == Evolution::Gru {
            let sum = weighted_states(self, inputs);
            stages.extend([step.evolution(), step.attention()]);
            stages.push(Stage {
                name: t!("Pooling"),
                sentence: t!("The states become one vector: the interest."),
                id: "weighted_pooling",
                weighs: false,
                vectors: vec![sum.so_far(t)],
            });
        } else {
            stages.extend([step.attention(), step.evolution()]);
        }
        stages
    }

    fn click(&self) -> &'static str {
        "x_t"
    }

    fn notebook(&self) -> Vec<&'static str> {
        use notebook::{ATTENTION, INTEREST_ATTENTION, INTEREST_EVOLUTION, INTEREST_EXTRACTOR, STATE_POOLING};
        match self.evolution {
            Evolution::Gru => {
                vec![ATTENTION, INTEREST_EXTRACTOR, INTEREST_EVOLUTION, INTEREST_ATTENTION, STATE_POOLING]
            }
            Evolution::Aigru | Evolution::Agru | Evolution::Augru | Evolution::AugruAuthors => {
                vec![ATTENTION, INTEREST_EXTRACTOR, INTEREST_ATTENTION, INTEREST_EVOLUTION]
            }
        }
    }

    fn interest(&self, inputs: &Inputs) -> Vector {
        if self.evolution == Evolution::Gru {
            return weighted_states(self, inputs).total(None);
        }
        let states = states(&inputs.inspection.trace, "evolution_states");
        let last = states.len().checked_sub(1);
        let values = last.map_or_else(|| vec![0.0; self.hidden], |last| states.step(last).to_vec());
        Vector::given(t!("final evolution state"), "h′_T", "h′_T", values)
    }
}

/// Σ_t a_t h′_t, what attention makes of the states of a second GRU.
fn weighted_states(dien: &DienConfig, inputs: &Inputs) -> WeightedSum {
    let trace = &inputs.inspection.trace;
    WeightedSum {
        index: 't',
        weight: "a",
        weights: trace.attention().into(),
        value: "h′",
        values: states(trace, "evolution_states").iter().map(<[f32]>::to_vec).collect(),
        times: None,
        width: dien.hidden,
    }
}

/// A part of the trace that has a vector at every step.
fn states<'a>(trace: &'a Trace, part: &str) -> Steps<'a> {
    trace.part(part).and_then(Part::steps).unwrap_or_default()
}

/// One step of a DIEN.
struct Step<'a> {
    dien: &'a DienConfig,
    inputs: &'a Inputs<'a>,
    t: usize,
}

impl Step<'_> {
    /// A part of the trace at this step, `[hidden]`.
    fn at(&self, part: &str) -> Vec<f32> {
        states(&self.inputs.inspection.trace, part).step(self.t).to_vec()
    }

    /// A state before this step, `[hidden]`: zero before the first.
    fn before(&self, part: &str) -> Vec<f32> {
        match self.t.checked_sub(1) {
            Some(before) => states(&self.inputs.inspection.trace, part).step(before).to_vec(),
            None => vec![0.0; self.dien.hidden],
        }
    }

    /// The first recurrent layer, which reads the click with this key.
    fn extractor(&self, key: &[f32]) -> Stage {
        let weights = &self.inputs.weights;
        let h = self.before("interest_states");
        // Nothing but the states goes on, so the engine keeps no gates of this layer.
        let step = gru_step(weights, "extractor", self.dien.reset, key, &h);
        let gru = Gru {
            weights: weights.clone(),
            name: "extractor",
            reset: self.dien.reset,
            x: Named::new("x_t", key),
            attention: None,
            h: Named::new("h_{t−1}", h),
            r: step.reset,
        };
        let mut vectors = gru.gates(&step.update, &step.candidate);
        let gate = ("u_t", step.update.as_slice());
        vectors.push(gru.state(t!("interest state"), "h_t", gate, &step.candidate, &self.at("interest_states")));
        Stage {
            name: t!("Interest extractor"),
            sentence: t!(
                "A GRU reads the clicks one by one. Its state after each is the interest at that time, the same for every product."
            ),
            id: "interest_extractor",
            weighs: false,
            vectors,
        }
    }

    /// The second recurrent layer.
    fn evolution(&self) -> Stage {
        let a = self.inputs.inspection.trace.attention()[self.t];
        let gru = Gru {
            weights: self.inputs.weights.clone(),
            name: "evolution",
            reset: self.dien.reset,
            x: Named::new("h_t", self.at("interest_states")),
            attention: (self.dien.evolution == Evolution::Aigru).then_some(a),
            h: Named::new("h′_{t−1}", self.before("evolution_states")),
            r: self.at("reset"),
        };
        let (u, n, written) = (self.at("update"), self.at("candidate"), self.at("attentional_update"));
        let mut vectors = gru.gates(&u, &n);
        vectors.push(attentional_update(self.dien.evolution, a, u, written.clone()));
        let gate = ("ũ_t", written.as_slice());
        vectors.push(gru.state(t!("evolution state"), "h′_t", gate, &n, &self.at("evolution_states")));
        Stage {
            name: t!("Interest evolution"),
            sentence: match self.dien.evolution {
                Evolution::Gru => t!("A second GRU reads the interest states, alike for every product."),
                Evolution::Aigru => {
                    t!("A second GRU reads the interest states, each scaled by attention to the inspected product.")
                }
                Evolution::Agru => {
                    t!("A second GRU reads the interest states, and attention to the inspected product is what writes.")
                }
                Evolution::Augru => {
                    t!("A second GRU reads the interest states, and attention scales how much each of them writes.")
                }
                Evolution::AugruAuthors => {
                    t!("A second GRU reads the interest states, and attention adds to what each of them writes.")
                }
            },
            id: "interest_evolution",
            weighs: false,
            vectors,
        }
    }

    /// How much the step matters.
    fn attention(&self) -> Stage {
        let vectors = match &self.dien.attention {
            DienAttention::None => vec![self.last_state_alone()],
            DienAttention::Bilinear => self.bilinear(),
            DienAttention::LocalActivation(unit) => self.local_activation(unit),
        };
        Stage {
            name: t!("Attention"),
            sentence: match self.dien.attention {
                DienAttention::None => t!("This network has no attention: the last state alone goes on."),
                DienAttention::Bilinear | DienAttention::LocalActivation(_) => {
                    t!("The weight of each step of the history for the inspected product.")
                }
            },
            id: "interest_attention",
            weighs: true,
            vectors,
        }
    }

    /// Without attention the last state is all that counts.
    fn last_state_alone(&self) -> Vector {
        let a = self.inputs.inspection.trace.attention()[self.t];
        let calculation = Calculation::sum_of(vec![Term::new("a_t", [a])]);
        let line =
            Line { name: in_steps().into(), letter: "a".to_owned(), equation: "a_T = 1, a_t = 0, t < T".to_owned() };
        Vector::number(Kind::Weight, t!("attention"), "a_t", format!("a_t = {a}"), a, calculation).in_steps_as(line)
    }

    /// h_t·W·q: Equation 5 of the paper.
    fn bilinear(&self) -> Vec<Vector> {
        let state = self.attended();
        let (w, q) = (self.inputs.weights.values("attention.weight").to_vec(), self.inputs.query.clone());
        // W·q, a row of W at a time.
        let explain = move |unit: usize| {
            let term = |(i, (w, q)): (usize, (&f32, &f32))| Term::new(format!("W {}", at("q", i)), [*w, *q]);
            let row = &w[unit * q.len()..][..q.len()];
            Calculation::sum_of(row.iter().zip(&q).enumerate().map(term).collect())
        };
        let wq = Vector::computed(t!("what attention looks for"), "W q", "W q", self.dien.hidden, explain);
        let term = |(i, (h, wq)): (usize, (&f32, &f32))| {
            Term::new(format!("{} (W q)_{}", at(state.letter, i), i + 1), [*h, *wq])
        };
        let terms = state.values.iter().zip(&wq.values).enumerate().map(term).collect();
        let of = format!("{} W q", state.letter);
        let score = self.inputs.inspection.trace.scores()[self.t];
        let equation = format!("s_t = {of}");
        let score = Vector::number(Kind::Score, t!("score"), "s_t", equation, score, Calculation::sum_of(terms));
        vec![wq, score, self.weight(of)]
    }

    fn local_activation(&self, unit: &LocalActivationConfig) -> Vec<Vector> {
        let Inputs { weights, query, inspection, .. } = self.inputs;
        let (unit, state) = (LocalActivation { weights, unit, query }, self.attended());
        let mut vectors = unit.vectors(&state, "s_t", inspection.trace.scores()[self.t]);
        vectors.push(self.weight(unit.score(state.letter)));
        vectors
    }

    /// The state that attention looks at: the extractor's, or that of a second GRU, which is run before.
    fn attended(&self) -> Named {
        match self.dien.evolution {
            Evolution::Gru => Named::new("h′_t", self.at("evolution_states")),
            Evolution::Aigru | Evolution::Agru | Evolution::Augru | Evolution::AugruAuthors => {
                Named::new("h_t", self.at("interest_states"))
            }
        }
    }

    /// The attention of the step, given a score in letters.
    fn weight(&self, score: String) -> Vector {
        let trace = &self.inputs.inspection.trace;
        let weighing = Weighing {
            name: t!("attention"),
            name_in_steps: in_steps(),
            letter: "a",
            index: 't',
            score,
            width: (self.dien.hidden, "d"),
            normalization: self.dien.normalization,
            scores: trace.scores(),
            weights: trace.attention(),
        };
        weighing.weight(self.t)
    }
}

/// What attention is called in the view of steps, beside the name of its stage.
fn in_steps() -> &'static str {
    t!("to the inspected product")
}

/// The gate ũ_t that writes the evolution state, `[hidden]`, from a_t and u_t.
fn attentional_update(evolution: Evolution, a: f32, u: Vec<f32>, written: Vec<f32>) -> Vector {
    let equation = match evolution {
        Evolution::Augru => "ũ_t = a_t·u_t",
        Evolution::AugruAuthors => "ũ_t = 1 − (1 − a_t)(1 − u_t)",
        Evolution::Agru => "ũ_t = a_t",
        Evolution::Aigru | Evolution::Gru => "ũ_t = u_t",
    };
    let explain = move |unit| {
        let u_i = at("u_t", unit);
        Calculation::sum_of(match evolution {
            Evolution::Augru => vec![Term::new(format!("a_t {u_i}"), [a, u[unit]])],
            Evolution::AugruAuthors => {
                vec![Term::new("1", [1.0]), Term::new(format!("−(1 − a_t)(1 − {u_i})"), [-1.0, 1.0 - a, 1.0 - u[unit]])]
            }
            Evolution::Agru => vec![Term::new("a_t", [a])],
            Evolution::Aigru | Evolution::Gru => vec![Term::new(u_i, [u[unit]])],
        })
    };
    Vector::new(gate_name(evolution), "ũ_t", equation, written, explain).gate().in_steps()
}
