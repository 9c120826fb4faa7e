//! The network taken apart for one click and one product: stages, their vectors, and how each number in them comes about.
//! Vectors that the engine computed are the engine's; how they come about is computed here, from the vectors before them.

use std::sync::Arc;

use model::{
    Activation, DienAttention, DienConfig, DienTrace, Evolution, Inspection, LocalActivationConfig, NetworkConfig,
    Normalization, PartSpec, Pooling, Reset, Trace, Weights,
};

use super::layers::{activate, dense, embed, gru_step, sigmoid};
use crate::session::scene::Scene;
use crate::ui::format;

/// A layer of the network, or a few that belong together.
pub struct Stage {
    /// What it is called.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub sentence: &'static str,
    /// Whether it is here that the clicks count for more or for less.
    pub weighs: bool,
    /// What it computes, in this order.
    pub vectors: Vec<Vector>,
}

/// How one number comes about, given the unit.
type Explain = Arc<dyn Fn(usize) -> Calculation + Send + Sync>;

/// A vector, or a single number.
#[derive(Clone)]
pub struct Vector {
    /// What it is called.
    pub name: String,
    /// Its letter, as [`math`](super::math::math) reads it.
    pub letter: String,
    /// Its equation likewise.
    pub equation: String,
    /// [units].
    pub values: Vec<f32>,
    /// How a unit comes about.
    pub explain: Explain,
}

/// A sum of products, and a function of the sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Calculation {
    /// The summands.
    pub terms: Vec<Term>,
    /// What is made of the sum.
    pub function: Function,
}

/// A product.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Its factors in letters, as [`math`](super::math::math) reads them.
    pub letters: String,
    /// The factors.
    pub factors: Vec<f32>,
}

/// What is made of a sum S.
#[derive(Debug, Clone, PartialEq)]
pub enum Function {
    /// S.
    Identity,
    /// σ(S).
    Sigmoid,
    /// tanh(S).
    Tanh,
    /// S divided by this number, which is the square root of the width.
    Scaled(f32),
    /// A power of e, this one, divided by S, the sum of all of them.
    Share(f32),
    /// A hidden layer's activation of this value, with its name and what is between.
    Activation(&'static str, f32, String),
}

impl Term {
    /// A product.
    fn new(letters: impl Into<String>, factors: impl Into<Vec<f32>>) -> Self {
        Self { letters: letters.into(), factors: factors.into() }
    }

    /// Its value.
    pub fn product(&self) -> f64 {
        self.factors.iter().map(|factor| f64::from(*factor)).product()
    }
}

impl Calculation {
    fn sum_of(terms: Vec<Term>) -> Self {
        Self { terms, function: Function::Identity }
    }

    fn then(self, function: Function) -> Self {
        Self { function, ..self }
    }

    /// S.
    pub fn sum(&self) -> f64 {
        self.terms.iter().map(Term::product).sum()
    }

    /// What comes out.
    pub fn value(&self) -> f32 {
        let sum = self.sum() as f32;
        match &self.function {
            Function::Identity => sum,
            Function::Sigmoid => sigmoid(sum),
            Function::Tanh => sum.tanh(),
            Function::Scaled(root) => sum / root,
            Function::Share(power) => power / sum,
            Function::Activation(_, value, _) => *value,
        }
    }

    /// The right side of the equation with numbers: the first three summands and the last one.
    pub fn numbers(&self) -> String {
        let factor = |(place, factor): (usize, &f32)| {
            let text = format::weight(*factor);
            if place > 0 && *factor < 0.0 { format!("({text})") } else { text }
        };
        let term = |term: &Term| term.factors.iter().enumerate().map(factor).collect::<Vec<_>>().join("·");
        let mut terms: Vec<String> = self.terms.iter().map(term).collect();
        if terms.len() > 5 {
            terms.splice(3..terms.len() - 1, ["…".to_owned()]);
        }
        let sum = if terms.is_empty() { "0".to_owned() } else { terms.join(" + ").replace("+ −", "− ") };
        self.function.written(&sum)
    }

    /// What is made of S, in letters; none where S is the number itself.
    pub fn of_sum(&self) -> Option<String> {
        match &self.function {
            Function::Identity => None,
            Function::Activation(_, _, between) => Some(between.clone()),
            function => Some(function.written("S")),
        }
    }
}

impl Function {
    /// The function of a sum that is written as `sum`.
    fn written(&self, sum: &str) -> String {
        let together = || if sum.contains(' ') { format!("({sum})") } else { sum.to_owned() };
        match self {
            Self::Identity => sum.to_owned(),
            Self::Sigmoid => format!("σ({sum})"),
            Self::Tanh => format!("tanh({sum})"),
            Self::Scaled(root) => format!("{} / {}", together(), format::weight(*root)),
            Self::Share(power) => format!("{} / {}", format::weight(*power), together()),
            Self::Activation(name, ..) => format!("{name}({sum})"),
        }
    }
}

impl Vector {
    fn new(
        name: impl Into<String>,
        letter: impl Into<String>,
        equation: impl Into<String>,
        values: impl Into<Vec<f32>>,
        explain: impl Fn(usize) -> Calculation + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            letter: letter.into(),
            equation: equation.into(),
            values: values.into(),
            explain: Arc::new(explain),
        }
    }

