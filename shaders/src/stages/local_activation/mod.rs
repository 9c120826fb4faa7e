//! The local activation unit: a score of each key for each candidate.

pub(crate) mod cpu;

use model::{LocalActivationConfig, Weights};

use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::limits::{VEC4, WORKGROUP, WORKGROUP_MEMORY, private_memory_holds, workgroup_memory_holds};
use crate::gpu::spec::{Buffer, Keys, StageSpec, wgsl};
use crate::gpu::words::{bias_and_activation, matrix_rows, padded};
use crate::layers::{Matrix, Mlp, Units};

/// The local activation unit. For a key k its first hidden layer is a dense layer in the query:
/// [q, k, q−k, q⊙k]·W + b = q·(W₁ + W₃ + diag(k)·W₄) + (k·(W₂ − W₃) + b), a quarter of the work.
#[derive(Debug, Clone)]
pub(crate) struct LocalActivation {
    /// W₁ + W₃, `[key, units]`.
    pub query: Matrix,
    /// W₂ − W₃, `[key, units]`.
    pub key: Matrix,
    /// W₄, `[key, units]`.
    pub product: Matrix,
    /// b, `[units]`.
    pub bias: Vec<f32>,
    /// Activation of the first hidden layer.
    pub activation: Units,
    /// The other hidden layers, if any, and the score.
    pub rest: Mlp,
}

impl LocalActivation {
    /// The unit of `weights` with the options `config`.
    pub fn new(weights: &Weights, config: &LocalActivationConfig) -> Self {
        let units = config.hidden[0];
        let parts = weights.values("attention.hidden.0.weight");
        let [w1, w2, w3, w4] = [0, 1, 2, 3].map(|part| &parts[part * parts.len() / 4..][..parts.len() / 4]);
        let combine =
            |a: &[f32], b: &[f32], sign: f32| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a + sign * b).collect() };
        Self {
            query: Matrix { columns: units, values: combine(w1, w3, 1.0) },
            key: Matrix { columns: units, values: combine(w2, w3, -1.0) },
            product: Matrix::new(units, w4),
            bias: weights.values("attention.hidden.0.bias").to_vec(),
            activation: Units::new(weights, "attention.activation.0", config.activation, units),
            rest: Mlp::new(weights, "attention", 1..config.hidden.len(), config.activation),
        }
    }

    /// Width of a key.
    pub fn width(&self) -> usize {
        self.key.rows().len()
    }

    /// Units of each hidden layer.
    pub fn units(&self) -> Vec<usize> {
        std::iter::once(self.bias.len()).chain(self.rest.layers.iter().map(|layer| layer.dense.bias.len())).collect()
    }
}

/// Name of the unit, where it is too large.
const UNIT: &str = "the local activation unit";

/// The stage on a GPU, for these keys.
///
/// # Errors
/// [`EngineError::TooLarge`].
pub(crate) fn spec(constants: &mut Constants, unit: &LocalActivation, keys: Keys) -> Result<StageSpec, EngineError> {
    let blocks = Blocks::of(unit);
    let first = blocks.layers[0];
    let fits = (keys.width + 1) * first * VEC4 <= WORKGROUP_MEMORY;
    let rows = if fits { keys.width } else { 1 };
    workgroup_memory_holds(UNIT, (rows + 1) * first * VEC4)?;
    // Every layer but the last is kept while the next is computed, in two places in turns.
    let (_, kept) = blocks.layers.split_last().unwrap_or((&0, &[]));
    let place = |first: usize| 4 * kept.iter().skip(first).step_by(2).copied().max().unwrap_or(0);
    let (even, values) = (place(0), (place(0) + place(1)).max(1));
    private_memory_holds(UNIT, values * VEC4)?;
    constants.keys(keys);
    constants.number("UNIT_BLOCKS", first);
    constants.flag("LAYER_FITS", fits);
    constants.number("LAYER_ROWS", rows);
    constants.function("ATTENTION_FUNCTION", unit.activation.function);
    let (further, inputs) = blocks.further_layers();
    constants.number("ATTENTION_LAYERS", blocks.layers.len());
    constants.list("ATTENTION_BLOCKS", &blocks.layers);
    constants.number("FURTHER_LAYERS", further);
    constants.number("FURTHER_INPUTS", inputs);
    constants.number("WIDEST_BLOCKS", blocks.widest());
    constants.number("OUTPUT_BLOCKS", blocks.layers.last().copied().unwrap_or(1));
    constants.number("ODD_VALUES", even);
    constants.number("VALUES", values);
    Ok(StageSpec {
        name: "local_activation",
        files: &[wgsl!("local_activation")],
        reads: vec![keys.buffer, Buffer::AttentionQueries],
        writes: vec![Buffer::Scores],
        once: false,
        quads: WORKGROUP,
        grid: |request, quads| [request.quads.div_ceil(quads), request.steps],
        weights: words(unit, &blocks),
    })
}

/// Units of each hidden layer in blocks of four, as the shader computes them.
struct Blocks {
    layers: Vec<usize>,
}

impl Blocks {
    fn of(unit: &LocalActivation) -> Self {
        Self { layers: unit.units().iter().map(|units| units.div_ceil(4)).collect() }
    }

    /// Blocks of the widest hidden layer where there are several; else 1, for an array has at least one entry.
    fn widest(&self) -> usize {
        if self.layers.len() > 1 { self.layers.iter().copied().max().unwrap_or(1) } else { 1 }
    }

    /// Hidden layers after the first one, and each one's inputs; 1 where there is none, for an array has at least one entry.
    fn further_layers(&self) -> (usize, usize) {
        match self.layers.len() {
            0 | 1 => (1, 1),
            layers => (layers - 1, 4 * self.widest()),
        }
    }
}

/// `LocalActivation` of `local_activation.wgsl`: units in blocks of four, filled up with zeros, and every layer after the
/// first as wide as the widest.
fn words(unit: &LocalActivation, blocks: &Blocks) -> Vec<f32> {
    let units = 4 * blocks.layers[0];
    let mut words = Vec::new();
    for matrix in [&unit.query, &unit.key, &unit.product] {
        matrix_rows(&mut words, matrix, units);
    }
    bias_and_activation(&mut words, &unit.bias, &unit.activation, units);

    let (layers, inputs) = blocks.further_layers();
    let units = 4 * blocks.widest();
    let start = words.len();
    for (index, layer) in unit.rest.layers.iter().enumerate() {
        let start = start + index * (inputs + 4) * units;
        matrix_rows(&mut words, &layer.dense.weight, units);
        words.resize(start + inputs * units, 0.0);
        bias_and_activation(&mut words, &layer.dense.bias, &layer.activation, units);
    }
    words.resize(start + layers * (inputs + 4) * units, 0.0);

    padded(&mut words, &unit.rest.output, unit.rest.output.len().next_multiple_of(4));
    // The struct ends on a whole vec4.
    padded(&mut words, &[unit.rest.output_bias], 4);
    words
}
