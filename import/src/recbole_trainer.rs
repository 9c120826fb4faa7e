//! What a checkpoint of RecBole's trainer says beside its tensors: its configuration, and the data set that the network was
//! trained on.

use std::collections::BTreeMap;

use crate::pickle::{Id, Node, Pickle};

/// Metadata of such a checkpoint: "evolution", the kind of the second recurrent layer; "recbole_item", the feature that is the
/// item; "recbole_item_fields" and
/// "recbole_user_fields", the features in its tables with their numbers of rows ("item_id:11 category:5");
/// "recbole_item_numbers", its features that are numbers, likewise; "recbole_item_sequences" and "recbole_user_sequences", the features of several values, and "pooling", what becomes of these;
/// "row_tokens" and
/// "category_row_tokens", what each row of the item's and the category's table is called, a line each. Without any where it is of
/// something else.
pub(super) fn metadata(pickle: &Pickle) -> BTreeMap<String, String> {
    let path = |keys: &[&str]| keys.iter().try_fold(pickle.root(), |id, key| pickle.field(id, key));
    let mut metadata = BTreeMap::new();
    if let Some(kind) = path(&["config", "final_config_dict", "gru_type"]).and_then(|id| pickle.text(id)) {
        metadata.insert("evolution".to_owned(), kind);
    }
    if let Some(kind) = path(&["config", "final_config_dict", "pooling_mode"]).and_then(|id| pickle.text(id)) {
        metadata.insert("pooling".to_owned(), kind);
    }
    let item = path(&["config", "final_config_dict", "ITEM_ID_FIELD"]).and_then(|id| text(pickle, id));
    if let Some(item) = &item {
        metadata.insert("recbole_item".to_owned(), item.clone());
    }
    let tokens = path(&["other_parameter", "embedding_layer", "dataset", "field2id_token"]);
    let tokens = tokens.and_then(|id| pickle.items(id)).unwrap_or_default();
    for owner in ["item", "user"] {
        let list =
            |kind: &str| path(&["other_parameter", "embedding_layer", kind, owner]).and_then(|id| pickle.list(id));
        if let Some(names) = list("token_seq_field_names").filter(|names| !names.is_empty()) {
            let names = names.iter().filter_map(|&name| text(pickle, name)).collect::<Vec<String>>();
            metadata.insert(format!("recbole_{owner}_sequences"), names.join(" "));
        }
        let sizes = |names: &[Id], sizes: &[Id]| {
            let sizes = names.iter().zip(sizes);
            let sizes =
                sizes.filter_map(|(&name, &size)| Some(format!("{}:{}", text(pickle, name)?, pickle.number(size)?)));
            sizes.collect::<Vec<String>>().join(" ")
        };
        if let Some((names, numbers)) = list("float_field_names").zip(list("float_field_dims")) {
            metadata.insert(format!("recbole_{owner}_numbers"), sizes(names, numbers));
        }
        let Some((names, rows)) = list("token_field_names").zip(list("token_field_dims")) else { continue };
        metadata.insert(format!("recbole_{owner}_fields"), sizes(names, rows));
        if owner == "item" {
            // The item, then the first other feature, which is the category.
            let mut names: Vec<Option<String>> = names.iter().map(|&name| text(pickle, name)).collect();
            names.sort_by_key(|name| item.is_some() && *name != item);
            for (name, key) in names.into_iter().zip(["row_tokens", "category_row_tokens"]) {
                let of_field = tokens.iter().find(|(field, _)| text(pickle, *field) == name);
                if let Some(tokens) = of_field.and_then(|(_, tokens)| array(pickle, *tokens)) {
                    metadata.insert(key.to_owned(), tokens.join("\n"));
                }
            }
        }
    }
    metadata
}

/// The features of the products that the trainer keeps of each, as tensors `[item]` or `[item, value]` of rows in their tables.
pub(super) fn item_features(pickle: &Pickle) -> Vec<(String, Id)> {
    let path = ["other_parameter", "embedding_layer", "item_feat", "interaction"];
    let features = path.iter().try_fold(pickle.root(), |id, key| pickle.field(id, key));
    let features = features.and_then(|id| pickle.items(id)).unwrap_or_default();
    features.iter().filter_map(|&(name, id)| Some((text(pickle, name)?, id))).collect()
}

/// A string of Python or of NumPy.
fn text(pickle: &Pickle, id: Id) -> Option<String> {
    match pickle.get(id) {
        Node::Object { class, arguments, .. } if pickle.is(*class, "scalar") => {
            let [dtype, data] = pickle.list(*arguments)? else { return None };
            strings(pickle, *dtype, *data)?.into_iter().next()
        }
        _ => pickle.text(id),
    }
}

/// The strings of a NumPy array.
fn array(pickle: &Pickle, id: Id) -> Option<Vec<String>> {
    let Node::Object { class, state: Some(state), .. } = pickle.get(id) else { return None };
    // Version, shape, type, whether columns come first, and the data.
    let [_, _, dtype, _, data] = pickle.list(*state)? else { return None };
    if !pickle.is(*class, "_reconstruct") {
        return None;
    }
    match pickle.list(*data) {
        Some(values) => values.iter().map(|&value| text(pickle, value)).collect(),
        None => strings(pickle, *dtype, *data),
    }
}

/// Strings as NumPy keeps them: each of as many characters as the type "U5" says, in UTF-32.
fn strings(pickle: &Pickle, dtype: Id, data: Id) -> Option<Vec<String>> {
    let Node::Object { arguments, .. } = pickle.get(dtype) else { return None };
    let name = pickle.text(*pickle.list(*arguments)?.first()?)?;
    let width: usize = name.strip_prefix('U')?.parse().ok().filter(|&width| width > 0)?;
    let bytes = match pickle.get(data) {
        Node::Bytes(bytes) => bytes.clone(),
        // Before version 3 of pickles bytes are a text of the same numbers.
        Node::Object { class, arguments, .. } if pickle.is(*class, "encode") => {
            let [bytes, _] = pickle.list(*arguments)? else { return None };
            pickle.text(*bytes)?.chars().map(|byte| byte as u32 as u8).collect()
        }
        _ => return None,
    };
    let letters: Vec<Option<char>> =
        bytes.as_chunks().0.iter().map(|&letter| char::from_u32(u32::from_le_bytes(letter))).collect();
    let string =
        |letters: &[Option<char>]| letters.iter().flatten().copied().take_while(|&letter| letter != '\0').collect();
    Some(letters.chunks(width).map(string).collect())
}
