//! FuxiCTR's DIN and DIEN (model_zoo/DIN and model_zoo/DIEN of its repository, PyTorch).

use super::ImportError;
use super::checkpoint::Checkpoint;
use super::options::Asked;
use super::parts::{Attention, Body, Dense, Gates, Gru, HeadPart, Layers, Mlp, Norm, Source, Table, Unit, Units};
use crate::{Evolution, Normalization, Reset};

/// What names of FuxiCTR's models begin with.
pub(super) const MARK: &str = "embedding_layer.embedding_layers.";
const LIBRARY: &str = "FuxiCTR";
/// ε of its Dice, and of PyTorch's batch normalisation.
const DICE_EPSILON: f32 = 1e-9;
pub(super) const NORM_EPSILON: f32 = 1e-5;

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let names = checkpoint.children(MARK);
    let table = |name: &str| format!("{MARK}{name}.weight");
    let features = Features::new(checkpoint, asked, &names, table)?;
    let width = features.item.dim + features.category.as_ref().map_or(0, |category| category.dim);
    for module in ["attention_layers.1.", "extraction_modules.1."] {
        if checkpoint.has_any(module) {
            return Err(checkpoint.unsupported("the model has two sequences of behaviour; one is supported"));
        }
    }
    let body = if checkpoint.has_any("extraction_modules.0.") {
        dien(checkpoint, asked, width)?
    } else {
        let prefix = "attention_layers.0.attention_layer.mlp.";
        let mut mlp = sequential(checkpoint, prefix, Some(4 * width), DICE_EPSILON)?;
        asked.settle_attention(&mut mlp);
        let normalization = asked.normalization((Normalization::None, "none"), LIBRARY)?;
        Body::Din { attention: Unit { query: None, mlp }, normalization }
    };
    let mut head = sequential(checkpoint, "dnn.mlp.", None, DICE_EPSILON)?;
    asked.settle_head(&mut head);
    let contexts = features.contexts.iter().cloned().map(HeadPart::Feature);
    let query = [HeadPart::Item, HeadPart::Category];
    let default: Vec<HeadPart> = match &body {
        Body::Din { .. } => contexts.chain(query).chain([HeadPart::Interest]).collect(),
        Body::Dien { .. } => {
            let fixed = 2 * width + features.contexts.iter().map(|table| table.dim).sum::<usize>();
            let input = head.hidden.first().map_or(0, |(dense, _)| dense.from);
            let sums = (input == fixed + 2 * width).then_some([HeadPart::KeySum, HeadPart::KeyProduct]);
            [HeadPart::Interest].into_iter().chain(sums.into_iter().flatten()).chain(contexts).chain(query).collect()
        }
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

/// The features of a model: which is the item, which its category, and which are the user's and the context's.
pub(super) struct Features {
    pub item: Table,
    pub category: Option<Table>,
    pub contexts: Vec<Table>,
}

impl Features {
    /// Tells the features `names` apart, whose tables are named by `table`. Those of the history must be shared with the
    /// item's and the category's.
    pub fn new(
        checkpoint: &mut Checkpoint,
        asked: &Asked,
        names: &[String],
        table: impl Fn(&str) -> String,
    ) -> Result<Self, ImportError> {
        let options = asked.options;
        let known = ["item_id", "item", "iid", "mid", "adgroup_id", "goods_id", "video_id"];
        let item = asked.feature("item", options.item.as_ref(), names, &known, "item")?;
        let Some(item) = item else {
            return Err(ImportError::Option {
                file: checkpoint.file().to_owned(),
                option: "item".to_owned(),
                problem: format!("must say which feature is the item; there are {}", names.join(", ")),
            });
        };
        let known = ["cate_id", "cate", "category_id", "category", "cat_id", "cat", "cid"];
        let category = asked.feature("category", options.category.as_ref(), names, &known, "cat")?;
        let take = |checkpoint: &mut Checkpoint, name: &str| {
            checkpoint.take(&table(name), [None, None]).map(|tensor| Table::new(name, tensor))
        };
        let item = take(checkpoint, &item)?;
        let category = category.map(|name| take(checkpoint, &name)).transpose()?;
        let mut contexts = Vec::new();
        for name in names {
            if *name == item.feature || category.as_ref().is_some_and(|category| category.feature == *name) {
                continue;
            }
            let same =
                |other: &Table| checkpoint.tensors().get(&table(name)).is_some_and(|own| own.values == other.values);
            let of_history = ["hist", "seq", "neg", "click", "behavior"].iter().any(|part| name.contains(part));
            if same(&item) || category.as_ref().is_some_and(same) {
                checkpoint.leave(&table(name));
            } else if of_history {
                return Err(checkpoint.unsupported(format!(
                    "tensor \"{}\" differs from the item's and the category's table; a history must share them",
                    table(name)
                )));
            } else {
                contexts.push(take(checkpoint, name)?);
            }
        }
        Ok(Self { item, category, contexts })
    }

    /// The source, with the head's input as options or metadata say, else `default`.
    pub fn source(
        self,
        checkpoint: &Checkpoint,
        asked: &mut Asked,
        library: &'static str,
        body: Body,
        head: Mlp,
        default: Vec<HeadPart>,
    ) -> Result<Source, ImportError> {
        let named = |text: &str| -> Vec<HeadPart> {
            let plain = text.to_ascii_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| plain.contains(word));
            if text == self.item.feature {
                vec![HeadPart::Item]
            } else if self.category.as_ref().is_some_and(|table| text == table.feature) {
                vec![HeadPart::Category]
            } else if let Some(table) = self.context(text) {
                vec![HeadPart::Feature(table.clone())]
            } else if says(&["*", "product"]) {
                vec![if says(&["sum"]) { HeadPart::KeyProduct } else { HeadPart::InterestProduct }]
            } else if says(&["sum"]) {
                vec![HeadPart::KeySum]
            } else if says(&["state", "pool", "interest"]) {
                vec![HeadPart::Interest]
            } else if says(&["query", "target"]) {
                vec![HeadPart::Item, HeadPart::Category]
            } else {
                vec![HeadPart::Number(text.to_owned())]
            }
        };
        let mut head_input = match asked.head_input() {
            Some(parts) => parts.iter().flat_map(|part| named(part)).collect(),
            None => {
                let several = self.contexts.len() > 1;
                if several {
                    let names: Vec<&str> = self.contexts.iter().map(|table| table.feature.as_str()).collect();
                    asked.notes.push(format!(
                        "The head's input has the features {} in this order; the file does not say.",
                        names.join(", ")
                    ));
                }
                default
            }
        };
        if self.category.is_none() {
            head_input.retain(|part| !matches!(part, HeadPart::Category));
        }
        Ok(Source {
            file: checkpoint.file().to_owned(),
            library,
            item: self.item,
            category: self.category,
            body,
            head_input,
            head,
            notes: Vec::new(),
        })
    }

    /// The context feature of this name: "user" also means "user_id" and "uid".
    fn context(&self, name: &str) -> Option<&Table> {
        let id = format!("{name}_id");
        let same =
            |table: &&Table| table.feature == name || table.feature == id || (name == "user" && table.feature == "uid");
        self.contexts.iter().find(same)
    }
}

