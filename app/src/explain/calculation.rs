//! How a number of a network comes about: the stages of the network, their vectors, and for each number in them the sum and
//! the function of it that give it.

use std::borrow::Cow;
use std::sync::Arc;

use model::Kind;

use super::layers::sigmoid;
use crate::ui::format;

/// A layer of the network, or a few that belong together, at one step of the history.
pub struct Stage {
    /// What it is called.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub sentence: &'static str,
    /// What it is called in code and files, as the shader's stage is where there is one.
    pub id: &'static str,
    /// Whether it is here that the clicks count for more or for less.
    pub weighs: bool,
    /// What it computes, in this order.
    pub vectors: Vec<Vector>,
}

impl Stage {
    /// The stage with the vectors that the picture of the model shows; none where there are none.
    pub fn in_picture(mut self) -> Option<Self> {
        self.vectors.retain(|vector| vector.in_picture);
        (!self.vectors.is_empty()).then_some(self)
    }
}

/// How one number comes about, given the unit.
type Explain = Arc<dyn Fn(usize) -> Calculation + Send + Sync>;

/// A vector, or a single number.
#[derive(Clone)]
pub struct Vector {
    /// What it is called.
    pub name: Cow<'static, str>,
    /// Letter, as [`math`](super::math::math) reads it.
    pub letter: String,
    /// Equation, as [`math`](super::math::math) reads it.
    pub equation: String,
    /// What its numbers are, which decides how they are coloured.
    pub kind: Kind,
    /// `[unit]`.
    pub values: Vec<f32>,
    /// How a unit comes about.
    pub explain: Explain,
    /// How often the stage computes it for a product.
    pub computed: Computed,
    /// Whether it is in the picture of the model.
    pub in_picture: bool,
    /// What it is called where the view of steps shows it at every step; none where that view does not.
    pub line: Option<Line>,
}

/// How often a stage computes a vector for a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computed {
    /// Once.
    Once,
    /// At each step, which is in the vector's letter unless it is said.
    AtEachStep,
    /// Not at all: a stage before does, and it is shown here again.
    Before,
}

/// A vector that there is at every step, in the words and letters of the view of steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is called.
    pub name: Cow<'static, str>,
    /// Letter without the step.
    pub letter: String,
    /// Equation, as [`math`](super::math::math) reads it, which says all that there is between this vector and the vectors
    /// that the view shows.
    pub equation: String,
}

/// Whether numbers of this kind are none below zero as a rule, so that colours go from the least to the greatest of them and
/// not from minus to plus.
pub fn is_sequential(kind: Kind) -> bool {
    match kind {
        Kind::Gate | Kind::Weight => true,
        Kind::State | Kind::Score => false,
    }
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
    /// The factors in letters, as [`math`](super::math::math) reads them.
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
    pub fn new(letters: impl Into<String>, factors: impl Into<Vec<f32>>) -> Self {
        Self { letters: letters.into(), factors: factors.into() }
    }

    /// The value of the product.
    pub fn product(&self) -> f64 {
        self.factors.iter().map(|factor| f64::from(*factor)).product()
    }
}

impl Calculation {
    /// The sum itself.
    pub fn sum_of(terms: Vec<Term>) -> Self {
        Self { terms, function: Function::Identity }
    }

    /// The softmax of `scores` at `place`: the power of e of that score as a share of the powers of all, each score less the
    /// greatest one, which changes nothing but keeps the powers small, and divided by `root`. `letters` names the power of the
    /// score at a place.
    pub fn softmax(scores: &[f32], root: f32, place: usize, letters: impl Fn(usize) -> String) -> Self {
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let power = |score: f32| ((score - most) / root).exp();
        let term = |(i, score): (usize, &f32)| Term::new(letters(i), [power(*score)]);
        Self::sum_of(scores.iter().enumerate().map(term).collect()).then(Function::Share(power(scores[place])))
    }