    /// One that is not computed in this stage: a row of a table, or what comes from elsewhere.
    fn given(name: impl Into<String>, letter: &str, equation: impl Into<String>, values: impl Into<Vec<f32>>) -> Self {
        let values: Vec<f32> = values.into();
        let (numbers, of) = (values.clone(), letter.to_owned());
        Self::new(name, letter, equation, values, move |unit| {
            Calculation::sum_of(vec![Term::new(at(&of, unit), [numbers[unit]])])
        })
    }

    /// One number.
    fn number(
        name: impl Into<String>,
        letter: impl Into<String>,
        equation: impl Into<String>,
        value: f32,
        calculation: Calculation,
    ) -> Self {
        Self::new(name, letter, equation, [value], move |_| calculation.clone())
    }

    /// Element by element, as `explain` says; the values are what comes out.
    fn computed(
        name: impl Into<String>,
        letter: impl Into<String>,
        equation: impl Into<String>,
        units: usize,
        explain: impl Fn(usize) -> Calculation + Send + Sync + 'static,
    ) -> Self {
        let values: Vec<f32> = (0..units).map(|unit| explain(unit).value()).collect();
        Self::new(name, letter, equation, values, explain)
    }
}

/// The letter of one unit of a vector: x_{t,3} of x_t.
pub fn at(letter: &str, unit: usize) -> String {
    let place = unit + 1;
    match letter.split_once('_') {
        Some((letter, index)) => {
            let index = index.trim_start_matches('{').trim_end_matches('}');
            format!("{letter}_{{{index},{place}}}")
        }
        None => format!("{letter}_{place}"),
    }
}

/// A vector with its letter.
#[derive(Debug, Clone)]
struct Named {
    letter: &'static str,
    values: Vec<f32>,
}

/// The summands of x·W for the column `column` of W [x, columns], each of them times `more`.
fn column_terms(x: &Named, w: (&str, &[f32]), columns: usize, column: usize, more: Option<(&str, f32)>) -> Vec<Term> {
    let (name, w) = w;
    let term = |(i, (x_i, row)): (usize, (&f32, &[f32]))| {
        let weight = row[column];
        let (letters, mut factors) = (format!("{} {name}", at(x.letter, i)), vec![*x_i, weight]);
        match more {
            Some((letter, factor)) => {
                factors.insert(0, factor);
                Term::new(format!("{letter} {letters}"), factors)
            }
            None => Term::new(letters, factors),
        }
    };
    x.values.iter().zip(w.chunks_exact(columns)).enumerate().map(term).collect()
}

/// Everything about the inspected product at the step `t` of the history.
pub fn anatomy(scene: &Scene, t: usize) -> Vec<Stage> {
    let Some(inspection) = scene.inspected() else { return Vec::new() };
    let weights = scene.model.weights();
    let q = embed(weights, scene.rows(inspection.item));
    let keys: Vec<Vec<f32>> = scene.clicks().map(|click| embed(weights, click)).collect();
    let parts = Parts { weights: weights.clone(), q, keys, t, inspection };
    let trace = &inspection.trace;
    match &weights.config().network {
        NetworkConfig::Dien(dien) => DienTrace::of(trace).map_or_else(Vec::new, |trace| parts.dien(dien, &trace)),
        network @ (NetworkConfig::EmbeddingMlp(_) | NetworkConfig::Din(_) | NetworkConfig::Tin(_)) => {
            parts.pooling(network, trace)
        }
    }
}

/// What all stages draw on.
struct Parts<'a> {
    weights: Arc<Weights>,
    /// [H].
    q: Vec<f32>,
    /// Every click's key, [step][H].
    keys: Vec<Vec<f32>>,
    /// The step that is looked at.
    t: usize,
    inspection: &'a Inspection,
}