/// PyTorch's linear layer: weight [to, from], bias [to] or none.
pub(super) fn linear(
    checkpoint: &mut Checkpoint,
    name: &str,
    from: Option<usize>,
    to: Option<usize>,
) -> Result<Dense, ImportError> {
    let weight = checkpoint.take(&format!("{name}.weight"), [to, from])?;
    let bias = format!("{name}.bias");
    let bias = if checkpoint.has(&bias) { Some(checkpoint.vector(&bias, Some(weight.shape[0]))?) } else { None };
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
        let bias = format!("{prefix}bias_{part}{suffix}");
        let bias = if checkpoint.has(&bias) { Some(checkpoint.vector(&bias, Some(3 * width))?) } else { None };
        Ok(Dense::from_rows(weight, bias))
    };
    Ok([layer("ih")?, layer("hh")?])
}

/// A batch normalisation over `units`.
pub(super) fn norm(checkpoint: &mut Checkpoint, name: &str, units: usize, epsilon: f32) -> Result<Norm, ImportError> {
    let mut vector = |part: &str, optional: bool| {
        let name = format!("{name}.{part}");
        if optional && !checkpoint.has(&name) { Ok(None) } else { checkpoint.vector(&name, Some(units)).map(Some) }
    };
    let (gamma, beta) = (vector("weight", true)?, vector("bias", true)?);
    let mean = vector("running_mean", false)?.unwrap_or_default();
    let variance = vector("running_var", false)?.unwrap_or_default();
    Ok(Norm { gamma, beta, mean, variance, epsilon })
}

/// The activation `name` of a layer of `units`, by its tensors.
pub(super) fn units(
    checkpoint: &mut Checkpoint,
    name: &str,
    units: usize,
    dice_epsilon: f32,
) -> Result<Units, ImportError> {
    let (alpha, weight) = (format!("{name}.alpha"), format!("{name}.weight"));
    if checkpoint.has(&alpha) {
        let alpha = checkpoint.vector(&alpha, Some(units))?;
        return Ok(Units::Dice { alpha, norm: norm(checkpoint, &format!("{name}.bn"), units, dice_epsilon)? });
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
    dice_epsilon: f32,
) -> Result<Mlp, ImportError> {
    let (layers, rest) = sequential_layers(checkpoint, prefix, from, dice_epsilon)?;
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
    dice_epsilon: f32,
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
            let (scale, shift) = norm(checkpoint, &name, dense.to, NORM_EPSILON)?.scale_and_shift();
            dense.scale(&scale, &shift);
        } else {
            *activation = units(checkpoint, &name, dense.to, dice_epsilon)?;
        }
    }
    let output = layers.pop().map(|(dense, _)| dense);
    Ok((layers, output))
}
