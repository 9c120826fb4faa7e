//! FuxiCTR's DIN and DIEN (PyTorch): model_zoo/DIN and model_zoo/DIEN of its repository, and model_zoo/LongCTR, which its
//! package on PyPI has.

use crate::asked::Asked;
use crate::body::{Attention, Body, Gates, Gru, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::Mlp;
use crate::question::{Choice, Question};
use crate::roles::{QueryOrder, Rules};
use crate::rows::Zero;
use crate::source::{HeadPart, Source};
use crate::torch::{DiceKind, linear, sequential, torch_gru};
use model::{Evolution, Normalization, Reset};

/// What names of FuxiCTR's models begin with.
pub(super) const MARK: &str = "embedding_layer.embedding_layers.";
/// What names of the models on PyPI begin with, which look the clicks' features up beside them.
pub(super) const LONG_MARK: &str = "embedding_layer.embedding_layer.embedding_layers.";
const LIBRARY: &str = "FuxiCTR";
const DICE: DiceKind = DiceKind { epsilon: 1e-9, affine: false };

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let is_dien = checkpoint.has_any("extraction_modules.0.");
    let widest =
        if is_dien { "extraction_modules.0.weight_ih_l0" } else { "attention_layers.0.attention_layer.mlp.0.weight" };
    let query = QueryOrder::Said(if is_dien { "DIEN(dien_target_field=…)" } else { "DIN(din_target_field=…)" });
    for module in ["attention_layers.1.", "extraction_modules.1."] {
        if checkpoint.has_any(module) {
            return Err(checkpoint.unsupported(format!(
                "the tensors \"{module}…\" are of a second sequence of behaviour, or of a list of features in place of a tuple; train \
                 with one sequence, whose features are a tuple"
            )));
        }
    }
    let features = features(checkpoint, asked, MARK, widest, query, !is_dien)?;
    let mut head = sequential(checkpoint, "dnn.mlp.", None, DICE)?;
    asked.settle_head(&mut head, "dnn_activations")?;
    asked.task()?;
    if is_dien {
        let body = dien(checkpoint, asked, features.width())?;
        let sums = sums(&features, &head);
        let interest = [HeadPart::Interest(0..features.width())];
        let parts = interest.into_iter().chain(sums).chain(features.without_clicks()).collect();
        return features.source(checkpoint, asked, LIBRARY, body, head, parts);
    }
    let body = din(checkpoint, asked, "attention_layers.0.attention_layer.mlp.", features.width())?;
    let mut parts = features.declared.clone();
    // A file without the histories' tables, as they are those of the items.
    if !parts.iter().any(|part| matches!(part, HeadPart::Interest(_))) {
        parts.push(HeadPart::Interest(0..features.width()));
    }
    features.source(checkpoint, asked, LIBRARY, body, head, parts)
}

/// The models on PyPI, whose head takes the user's features, the query and the interest.
pub(super) fn read_long(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let is_dien = checkpoint.has_any("extraction_modules.0.");
    let widest =
        if is_dien { "extraction_modules.0.weight_ih_l0" } else { "attention_layers.attention_layer.mlp.0.weight" };
    let features = features(checkpoint, asked, LONG_MARK, widest, QueryOrder::Declared, false)?;
    let mut head = sequential(checkpoint, "dnn.mlp.", None, DICE)?;
    asked.settle_head(&mut head, "dnn_activations")?;
    asked.task()?;
    let (body, sums) = if is_dien {
        (dien(checkpoint, asked, features.width())?, sums(&features, &head))
    } else {
        (din(checkpoint, asked, "attention_layers.attention_layer.mlp.", features.width())?, Vec::new())
    };
    let interest = [features.whole_query(), HeadPart::Interest(0..features.width())];
    let parts = features.contexts().chain(interest).chain(sums).collect();
    features.source(checkpoint, asked, LIBRARY, body, head, parts)
}

fn features(
    checkpoint: &mut Checkpoint,
    asked: &mut Asked,
    mark: &str,
    widest: &str,
    query: QueryOrder,
    pooled_in_place: bool,
) -> Result<Features, ImportError> {
    let tables = checkpoint.children(mark).into_iter().map(|name| (name.clone(), format!("{mark}{name}.weight")));
    let tables = tables.collect();
    let times = if widest.starts_with("attention") { 4 } else { 1 };
    let width = checkpoint.shape(widest).and_then(|shape| shape.get(1)).map_or(0, |width| width / times);
    let rules = Rules {
        width,
        widest: (widest, times),
        query,
        pooled_in_place,
        own_histories: false,
        scales_numbers: true,
        apart: &[],
        zero: Zero::Padding,
        code: "feature_cols of the dataset's configuration, which feature_map.json keeps in their order",
    };
    Features::new(checkpoint, asked, tables, &rules)
}

