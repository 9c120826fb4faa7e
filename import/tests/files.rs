//! Files of every kind that libraries write, made here byte by byte: what they are tells how they are read, and not their names.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod support;

use std::collections::BTreeMap;

use import::{Checkpoint, Options, from_checkpoint};
use model::{Catalogue, Tensor, Weights};
use safetensors::tensor::{Dtype, TensorView};

/// A pickle as Python writes it.
#[derive(Default)]
struct Pickle {
    bytes: Vec<u8>,
}

impl Pickle {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.put(b"X");
        self.put(&(text.len() as u32).to_le_bytes());
        self.put(text.as_bytes());
    }

    fn number(&mut self, number: usize) {
        self.put(b"J");
        self.put(&(number as u32).to_le_bytes());
    }

    /// What torch.save writes for a tensor of the numbers `storage`.
    fn tensor(&mut self, storage: &str, shape: &[usize], count: usize) {
        self.tensor_of("FloatStorage", storage, shape, count);
    }

    fn tensor_of(&mut self, class: &str, storage: &str, shape: &[usize], count: usize) {
        self.put(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        self.text("storage");
        self.put(format!("ctorch\n{class}\n").as_bytes());
        self.text(storage);
        self.text("cpu");
        self.number(count);
        self.put(b"tQK\x00(");
        shape.iter().for_each(|&size| self.number(size));
        self.put(b"t(");
        for place in 0..shape.len() {
            self.number(shape[place + 1..].iter().product());
        }
        self.put(b"t\x89ccollections\nOrderedDict\n)RtR");
    }
}

/// The CRC-32 of ZIP archives.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: u8| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    };
    !bytes.iter().fold(!0, |crc, &byte| step(crc, byte))
}

/// An archive without compression. `extra` stands in each file's own header, as PyTorch pads its files there.
fn archive(files: &[(String, Vec<u8>)], extra: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in files {
        let [name_length, extra_length] = [name.len() as u16, extra.len() as u16].map(u16::to_le_bytes);
        let [at, size] = [bytes.len() as u32, content.len() as u32].map(u32::to_le_bytes);
        let about = [&[0; 8][..], &checksum(content).to_le_bytes(), &size, &size, &name_length].concat();
        directory.extend([b"PK\x01\x02\x14\x00\x14\x00", &about[..], &[0; 12], &at, name.as_bytes()].concat());
        bytes.extend([b"PK\x03\x04\x14\x00", &about[..], &extra_length, name.as_bytes(), extra, content].concat());
    }
    let count = (files.len() as u16).to_le_bytes();
    let [size, at] = [directory.len() as u32, bytes.len() as u32].map(u32::to_le_bytes);
    [bytes, directory, [b"PK\x05\x06\0\0\0\0", &count[..], &count, &size, &at, b"\0\0"].concat()].concat()
}

/// Values that follow no pattern, between −1 and 1, another for each name.
fn tensor(name: &str, shape: &[usize]) -> Tensor {
    let size: usize = shape.iter().product();
    let seed: usize = name.bytes().fold(7, |seed, byte| (seed * 31 + usize::from(byte)) % 10_007);
    let values = (0..size).map(|index| ((index * 7919 + seed * 101) % 1009) as f32 / 504.5 - 1.0).collect();
    Tensor { shape: shape.to_vec(), values }
}

/// RecBole's DIN of items and categories in one table of 5 and 3 rows, of 2 numbers.
fn recbole_din() -> Vec<(String, Tensor)> {
    let shapes: [(&str, &[usize]); 10] = [
        ("attention.att_mlp_layers.mlp_layers.1.weight", &[4, 16]),
        ("attention.att_mlp_layers.mlp_layers.1.bias", &[4]),
        ("attention.dense.weight", &[1, 4]),
        ("attention.dense.bias", &[1]),
        ("dnn_mlp_layers.mlp_layers.1.weight", &[3, 12]),
        ("dnn_mlp_layers.mlp_layers.1.bias", &[3]),
        ("embedding_layer.token_embedding_table.user.embedding.weight", &[6, 2]),
        ("embedding_layer.token_embedding_table.item.embedding.weight", &[8, 2]),
        ("dnn_predict_layers.weight", &[1, 3]),
        ("dnn_predict_layers.bias", &[1]),
    ];
    shapes.iter().map(|(name, shape)| ((*name).to_owned(), tensor(name, shape))).collect()
}

