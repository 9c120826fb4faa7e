//! What a network computed on the way to one click probability: the numbers that the page shows.

use std::borrow::Cow;

/// One candidate's answer with everything that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// Row of the candidate in the catalogue.
    pub item: u32,
    /// The head's output before the sigmoid.
    pub logit: f32,
    /// Click probability, σ(logit).
    pub probability: f32,
    /// What the network computed on the way.
    pub trace: Trace,
}

/// The intermediate values of the network that made an [`Inspection`], as named parts in the order of the computation.
///
/// Which parts a network has, [`NetworkConfig::parts`](crate::NetworkConfig::parts) says. Every network has `attention`.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    parts: Vec<Part>,
}

/// Some values of a [`Trace`], in row order.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    spec: PartSpec,
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// What a [`Part`] is, apart from its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartSpec {
    /// Name in code and files, such as `interest_states`. No two parts of a network share one.
    pub name: &'static str,
    /// Letter in the equations, without indices: `h′`.
    pub letter: &'static str,
    /// What the numbers are.
    pub kind: Kind,
    /// What each dimension counts, the outermost first.
    pub axes: &'static [Axis],
}

/// What the numbers of a [`Part`] are. It decides how they are drawn and how exactly two implementations agree on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// How much of a state is written or reset, as a rule between 0 and 1.
    Gate,
    /// A vector that stands for an interest.
    State,
    /// How much something counts, such as attention.
    Weight,
    /// What a weight is made of: any number.
    Score,
}

/// What one dimension of a [`Part`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Items of the history, the oldest first.
    Step,
    /// Interests that a network keeps side by side.
    Interest,
    /// Numbers of a vector.
    Unit,
}

/// How long each axis of a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceSizes {
    /// Items in the history.
    pub steps: usize,
    /// Interests side by side.
    pub interests: usize,
    /// Numbers of an interest or a state.
    pub units: usize,
}

impl TraceSizes {
    fn of(self, axis: Axis) -> usize {
        match axis {
            Axis::Step => self.steps,
            Axis::Interest => self.interests,
            Axis::Unit => self.units,
        }
    }
}

impl PartSpec {
    /// What the weights of the clicks are made of, `[step]`: the output of a local activation unit or a product with the
    /// query.
    pub const SCORES: Self = Self { name: "scores", letter: "s", kind: Kind::Score, axes: &[Axis::Step] };

    /// The interest as a sum over the clicks, `[unit]`.
    pub const INTEREST: Self = Self { name: "interest", letter: "v", kind: Kind::State, axes: &[Axis::Unit] };

    /// The weight of each click for the candidate, `[step]`, with the letter that the network's paper gives it.
    pub const fn attention(letter: &'static str) -> Self {
        Self { name: "attention", letter, kind: Kind::Weight, axes: &[Axis::Step] }
    }

    /// The part with these numbers, in row order.
    ///
    /// # Panics
    /// When there are not as many numbers as the axes say.
    pub fn of(self, sizes: TraceSizes, values: Vec<f32>) -> Part {
        let shape: Vec<usize> = self.axes.iter().map(|&axis| sizes.of(axis)).collect();
        assert_eq!(values.len(), shape.iter().product::<usize>(), "values of {} {shape:?}", self.name);
        Part { spec: self, shape, values }
    }
}

impl Part {
    /// What the part is.
    pub fn spec(&self) -> PartSpec {
        self.spec
    }

    /// Name in code and files.
    pub fn name(&self) -> &'static str {
        self.spec.name
    }

    /// Letter in the equations.
    pub fn letter(&self) -> &'static str {
        self.spec.letter
    }

    /// What the numbers are.
    pub fn kind(&self) -> Kind {
        self.spec.kind
    }

    /// What each dimension counts, the outermost first.
    pub fn axes(&self) -> &'static [Axis] {
        self.spec.axes
    }

    /// The length of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// All values in row order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The vector of each step, where the part is `[step, unit]`.
    pub fn steps(&self) -> Option<Steps<'_>> {
        match (self.spec.axes, self.shape.as_slice()) {
            ([Axis::Step, Axis::Unit], &[_, units]) => Some(Steps::new(units, self.values.as_slice())),
            _ => None,
        }
    }
}

