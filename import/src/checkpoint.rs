//! Named tensors of another library's file, taken one by one.

use std::collections::BTreeMap;

use half::{bf16, f16};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use crate::error::ImportError;
use model::{Tensor, WeightsError, check_variance};

/// The tensors of a file, in float32, and its metadata.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    file: String,
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Tensor>,
}

impl Checkpoint {
    /// Takes tensors that are already read. Counters of batch normalisation are left out.
    ///
    /// # Errors
    /// [`WeightsError::NotFinite`].
    pub fn new(
        file: &str,
        metadata: BTreeMap<String, String>,
        mut tensors: BTreeMap<String, Tensor>,
    ) -> Result<Self, ImportError> {
        // TensorFlow's names end in the number of an operation's output.
        let plain = |name: String| name.strip_suffix(":0").map_or(name.clone(), str::to_owned);
        tensors = tensors.into_iter().map(|(name, tensor)| (plain(name), tensor)).collect();
        tensors.retain(|name, _| !is_of_training(name));
        for (name, tensor) in &tensors {
            if let Some(position) = tensor.values.iter().position(|value| !value.is_finite()) {
                let (file, tensor, value) = (file.to_owned(), name.clone(), tensor.values[position]);
                return Err(WeightsError::NotFinite { file, tensor, position, value }.into());
            }
            if is_variance(name) {
                check_variance(file, name, &tensor.values)?;
            }
        }
        Ok(Self { file: file.to_owned(), metadata, tensors })
    }

    /// Reads a safetensors file: every tensor of floating-point numbers, of 16 to 64 bits.
    ///
    /// # Errors
    /// [`WeightsError::Format`], [`WeightsError::DataType`], [`WeightsError::NotFinite`].
    pub fn from_safetensors(file: &str, bytes: &[u8]) -> Result<Self, ImportError> {
        let format = |error| WeightsError::format(file, bytes, &error);
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
        let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
        let mut tensors = BTreeMap::new();
        for (name, view) in SafeTensors::deserialize(bytes).map_err(format)?.iter() {
            if is_of_training(name) {
                continue;
            }
            let Some(values) = floats(view.dtype(), view.data()) else {
                let found = format!("{:?}", view.dtype());
                let (file, tensor) = (file.to_owned(), name.to_owned());
                return Err(WeightsError::DataType { file, tensor, found }.into());
            };
            tensors.insert(name.to_owned(), Tensor { shape: view.shape().to_vec(), values });
        }
        Self::new(file, metadata, tensors)
    }

    /// Name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// The file's metadata.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// These tensors and `more`, with other metadata.
    #[must_use]
    pub fn with(self, metadata: BTreeMap<String, String>, more: BTreeMap<String, Tensor>) -> Self {
        let tensors = self.tensors.into_iter().chain(more).collect();
        Self { metadata, tensors, ..self }
    }