/// A dictionary of tensors, and the values of each.
fn state_dict(pickle: &mut Pickle, tensors: &[(String, Tensor)]) {
    pickle.put(b"ccollections\nOrderedDict\n)R(");
    for (place, (name, tensor)) in tensors.iter().enumerate() {
        pickle.text(name);
        pickle.tensor(&place.to_string(), &tensor.shape, tensor.values.len());
    }
    pickle.put(b"u");
}

fn data(tensors: &[(String, Tensor)]) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
    let bytes = |tensor: &Tensor| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensors.iter().enumerate().map(move |(place, (_, tensor))| (format!("model/data/{place}"), bytes(tensor)))
}

/// The archive that torch.save writes for what `write` pickles.
fn torch_save(tensors: &[(String, Tensor)], extra: &[u8], write: impl FnOnce(&mut Pickle)) -> Vec<u8> {
    let mut pickle = Pickle::default();
    pickle.put(b"\x80\x02");
    write(&mut pickle);
    pickle.put(b".");
    let files: Vec<(String, Vec<u8>)> =
        [("model/data.pkl".to_owned(), pickle.bytes)].into_iter().chain(data(tensors)).collect();
    archive(&files, extra)
}

fn shop() -> Catalogue {
    Catalogue::from_csv("shop.csv", b"id,title,category\na,A,Cups\nb,B,Bags\nc,C,Cups\nd,D,Bags\n").unwrap()
}

fn imported(bytes: &[u8]) -> Weights {
    from_checkpoint(Checkpoint::from_bytes("file", bytes).unwrap(), &shop(), &Options::default()).unwrap().weights
}

fn expected() -> Weights {
    let checkpoint = Checkpoint::new("file", BTreeMap::new(), recbole_din());
    from_checkpoint(checkpoint, &shop(), &Options::default()).unwrap().weights
}

#[test]
fn a_state_dict_is_read_under_any_key_and_any_padding() {
    let tensors = recbole_din();
    assert_eq!(imported(&torch_save(&tensors, b"", |pickle| state_dict(pickle, &tensors))), expected());
    // What torch.save writes before the first file where the file's name has 21 characters.
    assert_eq!(imported(&torch_save(&tensors, b"FB\0\0", |pickle| state_dict(pickle, &tensors))), expected());
    for key in ["state_dict", "net", "model_state"] {
        let nested = torch_save(&tensors, b"FB\x04\0ZZZZ", |pickle| {
            pickle.put(b"}(");
            pickle.text("epoch");
            pickle.number(3);
            pickle.text(key);
            state_dict(pickle, &tensors);
            pickle.put(b"u");
        });
        assert_eq!(imported(&nested), expected(), "{key}");
    }
}

