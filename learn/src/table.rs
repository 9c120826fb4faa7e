//! Tables of what was measured.

use crate::error::Error;
use crate::value::Values;
use crate::words::Words;

/// The columns of GAUC: protocol and negatives.
const SETS: [[&str; 2]; 4] =
    [["next_item", "uniform"], ["next_item", "popularity"], ["next_basket", "uniform"], ["next_basket", "popularity"]];
/// The networks of the page and what they are held against, in the order of the text.
const RESULTS: [&str; 7] = ["popularity", "item-knn", "embedding-mlp", "din", "tin", "comirec-sa", "dien"];
/// The rungs of the DIEN paper's ablation.
const ABLATION: [&str; 6] = ["embedding-mlp", "gru-attention", "aigru", "agru", "augru", "dien"];

/// The table of this name: `results`, GAUC on every set of questions, or `ablation`, AUC on the next item.
///
/// # Errors
/// Where there is no such table, or a row of it was not measured.
pub fn html(name: &str, values: Values, words: &Words) -> Result<String, Error> {
    let (metric, networks, sets) = match name {
        "results" => ("gauc", &RESULTS[..], &SETS[..]),
        "ablation" => ("auc", &ABLATION[..], &SETS[..2]),
        _ => return Err(Error::placeholder(name, "there is no such table")),
    };
    let mut html = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table class=\"measured numbers\"><caption>{0}</caption><thead><tr><td></td>",
        words.get(name)?
    );
    for [protocol, negatives] in sets {
        html += &format!("<th scope=\"col\">{}, {}</th>", words.get(protocol)?, words.get(&format!("by-{negatives}"))?);
    }
    html += "</tr></thead><tbody>";
    for network in networks {
        html += &format!("<tr><th scope=\"row\">{}</th>", words.get(network)?);
        for [protocol, negatives] in sets {
            let of = format!("{metric} {network} {protocol} {negatives}");
            html += &format!("<td>{}</td>", values.of(&of)?.html(&of));
        }
        html += "</tr>";
    }
    Ok(html + "</tbody></table></div>")
}
