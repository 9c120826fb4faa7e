//! PyTorch's own files: a pickle that names tensors, and their values beside it. No pickled code is run.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};

use safetensors::tensor::Dtype;
use zip::ZipArchive;

use crate::checkpoint::floats;
use crate::pickle::{Id, Node, Pickle};
use crate::recbole;
use crate::recbole_trainer;
use model::Tensor;

/// What a file holds, in its order.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub metadata: BTreeMap<String, String>,
    pub tensors: Vec<(String, Tensor)>,
}

/// The pickle at the start of a file from before PyTorch 1.6 is this number.
const MAGIC: &[u8] = &[0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// Objects in one another beyond this are no checkpoint.
const DEPTH: usize = 64;

/// The values of a storage: its type and its bytes.
type Storages = HashMap<String, (Option<Dtype>, Vec<u8>)>;

/// Whether a file is one of PyTorch from before 1.6, by its first bytes.
pub(super) fn is_legacy(bytes: &[u8]) -> bool {
    bytes.get(2..2 + MAGIC.len()) == Some(MAGIC)
}

/// The name of the pickle in a PyTorch archive; none where it is another archive.
pub(super) fn pickle_of(archive: &ZipArchive<Cursor<&[u8]>>) -> Option<String> {
    archive.file_names().find(|name| *name == "data.pkl" || name.ends_with("/data.pkl")).map(str::to_owned)
}

/// The tensors of an archive as PyTorch has written it since 1.6.
pub(super) fn of_archive(archive: &mut ZipArchive<Cursor<&[u8]>>, pickle: &str) -> Result<Contents, String> {
    let folder = pickle.trim_end_matches("data.pkl").to_owned();
    let mut file = |name: &str| -> Result<Vec<u8>, String> {
        let mut entry = archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
        Ok(bytes)
    };
    if file(&format!("{folder}constants.pkl")).is_ok() {
        return Err(
            "is a TorchScript program; save the tensors alone, with torch.save(model.state_dict(), …)".to_owned()
        );
    }
    if file(&format!("{folder}byteorder")).is_ok_and(|order| order.starts_with(b"big")) {
        return Err("was written on a machine with big-endian numbers, which are not read".to_owned());
    }
    let (pickle, _) = Pickle::read(&file(pickle)?)?;
    let mut found = Found::default();
    found.walk(&pickle, pickle.root(), String::new(), 0)?;
    let mut storages = Storages::new();
    for place in &found.tensors {
        if !storages.contains_key(&place.storage) && place.dtype.is_some() {
            let bytes = file(&format!("{folder}data/{}", place.storage))?;
            storages.insert(place.storage.clone(), (place.dtype, bytes));
        }
    }
    let mut products = BTreeMap::new();
    for (feature, id) in recbole_trainer::item_features(&pickle) {
        let Some(place) = found.tensor(&pickle, id, &feature)? else { continue };
        let bytes = file(&format!("{folder}data/{}", place.storage))?;
        products.extend(place.rows(&bytes)?.map(|rows| (format!("{}{feature}", recbole::ROWS), rows)));
    }
    let mut contents = found.contents(&pickle, &storages)?;
    contents.metadata.extend(products);
    Ok(contents)
}

/// The tensors of a file from before PyTorch 1.6: pickles one after the other, then the storages.
pub(super) fn of_legacy(bytes: &[u8]) -> Result<Contents, String> {
    let mut at = 0;
    let mut next = || -> Result<Pickle, String> {
        let (pickle, length) = Pickle::read(bytes.get(at..).unwrap_or_default())?;
        at += length;
        Ok(pickle)
    };
    // The magic number, the protocol, and what the system was.
    for _ in 0..3 {
        next()?;
    }
    let pickle = next()?;
    let keys = next()?;
    let mut found = Found::default();
    found.walk(&pickle, pickle.root(), String::new(), 0)?;
    let mut storages = Storages::new();
    for key in keys.list(keys.root()).unwrap_or_default().iter().filter_map(|&id| keys.text(id)) {
        let count = bytes.get(at..at + 8).and_then(|count| count.try_into().ok()).map(u64::from_le_bytes);
        at += 8;
        let place = found.tensors.iter().find(|place| place.storage == key);
        // A storage of no tensor that was found has a size that is not known, and what follows cannot be read.
        let Some((place, count)) = place.zip(count) else {
            return Err(format!("storage {key} belongs to no tensor"));
        };
        let size = usize::try_from(count).ok().and_then(|count| count.checked_mul(place.bytes));
        let values = size.and_then(|size| bytes.get(at..at.checked_add(size)?)).ok_or("the file is cut off")?;
        at += values.len();
        storages.insert(key, (place.dtype, values.to_vec()));
    }
    found.contents(&pickle, &storages)
}

/// Where the values of a tensor are.
struct Place {
    name: String,
    storage: String,
    /// None where its values are no floating-point numbers.
    dtype: Option<Dtype>,
    /// Whether its values are whole numbers of 64 bits.
    is_whole_numbers: bool,
    /// Bytes of a number.
    bytes: usize,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

impl Place {
    /// Rows of numbers as lines of text, with blanks between the numbers of a row; a vector has one a row. None where they are of
    /// another type than whole numbers of 64 bits and floats of 32.
    fn rows(&self, bytes: &[u8]) -> Result<Option<String>, String> {
        let numbers: Vec<String> = match self.dtype {
            Some(Dtype::F32) => {
                bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes).to_string()).collect()
            }
            None if self.is_whole_numbers => {
                bytes.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes).to_string()).collect()
            }
            _ => return Ok(None),
        };
        let width: usize = self.shape.iter().skip(1).product::<usize>().max(1);
        let end = self.shape.first().and_then(|rows| rows.checked_mul(width)?.checked_add(self.offset));
        let strides = if self.shape.len() == 1 { vec![1] } else { vec![width, 1] };
        let numbers = end.filter(|_| self.strides == strides).and_then(|end| numbers.get(self.offset..end));
        let problem = || format!("\"{}\", which the trainer keeps of each product, is no table of rows", self.name);
        let lines = numbers.ok_or_else(problem)?.chunks(width).map(|row| row.join(" "));
        Ok(Some(lines.collect::<Vec<_>>().join("\n")))
    }
}