#[test]
fn objects_beside_the_tensors_are_not_run_and_say_what_they_can() {
    let tensors = recbole_din();
    // Keys of NumPy, an object of a class that is nowhere, a call that would run a program, and RecBole's layer with its fields.
    let bytes = torch_save(&tensors, b"", |pickle| {
        pickle.put(b"}(");
        pickle.text("config");
        pickle.put(b"crecbole.config.configurator\nConfig\n)\x81}(cnumpy\nstr_\n");
        pickle.text("x");
        pickle.put(b"\x85RK\x01");
        pickle.text("call");
        pickle.put(b"cos\nsystem\n");
        pickle.text("a program");
        pickle.put(b"\x85Rub");
        pickle.text("state_dict");
        state_dict(pickle, &tensors);
        pickle.text("other_parameter");
        pickle.put(b"}");
        pickle.text("embedding_layer");
        pickle.put(b"crecbole.model.layers\nContextSeqEmbLayer\n)\x81}(");
        for (key, first, second) in [("token_field_names", "item_id", "colour"), ("token_field_dims", "5", "3")] {
            pickle.text(key);
            pickle.put(b"}");
            pickle.text("item");
            pickle.put(b"](");
            for value in [first, second] {
                match value.parse() {
                    Ok(number) => pickle.number(number),
                    Err(_) => pickle.text(value),
                }
            }
            pickle.put(b"es");
        }
        pickle.put(b"ubsu");
    });
    let checkpoint = Checkpoint::from_bytes("model.pth", &bytes).unwrap();
    // A catalogue of fewer products: only the file says where categories begin.
    let shop = Catalogue::from_csv("shop.csv", b"id,title,category,row,category_row\na,A,Cups,4,2\n").unwrap();
    let found = from_checkpoint(checkpoint, &shop, &Options::default()).unwrap();
    let table = tensor("embedding_layer.token_embedding_table.item.embedding.weight", &[8, 2]).values;
    assert_eq!(found.weights.values("embedding.item.weight"), &table[8..10]);
    assert_eq!(found.weights.values("embedding.category.weight"), &table[14..]);
    assert!(found.questions.is_empty());
}

/// Strings of NumPy, as the function that makes the value and its arguments, or an array of them.
fn numpy_strings(pickle: &mut Pickle, strings: &[&str], is_array: bool) {
    let width = strings.iter().map(|string| string.len()).max().unwrap();
    let letters: String =
        strings.iter().flat_map(|string| format!("{string:\0<width$}").chars().collect::<Vec<_>>()).collect();
    let bytes: String = letters.chars().flat_map(|letter| [letter, '\0', '\0', '\0']).collect();
    let dtype = |pickle: &mut Pickle| {
        pickle.put(b"cnumpy\ndtype\n(");
        pickle.text(&format!("U{width}"));
        pickle.put(b"\x89\x88tR");
    };
    let data = |pickle: &mut Pickle| {
        pickle.put(b"c_codecs\nencode\n(");
        pickle.text(&bytes);
        pickle.text("latin1");
        pickle.put(b"tR");
    };
    if is_array {
        pickle.put(b"cnumpy._core.multiarray\n_reconstruct\n)R(K\x01(");
        pickle.number(strings.len());
        pickle.put(b"t");
        dtype(pickle);
        pickle.put(b"\x89");
        data(pickle);
        pickle.put(b"tb");
    } else {
        pickle.put(b"cnumpy._core.multiarray\nscalar\n(");
        dtype(pickle);
        data(pickle);
        pickle.put(b"tR");
    }
}

