//! Layers as PyTorch names and stores them.

use crate::body::{Gates, Gru};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::layers::{Dense, Layers, Mlp, Norm, Units};

/// ε of PyTorch's batch normalisation.
const NORM_EPSILON: f32 = 1e-5;

/// PyTorch's linear layer: weight [to, from], bias [to].
pub(super) fn linear(
    checkpoint: &mut Checkpoint,
    name: &str,
    from: Option<usize>,
    to: Option<usize>,
) -> Result<Dense, ImportError> {
    let weight = checkpoint.take(&format!("{name}.weight"), [to, from])?;
    let bias = checkpoint.vector(&format!("{name}.bias"), Some(weight.shape[0]))?;
    Ok(Dense::from_rows(weight, bias))
}

/// PyTorch's GRU of one layer, as wide as its input.
pub(super) fn torch_gru(checkpoint: &mut Checkpoint, prefix: &str, width: usize) -> Result<Gru, ImportError> {
    if checkpoint.has(&format!("{prefix}weight_ih_l1")) {
        return Err(checkpoint.unsupported(format!("{prefix} has two layers; one is supported")));
    }
    let [input, hidden] = gru_layers(checkpoint, prefix, "_l0", width)?;
    Ok(Gru::new(input, hidden, Gates::ResetKeep))
}

/// The two layers `prefix`weight_ih`suffix` and `prefix`weight_hh`suffix` of a recurrent unit, with their biases.
pub(super) fn gru_layers(
    checkpoint: &mut Checkpoint,
    prefix: &str,
    suffix: &str,
    width: usize,
) -> Result<[Dense; 2], ImportError> {
    let mut layer = |part: &str| -> Result<Dense, ImportError> {
        let weight = checkpoint.take(&format!("{prefix}weight_{part}{suffix}"), [Some(3 * width), Some(width)])?;
        let bias = checkpoint.vector(&format!("{prefix}bias_{part}{suffix}"), Some(3 * width))?;
        Ok(Dense::from_rows(weight, bias))
    };
    Ok([layer("ih")?, layer("hh")?])
}

/// A batch normalisation over `units`, with γ and β.
pub(super) fn norm(checkpoint: &mut Checkpoint, name: &str, units: usize) -> Result<Norm, ImportError> {
    read_norm(checkpoint, name, units, true, NORM_EPSILON)
}

fn read_norm(
    checkpoint: &mut Checkpoint,
    name: &str,
    units: usize,
    affine: bool,
    epsilon: f32,
) -> Result<Norm, ImportError> {
    let names = ["weight", "bias", "running_mean", "running_var"].map(|part| format!("{name}.{part}"));
    Norm::read(checkpoint, names, units, affine, epsilon)
}

/// What differs between the libraries' Dice.
#[derive(Debug, Clone, Copy)]
pub(super) struct DiceKind {
    pub epsilon: f32,
    /// Whether it has γ and β.
    pub affine: bool,
}

/// The activation `name` of a layer of `units`, by its tensors.
pub(super) fn units(
    checkpoint: &mut Checkpoint,
    name: &str,
    units: usize,
    dice: DiceKind,
) -> Result<Units, ImportError> {
    let (alpha, weight) = (format!("{name}.alpha"), format!("{name}.weight"));
    if checkpoint.has(&alpha) {
        let alpha = checkpoint.vector(&alpha, Some(units))?;
        let norm = read_norm(checkpoint, &format!("{name}.bn"), units, dice.affine, dice.epsilon)?;
        return Ok(Units::Dice { alpha, norm });
    }
    if checkpoint.has(&weight) {
        return Ok(Units::Prelu(checkpoint.vector(&weight, Some(units))?));
    }
    Ok(Units::Unknown)
}

/// A perceptron in a torch Sequential: linear layers, each followed by a batch normalisation or none and an activation,
/// which has a number even where it has no tensors.
pub(super) fn sequential(
    checkpoint: &mut Checkpoint,
    prefix: &str,
    from: Option<usize>,
    dice: DiceKind,
) -> Result<Mlp, ImportError> {
    let (layers, rest) = sequential_layers(checkpoint, prefix, from, dice)?;
    match rest {
        Some(output) => Ok(Mlp { hidden: layers, output }),
        None => Err(ImportError::Missing {
            file: checkpoint.file().to_owned(),
            tensor: format!("{prefix}0.weight"),
            expected: format!("[?, {}]", from.map_or("?".to_owned(), |from| from.to_string())),
        }),
    }
}

/// The layers of a torch Sequential, the last one apart and taken as without activation.
pub(super) fn sequential_layers(
    checkpoint: &mut Checkpoint,
    prefix: &str,
    mut from: Option<usize>,
    dice: DiceKind,
) -> Result<(Layers, Option<Dense>), ImportError> {
    let children = checkpoint.children(prefix);
    let is_linear = |checkpoint: &Checkpoint, child: &str| {
        checkpoint.shape(&format!("{prefix}{child}.weight")).is_some_and(|shape| shape.len() == 2)
    };
    let mut layers = Layers::new();
    for child in &children {
        let name = format!("{prefix}{child}");
        if is_linear(checkpoint, child) {
            let dense = linear(checkpoint, &name, from, None)?;
            from = Some(dense.to);
            layers.push((dense, Units::Unknown));
            continue;
        }
        let Some((dense, activation)) = layers.last_mut() else {
            // Not a linear layer where one must be: named with the shape that it should have.
            linear(checkpoint, &name, from, None)?;
            continue;
        };
        if checkpoint.has(&format!("{name}.running_mean")) {
            let (scale, shift) = norm(checkpoint, &name, dense.to)?.scale_and_shift();
            dense.scale(&scale, &shift);
        } else {
            *activation = units(checkpoint, &name, dense.to, dice)?;
        }
    }
    let output = layers.pop().map(|(dense, _)| dense);
    Ok((layers, output))
}
