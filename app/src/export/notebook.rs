//! A computation as a Jupyter notebook (nbformat 4.5) that computes it once more in NumPy.

use sha2::{Digest, Sha256};

use super::computation::{About, Computation, Product};
use crate::explain::notebook::{BEGIN, PERCEPTRON, RANKING_MLP};
use crate::ui::format::{json_text, percent};

/// The file.
pub fn notebook(computation: &Computation) -> String {
    let file = computation.file();
    let checksum: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    let begin = BEGIN.replace("{click}", computation.click).replace("{checksum}", &checksum);
    let stages = computation.notebook.iter().copied();
    // Data last: nothing looks for a place in them.
    let begin = begin.replace("{data}", &base64(&file));
    let parts = [begin.as_str(), PERCEPTRON].into_iter().chain(stages).chain([RANKING_MLP]);
    let cells = parts.flat_map(cells);
    let introduction = Cell { is_text: true, metadata: "{}", source: introduction(computation) };
    let cells: Vec<String> = [introduction].into_iter().chain(cells).enumerate().map(json).collect();
    format!(
        "{{\n\"cells\": [\n{}\n],\n\"metadata\": {{\"kernelspec\": {{\"display_name\": \"Python 3\", \"language\": \"python\", \
         \"name\": \"python3\"}}, \"language_info\": {{\"name\": \"python\"}}}},\n\"nbformat\": 4,\n\"nbformat_minor\": 5\n}}\n",
        cells.join(",\n")
    )
}

/// A cell.
struct Cell<'a> {
    is_text: bool,
    /// JSON.
    metadata: &'a str,
    /// Without the last end of line.
    source: String,
}

/// The cells of a text in the percent format.
fn cells(part: &str) -> Vec<Cell<'_>> {
    let cell = |text| {
        let (mark, text): (&str, &str) = str::split_once(text, '\n').unwrap_or_default();
        let (mark, text) = (mark.trim(), text.trim_end());
        let is_text = mark == "[markdown]";
        let source = if is_text {
            let lines = text.lines().map(|line| line.strip_prefix("# ").unwrap_or_default());
            lines.collect::<Vec<_>>().join("\n")
        } else {
            text.to_owned()
        };
        Cell { is_text, metadata: if mark.starts_with('{') { mark } else { "{}" }, source }
    };
    part.split("# %%").skip(1).map(cell).collect()
}

/// A cell, by its place, as JSON.
fn json((place, Cell { is_text, metadata, source }): (usize, Cell<'_>)) -> String {
    let lines: Vec<String> = source.split_inclusive('\n').map(json_text).collect();
    let (kind, outcome) =
        if is_text { ("markdown", "") } else { ("code", "\"execution_count\": null,\n\"outputs\": [],\n") };
    format!(
        "{{\n\"cell_type\": \"{kind}\",\n\"id\": \"cell-{place}\",\n\"metadata\": {metadata},\n{outcome}\"source\": [\n{}\n]\n}}",
        lines.join(",\n")
    )
}

/// What the notebook is about, in Markdown; in English, as its cells are.
fn introduction(computation: &Computation) -> String {
    let Computation {
        about: About { network, backend, engine, page, .. }, products, history, product, numbers, ..
    } = computation;
    let title = |place: usize| products.get(place).map_or_else(String::new, |Product { title, .. }| plain(title));
    let probability = numbers.last().and_then(|last| last.values.first()).copied().unwrap_or_default();
    let after = if history.len() == 1 { "1 click".to_owned() } else { format!("{} clicks", history.len()) };
    let clicks: Vec<String> = history.iter().map(|&place| format!("1. {}\n", title(place))).collect();
    let clicks =
        if clicks.is_empty() { String::new() } else { format!("\nThe oldest click first:\n\n{}", clicks.concat()) };
    let place = if *backend == "gpu" { format!("on the GPU ({})", plain(engine)) } else { "on the CPU".to_owned() };
    format!(
        "# {network}: {} after {after}\n\n\
         [Interest Lens]({page}) computed a click probability of {} {place}. The cells below compute it once more in NumPy, \
         stage by stage in the letters of the paper, from the embeddings of the products and the weights of the network, and each \
         ends with the largest difference to what the page showed.\n\n\
         The page computes in 32-bit floats, and adds them up in an order of its own. NumPy computes here in 64-bit floats from the \
         same 32-bit weights. So the last digits differ, by less than 0.00001 of numbers up to 1.\n{clicks}",
        title(*product),
        percent(probability),
    )
}

/// A text in which Markdown sees nothing but text.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            plain.push('\\');
        }
        // A line has one end.
        plain.push(if letter.is_ascii_control() { ' ' } else { letter });
    }
    plain
}

/// Bytes as text (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or_default());
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            let is_there = place <= three.len();
            text.push(if is_there { LETTERS[((bits >> (18 - 6 * place)) & 63) as usize].into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn cells_are_told_by_their_marks() {
        let found = cells("# %% [markdown]\n# # Head\n#\n# text\n\n# %%\nx = 1  # one\n\n\n# %% {\"a\": 1}\ny\n");
        let found: Vec<_> = found.iter().map(|cell| (cell.is_text, cell.metadata, cell.source.as_str())).collect();
        assert_eq!(found, [(true, "{}", "# Head\n\ntext"), (false, "{}", "x = 1  # one"), (false, "{\"a\": 1}", "y")]);
    }

    #[test]
    fn markdown_sees_only_text_in_a_title() {
        assert_eq!(plain("a*b <i>\n# 灯笼"), "a\\*b \\<i\\> \\# 灯笼");
    }
}
