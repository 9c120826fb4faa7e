//! Weights files of every library with tensors and metadata changed: well-formed files, so that all of a run is spent
//! behind the reader of the format.
#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

/// The files, with numbers and options of our own.
const FILES: [&[u8]; 12] = [
    include_bytes!("../seeds/weights_safetensors/interest_lens_dien.safetensors"),
    include_bytes!("../seeds/weights_safetensors/fuxictr_din.safetensors"),
    include_bytes!("../seeds/weights_safetensors/fuxictr_dien.safetensors"),
    include_bytes!("../seeds/weights_safetensors/fuxictr_dien_auxiliary.safetensors"),
    include_bytes!("../seeds/weights_safetensors/deepctr_torch_din.safetensors"),
    include_bytes!("../seeds/weights_safetensors/deepctr_torch_dien.safetensors"),
    include_bytes!("../seeds/weights_safetensors/recbole_din.safetensors"),
    include_bytes!("../seeds/weights_safetensors/recbole_dien.safetensors"),
    include_bytes!("../seeds/weights_safetensors/deepctr_din.safetensors"),
    include_bytes!("../seeds/weights_safetensors/deepctr_dien.safetensors"),
    include_bytes!("../seeds/weights_safetensors/dien_authors_din.safetensors"),
    include_bytes!("../seeds/weights_safetensors/dien_authors_dien.safetensors"),
];

const KEYS: [&str; 13] = [
    "format",
    "config",
    "items",
    "categories",
    "vocabulary",
    "evolution",
    "attention_normalization",
    "attention",
    "top_mlp",
    "auxiliary",
    "top_mlp_input",
    "item",
    "category",
];

/// Values that matter somewhere.
const VALUES: [&str; 24] = [
    "",
    "0",
    "1",
    "3",
    "11",
    "18446744073709551615",
    "softmax",
    "none",
    "scaled-softmax",
    "GRU",
    "AIGRU",
    "AGRU",
    "AUGRU",
    "augru-authors",
    "8 sigmoid -> 1",
    "10 ReLU -> 1",
    "linear",
    "[final state, user, query]",
    "[pooled, sum of history, query*sum, query*pooled, query]",
    "[query, query, pooled, score, score]",
    "[]",
    "item_id",
    "cate_id",
    "{}",
];

#[derive(Arbitrary, Debug)]
enum Edit<'a> {
    Remove(u8),
    /// Also with sizes that no file could hold, where another is 0.
    Reshape(u8, [Size; 2], bool),
    Fill(u8, f32),
    Set(u8, u8, f32),
    Type(u8, u8),
    Copy(u8, u8),
    /// The name of the first with a piece of the second in place of its own end.
    Splice(u8, u8, u8),
    Metadata(u8, u8),
    Text(u8, &'a str),
    Forget(u8),
}

#[derive(Arbitrary, Debug)]
enum Size {
    Small(u8),
    /// Of another tensor, times a number.
    Of(u8, u8),
    Large(u64),
}

type Tensors = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

fuzz_target!(|input: (u8, Vec<Edit>)| {
    let (file, edits) = input;
    let bytes = FILES[usize::from(file) % FILES.len()];
    let (_, header) = SafeTensors::read_metadata(bytes).expect("a seed");
    let mut metadata: HashMap<String, String> = header.metadata().clone().unwrap_or_default();
    let mut tensors: Tensors = SafeTensors::deserialize(bytes)
        .expect("a seed")
        .iter()
        .map(|(name, view)| (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    for edit in edits.into_iter().take(12) {
        apply(edit, &mut metadata, &mut tensors);
    }
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    tensors.dedup_by(|a, b| a.0 == b.0);
    let views = tensors.iter().filter_map(|(name, dtype, shape, data)| {
        TensorView::new(*dtype, shape.clone(), data).ok().map(|view| (name.as_str(), view))
    });
    if let Ok(bytes) = safetensors::serialize(views, Some(metadata)) {
        fuzz::read_weights(&bytes);
    }
});

fn apply(edit: Edit, metadata: &mut HashMap<String, String>, tensors: &mut Tensors) {
    if tensors.is_empty() {
        return;
    }
    let count = tensors.len();
    let at = |index: u8| usize::from(index) % count;
    match edit {
        Edit::Remove(index) => drop(tensors.remove(at(index))),
        Edit::Reshape(index, sizes, one) => {
            let size = |size: &Size| match *size {
                Size::Small(size) => usize::from(size),
                Size::Of(index, times) => tensors[at(index)].2.first().map_or(1, |size| size * usize::from(times % 5)),
                Size::Large(size) => size as usize,
            };
            let shape: Vec<usize> = sizes[..if one { 1 } else { 2 }].iter().map(size).collect();
            let elements = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
            let tensor = &mut tensors[at(index)];
            if let Some(elements) = elements.filter(|&elements| elements <= 1 << 12) {
                tensor.3.resize(elements * 4, 0);
                (tensor.1, tensor.2) = (Dtype::F32, shape);
            }
        }
        Edit::Fill(index, value) => {
            let tensor = &mut tensors[at(index)];
            tensor.3 = tensor.3.chunks(4).flat_map(|_| value.to_le_bytes()).collect();
        }
        Edit::Set(index, position, value) => {
            let data = &mut tensors[at(index)].3;
            let position = 4 * usize::from(position);
            if let Some(bytes) = data.get_mut(position..position + 4) {
                bytes.copy_from_slice(&value.to_le_bytes());
            }
        }
        Edit::Type(index, kind) => {
            let (dtype, width) =
                [(Dtype::F16, 2), (Dtype::BF16, 2), (Dtype::F64, 8), (Dtype::I32, 4)][usize::from(kind) % 4];
            let tensor = &mut tensors[at(index)];
            let elements: usize = tensor.2.iter().product();
            tensor.1 = dtype;
            tensor.3.resize(elements * width, 0);
        }
        Edit::Copy(from, to) => {
            let (_, dtype, shape, data) = tensors[at(from)].clone();
            let to = &mut tensors[at(to)];
            (to.1, to.2, to.3) = (dtype, shape, data);
        }
        Edit::Splice(first, second, piece) => {
            let end = |name: &str| name.rfind(['.', '/']).unwrap_or(0);
            let (start, other) = (tensors[at(first)].0.clone(), tensors[at(second)].clone());
            let name = format!("{}{}", &start[..end(&start)], &other.0[end(&other.0)..]);
            let name = match piece {
                0..128 => name,
                // Layers of other numbers.
                _ => start.replacen(|letter: char| letter.is_ascii_digit(), &(piece % 16).to_string(), 1),
            };
            tensors.push((name, other.1, other.2, other.3));
        }
        Edit::Metadata(key, value) => {
            let (key, value) = (KEYS[usize::from(key) % KEYS.len()], VALUES[usize::from(value) % VALUES.len()]);
            metadata.insert(key.to_owned(), value.to_owned());
        }
        Edit::Text(key, value) => {
            metadata.insert(KEYS[usize::from(key) % KEYS.len()].to_owned(), value.to_owned());
        }
        Edit::Forget(key) => {
            metadata.remove(KEYS[usize::from(key) % KEYS.len()]);
        }
    }
}
