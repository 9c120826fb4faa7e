//! The equations, in the notation that the page has for them, with letters that know their values.
//!
//! A letter of `equations.json` names a part of the trace. In the HTML it holds the values of that part in the first state of the
//! equation's figure, at the newest click; on hover, focus or tap `article.js` writes them below the equation, or those of the figure
//! as it is by now, and lights the part up in the figure.

use std::collections::BTreeMap;

use model::{Axis, Part};
use serde::Deserialize;

use crate::error::Error;
use crate::figure::Figure;
use crate::format::{escaped, exact};
use crate::math::math;
use crate::value::Values;
use crate::words::Words;

/// An entry of `equations.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Source {
    /// Its name.
    pub id: String,
    /// The figure whose numbers its letters have.
    pub figure: String,
    /// The lines, in the notation of [`math`].
    pub lines: Vec<String>,
    /// The part of the trace of each letter, as it stands in the lines.
    pub letters: BTreeMap<String, String>,
}

/// Reads `equations.json`.
///
/// # Errors
/// Where it is no list of equations.
pub fn read(json: &str) -> Result<Vec<Source>, Error> {
    serde_json::from_str(json).map_err(|source| Error::Json { file: "equations.json".to_owned(), source })
}

impl Source {
    /// The equation as HTML.
    ///
    /// # Errors
    /// Those of the engine, of a part that there is not, and of a word that is missing.
    pub fn html(&self, figure: &Figure, values: Values, words: &Words) -> Result<String, Error> {
        let mut letters = Vec::new();
        for (letter, part) in &self.letters {
            letters.push((inside(&math(letter)).to_owned(), self.letter(letter, part, figure, values, words)?));
        }
        let mut html = format!("<div class=\"equation\" data-testid=\"equation\" data-of-figure=\"{}\">", self.figure);
        for line in &self.lines {
            let mut mathml = math(line).replacen("<math>", "<math display=\"block\" translate=\"no\">", 1);
            for (plain, live) in &letters {
                mathml = mathml.replace(plain, live);
            }
            html += &mathml;
        }
        if !letters.is_empty() {
            html += &format!(
                "<p class=\"readout\" data-testid=\"readout\" aria-live=\"polite\">{}</p>",
                words.get("hint")?
            );
        }
        Ok(html + "</div>")
    }

    /// A letter with its values in the first state.
    fn letter(
        &self,
        letter: &str,
        part: &str,
        figure: &Figure,
        values: Values,
        words: &Words,
    ) -> Result<String, Error> {
        let shop = values.shop;
        let inspection = shop.inspection(&figure.source.network, &figure.history, figure.inspected)?;
        let found = match part {
            "probability" => vec![inspection.probability],
            "logit" => vec![inspection.logit],
            _ => {
                let part = inspection.trace.part(part);
                newest(part.ok_or_else(|| Error::placeholder(&self.id, format!("no part for the letter {letter}")))?)
            }
        };
        let list: Vec<String> = found.iter().map(|value| exact(*value)).collect();
        let name = escaped(words.get(part)?);
        let mathml = inside(&math(letter)).to_owned();
        let steps = inspection.trace.part(part).is_some_and(|part| part.axes().first() == Some(&Axis::Step));
        let by_step = if steps { " data-by-step" } else { "" };
        Ok(format!(
            "<mrow class=\"letter\" tabindex=\"0\" data-testid=\"letter\" data-part=\"{part}\" data-letter=\"{}\" data-name=\"{name}\" \
             data-values=\"{}\"{by_step}>{mathml}</mrow>",
            escaped(letter.split('_').next().unwrap_or_default()),
            list.join(" ")
        ))
    }
}

/// A part's values at the newest click; all of them where it has no clicks.
fn newest(part: &Part) -> Vec<f32> {
    match (part.axes(), part.shape()) {
        ([Axis::Step], [steps]) => part.values().get(steps.wrapping_sub(1)).copied().into_iter().collect(),
        ([Axis::Step, Axis::Unit], [steps, units]) => {
            part.values().get(steps.saturating_sub(1) * units..).unwrap_or_default().to_vec()
        }
        _ => part.values().to_vec(),
    }
}

/// What stands between the tags of a `math` element.
fn inside(mathml: &str) -> &str {
    let inside = mathml.trim_start_matches("<math><mrow>");
    inside.strip_suffix("</mrow></math>").unwrap_or(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_found_in_its_equation_with_its_indices() {
        let line = math("h′_t = (1 − ũ_t) ⊙ h′_{t−1}");
        let state = inside(&math("h′_t")).to_owned();
        assert_eq!(line.matches(&state).count(), 1, "{line} {state}");
        assert!(line.contains(inside(&math("ũ_t"))));
    }
}
