//! Named tensors of another library's file, taken one by one.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Names in the order in which the library made the tensors; none where the file has another order, such as the
    /// alphabet's.
    order: Option<Vec<String>>,
    /// The first name that two tensors of different numbers have.
    twice: Option<String>,
}

impl Checkpoint {
    /// Takes tensors that are already read, in the order of their file. Counters of batch normalisation are left out.
    pub fn new(
        file: &str,
        metadata: BTreeMap<String, String>,
        tensors: impl IntoIterator<Item = (String, Tensor)>,
    ) -> Self {
        // TensorFlow's names end in the number of an operation's output.
        let plain = |name: String| name.strip_suffix(":0").map_or(name.clone(), str::to_owned);
        let tensors = tensors.into_iter().map(|(name, tensor)| (plain(name), tensor));
        let tensors: Vec<(String, Tensor)> = tensors.filter(|(name, _)| !is_of_training(name)).collect();
        let mut order = Vec::new();
        let mut twice = None;
        let mut by_name: BTreeMap<String, Tensor> = BTreeMap::new();
        for (name, tensor) in tensors {
            match by_name.get(&name) {
                Some(other) if *other != tensor => twice = twice.or(Some(name)),
                Some(_) => {}
                None => {
                    order.push(name.clone());
                    by_name.insert(name, tensor);
                }
            }
        }
        let mut checkpoint = Self { file: file.to_owned(), metadata, tensors: by_name, order: Some(order), twice };
        checkpoint.name_aliases();
        checkpoint
    }

    /// Reads a safetensors file: every tensor of floating-point numbers, of 16 to 64 bits.
    ///
    /// # Errors
    /// [`WeightsError::Format`], [`WeightsError::DataType`].
    pub fn from_safetensors(file: &str, bytes: &[u8]) -> Result<Self, ImportError> {
        let format = |error| WeightsError::format(file, bytes, &error);
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
        let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
        let views = SafeTensors::deserialize(bytes).map_err(format)?;
        let mut tensors = Vec::new();
        // In the order of the values, which is the writer's.
        for name in header.offset_keys() {
            if is_of_training(&name) {
                continue;
            }
            let view = views.tensor(&name).map_err(format)?;
            let Some(values) = floats(view.dtype(), view.data()) else {
                let found = format!("{:?}", view.dtype());
                return Err(WeightsError::DataType { file: file.to_owned(), tensor: name, found }.into());
            };
            tensors.push((name, Tensor { shape: view.shape().to_vec(), values }));
        }
        Ok(Self::new(file, metadata, tensors))
    }

    /// Gives tensors back that `safetensors.torch.save_model` left out because others hold the same values: the metadata
    /// name them, "left out" to "written".
    fn name_aliases(&mut self) {
        for (name, written) in &self.metadata {
            if let (false, Some(tensor)) = (self.tensors.contains_key(name), self.tensors.get(written)) {
                self.tensors.insert(name.clone(), tensor.clone());
                self.order = None;
            }
        }
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
        let order = self.order.map(|order| order.into_iter().chain(more.keys().cloned()).collect());
        let tensors = self.tensors.into_iter().chain(more).collect();
        Self { metadata, tensors, order, ..self }
    }

    /// The prefixes of names under which the file has tensors named `mark` and so on: "" for a state dict as it is,
    /// "state_dict." or "net.module." inside a training checkpoint. One inside another does not count.
    pub(super) fn prefixes(&self, mark: &str) -> Vec<String> {
        let separator = |before: &str| before.is_empty() || before.ends_with(['.', '/']);
        let prefix =
            |name: &str| name.match_indices(mark).map(|(at, _)| name[..at].to_owned()).find(|before| separator(before));
        let found: BTreeSet<String> = self.tensors.keys().filter_map(|name| prefix(name)).collect();
        let inside =
            |prefix: &&String| !found.iter().any(|other| other != *prefix && prefix.starts_with(other.as_str()));
        found.iter().filter(inside).cloned().collect()
    }

    /// How many names begin so.
    pub(super) fn count(&self, prefix: &str) -> usize {
        self.tensors.keys().filter(|name| name.starts_with(prefix)).count()
    }

