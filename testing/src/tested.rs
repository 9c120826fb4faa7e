//! What tests know of a network.

use model::Config;

use crate::variant::Variant;

/// A network by its options: which of them are tested, and what holds with them. Each file of `networks/` implements it for
/// the type of its network's options.
pub trait Tested {
    /// The variants whose implementations are compared, the page's first.
    fn variants() -> Vec<Variant>
    where
        Self: Sized;

    /// Every option with few units, the page's first, where `width` is H and the interest is as wide.
    fn options(width: usize) -> Vec<Self>
    where
        Self: Sized;

    /// Sizes from one number a vector to the most that the shaders have room for, too large to be run in every test.
    fn sizes() -> Vec<Config>
    where
        Self: Sized;

    /// Whether the weights of the clicks are shares of one.
    fn shares_of_one(&self) -> bool;

    /// Whether an answer depends on the order of the clicks.
    fn knows_order(&self) -> bool;
}