#[derive(Default)]
struct Found {
    tensors: Vec<Place>,
}

impl Found {
    /// Collects the tensors in a value, named by the keys that lead to them.
    fn walk(&mut self, pickle: &Pickle, id: Id, name: String, depth: usize) -> Result<(), String> {
        if depth > DEPTH {
            return Ok(());
        }
        if let Some(place) = self.tensor(pickle, id, &name)? {
            self.tensors.push(place);
            return Ok(());
        }
        let inside = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        // A module as it is: its own tensors, then its modules'.
        if let Some(modules) = pickle.field(id, "_modules") {
            for part in ["_parameters", "_buffers"] {
                for (key, value) in self.named(pickle, pickle.field(id, part)) {
                    self.walk(pickle, value, inside(&key), depth + 1)?;
                }
            }
            for (key, value) in self.named(pickle, Some(modules)) {
                self.walk(pickle, value, inside(&key), depth + 1)?;
            }
        } else {
            for (key, value) in self.named(pickle, Some(id)) {
                if key.ends_with("_packed_params._packed_params") {
                    return Err(format!(
                        "tensor \"{}\" is quantised, and the network computes other numbers with it; save the network before \
                         it is quantised",
                        inside(&key)
                    ));
                }
                self.walk(pickle, value, inside(&key), depth + 1)?;
            }
        }
        Ok(())
    }

    fn named(&self, pickle: &Pickle, dictionary: Option<Id>) -> Vec<(String, Id)> {
        let items = dictionary.and_then(|id| pickle.items(id)).unwrap_or_default();
        items.iter().filter_map(|&(key, value)| Some((pickle.text(key)?, value))).collect()
    }