/// The pooled sums, where the head is as wide as with them: "enable_sum_pooling".
fn sums(features: &Features, head: &Mlp) -> Vec<HeadPart> {
    let fixed = features.width() + features.width_without_clicks();
    let has = head.inputs() == fixed + 2 * features.width();
    if has { vec![HeadPart::KeySum, HeadPart::KeyProduct] } else { Vec::new() }
}

fn din(checkpoint: &mut Checkpoint, asked: &mut Asked, prefix: &str, width: usize) -> Result<Body, ImportError> {
    let mut mlp = sequential(checkpoint, prefix, Some(4 * width), DICE)?;
    asked.settle_attention(&mut mlp, "DIN(attention_hidden_activations=…)")?;
    let kinds = [Normalization::None, Normalization::Softmax];
    let normalization = asked.normalization(kinds, "the default of FuxiCTR", "DIN(din_use_softmax=…)")?;
    let output = asked.ask::<String>(Question {
        option: "attention-output",
        topic: "Output of the local activation unit".to_owned(),
        asks: "Is a score what the unit's last layer gives, or a sigmoid of it? It has no tensors.".to_owned(),
        choices: vec![
            Choice::new("none", "The score is what the last layer gives."),
            Choice::new("sigmoid", "The score is a sigmoid of it, between 0 and 1."),
        ],
        why: "the default of FuxiCTR".to_owned(),
        code: "DIN(attention_output_activation=…)",
    })?;
    if output == "sigmoid" {
        mlp = mlp.with_sigmoid();
    }
    Ok(Body::Din { attention: Unit { query: None, mlp }, normalization })
}

fn dien(checkpoint: &mut Checkpoint, asked: &mut Asked, width: usize) -> Result<Body, ImportError> {
    let extractor = torch_gru(checkpoint, "extraction_modules.0.", width)?;
    let cell = "evolving_modules.0.gru_cell.";
    let code = "DIEN(gru_type=…)";
    let has_attention = checkpoint.has_any("attention_modules.0.");
    let (evolution, second) = if checkpoint.has_any(cell) {
        let evolution = asked.evolution([Evolution::Augru, Evolution::Agru], "the default of FuxiCTR", code)?;
        let input = linear(checkpoint, &format!("{cell}x2h"), Some(width), Some(3 * width))?;
        let hidden = linear(checkpoint, &format!("{cell}h2h"), Some(width), Some(3 * width))?;
        (evolution, Gru::new(input, hidden, Gates::UpdateReset))
    } else {
        let second = torch_gru(checkpoint, "evolving_modules.0.", width)?;
        // Attention on a plain GRU is AIGRU; without tensors for it, attention may still be the inner product.
        let evolution = if has_attention {
            Evolution::Aigru
        } else {
            asked.evolution([Evolution::Gru, Evolution::Aigru], "as attention has no tensors", code)?
        };
        (evolution, second)
    };
    let unit = "attention_modules.0.attn_mlp.mlp.";
    let attention = if checkpoint.has("attention_modules.0.W_kernel") {
        let kernel = checkpoint.take("attention_modules.0.W_kernel", [Some(width), Some(width)])?;
        Attention::Bilinear(kernel.values)
    } else if checkpoint.has_any(unit) {
        let mut mlp = sequential(checkpoint, unit, Some(4 * width), DICE)?;
        asked.settle_attention(&mut mlp, "DIEN(attention_activation=…)")?;
        Attention::Unit(Unit { query: None, mlp })
    } else if evolution == Evolution::Gru {
        Attention::None
    } else {
        let kind = asked.ask::<String>(Question {
            option: "attention-type",
            topic: "Attention".to_owned(),
            asks: "Where do attention's scores come from? The file has no tensors for it.".to_owned(),
            choices: vec![
                Choice::new("dot_attention", "They are inner products of state and query, which have no tensors."),
                Choice::new("other", "Its tensors are missing from the file."),
            ],
            why: "which alone has no tensors".to_owned(),
            code: "DIEN(attention_type=…)",
        })?;
        if kind == "other" {
            checkpoint.take("attention_modules.0.W_kernel", [Some(width), Some(width)])?;
        }
        Attention::inner_product(width)
    };
    let normalization = match attention {
        Attention::None => Normalization::Softmax,
        _ => {
            let kinds = [Normalization::Softmax, Normalization::None];
            asked.normalization(kinds, "the default of FuxiCTR", "DIEN(use_attention_softmax=…)")?
        }
    };
    let auxiliary = if checkpoint.has_any("aux_net.mlp.") {
        let mut mlp = sequential(checkpoint, "aux_net.mlp.", Some(2 * width), DICE)?;
        asked.settle_auxiliary(&mut mlp, "DIEN(aux_activation=…)")?;
        Some(mlp)
    } else {
        None
    };
    Ok(Body::Dien { extractor, attention, normalization, evolution, second, reset: Reset::After, auxiliary })
}
