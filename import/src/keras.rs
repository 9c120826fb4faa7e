//! Weights as Keras 2 writes them into HDF5, alone or in a whole model: a group for each layer, and attributes that name the
//! layers and the variables of each, in their order.

use std::collections::BTreeMap;

use hdf5_reader::error::Error;
use hdf5_reader::group::Group;
use hdf5_reader::{Datatype, Hdf5File, OpenOptions};
use safetensors::tensor::Dtype;
use serde_json::Value;

use crate::checkpoint::floats;
use crate::torch_file::Contents;
use model::Tensor;

/// No dataset is longer than the file times this: as much as deflate makes of a byte.
const LARGEST_RATIO: usize = 1032;

/// What is wrong with .keras and .weights.h5.
pub(super) const NAMELESS: &str = "is of Keras's newer format, which numbers variables and does not name them; save the model again with \
     model.save_weights(\"model.h5\")";

/// The variables of an HDF5 file under the names that they have in TensorFlow, and what the configuration of a whole model says.
pub(super) fn read(bytes: &[u8]) -> Result<Contents, String> {
    let damaged = |error: Error| format!("is a damaged HDF5 file: {error}");
    let options = OpenOptions::default().with_max_read_bytes(bytes.len().saturating_mul(LARGEST_RATIO));
    let file = Hdf5File::from_bytes_with_options(bytes, options).map_err(damaged)?;
    let root = file.root_group().map_err(damaged)?;
    let (groups, _) = root.member_names().map_err(damaged)?;
    let (weights, folder) = if groups.iter().any(|group| group == "model_weights") {
        (root.group("model_weights").map_err(damaged)?, "model_weights/")
    } else {
        (root.clone(), "")
    };
    let Some(layers) = names(&weights, "layer_names")? else {
        let is_of_keras = groups.iter().any(|group| group == "layers" || group.starts_with("_layer"));
        let other = "is an HDF5 file, but not of Keras's weights, which list their layers as \"layer_names\"";
        return Err(if is_of_keras { NAMELESS } else { other }.to_owned());
    };
    let metadata = texts(&root, "model_config")?.and_then(|texts| of_configuration(texts.first()?)).unwrap_or_default();
    let mut contents = Contents { metadata, tensors: Vec::new() };
    for layer in layers {
        let group = file.group(&format!("{folder}{layer}")).map_err(damaged)?;
        for name in names(&group, "weight_names")?.unwrap_or_default() {
            let failed = |problem: String| format!("variable \"{name}\" {problem}");
            let read = |error: Error| failed(format!("is damaged: {error}"));
            let dataset = file.dataset(&format!("{folder}{layer}/{name}")).map_err(read)?;
            let dtype = match dataset.dtype() {
                Datatype::FloatingPoint { size: 2, .. } => Dtype::F16,
                Datatype::FloatingPoint { size: 4, .. } => Dtype::F32,
                Datatype::FloatingPoint { size: 8, .. } => Dtype::F64,
                // Counters.
                Datatype::FixedPoint { .. } => continue,
                other => return Err(failed(format!("is of type {other:?}, expected floating-point numbers"))),
            };
            let shape: Vec<usize> = dataset.shape().iter().map(|&size| size as usize).collect();
            let bytes = dataset.read_native_bytes().map_err(read)?;
            let values = floats(dtype, &bytes).unwrap_or_default();
            let size = shape.iter().try_fold(1usize, |size, &dim| size.checked_mul(dim));
            if size != Some(values.len()) {
                return Err(failed(format!("has {} values, not those of its shape {shape:?}", values.len())));
            }
            contents.tensors.push((name, Tensor { shape, values }));
        }
    }
    Ok(contents)
}

/// The names in an attribute of a group, or in several numbered from 0 where they were too many for one. None where it has
/// neither.
fn names(group: &Group, key: &str) -> Result<Option<Vec<String>>, String> {
    if let Some(names) = texts(group, key)? {
        return Ok(Some(names));
    }
    let mut all = None;
    for number in 0.. {
        let Some(names) = texts(group, &format!("{key}{number}"))? else { break };
        all.get_or_insert_with(Vec::new).extend(names);
    }
    Ok(all)
}

/// The texts in an attribute of a group; none where it has no such attribute.
fn texts(group: &Group, key: &str) -> Result<Option<Vec<String>>, String> {
    let damaged = |error: Error| format!("is a damaged HDF5 file: {error}");
    let Some(attribute) = group.attributes().map_err(damaged)?.into_iter().find(|attribute| attribute.name == key)
    else {
        return Ok(None);
    };
    // An empty list has the type of numbers.
    if attribute.shape.contains(&0) {
        return Ok(Some(Vec::new()));
    }
    attribute.read_strings().map(Some).map_err(damaged)
}

/// What the configuration of a model of DeepCTR says and its tensors do not, as metadata: "attention" and "top_mlp" (their
/// activations), "attention_normalization", "task", "pooling" and "inputs", the features in the order in which the model declares them.
fn of_configuration(text: &str) -> Option<BTreeMap<String, String>> {
    let model: Value = serde_json::from_str(text).ok()?;
    let model = model.get("config")?;
    let mut metadata = BTreeMap::new();
    for layer in model.get("layers")?.as_array()? {
        let Some((class, config)) = layer.get("class_name").and_then(Value::as_str).zip(layer.get("config")) else {
            continue;
        };
        let mut put = |key: &str, value: Option<&str>| {
            value.map(|value| metadata.insert(key.to_owned(), value.to_owned()));
        };
        let text = |key: &str| config.get(key).and_then(Value::as_str);
        match class {
            "AttentionSequencePoolingLayer" => {
                put("attention", text("att_activation"));
                let normalized = config.get("weight_normalization").and_then(Value::as_bool);
                put(
                    "attention_normalization",
                    normalized.map(|normalized| if normalized { "softmax" } else { "none" }),
                );
            }
            // The head is made last.
            "DNN" => put("top_mlp", text("activation")),
            "PredictionLayer" => put("task", text("task")),
            "SequencePoolingLayer" => put("pooling", text("mode")),
            _ => {}
        }
    }
    let inputs = model.get("input_layers").and_then(Value::as_array).into_iter().flatten();
    let inputs: Vec<&str> = inputs.filter_map(|input| input.get(0)?.as_str()).collect();
    metadata.insert("inputs".to_owned(), inputs.join(","));
    Some(metadata)
}