    /// The state dict inside a training checkpoint, under its own names; without the optimizer's state and the like.
    pub(super) fn state_dict(mut self) -> Self {
        for prefix in ["state_dict.", "model_state_dict.", "model.", "module."] {
            if self.has_any(prefix) {
                self.tensors = std::mem::take(&mut self.tensors)
                    .into_iter()
                    .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor)))
                    .collect();
            }
        }
        self
    }

    /// Checks that every tensor has values. One without may claim any size in its other dimensions, and what is computed
    /// from sizes would overflow or fill the memory.
    ///
    /// # Errors
    /// [`ImportError::Shape`], naming the first that has none.
    pub(super) fn check_sizes(&self) -> Result<(), ImportError> {
        match self.tensors.iter().find(|(_, tensor)| tensor.shape.contains(&0)) {
            Some((name, tensor)) => Err(ImportError::Shape {
                file: self.file.clone(),
                tensor: name.clone(),
                expected: "no size of 0".to_owned(),
                found: tensor.shape.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Names of the tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Whether a name begins so.
    pub(super) fn has_any(&self, prefix: &str) -> bool {
        self.names().any(|name| name.starts_with(prefix))
    }

    /// What comes after `prefix` in names, up to the next dot, each once and in order: numbers by size.
    pub(super) fn children(&self, prefix: &str) -> Vec<String> {
        let child = |name: &str| Some(name.strip_prefix(prefix)?.split('.').next()?.to_owned());
        let mut children: Vec<String> = self.tensors.keys().filter_map(|name| child(name)).collect();
        children.sort_by_key(|child| (child.parse::<usize>().unwrap_or(usize::MAX), child.clone()));
        children.dedup();
        children
    }

    /// TensorFlow's scopes inside `scope` that are of one kind: `kind` and, where the name was taken, `kind`_1 and so on.
    pub(super) fn scopes(&self, scope: &str, kind: &str) -> Vec<String> {
        let number = |name: &str| match name.strip_prefix(kind)? {
            "" => Some(0),
            rest => rest.strip_prefix('_')?.parse::<usize>().ok(),
        };
        let inside = |name: &str| Some(name.strip_prefix(scope)?.split_once('/')?.0.to_owned());
        let mut scopes: Vec<(usize, String)> =
            self.names().filter_map(inside).filter_map(|name| Some((number(&name)?, name))).collect();
        scopes.sort();
        scopes.dedup();
        scopes.into_iter().map(|(_, name)| name).collect()
    }

    /// The first of these scopes; `kind` itself where there is none, for an error to name.
    pub(super) fn first_scope(&self, scope: &str, kind: &str) -> String {
        self.scopes(scope, kind).into_iter().next().unwrap_or_else(|| kind.to_owned())
    }

    /// Shape of a tensor, if it is there.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| tensor.shape.as_slice())
    }

    /// The tensor of this name and shape, where a size that is None is free.
    ///
    /// # Errors
    /// [`ImportError::Missing`], [`ImportError::Shape`].
    pub(super) fn take<const D: usize>(
        &mut self,
        name: &str,
        expected: [Option<usize>; D],
    ) -> Result<Tensor, ImportError> {
        let Some(tensor) = self.tensors.remove(name) else {
            let (file, tensor) = (self.file.clone(), name.to_owned());
            return Err(ImportError::Missing { file, tensor, expected: pattern(&expected) });
        };
        let fits = tensor.shape.len() == D
            && tensor.shape.iter().zip(expected).all(|(&found, size)| size.is_none_or(|size| size == found));
        if !fits {
            let (file, name) = (self.file.clone(), name.to_owned());
            return Err(ImportError::Shape { file, tensor: name, expected: pattern(&expected), found: tensor.shape });
        }
        Ok(tensor)
    }

    /// A vector of `size` values, or of any size. It may be stored with further dimensions of 1, or as one value for all.
    ///
    /// # Errors
    /// [`ImportError::Missing`], [`ImportError::Shape`].
    pub(super) fn vector(&mut self, name: &str, size: Option<usize>) -> Result<Vec<f32>, ImportError> {
        if let Some(tensor) = self.tensors.get_mut(name) {
            let is_flat = tensor.shape.iter().filter(|&&size| size != 1).count() <= 1;
            match (tensor.values.as_slice(), size) {
                (&[value], Some(size)) => *tensor = Tensor { shape: vec![size], values: vec![value; size] },
                (values, _) if is_flat && size.is_none_or(|size| size == values.len()) => {
                    tensor.shape = vec![values.len()];
                }
                _ => {}
            }
        }
        self.take(name, [size]).map(|tensor| tensor.values)
    }

    /// Ignores a tensor on purpose.
    pub(super) fn leave(&mut self, name: &str) {
        self.tensors.remove(name);
    }

    /// Checks that every tensor was taken.
    ///
    /// # Errors
    /// [`ImportError::Extra`], naming the first that was not.
    pub(super) fn finish(&self, network: &str) -> Result<(), ImportError> {
        match self.tensors.first_key_value() {
            Some((name, tensor)) => Err(ImportError::Extra {
                file: self.file.clone(),
                tensor: name.clone(),
                shape: tensor.shape.clone(),
                network: network.to_owned(),
            }),
            None => Ok(()),
        }
    }

    pub(super) fn unsupported(&self, problem: impl Into<String>) -> ImportError {
        ImportError::Unsupported { file: self.file.clone(), problem: problem.into() }
    }
}

/// Whether a tensor is a counter of batch normalisation or an optimizer's.
fn is_of_training(name: &str) -> bool {
    let last = name.rsplit(['.', '/']).next().unwrap_or(name).trim_end_matches(":0");
    ["num_batches_tracked", "Adam", "Adam_1", "beta1_power", "beta2_power", "global_step"].contains(&last)
}

/// Whether a tensor holds variances of a batch normalisation or of Dice, by the names of PyTorch and TensorFlow.
fn is_variance(name: &str) -> bool {
    let last = name.rsplit(['.', '/']).next().unwrap_or(name);
    ["running_var", "moving_variance", "variance"].contains(&last)
}

/// Values of a safetensors type as float32; none where they are no floating-point numbers of 16 to 64 bits.
pub(super) fn floats(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F32 => data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        Dtype::F64 => data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect(),
        Dtype::F16 => data.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
        Dtype::BF16 => data.as_chunks().0.iter().map(|&bytes| bf16::from_le_bytes(bytes).to_f32()).collect(),
        _ => return None,
    })
}

fn pattern(expected: &[Option<usize>]) -> String {
    let sizes: Vec<String> = expected.iter().map(|size| size.map_or("?".to_owned(), |size| size.to_string())).collect();
    format!("[{}]", sizes.join(", "))
}