#[test]
fn rows_go_by_the_names_that_a_trainers_checkpoint_has() {
    let tensors = recbole_din();
    let bytes = torch_save(&tensors, b"", |pickle| {
        pickle.put(b"}(");
        pickle.text("state_dict");
        state_dict(pickle, &tensors);
        pickle.text("other_parameter");
        pickle.put(b"}");
        pickle.text("embedding_layer");
        pickle.put(b"crecbole.model.layers\nContextSeqEmbLayer\n)\x81}(");
        pickle.text("token_field_names");
        pickle.put(b"}");
        pickle.text("item");
        pickle.put(b"](");
        pickle.text("item_id");
        pickle.text("colour");
        pickle.put(b"es");
        pickle.text("token_field_dims");
        pickle.put(b"}");
        pickle.text("item");
        pickle.put(b"](K\x05K\x03es");
        pickle.text("dataset");
        pickle.put(b"crecbole.data\nDataset\n)\x81}(");
        pickle.text("field2id_token");
        pickle.put(b"}(");
        numpy_strings(pickle, &["item_id"], false);
        numpy_strings(pickle, &["[PAD]", "d", "b", "a", "c"], true);
        numpy_strings(pickle, &["colour"], false);
        numpy_strings(pickle, &["[PAD]", "Cups", "Bags"], true);
        pickle.put(b"uububsu");
    });
    let import = |csv: &str| {
        let shop = Catalogue::from_csv("shop.csv", csv.as_bytes()).unwrap();
        from_checkpoint(Checkpoint::from_bytes("model.pth", &bytes).unwrap(), &shop, &Options::default())
    };
    let table = tensor("embedding_layer.token_embedding_table.item.embedding.weight", &[8, 2]).values;
    let rows = |rows: &[usize]| rows.iter().flat_map(|&row| table[row * 2..][..2].to_vec()).collect::<Vec<f32>>();
    let found = import("id,title,category\na,A,Cups\nb,B,Bags\nc,C,Cups\nd,D,Bags\n").unwrap().weights;
    assert_eq!(found.values("embedding.item.weight"), rows(&[3, 2, 4, 1]));
    // Bags before Cups, after the five items.
    assert_eq!(found.values("embedding.category.weight"), rows(&[7, 6]));
    let error = import("id,title,category\na,A,Cups\nnew,B,Bags\n").unwrap_err().to_string();
    assert!(error.contains("the file's own list of names lacks \"new\""), "{error}");
    // Names of its own, in the order of the rows.
    let found = import("id,title,category\n1,A,1\n2,B,2\n3,C,1\n4,D,2\n").unwrap().weights;
    assert_eq!(found.values("embedding.item.weight"), rows(&[1, 2, 3, 4]));
}

#[test]
fn an_archive_of_keras_says_what_to_save() {
    let bytes = archive(
        &[("metadata.json", b"{}"), ("model.weights.h5", b"\x89H")]
            .map(|(name, bytes)| (name.to_owned(), bytes.to_vec())),
        b"",
    );
    let error = Checkpoint::from_bytes("model.keras", &bytes).unwrap_err().to_string();
    assert!(error.contains("numbers variables and does not name them; save the model again"), "{error}");
}

