//! The networks once more in NumPy: the cells of the notebook that the page writes of a computation.
//!
//! A file here is one stage, or a few that belong together, in the percent format: a line `# %%` begins a cell of code,
//! `# %% [markdown]` one of text behind `#`, and what follows the mark in braces is the cell's metadata. [`BEGIN`] says what there
//! is: `weights`, `options`, `about`, `clicks` and `q`, and `compare`, with which each stage ends. A network tells its stages by
//! [`Explained::notebook`](super::Explained::notebook), and each of them leaves `v`, the interest, to [`RANKING_MLP`]. Letters are
//! those of [`calculation`](super::calculation), which says what there is to compare.

/// What reads the data and compares, and the embedding. `{data}`, `{checksum}` and `{click}` are places for what it is about.
pub const BEGIN: &str = include_str!("begin.py");
/// Dense layers, activations and softmax.
pub const PERCEPTRON: &str = include_str!("perceptron.py");
/// What makes weights of scores, and the local activation unit.
pub const ATTENTION: &str = include_str!("attention.py");
/// DIN.
pub const DIN: &str = include_str!("din.py");
/// Embedding & MLP.
pub const EMBEDDING_MLP: &str = include_str!("embedding_mlp.py");
/// TIN.
pub const TIN: &str = include_str!("tin.py");
/// ComiRec-SA.
pub const COMIREC_SA: &str = include_str!("comirec_sa.py");
/// DIEN's first layer.
pub const INTEREST_EXTRACTOR: &str = include_str!("interest_extractor.py");
/// DIEN's attention.
pub const INTEREST_ATTENTION: &str = include_str!("interest_attention.py");
/// DIEN's second layer.
pub const INTEREST_EVOLUTION: &str = include_str!("interest_evolution.py");
/// What becomes of the states of a second GRU.
pub const STATE_POOLING: &str = include_str!("state_pooling.py");
/// From the interest to the click probability.
pub const RANKING_MLP: &str = include_str!("ranking_mlp.py");
