//! The head: the click probability of each candidate from its interest.

pub(crate) mod cpu;

use model::Config;

use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::limits::{VEC4, WORKGROUP, workgroup_memory_holds};
use crate::gpu::spec::{Buffer, StageSpec, wgsl};
use crate::gpu::words::{bias_and_activation, matrix_rows, padded};
use crate::layers::{Function, Mlp};

/// The stage on a GPU, in a network of `config`.
///
/// # Errors
/// [`EngineError::TooLarge`].
pub(crate) fn spec(constants: &mut Constants, config: &Config, head: &Mlp) -> Result<StageSpec, EngineError> {
    let (width, interest_width, options) = (config.width(), config.interest_width(), &config.head);
    let widest_units = options.hidden.iter().copied().max().unwrap_or(0);
    let widest_input = widest_units.max(config.head_width());
    workgroup_memory_holds("the head", (widest_input + widest_units + WORKGROUP) * VEC4)?;
    let product_start = interest_width + width;
    let key_sum_start = product_start + if options.interest_product { interest_width } else { 0 };
    constants.number("HEAD_WIDTH", config.head_width());
    constants.number("QUERY_START", interest_width);
    constants.flag("INTEREST_PRODUCT", options.interest_product);
    constants.number("PRODUCT_START", product_start);
    constants.flag("KEY_SUM", options.key_sum);
    constants.number("KEY_SUM_START", key_sum_start);
    constants.function("HEAD_FUNCTION", Function::of(options.activation));
    constants.number("LAYERS", options.hidden.len());
    constants.list("UNITS", &options.hidden);
    constants.number("WIDEST_UNITS", widest_units);
    constants.number("WIDEST_INPUT", widest_input);
    Ok(StageSpec {
        name: "ranking_mlp",
        files: &[wgsl!("ranking_mlp")],
        reads: vec![Buffer::History, Buffer::Queries, Buffer::Interests],
        writes: vec![Buffer::Logits, Buffer::Probabilities],
        once: false,
        quads: 1,
        grid: |request, _| [request.quads, 1],
        weights: words(head, widest_units, widest_input),
    })
}

/// `RankingMlp` of `ranking_mlp.wgsl`: every layer as wide as the widest, filled up with zeros.
fn words(head: &Mlp, units: usize, inputs: usize) -> Vec<f32> {
    let mut words = Vec::new();
    for layer in &head.layers {
        let start = words.len();
        matrix_rows(&mut words, &layer.dense.weight, units);
        debug_assert!(words.len() - start <= inputs * units);
        words.resize(start + inputs * units, 0.0);
        bias_and_activation(&mut words, &layer.dense.bias, &layer.activation, units);
    }
    padded(&mut words, &head.output, units);
    words.push(head.output_bias);
    words
}