impl Parts<'_> {
    fn query(&self) -> Vector {
        Vector::given("inspected product", "q", "q = item ‖ category", self.q.as_slice())
    }

    fn embedding(&self, letter: &'static str, equation: &'static str) -> Stage {
        let mut vectors = Vec::new();
        if let Some(key) = self.keys.get(self.t) {
            vectors.push(Vector::given("click of this step", letter, equation, key.as_slice()));
        }
        vectors.push(self.query());
        Stage {
            name: "Embedding",
            sentence: "Each product is a row of a table for items beside one for categories.",
            weighs: false,
            vectors,
        }
    }

    fn dien(&self, dien: &DienConfig, trace: &DienTrace<'_>) -> Vec<Stage> {
        let mut stages = vec![self.embedding("x_t", "x_t = item_t ‖ category_t")];
        let zero = vec![0.0; dien.hidden];
        let before =
            |states: &model::Steps<'_>| if self.t == 0 { zero.clone() } else { states.step(self.t - 1).to_vec() };
        if let Some(key) = self.keys.get(self.t) {
            let h_before = before(&trace.interest_states);
            let step = gru_step(&self.weights, "extractor", dien.reset, key, &h_before);
            let extractor = Gru {
                weights: self.weights.clone(),
                name: "extractor",
                reset: dien.reset,
                x: Named { letter: "x_t", values: key.clone() },
                attention: None,
                h: Named { letter: "h_{t−1}", values: h_before },
                r: step.reset.clone(),
            };
            let mut vectors = extractor.gates(&step.reset, &step.update, &step.candidate);
            vectors.push(extractor.state(
                "interest state",
                "h_t",
                "u_t",
                &step.update,
                &step.candidate,
                trace.interest_states.step(self.t),
            ));
            stages.push(Stage {
                name: "Interest extractor",
                sentence: "A GRU reads the clicks one by one. Its state after each is the interest at that time, the same for every product.",
                weighs: false,
                vectors,
            });
            let evolution = self.evolution(dien, trace, before(&trace.evolution_states));
            let attention = self.attention(dien, trace);
            // A second GRU knows nothing of attention, which looks at its states.
            let is_second = dien.evolution == Evolution::Gru;
            stages.extend(if is_second { [evolution, attention] } else { [attention, evolution] });
        }
        let interest = if dien.evolution == Evolution::Gru {
            let states: Vec<Vec<f32>> = trace.evolution_states.iter().map(<[f32]>::to_vec).collect();
            pooled("v", "a", "h′", "v = Σ_t a_t h′_t", trace.attention, &states, dien.hidden, None)
        } else {
            let last = trace.evolution_states.len().checked_sub(1);
            let values = last.map_or(zero, |last| trace.evolution_states.step(last).to_vec());
            Vector::given("final evolution state", "h′_T", "h′_T", values)
        };
        stages.push(self.head(interest));
        stages
    }

    /// The second recurrent layer at this step.
    fn evolution(&self, dien: &DienConfig, trace: &DienTrace<'_>, before: Vec<f32>) -> Stage {
        let t = self.t;
        let a = trace.attention[t];
        let gru = Gru {
            weights: self.weights.clone(),
            name: "evolution",
            reset: dien.reset,
            x: Named { letter: "h_t", values: trace.interest_states.step(t).to_vec() },
            attention: (dien.evolution == Evolution::Aigru).then_some(a),
            h: Named { letter: "h′_{t−1}", values: before },
            r: trace.reset.step(t).to_vec(),
        };
        let (u, n) = (trace.update.step(t).to_vec(), trace.candidate.step(t).to_vec());
        let mut vectors = gru.gates(&gru.r, &u, &n);
        let written = trace.attentional_update.step(t).to_vec();
        let (name, equation) = match dien.evolution {
            Evolution::Augru => ("attentional update gate", "ũ_t = a_t u_t"),
            Evolution::AugruAuthors => ("attentional update gate", "ũ_t = 1 − (1 − a_t)(1 − u_t)"),
            Evolution::Agru => ("gate that writes", "ũ_t = a_t"),
            Evolution::Aigru | Evolution::Gru => ("gate that writes", "ũ_t = u_t"),
        };
        let kind = dien.evolution;
        vectors.push(Vector::new(name, "ũ_t", equation, written.as_slice(), move |unit| {
            let u_i = at("u_t", unit);
            Calculation::sum_of(match kind {
                Evolution::Augru => vec![Term::new(format!("a_t {u_i}"), [a, u[unit]])],
                Evolution::AugruAuthors => vec![
                    Term::new("1", [1.0]),
                    Term::new(format!("−(1 − a_t)(1 − {u_i})"), [-1.0, 1.0 - a, 1.0 - u[unit]]),
                ],
                Evolution::Agru => vec![Term::new("a_t", [a])],
                Evolution::Aigru | Evolution::Gru => vec![Term::new(u_i, [u[unit]])],
            })
        }));
        vectors.push(gru.state("evolution state", "h′_t", "ũ_t", &written, &n, trace.evolution_states.step(t)));
        Stage {
            name: "Interest evolution",
            sentence: "A second GRU follows the interest that matters for the inspected product: attention says how much each step may write.",
            weighs: false,
            vectors,
        }
    }

    /// DIEN's attention at this step.
    fn attention(&self, dien: &DienConfig, trace: &DienTrace<'_>) -> Stage {
        let is_second = dien.evolution == Evolution::Gru;
        let (states, letter) =
            if is_second { (&trace.evolution_states, "h′_t") } else { (&trace.interest_states, "h_t") };
        let state = Named { letter, values: states.step(self.t).to_vec() };
        let mut vectors = Vec::new();
        match &dien.attention {
            DienAttention::None => {}
            DienAttention::Bilinear => {
                let (w, columns) = (self.weights.values("attention.weight").to_vec(), self.q.len());
                let q = self.q.clone();
                // W·q, a row of W at a time.
                let explain = {
                    let (w, q) = (w.clone(), q.clone());
                    move |unit: usize| {
                        let row = &w[unit * columns..][..columns];
                        let term =
                            |(i, (w, q)): (usize, (&f32, &f32))| Term::new(format!("W {}", at("q", i)), [*w, *q]);
                        Calculation::sum_of(row.iter().zip(&q).enumerate().map(term).collect())
                    }
                };
                let wq = Vector::computed("what attention looks for", "W q", "W q", dien.hidden, explain);
                let seen = wq.values.clone();
                vectors.push(wq);
                let term = |(i, (h, wq)): (usize, (&f32, &f32))| {
                    Term::new(format!("{} (W q)_{}", at(state.letter, i), i + 1), [*h, *wq])
                };
                let terms = state.values.iter().zip(&seen).enumerate().map(term).collect();
                let equation = format!("s_t = {letter} W q");
                vectors.push(Vector::number(
                    "score",
                    "s_t",
                    equation,
                    trace.scores[self.t],
                    Calculation::sum_of(terms),
                ));
            }
            DienAttention::LocalActivation(unit) => {
                self.local_activation(unit, &state, trace.scores[self.t], "s_t", &mut vectors)
            }
        }
        vectors.push(self.weight(
            "attention",
            "a_t",
            "s",
            "t",
            trace.scores,
            trace.attention,
            match dien.attention {
                DienAttention::None => None,
                _ => Some(dien.normalization),
            },
            dien.hidden,
        ));
        Stage {
            name: "Attention",
            sentence: "How much each step of the history matters for the inspected product.",
            weighs: true,
            vectors,
        }
    }

    /// The weight of this step from the scores of all.
    #[expect(clippy::too_many_arguments, reason = "letters and numbers of one equation")]
    fn weight(
        &self,
        name: &'static str,
        letter: &'static str,
        score: &'static str,
        index: &'static str,
        scores: &[f32],
        weights: &[f32],
        normalization: Option<Normalization>,
        width: usize,
    ) -> Vector {
        let of_score = format!("{score}_{index}");
        // The width of what was compared: a key's, or a state's.
        let d = if index == "j" { "H" } else { "d" };
        let (equation, root) = match normalization {
            None => (format!("{letter} = {}", weights[self.t]), None),
            Some(Normalization::None) => (format!("{letter} = {of_score}"), None),
            Some(Normalization::Softmax) => (format!("{letter} = e^{{{of_score}}} / Σ_i e^{{{score}_i}}"), Some(1.0)),
            Some(Normalization::ScaledSoftmax) => (
                format!("{letter} = e^{{{of_score} / √{d}}} / Σ_i e^{{{score}_i / √{d}}}"),
                Some((width as f32).sqrt()),
            ),
        };
        let calculation = match (normalization, root) {
            (None, _) => Calculation::sum_of(vec![Term::new(letter, [weights[self.t]])]),
            (_, None) => Calculation::sum_of(vec![Term::new(of_score, [scores[self.t]])]),
            (_, Some(root)) => {
                // Less the greatest score, which changes nothing but keeps the powers small.
                let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let power = |score: f32| ((score - most) / root).exp();
                let term = |(i, s): (usize, &f32)| {
                    Term::new(
                        {
                            let less = format!("{score}_{} − max", i + 1);
                            if root == 1.0 { format!("e^{{{less}}}") } else { format!("e^{{({less}) / √{d}}}") }
                        },
                        [power(*s)],
                    )
                };
                let powers = scores.iter().enumerate().map(term).collect();
                Calculation::sum_of(powers).then(Function::Share(power(scores[self.t])))
            }
        };
        Vector::number(name, letter, equation, weights[self.t], calculation)
    }

    /// DIN's local activation unit on one key.
    fn local_activation(
        &self,
        unit: &LocalActivationConfig,
        key: &Named,
        score: f32,
        letter: &str,
        vectors: &mut Vec<Vector>,
    ) {
        let mut q = Named { letter: "q", values: self.q.clone() };
        if unit.query_projection {
            let s = Named { letter: "q", values: self.q.clone() };
            let layer = self.layer("projected query", "q̂", "attention.query", "attention.query", Activation::Prelu, s);
            q = Named { letter: "q̂", values: layer.values.clone() };
            vectors.push(layer);
        }
        let (k_letter, q_letter) = (key.letter, q.letter);
        let equation = format!("z = [{q_letter}, {k_letter}, {q_letter} − {k_letter}, {q_letter} ⊙ {k_letter}]");
        let (width, k) = (q.values.len(), key.values.clone());
        let input = Vector::computed("input of the unit", "z", equation, 4 * width, move |unit| {
            let (part, i) = (unit / width, unit % width);
            let (q_i, k_i) = (at(q_letter, i), at(k_letter, i));
            let (query, key) = (q.values[i], k[i]);
            Calculation::sum_of(match part {
                0 => vec![Term::new(q_i, [query])],
                1 => vec![Term::new(k_i, [key])],
                2 => vec![Term::new(q_i, [query]), Term::new(format!("−{k_i}"), [-1.0, key])],
                _ => vec![Term::new(format!("{q_i} {k_i}"), [query, key])],
            })
        });
        let mut last = Named { letter: "z", values: input.values.clone() };
        vectors.push(input);
        self.hidden_layers(
            "attention",
            unit.hidden.len(),
            unit.activation,
            ["g¹", "g²", "g³", "g⁴", "g⁵", "g⁶", "g⁷", "g⁸"],
            &mut last,
            vectors,
        );
        vectors.push(self.output("attention", &last, "score", letter, score));
    }

    /// The hidden layers of a perceptron on `last`, which becomes the last of them.
    fn hidden_layers(
        &self,
        name: &str,
        count: usize,
        activation: Activation,
        letters: [&'static str; 8],
        last: &mut Named,
        vectors: &mut Vec<Vector>,
    ) {
        for (layer, letter) in letters.into_iter().enumerate().take(count) {
            let (weights, parameters) = (format!("{name}.hidden.{layer}"), format!("{name}.activation.{layer}"));
            let vector = self.layer(
                &format!("hidden layer {}", layer + 1),
                letter,
                &weights,
                &parameters,
                activation,
                last.clone(),
            );
            *last = Named { letter, values: vector.values.clone() };
            vectors.push(vector);
        }
    }

    /// One dense layer with its activation.
    fn layer(
        &self,
        what: &str,
        letter: &'static str,
        name: &str,
        parameters: &str,
        activation: Activation,
        x: Named,
    ) -> Vector {
        let sums = dense(&self.weights, name, &x.values);
        let values = activate(&self.weights, parameters, activation, &sums);
        let function = match activation {
            Activation::Relu => "ReLU",
            Activation::Sigmoid => "σ",
            Activation::Prelu => "PReLU",
            Activation::Dice { .. } => "Dice",
        };
        let (weights, name, parameters, results) =
            (self.weights.clone(), name.to_owned(), parameters.to_owned(), values.clone());
        let units = sums.len();
        let equation = format!("{letter} = {function}({} W + b)", x.letter);
        Vector::new(what, letter, equation, values, move |unit| {
            let w = weights.values(&format!("{name}.weight"));
            let bias = weights.values(&format!("{name}.bias"))[unit];
            let mut terms = column_terms(&x, ("W", w), units, unit, None);
            terms.push(Term::new("b", [bias]));
            let of = |part: &str| {
                weights
                    .values(&format!("{parameters}.{part}"))
                    .get(unit)
                    .copied()
                    .map(format::weight)
                    .unwrap_or_default()
            };
            let between = match activation {
                Activation::Relu => "ReLU(S) = max(S, 0)".to_owned(),
                Activation::Sigmoid => "σ(S) = 1 / (1 + e^{−S})".to_owned(),
                Activation::Prelu => format!("PReLU(S) = S, S > 0; else α S, α = {}", of("alpha")),
                Activation::Dice { affine, .. } => {
                    let normal = "(S − mean) / √{variance + ε}";
                    let p = if affine {
                        format!("σ({}·{normal} + {})", of("gamma"), of("beta"))
                    } else {
                        format!("σ({normal})")
                    };
                    format!(
                        "Dice(S) = p S + (1 − p) α S, p = {p}, mean = {}, variance = {}, α = {}",
                        of("mean"),
                        of("variance"),
                        of("alpha")
                    )
                }
            };
            Calculation::sum_of(terms).then(Function::Activation(function, results[unit], between))
        })
    }

    /// The output of a perceptron: one number.
    fn output(&self, name: &str, last: &Named, what: &str, letter: &str, value: f32) -> Vector {
        let w = self.weights.values(&format!("{name}.output.weight"));
        let mut terms = column_terms(last, ("w", w), 1, 0, None);
        terms.push(Term::new("b", [self.weights.values(&format!("{name}.output.bias"))[0]]));
        Vector::number(what, letter, format!("{letter} = {} w + b", last.letter), value, Calculation::sum_of(terms))
    }

    fn pooling(&self, network: &NetworkConfig, trace: &Trace) -> Vec<Stage> {
        let width = self.q.len();
        let (scores, weights) = (trace.scores(), trace.attention());
        let computed = trace.values(PartSpec::INTEREST.name).to_vec();
        let mut stages = vec![self.embedding("k_j", "k_j = item_j ‖ category_j")];
        let has_click = self.t < self.keys.len();
        let sentence = "How much each click matters for the inspected product.";
        let interest = match network {
            NetworkConfig::Tin(_) => {
                let positions = self.weights.values("embedding.position.weight");
                let (steps, oldest) = (self.keys.len(), positions.len() / width - 1);
                let position = |back: usize| positions[back.min(oldest) * width..][..width].to_vec();
                let add = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
                let timed: Vec<Vec<f32>> =
                    self.keys.iter().enumerate().map(|(j, key)| add(key, &position(steps - j))).collect();
                let target = add(&self.q, &position(0));
                let both = |letters: [&'static str; 2], a: Vec<f32>, b: Vec<f32>| {
                    move |unit: usize| {
                        let term = |letter: &str, values: &[f32]| Term::new(at(letter, unit), [values[unit]]);
                        Calculation::sum_of(vec![term(letters[0], &a), term(letters[1], &b)])
                    }
                };
                if has_click {
                    let back = position(steps - self.t);
                    stages[0].vectors.push(Vector::given(
                        "position of the click",
                        "p(T − j + 1)",
                        "p(T − j + 1)",
                        back.as_slice(),
                    ));
                    let explain = both(["k_j", "p"], self.keys[self.t].clone(), back);
                    stages[0].vectors.push(Vector::computed(
                        "click with its position",
                        "k̃_j",
                        "k̃_j = k_j + p(T − j + 1)",
                        width,
                        explain,
                    ));
                }
                stages[0].vectors.push(Vector::given("position of the product", "p(0)", "p(0)", position(0)));
                let explain = both(["q", "p"], self.q.clone(), position(0));
                stages[0].vectors.push(Vector::computed(
                    "product with its position",
                    "q̃",
                    "q̃ = q + p(0)",
                    width,
                    explain,
                ));
                if has_click {
                    let term = |(i, (k, q)): (usize, (&f32, &f32))| {
                        Term::new(format!("{} {}", at("k̃_j", i), at("q̃", i)), [*k, *q])
                    };
                    let terms = timed[self.t].iter().zip(&target).enumerate().map(term).collect();
                    let score = Calculation::sum_of(terms).then(Function::Scaled((width as f32).sqrt()));
                    let vectors = vec![
                        Vector::number("score", "s_j", "s_j = k̃_j·q̃ / √H", scores[self.t], score),
                        self.weight("weight", "α_j", "s", "j", scores, weights, Some(Normalization::Softmax), width),
                    ];
                    stages.push(Stage { name: "Attention", sentence, weighs: true, vectors });
                }
                let mut interest =
                    pooled("v", "α", "k̃", "v = Σ_j α_j (k̃_j ⊙ q̃)", weights, &timed, width, Some(("q̃", target)));
                interest.values.clone_from(&computed);
                interest
            }
            network => {
                if has_click && let NetworkConfig::Din(din) = network {
                    let mut vectors = Vec::new();
                    let key = Named { letter: "k_j", values: self.keys[self.t].clone() };
                    self.local_activation(&din.attention, &key, scores[self.t], "s_j", &mut vectors);
                    vectors.push(self.weight(
                        "weight",
                        "w_j",
                        "s",
                        "j",
                        scores,
                        weights,
                        Some(din.normalization),
                        width,
                    ));
                    stages.push(Stage { name: "Attention", sentence, weighs: true, vectors });
                }
                let equation = match network {
                    NetworkConfig::EmbeddingMlp(options) if options.pooling == Pooling::Mean => "v = 1 / T Σ_j k_j",
                    NetworkConfig::EmbeddingMlp(_) => "v = Σ_j k_j",
                    _ => "v = Σ_j w_j k_j",
                };
                if self.keys.is_empty() && computed.iter().any(|v| *v != 0.0) {
                    Vector::given("interest of an empty history", "v", "v = k_{padding}", computed.as_slice())
                } else {
                    let mut interest = pooled("v", "w", "k", equation, weights, &self.keys, width, None);
                    interest.values.clone_from(&computed);
                    interest
                }
            }
        };
        let has_attention = stages.iter().any(|stage| stage.weighs);
        stages.push(Stage {
            name: "Pooling",
            sentence: "All clicks become one vector: the interest.",
            weighs: has_click && !has_attention,
            vectors: vec![interest.clone()],
        });
        stages.push(self.head(Vector::given("interest", "v", "v", interest.values)));
        stages
    }

    /// From interest and query to the click probability.
    fn head(&self, interest: Vector) -> Stage {
        let head = &self.weights.config().head;
        let width = self.q.len();
        let mut parts =
            vec![Named { letter: "v", values: interest.values.clone() }, Named { letter: "q", values: self.q.clone() }];
        let mut letters = vec![interest.letter.clone(), "q".to_owned()];
        let mut vectors = vec![interest];
        let times = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
        if head.interest_product {
            letters.push(format!("q ⊙ {}", letters[0]));
            parts.push(Named { letter: "q⊙v", values: times(&self.q, &parts[0].values) });
        }
        if head.key_sum {
            let keys = self.keys.clone();
            let sum = Vector::computed("sum of the clicks", "Σ k", "Σ_j k_j", width, move |unit| {
                let term =
                    |(j, key): (usize, &Vec<f32>)| Term::new(format!("k_{{{},{}}}", j + 1, unit + 1), [key[unit]]);
                Calculation::sum_of(keys.iter().enumerate().map(term).collect())
            });
            let values = sum.values.clone();
            letters.extend(["Σ k".to_owned(), "q ⊙ Σ k".to_owned()]);
            parts.push(Named { letter: "Σk", values: values.clone() });
            parts.push(Named { letter: "q⊙Σk", values: times(&self.q, &values) });
            vectors.push(sum);
        }
        let equation = format!("z = [{}]", letters.join(", "));
        let (interest, q) = (parts[0].values.clone(), self.q.clone());
        let sizes: Vec<(usize, &'static str)> = parts.iter().map(|part| (part.values.len(), part.letter)).collect();
        let joined: Vec<f32> = parts.iter().flat_map(|part| part.values.iter().copied()).collect();
        let sum = parts.iter().find(|part| part.letter == "Σk").map(|part| part.values.clone()).unwrap_or_default();
        let input = joined.clone();
        vectors.push(Vector::new("input of the head", "z", equation, joined, move |unit| {
            let mut place = unit;
            for (size, letter) in &sizes {
                if place < *size {
                    let of_q = |values: &[f32], other: &str| {
                        vec![Term::new(format!("{} {}", at("q", place), at(other, place)), [q[place], values[place]])]
                    };
                    return Calculation::sum_of(match *letter {
                        "q⊙v" => of_q(&interest, "v"),
                        "q⊙Σk" => of_q(&sum, "Σk"),
                        letter => vec![Term::new(at(letter, place), [input[unit]])],
                    });
                }
                place -= size;
            }
            Calculation::sum_of(Vec::new())
        }));
        let mut last =
            Named { letter: "z", values: vectors.last().map(|input| input.values.clone()).unwrap_or_default() };
        self.hidden_layers(
            "head",
            head.hidden.len(),
            head.activation,
            ["y¹", "y²", "y³", "y⁴", "y⁵", "y⁶", "y⁷", "y⁸"],
            &mut last,
            &mut vectors,
        );
        vectors.push(self.output("head", &last, "logit", "ℓ", self.inspection.logit));
        let probability = Calculation::sum_of(vec![Term::new("ℓ", [self.inspection.logit])]).then(Function::Sigmoid);
        vectors.push(Vector::number("click probability", "p", "p = σ(ℓ)", self.inspection.probability, probability));
        Stage {
            name: "Head",
            sentence: "A perceptron turns interest and product into the probability of a click.",
            weighs: false,
            vectors,
        }
    }
}

/// Σ_j w_j x_j, each of them times the element of `more`.
#[expect(clippy::too_many_arguments, reason = "letters and numbers of one equation")]
fn pooled(
    letter: &str,
    weight: &'static str,
    value: &'static str,
    equation: &str,
    weights: &[f32],
    values: &[Vec<f32>],
    width: usize,
    more: Option<(&'static str, Vec<f32>)>,
) -> Vector {
    let (weights, values) = (weights.to_vec(), values.to_vec());
    Vector::computed("interest", letter, equation, width, move |unit| {
        let term = |(j, (w, x)): (usize, (&f32, &Vec<f32>))| {
            let letters = format!("{weight}_{} {value}_{{{},{}}}", j + 1, j + 1, unit + 1);
            match &more {
                Some((letter, more)) => Term::new(format!("{letters} {}", at(letter, unit)), [*w, x[unit], more[unit]]),
                None => Term::new(letters, [*w, x[unit]]),
            }
        };
        Calculation::sum_of(weights.iter().zip(&values).enumerate().map(term).collect())
    })
}

/// A recurrent unit at one step.
struct Gru {
    weights: Arc<Weights>,
    /// Of its tensors.
    name: &'static str,
    reset: Reset,
    x: Named,
    /// AIGRU's a_t, which scales the input.
    attention: Option<f32>,
    /// The state before.
    h: Named,
    /// r_t, [hidden].
    r: Vec<f32>,
}

impl Gru {
    /// Input, state before, and r, u, n.
    fn gates(&self, r: &[f32], u: &[f32], n: &[f32]) -> Vec<Vector> {
        let (x, h) = (self.x.letter, self.h.letter);
        let scaled = if self.attention.is_some() { format!("a_t {x}") } else { x.to_owned() };
        let gate =
            |letter: &str| format!("{letter}_t = σ({scaled} W_{letter} + b_{letter} + {h} U_{letter} + c_{letter})");
        let candidate = match self.reset {
            Reset::After => format!("n_t = tanh({scaled} W_n + b_n + r_t ⊙ ({h} U_n + c_n))"),
            Reset::Before => format!("n_t = tanh({scaled} W_n + b_n + (r_t ⊙ {h}) U_n + c_n)"),
        };
        vec![
            Vector::given("input of this step", x, x, self.x.values.as_slice()),
            Vector::given("state before this step", h, h, self.h.values.as_slice()),
            Vector::new("reset gate", "r_t", gate("r"), r, self.explain(0)),
            Vector::new("update gate", "u_t", gate("u"), u, self.explain(1)),
            Vector::new("candidate state", "n_t", candidate, n, self.explain(2)),
        ]
    }

    /// How a unit of r (0), u (1) or n (2) comes about.
    fn explain(&self, gate: usize) -> impl Fn(usize) -> Calculation + Send + Sync + 'static {
        let hidden = self.h.values.len();
        let Self { weights, name, reset, x, attention, h, r } = self;
        let (weights, name, reset, x, attention, h, r) =
            (weights.clone(), *name, *reset, x.clone(), *attention, h.clone(), r.clone());
        let letter = ["r", "u", "n"][gate];
        move |unit| {
            let column = gate * hidden + unit;
            let of = |part: &str| weights.values(&format!("{name}.{part}"));
            let scale = attention.map(|a| ("a_t", a));
            let mut terms = column_terms(&x, (&format!("W_{letter}"), of("input.weight")), 3 * hidden, column, scale);
            terms.push(Term::new(format!("b_{letter}"), [of("input.bias")[column]]));
            let recurrent = (&*format!("U_{letter}"), of("hidden.weight"));
            let bias = of("hidden.bias")[column];
            let bias_letter = format!("c_{letter}");
            if gate < 2 {
                terms.extend(column_terms(&h, recurrent, 3 * hidden, column, None));
                terms.push(Term::new(bias_letter, [bias]));
                return Calculation::sum_of(terms).then(Function::Sigmoid);
            }
            match reset {
                Reset::After => {
                    let r_i = at("r_t", unit);
                    terms.extend(column_terms(&h, recurrent, 3 * hidden, column, Some((&r_i, r[unit]))));
                    terms.push(Term::new(format!("{r_i} {bias_letter}"), [r[unit], bias]));
                }
                Reset::Before => {
                    let all = column_terms(&h, recurrent, 3 * hidden, column, None).into_iter().enumerate();
                    terms.extend(all.map(|(j, Term { letters, factors })| {
                        Term::new(format!("{} {letters}", at("r_t", j)), [r[j], factors[0], factors[1]])
                    }));
                    terms.push(Term::new(bias_letter, [bias]));
                }
            }
            Calculation::sum_of(terms).then(Function::Tanh)
        }
    }

    /// The state that the gate `writes` and the candidate state make.
    fn state(&self, name: &str, letter: &str, writes: &'static str, gate: &[f32], n: &[f32], state: &[f32]) -> Vector {
        let (before, gate, n) = (self.h.clone(), gate.to_vec(), n.to_vec());
        let equation = format!("{letter} = (1 − {writes}) ⊙ {} + {writes} ⊙ n_t", before.letter);
        Vector::new(name, letter, equation, state, move |unit| {
            let g = at(writes, unit);
            Calculation::sum_of(vec![
                Term::new(format!("(1 − {g}) {}", at(before.letter, unit)), [1.0 - gate[unit], before.values[unit]]),
                Term::new(format!("{g} {}", at("n_t", unit)), [gate[unit], n[unit]]),
            ])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_s_letter_has_its_place() {
        assert_eq!([at("q", 0), at("x_t", 2), at("h′_{t−1}", 4)], ["q_1", "x_{t,3}", "h′_{t−1,5}"]);
    }

    #[test]
    fn long_sums_are_shortened_and_signs_joined() {
        let term = |factors: &[f32]| Term::new("x", factors);
        let short = Calculation::sum_of(vec![term(&[0.5, -0.25]), term(&[-1.0])]).then(Function::Sigmoid);
        assert_eq!(short.numbers(), "σ(0.500·(−0.250) − 1.000)");
        assert!((short.value() - sigmoid(-1.125)).abs() < 1e-7);
        let long = Calculation::sum_of((1..9u8).map(|n| term(&[f32::from(n)])).collect());
        assert_eq!((long.numbers().as_str(), long.value()), ("1.000 + 2.000 + 3.000 + … + 8.000", 36.0));
    }

    #[test]
    fn a_share_is_a_power_of_all_powers() {
        let shares = Calculation::sum_of(vec![Term::new("e", [1.0]), Term::new("e", [3.0])]).then(Function::Share(3.0));
        assert_eq!(shares.value(), 0.75);
        assert_eq!(
            (shares.numbers().as_str(), shares.of_sum()),
            ("3.000 / (1.000 + 3.000)", Some("3.000 / S".to_owned()))
        );
    }
}
