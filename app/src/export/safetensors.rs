//! Writing safetensors files, the same bytes for the same tensors.

use crate::ui::format::json_text;

/// The file of these tensors, each with its name, its shape and its values in row order, and of notes with their names: the
/// length of the header, 64 bits; the header, JSON that tells type, shape and place of every tensor; the tensors.
pub fn file<'a>(notes: &[(&str, &str)], tensors: impl Iterator<Item = (String, &'a [usize], &'a [f32])>) -> Vec<u8> {
    let notes: Vec<String> =
        notes.iter().map(|(name, note)| format!("{}:{}", json_text(name), json_text(note))).collect();
    let mut header = format!("{{\"__metadata__\":{{{}}}", notes.join(","));
    let mut data: Vec<u8> = Vec::new();
    for (name, shape, values) in tensors {
        let from = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let (name, to) = (json_text(&name), data.len());
        header += &format!(",{name}:{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{from},{to}]}}");
    }
    header.push('}');
    // The tensors begin at a multiple of eight bytes.
    header += &" ".repeat(header.len().next_multiple_of(8) - header.len());
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}
