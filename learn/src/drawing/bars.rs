//! A table whose cells are numbers with a bar.

use crate::format::{escaped, exact};

/// A column.
pub struct Series {
    /// Its heading, as HTML.
    pub name: String,
    /// Class of its bars: `inspected`, `compared` or `weight`.
    pub class: &'static str,
    /// The part of the trace that it shows; empty for none.
    pub part: &'static str,
    /// How a number is written.
    pub text: fn(f32) -> String,
    /// Both ends of the bars' axis.
    pub ends: [f32; 2],
}

impl Series {
    /// A column whose axis holds zero and all of `values`.
    pub fn of(name: String, class: &'static str, part: &'static str, text: fn(f32) -> String, values: &[f32]) -> Self {
        let ends = [values.iter().copied().fold(0.0, f32::min), values.iter().copied().fold(0.0, f32::max)];
        Self { name, class, part, text, ends }
    }
}

/// The table. `head` names the rows, each a title and a number for every series.
pub fn table(head: &str, series: &[Series], rows: &[(String, Vec<f32>)]) -> String {
    let mut html = String::from("<table class=\"bars\"><thead><tr>");
    html += &format!("<th scope=\"col\">{head}</th>");
    for one in series {
        html += &format!("<th scope=\"col\" class=\"{}-word\">{}</th>", one.class, one.name);
    }
    html += "</tr></thead><tbody>";
    for (title, values) in rows {
        html += &format!("<tr><th scope=\"row\" lang=\"en\" translate=\"no\">{}</th>", escaped(title));
        for (one, value) in series.iter().zip(values) {
            let part = if one.part.is_empty() { String::new() } else { format!(" data-part=\"{}\"", one.part) };
            let (number, text) = (exact(*value), (one.text)(*value));
            html += &format!(
                "<td class=\"{}\"{part}>{}<data class=\"numbers\" value=\"{number}\">{text}</data></td>",
                one.class,
                bar(one.ends, *value)
            );
        }
        html += "</tr>";
    }
    html + "</tbody></table>"
}

/// A bar from zero to a value on an axis.
fn bar([low, high]: [f32; 2], value: f32) -> String {
    let at = |value: f32| 100.0 * (value - low) / (high - low).max(f32::MIN_POSITIVE);
    let (zero, end) = (at(0.0), at(value));
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect{} x=\"{:.2}\" width=\"{:.2}\" \
         height=\"10\"/></svg>",
        if value < 0.0 { " class=\"negative\"" } else { "" },
        zero.min(end),
        (end - zero).abs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::weight;

    #[test]
    fn bars_begin_at_zero_on_either_side() {
        let series = Series::of("w".to_owned(), "weight", "attention", weight, &[1.0, -0.25]);
        let rows = [("a<b".to_owned(), vec![1.0]), ("c".to_owned(), vec![-0.25])];
        let html = table("click", &[series], &rows);
        assert!(html.contains("a&lt;b") && html.contains("<rect x=\"20.00\" width=\"80.00\""), "{html}");
        assert!(html.contains("<rect class=\"negative\" x=\"0.00\" width=\"20.00\""), "{html}");
        assert!(html.contains("value=\"-0.25\">−0.250</data>"), "{html}");
    }
}