    /// `function` of the sum.
    pub fn then(self, function: Function) -> Self {
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
    /// A state whose values are known and come about as `explain` says.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        letter: impl Into<String>,
        equation: impl Into<String>,
        values: impl Into<Vec<f32>>,
        explain: impl Fn(usize) -> Calculation + Send + Sync + 'static,
    ) -> Self {
        let letter = letter.into();
        let has_step = ["_t", "_j"].iter().any(|index| letter.contains(index));
        Self {
            name: name.into(),
            computed: if has_step { Computed::AtEachStep } else { Computed::Once },
            letter,
            equation: equation.into(),
            kind: Kind::State,
            values: values.into(),
            explain: Arc::new(explain),
            in_picture: true,
            line: None,
        }
    }

    /// A state that is not computed in this stage: a row of a table, or what comes from elsewhere.
    pub fn given(
        name: impl Into<Cow<'static, str>>,
        letter: &str,
        equation: impl Into<String>,
        values: impl Into<Vec<f32>>,
    ) -> Self {
        let values: Vec<f32> = values.into();
        let (numbers, of) = (values.clone(), letter.to_owned());
        Self::new(name, letter, equation, values, move |unit| {
            Calculation::sum_of(vec![Term::new(at(&of, unit), [numbers[unit]])])
        })
    }

    /// One number of this kind.
    pub fn number(
        kind: Kind,
        name: impl Into<Cow<'static, str>>,
        letter: impl Into<String>,
        equation: impl Into<String>,
        value: f32,
        calculation: Calculation,
    ) -> Self {
        Self { kind, ..Self::new(name, letter, equation, [value], move |_| calculation.clone()) }
    }

    /// A state of so many units, each of which is what comes out of `explain`.
    pub fn computed(
        name: impl Into<Cow<'static, str>>,
        letter: impl Into<String>,
        equation: impl Into<String>,
        units: usize,
        explain: impl Fn(usize) -> Calculation + Send + Sync + 'static,
    ) -> Self {
        let values: Vec<f32> = (0..units).map(|unit| explain(unit).value()).collect();
        Self::new(name, letter, equation, values, explain)
    }

    /// The vector as a gate.
    pub fn gate(self) -> Self {
        Self { kind: Kind::Gate, ..self }
    }

    /// The vector, which is computed at each step though its letter does not say so.
    pub fn at_each_step(self) -> Self {
        Self { computed: Computed::AtEachStep, ..self }
    }

    /// The vector, which a stage before computes.
    pub fn computed_before(self) -> Self {
        Self { computed: Computed::Before, ..self }
    }

    /// The vector, which is at every step and shown there by its own name and equation.
    pub fn in_steps(self) -> Self {
        let (name, equation) = (self.name.clone(), self.equation.clone());
        let letter = self.letter.split('_').next().unwrap_or_default().to_owned();
        self.in_steps_as(Line { name, letter, equation })
    }

    /// The vector, which is at every step and shown there in the words of `line`.
    pub fn in_steps_as(self, line: Line) -> Self {
        Self { line: Some(line), ..self }
    }

    /// The vector, which the picture of the model leaves out.
    pub fn not_in_picture(self) -> Self {
        Self { in_picture: false, ..self }
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

/// A vector with its letter, as layers take it in.
#[derive(Debug, Clone)]
pub struct Named {
    /// Letter, as [`math`](super::math::math) reads it.
    pub letter: &'static str,
    /// `[unit]`.
    pub values: Vec<f32>,
}

impl Named {
    /// `values` by the name of `letter`.
    pub fn new(letter: &'static str, values: impl Into<Vec<f32>>) -> Self {
        Self { letter, values: values.into() }
    }
}

/// The summands of x·W for the column `column` of W `[x, columns]`, each of them times `more`.
pub fn column_terms(
    x: &Named,
    w: (&str, &[f32]),
    columns: usize,
    column: usize,
    more: Option<(&str, f32)>,
) -> Vec<Term> {
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

    #[test]
    fn a_line_of_steps_has_the_letter_without_the_step() {
        let state = Vector::given("evolution state", "h′_t", "h′_t = …", [0.5]).in_steps();
        assert_eq!(state.line.map(|line| line.letter).as_deref(), Some("h′"));
    }
}
