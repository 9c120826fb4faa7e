//! Layers as TensorFlow names and stores them: kernels are `[in, out]`, and `GRUCell` resets before the product.

use crate::asked::Asked;
use crate::body::Gru;
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::layers::{Dense, Norm};
use model::Evolution;

/// ε of Keras's batch normalisation.
const NORM_EPSILON: f32 = 1e-3;

/// `scope`kernel`number` [from, to] and `scope`bias`number` [to].
pub(super) fn kernel(
    checkpoint: &mut Checkpoint,
    scope: &str,
    number: &str,
    from: Option<usize>,
    to: Option<usize>,
) -> Result<Dense, ImportError> {
    let weight = checkpoint.take(&format!("{scope}kernel{number}"), [from, to])?;
    let (from, to) = (weight.shape[0], weight.shape[1]);
    let bias = checkpoint.vector(&format!("{scope}bias{number}"), Some(to))?;
    Ok(Dense { from, to, weight: weight.values, bias })
}

/// Keras's batch normalisation in a scope, with γ and β.
pub(super) fn norm(checkpoint: &mut Checkpoint, scope: &str, units: usize) -> Result<Norm, ImportError> {
    read_norm(checkpoint, scope, units, true, NORM_EPSILON)
}

/// The statistics of DeepCTR's Dice in a scope.
pub(super) fn dice_norm(
    checkpoint: &mut Checkpoint,
    scope: &str,
    units: usize,
    epsilon: f32,
) -> Result<Norm, ImportError> {
    read_norm(checkpoint, scope, units, false, epsilon)
}

fn read_norm(
    checkpoint: &mut Checkpoint,
    scope: &str,
    units: usize,
    affine: bool,
    epsilon: f32,
) -> Result<Norm, ImportError> {
    let names = ["gamma", "beta", "moving_mean", "moving_variance"].map(|part| format!("{scope}{part}"));
    Norm::read(checkpoint, names, units, affine, epsilon)
}

/// TensorFlow's `GRUCell`: gates `[from + hidden, 2·hidden]` with columns r, u, where u keeps, and candidate
/// `[from + hidden, hidden]`.
pub(super) fn gru_cell(
    checkpoint: &mut Checkpoint,
    scope: &str,
    from: usize,
    hidden: usize,
) -> Result<Gru, ImportError> {
    let rows = Some(from + hidden);
    let gates = kernel(checkpoint, &format!("{scope}gates/"), "", rows, Some(2 * hidden))?;
    let candidate = kernel(checkpoint, &format!("{scope}candidate/"), "", rows, Some(hidden))?;
    // 1 − σ(s) = σ(−s).
    let signed = |gates: &[f32]| -> Vec<f32> {
        let (reset, keep) = gates.split_at(hidden);
        reset.iter().copied().chain(keep.iter().map(|keep| -keep)).collect()
    };
    let weight: Vec<f32> = gates
        .weight
        .chunks_exact(2 * hidden)
        .zip(candidate.weight.chunks_exact(hidden))
        .flat_map(|(gates, candidate)| [signed(gates), candidate.to_vec()].concat())
        .collect();
    let (of_input, of_hidden) = weight.split_at(from * 3 * hidden);
    let layer =
        |from: usize, weight: &[f32], bias: Vec<f32>| Dense { from, to: 3 * hidden, weight: weight.to_vec(), bias };
    Ok(Gru {
        input: layer(from, of_input, [signed(&gates.bias), candidate.bias].concat()),
        hidden: layer(hidden, of_hidden, vec![0.0; 3 * hidden]),
    })
}

/// The second recurrent layer "gru2": TensorFlow's own cell, or one that takes attention. `plain` are the kinds that have the
/// former, the default first.
pub(super) fn second_layer(
    checkpoint: &mut Checkpoint,
    asked: &mut Asked,
    width: usize,
    plain: [Evolution; 2],
    code: &'static str,
) -> Result<(Evolution, Gru), ImportError> {
    if checkpoint.has_any("gru2/gru_cell/") {
        let evolution = asked.evolution(plain, "the usual one of the two", code)?;
        return Ok((evolution, gru_cell(checkpoint, "gru2/gru_cell/", width, width)?));
    }
    if !checkpoint.has_any("gru2/") {
        return Err(checkpoint.unsupported(
            "there is no tensor under \"gru2/\": Keras does not keep track of the variables of AGRU and AUGRU, so \
             model.weights lacks them; save tf.compat.v1.global_variables() instead",
        ));
    }
    let evolution = match asked.evolution([Evolution::Augru, Evolution::Agru], "the usual one of the two", code)? {
        Evolution::Augru => Evolution::AugruAuthors,
        evolution => evolution,
    };
    Ok((evolution, gru_cell(checkpoint, "gru2/", width, width)?))
}
