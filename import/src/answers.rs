//! Predictions of the library's own, to prove an import with.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::ImportError;
use model::table::Table;

/// What the network answers for a history and a candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Identifiers of the clicks, oldest first.
    pub history: Vec<String>,
    /// Identifier of the candidate.
    pub candidate: String,
    /// The click probability.
    pub probability: f64,
    /// Values on the way to it by the name of the part, such as "attention", in row order; none where nothing is known of them.
    pub trace: BTreeMap<String, Vec<f64>>,
}

impl Answer {
    /// Reads answers: JSON, a list of objects with history (a list of identifiers), candidate and probability, and a trace where
    /// there is one (an object of lists of numbers, by the names of [`Part`](model::Part)s and "logit"); or CSV with columns of these names, in which the identifiers of a history stand in one field, with blanks, commas, semicolons, bars
    /// or FuxiCTR's `^` between them. `file` names the file in errors.
    ///
    /// # Errors
    /// [`ImportError::Answers`], [`ImportError::Table`].
    pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Self>, ImportError> {
        let failed = |problem: String| ImportError::Answers { file: file.to_owned(), problem };
        let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
        let answers = if is_json { Self::of_json(bytes).map_err(failed)? } else { Self::of_csv(file, bytes)? };
        let wrong = answers.iter().position(|answer| !(0.0..=1.0).contains(&answer.probability));
        match wrong {
            Some(place) => Err(failed(format!(
                "answer {}: probability {} is not between 0 and 1; what a network of task=\"regression\" gives is none",
                place + 1,
                answers[place].probability
            ))),
            None if answers.is_empty() => Err(failed("has no answers".to_owned())),
            None => Ok(answers),
        }
    }

    fn of_json(bytes: &[u8]) -> Result<Vec<Self>, String> {
        let list: Vec<Value> = serde_json::from_slice(bytes).map_err(|error| format!("is no list in JSON: {error}"))?;
        // Identifiers may be numbers.
        let id = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let answer = |value: &Value| {
            Some(Self {
                history: value.get("history")?.as_array()?.iter().map(id).collect::<Option<_>>()?,
                candidate: id(value.get("candidate")?)?,
                probability: value.get("probability")?.as_f64()?,
                trace: match value.get("trace") {
                    None | Some(Value::Null) => BTreeMap::new(),
                    Some(trace) => trace
                        .as_object()?
                        .iter()
                        .map(|(name, values)| Some((name.clone(), numbers(values)?)))
                        .collect::<Option<_>>()?,
                },
            })
        };
        let read = list.iter().enumerate().map(|(place, value)| {
            let expected = "expected {\"history\": [\"id\", …], \"candidate\": \"id\", \"probability\": 0.5}";
            answer(value).ok_or_else(|| format!("answer {} cannot be read, {expected}", place + 1))
        });
        read.collect()
    }

    fn of_csv(file: &str, bytes: &[u8]) -> Result<Vec<Self>, ImportError> {
        let mut table = Table::new(file, bytes, &["history", "candidate", "probability"])?;
        let mut answers = Vec::new();
        while let Some(row) = table.next_row()? {
            let ids = row.text("history")?.split([' ', ',', ';', '|', '^']).map(str::trim).filter(|id| !id.is_empty());
            answers.push(Self {
                history: ids.map(str::to_owned).collect(),
                candidate: row.text("candidate")?.trim().to_owned(),
                probability: row.number("probability")?,
                trace: BTreeMap::new(),
            });
        }
        Ok(answers)
    }
}

/// A number, or those of lists in lists, in row order.
fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Array(values) => values.iter().map(numbers).collect::<Option<Vec<_>>>().map(|rows| rows.concat()),
        value => Some(vec![value.as_f64()?]),
    }
}
