//! Checkpoints from files, told by what they are and not by their names: safetensors, PyTorch's own format, NumPy archives of
//! TensorFlow's variables, Keras's HDF5, and the index of a safetensors file in parts.

use std::io::Cursor;
use std::path::Path;

use npyz::{NpyFile, Order};
use zip::ZipArchive;

use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::keras;
use crate::torch_file::{self, Contents};
use model::Tensor;

impl Checkpoint {
    /// Reads a file: safetensors; one of PyTorch, a state dict or a checkpoint that has one, of which no pickled code is run;
    /// a NumPy archive of variables by name; Keras's weights in HDF5, alone or in a whole model; or the index of a safetensors
    /// file in parts, which lie beside it.
    ///
    /// # Errors
    /// [`ImportError::Read`] and what [`Checkpoint::from_safetensors`] says.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let failed = |problem: String| ImportError::Read { file: file.clone(), problem };
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        match index(&bytes) {
            Some(parts) => {
                let mut contents = Contents::default();
                for part in parts {
                    // A name alone, so that an index reaches for nothing elsewhere.
                    let name =
                        Path::new(&part).file_name().ok_or_else(|| failed(format!("names no part \"{part}\"")))?;
                    let read = Self::open_part(&path.with_file_name(name))?;
                    contents.tensors.extend(read.tensors().clone());
                }
                Ok(Self::new(&file, contents.metadata, contents.tensors))
            }
            None => Self::from_bytes(&file, &bytes),
        }
    }

    fn open_part(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| ImportError::Read {
            file: file.clone(),
            problem: format!("a part of the index: {error}"),
        })?;
        Self::from_safetensors(&file, &bytes)
    }

    /// Reads the bytes of a file of any of these kinds. `file` names it in errors.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn from_bytes(file: &str, bytes: &[u8]) -> Result<Self, ImportError> {
        let failed = |problem: String| ImportError::Read { file: file.to_owned(), problem };
        let made = |contents: Contents| Self::new(file, contents.metadata, contents.tensors);
        if bytes.starts_with(b"PK") {
            let archive = ZipArchive::new(Cursor::new(bytes));
            let mut archive = archive
                .map_err(|error| failed(format!("is a damaged archive: {error}; download or export it again")))?;
            return match torch_file::pickle_of(&archive) {
                Some(pickle) => {
                    let read = torch_file::of_archive(&mut archive, &pickle);
                    read.map(made).map_err(|problem| failed(not_plain(&problem)))
                }
                None => numpy(&mut archive).map(made).map_err(failed),
            };
        }
        if torch_file::is_legacy(bytes) {
            return torch_file::of_legacy(bytes).map(made).map_err(|problem| failed(not_plain(&problem)));
        }
        if bytes.starts_with(b"\x89HDF") {
            return keras::read(bytes).map(made).map_err(failed);
        }
        if bytes.first() == Some(&0x80) {
            return Err(failed(not_plain("it is a pickle without tensors beside it")));
        }
        if bytes.starts_with(b"\x93NUMPY") {
            return Err(failed("is one NumPy array; write all of them by name, with numpy.savez".to_owned()));
        }
        if index(bytes).is_some() {
            return Err(failed(
                "is the index of a model in parts; cargo xtask import puts them together, and the page opens what it writes"
                    .to_owned(),
            ));
        }
        Self::from_safetensors(file, bytes)
    }
}

fn not_plain(problem: &str) -> String {
    format!(
        "{problem}; write the tensors alone, with torch.save(model.state_dict(), …) or \
         torch.save(torch.load(\"…\", weights_only=False)[\"state_dict\"], …)"
    )
}

/// The parts that an index of safetensors files names, each once; none where the file is no index.
fn index(bytes: &[u8]) -> Option<Vec<String>> {
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return None;
    }
    let index: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let mut parts: Vec<String> =
        index.get("weight_map")?.as_object()?.values().filter_map(|part| part.as_str().map(str::to_owned)).collect();
    parts.sort();
    parts.dedup();
    Some(parts)
}

/// The arrays of a NumPy archive, in its order.
fn numpy(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Contents, String> {
    let mut contents = Contents::default();
    if archive.file_names().any(|name| name == "model.weights.h5") {
        return Err(keras::NAMELESS.to_owned());
    }
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| format!("is a damaged archive: {error}"))?;
        let Some(name) = entry.name().strip_suffix(".npy").map(str::to_owned) else {
            return Err(format!("is an archive with \"{}\" in it, and neither PyTorch's nor NumPy's", entry.name()));
        };
        let failed = |problem: String| format!("array \"{name}\": {problem}");
        let array = NpyFile::new(entry).map_err(|error| failed(error.to_string()))?;
        let shape: Vec<usize> = array.shape().iter().map(|&size| size as usize).collect();
        let fortran = array.order() == Order::Fortran;
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
        contents.tensors.push((name, Tensor { shape, values }));
    }
    Ok(contents)
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
