//! The rows of a table in any of the forms in which people have a log: CSV with a header or without, RecBole's atomic files,
//! and JSON with one object a line.

use std::io::{BufRead, Read};

use csv::ByteRecord;
use model::table::{Row, Table, TableError, short};
use serde_json::{Map, Value};

use super::error::PrepareError;
use super::lines::Lines;
use super::source;
use super::source::Text;

/// A table. Without a header its columns are named 1, 2, 3 and so on.
pub enum Rows<'a> {
    /// With commas, semicolons or tabs.
    Csv(Table<Text<'a>>),
    /// Of RecBole.
    Atomic(Lines<Text<'a>>),
    /// Of JSON objects.
    Json(Json<'a>),
}

impl<'a> Rows<'a> {
    /// Opens the table in `source`, told by its first line: CSV with that line as a row like all others, or another form.
    pub fn open(file: &str, source: impl Read + 'a) -> Result<Self, PrepareError> {
        let mut source = source::text(file, source)?;
        let head = source::head(file, &mut source)?;
        let first = head.trim_ascii_start();
        let line = first.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let types = [&b":token"[..], b":float"];
        Ok(match first.first() {
            Some(b'{') => Self::Json(Json::new(file, source)?),
            Some(b'[') => {
                let advice = "write an object a line, in Python by pandas' to_json(…, orient=\"records\", lines=True)";
                return Err(TableError::Kind { file: file.to_owned(), found: "a JSON array", advice }.into());
            }
            _ if types.iter().any(|kind| line.windows(kind.len()).any(|part| part == *kind)) => {
                Self::Atomic(Lines::with_header(file, source, "\t", &[])?)
            }
            _ => Self::Csv(Table::without_header(file, source)?),
        })
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Csv(table) => table.columns(),
            Self::Atomic(lines) => lines.columns(),
            Self::Json(json) => &json.columns,
        }
    }

    /// Whether the fields of a column are lists with spaces between what is in them.
    pub fn is_list(&self, column: usize) -> bool {
        matches!(self, Self::Atomic(lines) if lines.is_list(column))
    }

    /// The error that a column is not there. `file` names the source.
    pub fn lacks(&self, file: &str, column: &'static str) -> TableError {
        match self {
            Self::Csv(table) => table.lacks(column),
            Self::Atomic(_) | Self::Json(_) => {
                let found = short(&self.columns().join(", "));
                TableError::Column { file: file.to_owned(), line: 1, column, found }
            }
        }
    }

    /// The next row, or none at the end of the file.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, PrepareError> {
        match self {
            Self::Csv(table) => Ok(table.next_row()?),
            Self::Atomic(lines) => Ok(lines.next_row()?),
            Self::Json(json) => json.next_row(),
        }
    }
}

/// A file of JSON objects, one a line. The columns are the names in the first of them.
pub struct Json<'a> {
    file: String,
    source: Text<'a>,
    columns: Vec<String>,
    record: ByteRecord,
    line: u64,
    first: Option<Map<String, Value>>,
}

impl<'a> Json<'a> {
    fn new(file: &str, source: Text<'a>) -> Result<Self, PrepareError> {
        let record = ByteRecord::new();
        let mut json = Self { file: file.to_owned(), source, columns: Vec::new(), record, line: 0, first: None };
        json.first = json.next_object()?;
        json.columns = json.first.iter().flat_map(Map::keys).cloned().collect();
        Ok(json)
    }

    fn next_object(&mut self) -> Result<Option<Map<String, Value>>, PrepareError> {
        let mut text = String::new();
        loop {
            text.clear();
            let length =
                self.source.read_line(&mut text).map_err(|error| source::unreadable(&self.file, self.line, &error))?;
            if length == 0 {
                return Ok(None);
            }
            self.line += 1;
            if !text.trim().is_empty() {
                break;
            }
        }
        serde_json::from_str(&text).map(Some).map_err(|error| PrepareError::Json {
            file: self.file.clone(),
            line: self.line,
            problem: format!("{error}; expected an object a line, such as {}", short(text.trim())),
        })
    }

    fn next_row(&mut self) -> Result<Option<Row<'_>>, PrepareError> {
        let object = match self.first.take() {
            Some(object) => Some(object),
            None => self.next_object()?,
        };
        let Some(object) = object else { return Ok(None) };
        self.record.clear();
        for column in &self.columns {
            self.record.push_field(object.get(column).map(plain).unwrap_or_default().as_bytes());
        }
        Ok(Some(Row { file: &self.file, columns: &self.columns, record: &self.record, line: self.line }))
    }
}

/// A value as a field; of a list its first part.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(parts) => parts.first().map(plain).unwrap_or_default(),
        Value::Null | Value::Object(_) => String::new(),
    }
}
