//! FuxiCTR's DIN and DIEN (model_zoo/DIN and model_zoo/DIEN of its repository, PyTorch).

use crate::asked::Asked;
use crate::body::{Attention, Body, Gates, Gru, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::source::{HeadPart, Source};
use crate::torch::{linear, sequential, torch_gru};
use model::{Evolution, Normalization, Reset};

/// What names of FuxiCTR's models begin with.
pub(super) const MARK: &str = "embedding_layer.embedding_layers.";
const LIBRARY: &str = "FuxiCTR";
/// ε of its Dice.
const DICE_EPSILON: f32 = 1e-9;

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let names = checkpoint.children(MARK);
    let table = |name: &str| format!("{MARK}{name}.weight");
    let features = Features::new(checkpoint, asked, &names, table)?;
    let width = features.width();
    for module in ["attention_layers.1.", "extraction_modules.1."] {
        if checkpoint.has_any(module) {
            return Err(checkpoint.unsupported("the model has two sequences of behaviour; one is supported"));
        }
    }
    let mut head = sequential(checkpoint, "dnn.mlp.", None, DICE_EPSILON)?;
    asked.settle_head(&mut head);
    let contexts = features.contexts.iter().cloned().map(HeadPart::Feature);
    let query = [HeadPart::Item, HeadPart::Category];
    let (body, default): (Body, Vec<HeadPart>) = if checkpoint.has_any("extraction_modules.0.") {
        let fixed = 2 * width + features.contexts.iter().map(|table| table.dim).sum::<usize>();
        let sums = (head.inputs() == fixed + 2 * width).then_some([HeadPart::KeySum, HeadPart::KeyProduct]);
        let parts = [HeadPart::Interest].into_iter().chain(sums.into_iter().flatten()).chain(contexts).chain(query);
        (dien(checkpoint, asked, width)?, parts.collect())
    } else {
        let prefix = "attention_layers.0.attention_layer.mlp.";
        let mut mlp = sequential(checkpoint, prefix, Some(4 * width), DICE_EPSILON)?;
        asked.settle_attention(&mut mlp);
        let normalization = asked.normalization((Normalization::None, "none"), LIBRARY)?;
        let attention = Unit { query: None, mlp };
        (Body::Din { attention, normalization }, contexts.chain(query).chain([HeadPart::Interest]).collect())
    };
    features.source(checkpoint, asked, LIBRARY, body, head, default)
}

fn dien(checkpoint: &mut Checkpoint, asked: &mut Asked, width: usize) -> Result<Body, ImportError> {
    let extractor = torch_gru(checkpoint, "extraction_modules.0.", width)?;
    let cell = "evolving_modules.0.gru_cell.";
    let has_attention = checkpoint.has_any("attention_modules.0.");
    let (evolution, second) = if checkpoint.has_any(cell) {
        let evolution = asked.evolution((Evolution::Augru, "AUGRU"), LIBRARY)?;
        let input = linear(checkpoint, &format!("{cell}x2h"), Some(width), Some(3 * width))?;
        let hidden = linear(checkpoint, &format!("{cell}h2h"), Some(width), Some(3 * width))?;
        (evolution, Gru::new(input, hidden, Gates::UpdateReset))
    } else {
        let second = torch_gru(checkpoint, "evolving_modules.0.", width)?;
        // Attention on a plain GRU is AIGRU; without tensors for it, attention may still be the inner product.
        let evolution =
            if has_attention { Evolution::Aigru } else { asked.evolution((Evolution::Gru, "GRU"), LIBRARY)? };
        (evolution, second)
    };
    let unit = "attention_modules.0.attn_mlp.mlp.";
    let attention = if checkpoint.has("attention_modules.0.W_kernel") {
        let kernel = checkpoint.take("attention_modules.0.W_kernel", [Some(width), Some(width)])?;
        Attention::Bilinear(kernel.values)
    } else if checkpoint.has_any(unit) {
        let mut mlp = sequential(checkpoint, unit, Some(4 * width), DICE_EPSILON)?;
        asked.settle_attention(&mut mlp);
        Attention::Unit(Unit { query: None, mlp })
    } else if evolution == Evolution::Gru {
        Attention::None
    } else {
        Attention::inner_product(width)
    };
    let normalization = match attention {
        Attention::None => Normalization::Softmax,
        _ => asked.normalization((Normalization::Softmax, "softmax"), LIBRARY)?,
    };
    let auxiliary = if checkpoint.has_any("aux_net.mlp.") {
        let mut mlp = sequential(checkpoint, "aux_net.mlp.", Some(2 * width), DICE_EPSILON)?;
        asked.settle(&mut mlp, asked.options.auxiliary_activation, "auxiliary", "the auxiliary classifier");
        Some(mlp)
    } else {
        None
    };
    Ok(Body::Dien { extractor, attention, normalization, evolution, second, reset: Reset::After, auxiliary })
}
