//! The weights as the shaders' structs hold them, field after field. All of them are float32 without gaps, so that a
//! struct is a list of values; a test compares the sizes with naga's.

use super::constants::Sizes;
use crate::network::{Dien, Gru, LocalActivation, Matrix, Mlp, Tin, Units};

/// `LocalActivation` of `local_activation.wgsl`: units in blocks of four, filled up with zeros, and every layer after
/// the first as wide as the widest.
pub(super) fn local_activation(unit: &LocalActivation, sizes: &Sizes) -> Vec<f32> {
    let units = 4 * sizes.unit_blocks[0];
    let mut words = Vec::new();
    for matrix in [&unit.query, &unit.key, &unit.product] {
        matrix_rows(&mut words, matrix, units);
    }
    bias_and_activation(&mut words, &unit.bias, &unit.activation, units);

    let (layers, inputs) = sizes.further_layers();
    let units = 4 * sizes.widest_blocks();
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

/// `TemporalAttention` of `temporal_attention.wgsl`.
pub(super) fn temporal_attention(tin: &Tin) -> Vec<f32> {
    tin.positions.values.clone()
}

/// `InterestExtractor` of `interest_extractor.wgsl`.
pub(super) fn interest_extractor(dien: &Dien) -> Vec<f32> {
    let Dien { extractor, evolution, .. } = dien;
    [
        &extractor.input.weight.values,
        &extractor.input.bias,
        &extractor.hidden.weight.values,
        &extractor.hidden.bias,
        &evolution.input.weight.values,
    ]
    .map(Vec::as_slice)
    .concat()
}

/// `SecondLayer` of `recurrent.wgsl`.
pub(super) fn second_layer(evolution: &Gru) -> Vec<f32> {
    [&evolution.hidden.weight.values, &evolution.hidden.bias, &evolution.input.bias].map(Vec::as_slice).concat()
}

/// `RankingMlp` of `ranking_mlp.wgsl`: every layer as wide as the widest, filled up with zeros.
pub(super) fn ranking_mlp(head: &Mlp, sizes: &Sizes) -> Vec<f32> {
    let (units, inputs) = (sizes.widest_units(), sizes.widest_input());
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

fn matrix_rows(words: &mut Vec<f32>, matrix: &Matrix, width: usize) {
    for row in matrix.rows() {
        padded(words, row, width);
    }
}

fn bias_and_activation(words: &mut Vec<f32>, bias: &[f32], activation: &Units, width: usize) {
    for values in [bias, &activation.alpha, &activation.scale, &activation.shift] {
        padded(words, values, width);
    }
}

fn padded(words: &mut Vec<f32>, values: &[f32], width: usize) {
    let end = words.len() + width;
    words.extend_from_slice(values);
    words.resize(end, 0.0);
}