#[test]
fn what_a_trainer_keeps_of_the_products_needs_no_columns() {
    // Item, category, classes, and a price in the place of other classes.
    let mut tensors = support::recbole_din(2);
    let price = tensors.iter().position(|(name, _)| name.contains("token_seq_embedding_table.item.1")).unwrap();
    let scaled = support::tensor("price", &[2, 2]);
    tensors[price] = ("embedding_layer.float_embedding_table.item.embedding.weight".to_owned(), scaled.clone());
    let prices: [f32; 10] = [0.5, 1.0, 1.5, 1.0, 0.25, 0.0, 3.0, 1.0, 2.0, 1.0];
    // Items 3, 1, 2 and 4 of the classes 2; 1 and 3; none; 3.
    let classes: [u64; 10] = [0, 0, 1, 3, 0, 0, 2, 0, 3, 0];
    let write = |lists: &[(&str, &[&str])], classes: &[u64]| {
        let mut pickle = Pickle::default();
        pickle.put(b"\x80\x04}(");
        pickle.text("state_dict");
        state_dict(&mut pickle, &tensors);
        pickle.text("other_parameter");
        pickle.put(b"}");
        pickle.text("embedding_layer");
        pickle.put(b"crecbole.model.layers\nContextSeqEmbLayer\n)\x81}(");
        for (key, values) in lists {
            pickle.text(key);
            pickle.put(b"}");
            pickle.text("item");
            pickle.put(b"](");
            for value in *values {
                match value.parse() {
                    Ok(number) => pickle.number(number),
                    Err(_) => pickle.text(value),
                }
            }
            pickle.put(b"es");
        }
        pickle.text("dataset");
        pickle.put(b"crecbole.data\nDataset\n)\x81}");
        pickle.text("field2id_token");
        pickle.put(b"}");
        pickle.text("item_id");
        // An array of strings, whose bytes are bytes since version 3 of pickles.
        pickle.put(b"cnumpy._core.multiarray\n_reconstruct\n)R(K\x01K\x05cnumpy\ndtype\n(");
        pickle.text("U5");
        pickle.put(b"\x89\x88tR\x89C\x64");
        for name in ["[PAD]", "b", "c", "a", "d"] {
            format!("{name:\0<5}").bytes().for_each(|byte| pickle.put(&[byte, 0, 0, 0]));
        }
        pickle.put(b"tbssb");
        pickle.text("item_feat");
        pickle.put(b"crecbole.data.interaction\nInteraction\n)\x81}");
        pickle.text("interaction");
        pickle.put(b"}");
        pickle.text("class");
        pickle.tensor_of("LongStorage", "classes", &[5, 2], 10);
        pickle.put(b"s");
        pickle.text("price");
        pickle.tensor_of("FloatStorage", "prices", &[5, 2], 10);
        pickle.put(b"ssbubsu.");
        let classes = classes.iter().flat_map(|class| class.to_le_bytes()).collect();
        let prices = prices.iter().flat_map(|price| price.to_le_bytes()).collect();
        let files = [("data.pkl", pickle.bytes), ("data/classes", classes), ("data/prices", prices)];
        let files = files.map(|(name, bytes)| (format!("model/{name}"), bytes));
        archive(&files.into_iter().chain(data(&tensors)).collect::<Vec<_>>(), b"")
    };
    let lists: [(&str, &[&str]); 5] = [
        ("token_field_names", &["item_id", "colour"]),
        ("token_field_dims", &["5", "3"]),
        ("token_seq_field_names", &["class"]),
        ("float_field_names", &["price"]),
        ("float_field_dims", &["2"]),
    ];
    let read = |bytes: &[u8]| {
        from_checkpoint(
            Checkpoint::from_bytes("model.pth", bytes)?,
            &shop(),
            &Options::default().with("pooling", "sum"),
        )
    };
    let found = read(&write(&lists, &classes)).unwrap().weights;
    let items = support::tensor("embedding_layer.token_embedding_table.item.embedding.weight", &[8, 2]).values;
    let table = support::tensor("embedding_layer.token_seq_embedding_table.item.0.weight", &[4, 2]).values;
    let class = |row: usize, column: usize| table[row * 2 + column];
    // Rows 3, 1, 2, 4 of the items are a, b, c and d.
    let of_class: [&dyn Fn(usize) -> f32; 4] =
        [&|column| class(2, column), &|column| class(1, column) + class(3, column), &|_| 0.0, &|column| {
            class(3, column)
        }];
    for ((item, row), of_class) in [3, 1, 2, 4].into_iter().enumerate().zip(of_class) {
        let vector = &found.values("embedding.item.weight")[item * 8..][..8];
        assert_eq!(vector[..2], items[row * 2..][..2]);
        assert_eq!(vector[4..6], [of_class(0), of_class(1)]);
        let [price, scales] = [prices[row * 2], prices[row * 2 + 1]];
        assert_eq!(vector[6..], [0, 1].map(|column| price * scaled.values[scales as usize * 2 + column]));
    }
    // Fewer numbers than the tensor's shape says, and rows that the table does not have.
    let error = read(&write(&lists, &classes[..9])).unwrap_err().to_string();
    assert!(error.contains("\"class\", which the trainer keeps of each product, is no table of rows"), "{error}");
    let error = read(&write(&lists, &[4; 10])).unwrap_err().to_string();
    assert!(error.contains("\"class\", a feature of several values, has row 4, but its table has 4 rows"), "{error}");
}

