//! The weights as the shaders' structs hold them, field after field. All of them are float32 without gaps, so that a
//! struct is a list of values; a test compares the sizes with naga's.

use super::sizes::Sizes;
use crate::network::{Dien, Din, Head, Matrix, Tin};

/// `LocalActivation` of `wgsl/local_activation.wgsl`: units in blocks of four, filled up with zeros.
pub(super) fn local_activation(din: &Din, sizes: &Sizes) -> Vec<f32> {
    let units = 4 * sizes.unit_blocks();
    let mut words = Vec::new();
    for matrix in [&din.query, &din.key, &din.product] {
        for row in matrix.rows() {
            padded(&mut words, row, units);
        }
    }
    for values in [&din.bias, &din.activation.alpha, &din.activation.scale, &din.activation.shift, &din.output] {
        padded(&mut words, values, units);
    }
    // The struct ends on a whole vec4.
    padded(&mut words, &[din.output_bias], 4);
    words
}

/// `TemporalAttention` of `wgsl/temporal_attention.wgsl`.
pub(super) fn temporal_attention(tin: &Tin) -> Vec<f32> {
    tin.positions.values.clone()
}

/// `InterestExtractor` of `wgsl/interest_extractor.wgsl`.
pub(super) fn interest_extractor(dien: &Dien) -> Vec<f32> {
    let Dien { extractor, attention, evolution, .. } = dien;
    [
        &extractor.input.weight.values,
        &extractor.input.bias,
        &extractor.hidden.weight.values,
        &extractor.hidden.bias,
        &attention.values,
        &evolution.input.weight.values,
    ]
    .map(Vec::as_slice)
    .concat()
}

/// `InterestEvolution` of `wgsl/interest_evolution.wgsl`.
pub(super) fn interest_evolution(dien: &Dien) -> Vec<f32> {
    let evolution = &dien.evolution;
    [&evolution.hidden.weight.values, &evolution.hidden.bias, &evolution.input.bias].map(Vec::as_slice).concat()
}

/// `RankingMlp` of `wgsl/ranking_mlp.wgsl`: every layer as wide as the widest, filled up with zeros.
pub(super) fn ranking_mlp(head: &Head, sizes: &Sizes) -> Vec<f32> {
    let (units, inputs) = (sizes.widest_units(), sizes.widest_input());
    let mut words = Vec::new();
    for layer in &head.layers {
        let Matrix { values, .. } = &layer.dense.weight;
        let start = words.len();
        for row in layer.dense.weight.rows() {
            padded(&mut words, row, units);
        }
        debug_assert!(values.len() <= inputs * units);
        words.resize(start + inputs * units, 0.0);
        let activation = &layer.activation;
        for values in [&layer.dense.bias, &activation.alpha, &activation.scale, &activation.shift] {
            padded(&mut words, values, units);
        }
    }
    padded(&mut words, &head.output, units);
    words.push(head.output_bias);
    words
}

fn padded(words: &mut Vec<f32>, values: &[f32], width: usize) {
    let end = words.len() + width;
    words.extend_from_slice(values);
    words.resize(end, 0.0);
}