    /// Whether the same tensors of the same values stand under two prefixes.
    pub(super) fn is_same_under(&self, one: &str, other: &str) -> bool {
        let under = |prefix: &str| -> BTreeMap<&str, &Tensor> {
            self.tensors.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?, tensor))).collect()
        };
        under(one) == under(other)
    }

    /// The state dict under a prefix, under its own names; without the optimizer's state and the like. The names of its tables
    /// begin with `mark`.
    ///
    /// # Errors
    /// [`ImportError::Shape`] for a tensor without values: it may claim any size in its other dimensions, and what is
    /// computed from sizes would overflow or fill the memory. [`WeightsError::NotFinite`]. [`ImportError::Read`] where two
    /// tensors have one name.
    pub(super) fn state_dict(self, prefix: &str, mark: &str) -> Result<Self, ImportError> {
        let Self { file, metadata, tensors, order, twice } = self;
        let own = |name: String| name.strip_prefix(prefix).map(str::to_owned);
        if let Some(name) = twice.clone().and_then(own) {
            return Err(ImportError::Read {
                file,
                problem: format!("has two tensors \"{name}\" of different numbers"),
            });
        }
        let tensors: BTreeMap<String, Tensor> =
            tensors.into_iter().filter_map(|(name, tensor)| Some((own(name)?, tensor))).collect();
        for (name, tensor) in &tensors {
            if tensor.shape.contains(&0) {
                let (expected, found) = ("no size of 0".to_owned(), tensor.shape.clone());
                return Err(ImportError::Shape { file, tensor: name.clone(), expected, found });
            }
            if let Some(position) = tensor.values.iter().position(|value| !value.is_finite()) {
                let (tensor, value) = (name.clone(), tensor.values[position]);
                return Err(WeightsError::NotFinite { file, tensor, position, value }.into());
            }
            if is_variance(name) {
                check_variance(&file, name, &tensor.values)?;
            }
        }
        let order = order.map(|order| order.into_iter().filter_map(own).collect());
        Ok(Self {
            file,
            metadata,
            tensors,
            order: order.filter(|order: &Vec<String>| is_of_library(order, mark)),
            twice,
        })
    }

    /// Whether the order of the names is that in which the library made the tensors.
    pub(super) fn is_ordered(&self) -> bool {
        self.order.is_some()
    }

    /// Names of the tensors, in the library's order where the file has it, else in alphabetical order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let there = |name: &&str| self.tensors.contains_key(*name);
        let ordered = self.order.iter().flatten().map(String::as_str).filter(there);
        let sorted = self.tensors.keys().map(String::as_str).filter(|_| self.order.is_none());
        ordered.chain(sorted)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Whether a name begins so.
    pub(super) fn has_any(&self, prefix: &str) -> bool {
        self.names().any(|name| name.starts_with(prefix))
    }

    /// What comes after `prefix` in names, up to the next dot, each once: numbers by size, others in the order of
    /// [`Checkpoint::names`].
    pub(super) fn children(&self, prefix: &str) -> Vec<String> {
        let child = |name: &str| Some(name.strip_prefix(prefix)?.split('.').next()?.to_owned());
        let mut seen = BTreeSet::new();
        let mut children: Vec<String> =
            self.names().filter_map(child).filter(|child| seen.insert(child.clone())).collect();
        // A stable sort.
        children.sort_by_key(|child| child.parse::<usize>().unwrap_or(usize::MAX));
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

/// Whether names are in the order in which PyTorch and Keras make tensors: the tables, whose names begin with `mark`, first,
/// weights before biases, layers by their numbers, and the tensors of a module together. A sorted or shuffled order is not.
fn is_of_library(order: &[String], mark: &str) -> bool {
    if order.iter().skip_while(|name| name.starts_with(mark)).any(|name| name.starts_with(mark)) {
        return false;
    }
    if !order.first().is_some_and(|name| name.starts_with(mark)) {
        return false;
    }
    let place: BTreeMap<&str, usize> = order.iter().map(String::as_str).zip(0..).collect();
    let mut pairs = 0;
    let mut in_order = true;
    for (&name, &at) in &place {
        let (scope, last) =
            name.rsplit_once(['.', '/']).map_or(("", name), |(scope, last)| (&name[..=scope.len()], last));
        for (bias, weight) in [("bias", "weight"), ("bias", "kernel")] {
            let Some(suffix) = last.strip_prefix(bias) else { continue };
            if let Some(&before) = place.get(format!("{scope}{weight}{suffix}").as_str()) {
                pairs += 1;
                in_order &= before < at;
            }
        }
        let number = last.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        if let (Ok(number), stem) = (number.parse::<usize>(), &last[..last.len() - number.len()])
            && let Some(previous) = number.checked_sub(1)
            && let Some(&before) = place.get(format!("{scope}{stem}{previous}").as_str())
        {
            in_order &= before < at;
        }
    }
    pairs > 0 && in_order && is_together(order)
}

/// Whether the tensors of each module stand together, and numbered modules in their order. Keras keeps what a module has at two
/// places: what is trained and what is counted.
fn is_together(order: &[String]) -> bool {
    let mut left: BTreeSet<&str> = BTreeSet::new();
    let mut before: Option<&str> = None;
    for name in order.iter().map(String::as_str).filter(|name| !name.contains("/moving_")) {
        // Modules of PyTorch stand together at every depth, Keras's scopes at the first.
        let ends = |name: &'_ str| -> Vec<usize> {
            let slash = name.find('/').into_iter().collect::<Vec<_>>();
            if slash.is_empty() { name.match_indices('.').map(|(at, _)| at).collect() } else { slash }
        };
        if let Some(before) = before {
            for end in ends(before) {
                if name.get(..=end) != before.get(..=end) {
                    left.insert(&before[..=end]);
                }
            }
            let differ = before.split('.').zip(name.split('.')).find(|(one, other)| one != other);
            if let Some((Ok(one), Ok(other))) =
                differ.map(|(one, other)| (one.parse::<usize>(), other.parse::<usize>()))
                && one > other
            {
                return false;
            }
        }
        if ends(name).into_iter().any(|end| left.contains(&name[..=end])) {
            return false;
        }
        before = Some(name);
    }
    true
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
