//! Checkpoints from files: safetensors, PyTorch's own format, and NumPy archives of TensorFlow's variables.

use std::collections::BTreeMap;
use std::path::Path;

use npyz::npz::NpzArchive;
use pytorch_reader::{DType, PytorchReader};
use safetensors::tensor::Dtype;

use crate::checkpoint::{Checkpoint, floats};
use crate::error::ImportError;
use model::Tensor;

impl Checkpoint {
    /// Reads a file by its extension: .safetensors; .pt and .pth, a state dict or a checkpoint that has one, of which no
    /// pickled code is run; .npz, variables by name.
    ///
    /// # Errors
    /// [`ImportError::Read`] and what [`Checkpoint::new`] says.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let failed = |problem: String| ImportError::Read { file: file.clone(), problem };
        match path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase().as_str() {
            "safetensors" => {
                let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
                Self::from_safetensors(&file, &bytes)
            }
            "pt" | "pth" => Self::new(&file, BTreeMap::new(), pytorch(path).map_err(failed)?),
            "npz" => Self::new(&file, BTreeMap::new(), numpy(path).map_err(failed)?),
            other => Err(failed(format!("files end in .safetensors, .pt, .pth or .npz, not \".{other}\""))),
        }
    }
}

/// The tensors of a PyTorch file. Whole numbers, such as counters, are left out.
fn pytorch(path: &Path) -> Result<BTreeMap<String, Tensor>, String> {
    let reader = PytorchReader::new(path).map_err(|error| {
        format!(
            "not a PyTorch file of plain tensors, and objects of other kinds are not loaded, as that would run code: \
             {error}. Write the tensors alone, with torch.save(model.state_dict(), …) or \
             torch.save(torch.load(\"…\", weights_only=False)[\"state_dict\"], …)"
        )
    })?;
    let mut tensors = BTreeMap::new();
    for (name, tensor) in reader.into_tensors() {
        let dtype = match tensor.dtype() {
            DType::F64 => Dtype::F64,
            DType::F32 => Dtype::F32,
            DType::F16 => Dtype::F16,
            DType::BF16 => Dtype::BF16,
            _ => continue,
        };
        let bytes = tensor.read().map_err(|error| format!("tensor \"{name}\": {error}"))?;
        let Some(values) = floats(dtype, &bytes) else { continue };
        tensors.insert(name, Tensor { shape: tensor.shape().to_vec(), values });
    }
    Ok(tensors)
}

/// The arrays of a NumPy archive.
fn numpy(path: &Path) -> Result<BTreeMap<String, Tensor>, String> {
    let mut archive = NpzArchive::open(path).map_err(|error| format!("not a NumPy archive: {error}"))?;
    let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
    let mut tensors = BTreeMap::new();
    for name in names {
        let failed = |problem: String| format!("array \"{name}\": {problem}");
        let Some(array) = archive.by_name(&name).map_err(|error| failed(error.to_string()))? else { continue };
        let shape: Vec<usize> = array.shape().iter().map(|&size| size as usize).collect();
        let fortran = array.order() == npyz::Order::Fortran;
        let values: Vec<f32> = match array.dtype().descr().trim_matches('\'') {
            "<f4" => array.into_vec::<f32>().map_err(|error| failed(error.to_string()))?,
            "<f8" => {
                let values = array.into_vec::<f64>().map_err(|error| failed(error.to_string()))?;
                values.into_iter().map(|value| value as f32).collect()
            }
            // Steps and other counters.
            dtype if dtype.contains('i') || dtype.contains('u') => continue,
            dtype => return Err(failed(format!("is of type {dtype}, expected <f4 or <f8"))),
        };
        let size = shape.iter().try_fold(1usize, |size, &dim| size.checked_mul(dim));
        if size != Some(values.len()) {
            return Err(failed(format!("has {} values, not those of its shape {shape:?}", values.len())));
        }
        let values = if fortran { rows_first(&shape, &values) } else { values };
        tensors.insert(name, Tensor { shape, values });
    }
    Ok(tensors)
}

/// Values in row order from values in column order.
fn rows_first(shape: &[usize], values: &[f32]) -> Vec<f32> {
    let strides: Vec<usize> = shape
        .iter()
        .scan(1, |stride, &size| {
            let now = *stride;
            *stride *= size;
            Some(now)
        })
        .collect();
    (0..values.len())
        .map(|mut index| {
            let mut from = 0;
            for (&size, &stride) in shape.iter().zip(&strides).rev() {
                from += index % size * stride;
                index /= size;
            }
            values[from]
        })
        .collect()
}