impl Trace {
    /// A trace of these parts, in the order of the computation.
    ///
    /// # Panics
    /// Without the weights of the clicks, `attention`, which every network has.
    pub fn new(parts: impl IntoIterator<Item = Part>) -> Self {
        let trace = Self { parts: parts.into_iter().collect() };
        assert!(trace.part(ATTENTION).is_some(), "a trace without attention");
        trace
    }

    /// Every part, in the order of the computation.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The part of this name, where the network has it.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name() == name)
    }

    /// The values of the part of this name; none where the network does not have it.
    pub fn values(&self, name: &str) -> &[f32] {
        self.part(name).map_or(&[], Part::values)
    }

    /// The weight of each history item for this candidate, `[step]`. Its letter is that of the network's paper: w_j, α_j, a_t.
    pub fn attention(&self) -> &[f32] {
        self.values(ATTENTION)
    }

    /// What the weights are made of, `[step]`; none where the network has no such part.
    pub fn scores(&self) -> &[f32] {
        self.values(PartSpec::SCORES.name)
    }
}

const ATTENTION: &str = PartSpec::attention("").name;

/// One vector per step of the history, `[step, width]`, the oldest step first. Borrowed from a [`Part`] or owned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steps<'a> {
    width: usize,
    values: Cow<'a, [f32]>,
}

impl<'a> Steps<'a> {
    /// Steps of `width` values each, from their values in row order.
    ///
    /// # Panics
    /// When `values` is not a whole number of steps.
    pub fn new(width: usize, values: impl Into<Cow<'a, [f32]>>) -> Self {
        let values = values.into();
        assert!(width > 0 && values.len().is_multiple_of(width), "{} values are no steps of {width}", values.len());
        Self { width, values }
    }

    /// Values in each step; 0 where nothing says how many.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The vector of step `t`, `[width]`.
    pub fn step(&self, t: usize) -> &[f32] {
        &self.values[t * self.width..][..self.width]
    }

    /// Every step, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// All values in row order, `[step · width]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The steps with values of their own, which outlive the trace.
    pub fn into_owned(self) -> Steps<'static> {
        Steps { width: self.width, values: Cow::Owned(self.values.into_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: TraceSizes = TraceSizes { steps: 2, interests: 4, units: 3 };

    #[test]
    fn parts_are_found_by_name_with_the_shape_of_their_axes() {
        // As of a network with several interests: which click belongs to which, and which one is read for a candidate.
        let belonging = PartSpec {
            name: "interest_attention",
            letter: "A",
            kind: Kind::Weight,
            axes: &[Axis::Interest, Axis::Step],
        };
        let choice = PartSpec { name: "choice", letter: "k", kind: Kind::Weight, axes: &[Axis::Interest] };
        let states = PartSpec { name: "states", letter: "h", kind: Kind::State, axes: &[Axis::Step, Axis::Unit] };
        let trace = Trace::new([
            belonging.of(SIZES, vec![0.25; 8]),
            choice.of(SIZES, vec![0.0, 0.0, 1.0, 0.0]),
            states.of(SIZES, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            PartSpec::attention("a").of(SIZES, vec![0.5, 0.5]),
        ]);
        assert_eq!(trace.attention(), [0.5, 0.5]);
        assert!(trace.scores().is_empty() && trace.part("scores").is_none());
        assert_eq!(trace.part("interest_attention").map(Part::shape), Some(&[4, 2][..]));
        assert_eq!(trace.part("choice").map(|part| (part.letter(), part.shape())), Some(("k", &[4][..])));
        assert!(trace.part("choice").is_some_and(|part| part.steps().is_none()));
        let steps = trace.part("states").and_then(Part::steps).unwrap_or_default();
        assert_eq!((steps.len(), steps.width(), steps.step(1)), (2, 3, &[4.0, 5.0, 6.0][..]));
    }

    #[test]
    #[should_panic(expected = "values of scores [2]")]
    fn values_that_do_not_fit_the_axes_are_refused() {
        PartSpec::SCORES.of(SIZES, vec![0.0; 3]);
    }

    #[test]
    #[should_panic(expected = "a trace without attention")]
    fn a_trace_without_attention_is_refused() {
        Trace::new([PartSpec::SCORES.of(SIZES, vec![0.0; 2])]);
    }
}
