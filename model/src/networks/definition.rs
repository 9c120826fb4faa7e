//! What every network says about itself, apart from what it computes.

use crate::config::head::HeadConfig;
use crate::config::json::{Fields, Json};
use crate::config::tensors::{Sizes, Tensors};
use crate::trace::PartSpec;

/// A network by its options: which sizes and tensors it has, and which variants of it have a name. Each folder of
/// `networks/` implements it for the type of its options.
pub(crate) trait Definition {
    /// Which networks it belongs with.
    fn family() -> Family
    where
        Self: Sized;

    /// The options that the page ships.
    fn shipped() -> Self
    where
        Self: Sized;

    /// The head that the page ships.
    fn shipped_head() -> HeadConfig
    where
        Self: Sized,
    {
        HeadConfig::shipped()
    }

    /// Width of the item embedding that the page ships, which `training/src/search.rs` found.
    fn shipped_item_dim() -> usize
    where
        Self: Sized,
    {
        24
    }

    /// The variants with a name, in the order of the table of results. The page's own, which bears the network's id, is one
    /// of them.
    fn variants() -> Vec<Variant<Self>>
    where
        Self: Sized;

    /// Reads the options among the fields of a JSON object, whose name is read already.
    ///
    /// # Errors
    /// A sentence that names the field.
    fn read<J: Json>(fields: &mut Fields<J>) -> Result<Self, String>
    where
        Self: Sized;

    /// Width of the interest, where `width` is H.
    fn interest_width(&self, width: usize) -> usize {
        width
    }

    /// How many interests lie side by side.
    fn interests(&self) -> usize {
        1
    }

    /// The parts of a trace, in the order of the computation.
    fn parts(&self) -> &'static [PartSpec];

    /// What tells the options from others, in a few words each. No method of the trait object, so that the page, which asks for
    /// none of these words, has none of them.
    fn facts(&self) -> Vec<&'static str>
    where
        Self: Sized,
    {
        Vec::new()
    }

    /// Sizes that must be neither 0 nor huge, by the name of their field.
    fn sizes(&self) -> Vec<(&'static str, usize)> {
        Vec::new()
    }

    /// What else is wrong, where `width` is H.
    fn problem(&self, _width: usize) -> Option<String> {
        None
    }

    /// Why the network cannot be trained with an auxiliary loss, where `width` is H. One that has no such loss trains as if
    /// its weight were 0.
    fn auxiliary_problem(&self, _width: usize) -> Option<String> {
        None
    }

    /// Whether a state can grow from step to step without end, so that the weights alone set no bound to it.
    fn grows(&self) -> bool {
        false
    }

    /// Adds the network's tensors.
    fn tensors(&self, sizes: Sizes, tensors: &mut Tensors);
}

/// Networks that answer the same question about a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// What would do without attention? What all others are compared with.
    Base,
    /// Which clicks matter for this candidate? A weight for each click, and their sum.
    Attention,
    /// How did the interest get here? States that follow one another.
    Evolution,
    /// Which interests are there side by side? Several vectors, of which a candidate takes what fits.
    MultiInterest,
}

/// A network with a name: what the command line trains and the table of results lists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant<Options> {
    /// The name on the command line and in tables.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The network's options.
    pub options: Options,
    /// The head's options.
    pub head: HeadConfig,
    /// α, the weight of the auxiliary loss in training.
    pub auxiliary: f32,
    /// How often a study trains it, each time from another seed.
    pub seeds: u64,
    /// Whether it is a rung of the DIEN paper's ablation.
    pub ablation: bool,
}

impl<Options: Definition> Variant<Options> {
    /// A variant with the shipped head, no auxiliary loss, trained from three seeds.
    pub fn new(name: &'static str, about: &'static str, options: Options) -> Self {
        Self { name, about, options, head: Options::shipped_head(), auxiliary: 0.0, seeds: 3, ablation: false }
    }
}

impl<Options> Variant<Options> {
    /// The variant with its head changed.
    pub fn head(mut self, change: impl FnOnce(&mut HeadConfig)) -> Self {
        change(&mut self.head);
        self
    }

    /// The variant with an auxiliary loss of this weight.
    pub fn auxiliary(self, auxiliary: f32) -> Self {
        Self { auxiliary, ..self }
    }

    /// The variant trained from so many seeds.
    pub fn seeds(self, seeds: u64) -> Self {
        Self { seeds, ..self }
    }

    /// The variant as a rung of the DIEN paper's ablation.
    pub fn ablation(self) -> Self {
        Self { ablation: true, ..self }
    }

    /// The variant with its options as `wrap` makes them.
    pub fn map<Other>(self, wrap: impl FnOnce(Options) -> Other) -> Variant<Other> {
        let Self { name, about, options, head, auxiliary, seeds, ablation } = self;
        Variant { name, about, options: wrap(options), head, auxiliary, seeds, ablation }
    }
}
