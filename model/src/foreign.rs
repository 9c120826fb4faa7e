//! Files of another kind than the one that was asked for: what they are, told by how they begin, and what to do about it.

/// A file of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// What it is, with an article.
    pub what: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

const EXPORT: &str = "export the weights as .safetensors, or convert them by cargo xtask import";
const WEIGHTS: &str = "choose the file of the weights";
const CSV: &str = "write the table as CSV";
const UTF_8: &str = "save the table as CSV in UTF-8, which Excel calls \"CSV UTF-8\"";
/// What to do about a spreadsheet.
pub const SHEET: &str = "save the sheet as CSV, which Excel calls \"CSV UTF-8\"";

/// How files begin, what they are, and what to do where one stands in place of weights.
const IN_PLACE_OF_WEIGHTS: [(&[u8], &str, &str); 6] = [
    (b"\x89PNG", "a picture (PNG)", WEIGHTS),
    (b"\xff\xd8\xff", "a picture (JPEG)", WEIGHTS),
    (b"%PDF", "a PDF document", WEIGHTS),
    (b"PK\x03\x04", "a ZIP archive, which PyTorch makes of a pickle and NumPy of arrays", EXPORT),
    (b"\x89HDF", "an HDF5 file, in which Keras keeps weights", EXPORT),
    (b"\x1f\x8b", "a file packed by gzip", "unpack it"),
];

/// How files begin, what they are, and what to do where one stands in place of a table.
const IN_PLACE_OF_TABLE: [(&[u8], &str, &str); 19] = [
    (b"\xff\xfe", "text in UTF-16", UTF_8),
    (b"\xfe\xff", "text in UTF-16", UTF_8),
    (b"PK\x03\x04", "a ZIP archive or an Excel file", UTF_8),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls)", SHEET),
    (b"PAR1", "a Parquet file", "write it as CSV, in Python by pandas.read_parquet(…).to_csv(…, index=False)"),
    (b"ARROW1", "a Feather file", "write it as CSV, in Python by pandas.read_feather(…).to_csv(…, index=False)"),
    (b"\x1f\x8b", "a file packed by gzip", "unpack it by gunzip"),
    (b"BZh", "compressed by bzip2", "unpack it by bunzip2"),
    (b"\xfd7zXZ", "compressed by xz", "unpack it by unxz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it by unzstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"SQLite format 3", "an SQLite database", CSV),
    (b"\x89HDF", "an HDF5 file", CSV),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV, by numpy.savetxt with names of columns"),
    (b"%PDF", "a PDF document", "ask for the table as CSV"),
    (b"\x89PNG", "a picture (PNG)", "choose the file of the table"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "choose the file of the table"),
    (b"<?xml", "an XML document", CSV),
];

/// What stands in place of weights in a safetensors file of these `bytes`; none where they may be one, or are nothing known.
pub fn in_place_of_weights(bytes: &[u8]) -> Option<Foreign> {
    if bytes.is_empty() {
        return Some(Foreign { what: "an empty file", advice: "download or export it again" });
    }
    // A pickle begins with its protocol. A safetensors file, which has its header from the ninth byte on, may begin alike.
    let protocol = bytes.strip_prefix(b"\x80").and_then(<[u8]>::first);
    let is_pickle = protocol.is_some_and(|protocol| (2..=5).contains(protocol)) && bytes.get(8) != Some(&b'{');
    let pickle = is_pickle.then_some(Foreign { what: "a pickle, which can hold programs", advice: EXPORT });
    in_place_of_any(bytes).or_else(|| known(bytes, &IN_PLACE_OF_WEIGHTS)).or(pickle)
}

/// What stands in place of a table in CSV that begins with `head`; none where it may be one, or is nothing known.
pub fn in_place_of_table(head: &[u8]) -> Option<Foreign> {
    let is_tar = head.get(257..262) == Some(b"ustar");
    let tar = is_tar.then_some(Foreign { what: "a tar archive", advice: "unpack it by tar -xf" });
    in_place_of_any(head).or_else(|| known(head, &IN_PLACE_OF_TABLE)).or(tar)
}

/// What arrives where a file of any kind was asked for.
fn in_place_of_any(head: &[u8]) -> Option<Foreign> {
    let start = head.trim_ascii_start();
    let is_page = |tag: &[u8]| start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    if head.starts_with(b"version https://git-lfs") {
        let what = "a pointer of Git LFS, which stands for the file";
        return Some(Foreign { what, advice: "git lfs pull fetches the file itself" });
    }
    (is_page(b"<!doctype html") || is_page(b"<html")).then_some(Foreign {
        what: "a web page, which sites send in place of a file that they do not have or do not give away",
        advice: "download the file itself",
    })
}

fn known(head: &[u8], kinds: &[(&[u8], &'static str, &'static str)]) -> Option<Foreign> {
    let found = kinds.iter().find(|(magic, ..)| head.starts_with(magic));
    found.map(|&(_, what, advice)| Foreign { what, advice })
}