    /// A tensor, as the functions of torch._utils make it.
    fn tensor(&self, pickle: &Pickle, id: Id, name: &str) -> Result<Option<Place>, String> {
        let Node::Object { class, arguments, .. } = pickle.get(id) else { return Ok(None) };
        let arguments = pickle.list(*arguments).unwrap_or_default();
        let is = |function: &str| pickle.is(*class, function);
        if is("_rebuild_parameter") || is("_rebuild_parameter_with_state") {
            return arguments.first().map_or(Ok(None), |&tensor| self.tensor(pickle, tensor, name));
        }
        let arguments = if is("_rebuild_from_type_v2") {
            arguments.get(2).and_then(|&inner| pickle.list(inner)).unwrap_or_default()
        } else if is("_rebuild_tensor_v2") || is("_rebuild_tensor") {
            arguments
        } else {
            return Ok(None);
        };
        let damaged = || format!("tensor \"{name}\" is not written as PyTorch writes one");
        let [storage, offset, shape, strides, ..] = arguments else { return Err(damaged()) };
        let Node::Persistent(storage) = pickle.get(*storage) else { return Err(damaged()) };
        // ("storage", its class, its key, the device, how many numbers, …)
        let storage = pickle.list(*storage).unwrap_or_default();
        let (Some(&class), Some(key)) = (storage.get(1), storage.get(2).and_then(|&key| pickle.text(key))) else {
            return Err(damaged());
        };
        let Node::Global(class) = pickle.get(class) else { return Err(damaged()) };
        let class = class.rsplit('.').next().unwrap_or_default();
        let (dtype, bytes) = match class {
            "FloatStorage" => (Some(Dtype::F32), 4),
            "DoubleStorage" => (Some(Dtype::F64), 8),
            "HalfStorage" => (Some(Dtype::F16), 2),
            "BFloat16Storage" => (Some(Dtype::BF16), 2),
            "LongStorage" | "ComplexFloatStorage" => (None, 8),
            "IntStorage" => (None, 4),
            "ShortStorage" => (None, 2),
            _ => (None, 1),
        };
        let sizes = |id: Id| pickle.list(id)?.iter().map(|&size| pickle.number(size)).collect::<Option<Vec<usize>>>();
        let (Some(offset), Some(shape), Some(strides)) = (pickle.number(*offset), sizes(*shape), sizes(*strides))
        else {
            return Err(damaged());
        };
        if shape.len() != strides.len() {
            return Err(damaged());
        }
        let is_whole_numbers = class == "LongStorage";
        Ok(Some(Place { name: name.to_owned(), storage: key, dtype, is_whole_numbers, bytes, offset, shape, strides }))
    }

    /// The tensors with their values. Those that share them are copies of one another, which equal values tell.
    fn contents(self, pickle: &Pickle, storages: &Storages) -> Result<Contents, String> {
        let mut contents = Contents { metadata: recbole_trainer::metadata(pickle), ..Contents::default() };
        let mut numbers: HashMap<&str, Vec<f32>> = HashMap::new();
        for place in &self.tensors {
            let Some((Some(dtype), bytes)) = storages.get(&place.storage) else { continue };
            let numbers = numbers.entry(&place.storage).or_insert_with(|| floats(*dtype, bytes).unwrap_or_default());
            let outside = || format!("tensor \"{}\" lies outside of its values", place.name);
            let count =
                place.shape.iter().try_fold(1usize, |count, &size| count.checked_mul(size)).ok_or_else(outside)?;
            let reach = place.shape.iter().zip(&place.strides).try_fold(place.offset, |last, (&size, &stride)| {
                last.checked_add(size.saturating_sub(1).checked_mul(stride)?)
            });
            if count > 0 && reach.is_none_or(|last| last >= numbers.len()) || count > numbers.len().max(1) {
                return Err(outside());
            }
            let values = (0..count).map(|mut index| {
                let mut at = place.offset;
                for (&size, &stride) in place.shape.iter().zip(&place.strides).rev() {
                    at += index % size * stride;
                    index /= size;
                }
                numbers[at]
            });
            contents
                .tensors
                .push((place.name.clone(), Tensor { shape: place.shape.clone(), values: values.collect() }));
        }
        Ok(contents)
    }
}