#[test]
fn a_module_as_it_is_gives_its_tensors() {
    let table = ("weight".to_owned(), tensor("weight", &[4, 2]));
    let bytes = torch_save(std::slice::from_ref(&table), b"", |pickle| {
        pickle.put(b"cmodels\nDIN\n)\x81}(");
        pickle.text("_parameters");
        pickle.put(b"}");
        pickle.text("_modules");
        pickle.put(b"}");
        pickle.text("embedding");
        pickle.put(b"ctorch.nn\nEmbedding\n)\x81}(");
        pickle.text("_parameters");
        pickle.put(b"}");
        pickle.text("weight");
        pickle.tensor("0", &[4, 2], 8);
        pickle.put(b"s");
        pickle.text("_modules");
        pickle.put(b"}ubsub");
    });
    let found = Checkpoint::from_bytes("model.pt", &bytes).unwrap();
    assert_eq!(found.tensors(), &BTreeMap::from([("embedding.weight".to_owned(), table.1)]));
}

#[test]
fn damaged_files_are_named_and_never_crash() {
    let tensors = recbole_din();
    let bytes = torch_save(&tensors, b"", |pickle| state_dict(pickle, &tensors));
    for length in 0..bytes.len() {
        if let Err(error) = Checkpoint::from_bytes("half.pt", &bytes[..length]) {
            assert!(error.to_string().starts_with("half.pt: "), "{error}");
        }
    }
    // Every byte of the pickle once another.
    for place in 0..900 {
        let mut bytes = bytes.clone();
        bytes[place] = bytes[place].wrapping_add(41);
        if let Ok(checkpoint) = Checkpoint::from_bytes("bent.pt", &bytes) {
            let _ = from_checkpoint(checkpoint, &shop(), &Options::default());
        }
    }
    // Lists in one another, a million deep.
    let mut deep = b"\x80\x02".to_vec();
    deep.extend(b"]".repeat(1_000_000));
    deep.extend(b"a".repeat(999_999));
    deep.push(b'.');
    let bytes = archive(&[("model/data.pkl".to_owned(), deep)], b"");
    assert!(Checkpoint::from_bytes("deep.pt", &bytes).unwrap().tensors().is_empty());
}

#[test]
fn a_safetensors_file_comes_in_parts_with_their_index() {
    let folder = tempfile::tempdir().unwrap();
    let tensors = recbole_din();
    let data: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, tensor)| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let view = |place: usize| {
        let (name, tensor) = &tensors[place];
        (name.clone(), TensorView::new(Dtype::F32, tensor.shape.clone(), &data[place]).unwrap())
    };
    let part = |number: usize| format!("model-{:05}-of-00002.safetensors", number + 1);
    let mut map = Vec::new();
    for number in 0..2 {
        let places = || number * 5..number * 5 + 5;
        let metadata = Some([("format".to_owned(), "pt".to_owned())].into());
        std::fs::write(folder.path().join(part(number)), safetensors::serialize(places().map(view), metadata).unwrap())
            .unwrap();
        map.extend(places().map(|place| format!("\"{}\": \"{}\"", tensors[place].0, part(number))));
    }
    let index = folder.path().join("model.safetensors.index.json");
    std::fs::write(&index, format!("{{\"weight_map\": {{{}}}}}", map.join(", "))).unwrap();
    let found = from_checkpoint(Checkpoint::open(&index).unwrap(), &shop(), &Options::default()).unwrap();
    assert_eq!(found.weights, expected());

    std::fs::remove_file(folder.path().join(part(1))).unwrap();
    let error = Checkpoint::open(&index).unwrap_err().to_string();
    assert!(error.contains("model-00002-of-00002.safetensors: a part of the index"), "{error}");
}

#[test]
fn what_others_write_into_metadata_is_not_our_format() {
    let tensors = recbole_din();
    let data: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, tensor)| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let views = tensors
        .iter()
        .zip(&data)
        .map(|((name, tensor), data)| (name.clone(), TensorView::new(Dtype::F32, tensor.shape.clone(), data).unwrap()));
    let bytes = safetensors::serialize(views, Some([("format".to_owned(), "pt".to_owned())].into())).unwrap();
    assert_eq!(import::read("model.safetensors", &bytes, &shop(), &Options::default()).unwrap().weights, expected());
}
