//! Weights as the shaders' structs hold them, field after field. All of them are float32 without gaps, so that a struct is a
//! list of values; a test compares the sizes with naga's.

use crate::layers::{Matrix, Units};

/// The rows of a matrix, each filled up with zeros to `width`.
pub(crate) fn matrix_rows(words: &mut Vec<f32>, matrix: &Matrix, width: usize) {
    for row in matrix.rows() {
        padded(words, row, width);
    }
}

/// A bias and the parameters of the activation after it, each filled up with zeros to `width`.
pub(crate) fn bias_and_activation(words: &mut Vec<f32>, bias: &[f32], activation: &Units, width: usize) {
    for values in [bias, &activation.alpha, &activation.scale, &activation.shift] {
        padded(words, values, width);
    }
}

/// Values filled up with zeros to `width`.
pub(crate) fn padded(words: &mut Vec<f32>, values: &[f32], width: usize) {
    let end = words.len() + width;
    words.extend_from_slice(values);
    words.resize(end, 0.0);
}
