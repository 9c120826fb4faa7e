//! CSV files with named columns, read line by line. Every error names the file and, where it has one, the line and the
//! field.

use std::io::Read;
use std::str::FromStr;

use csv::{ByteRecord, ReaderBuilder, Terminator, Trim};

/// Why a CSV file was refused.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The bytes cannot be had: the disk failed, or compressed data are damaged or cut off.
    #[error("{file}: cannot be read after line {line}: {problem}")]
    Read {
        /// Name of the file.
        file: String,
        /// The last line that was read.
        line: u64,
        /// What the reader said.
        problem: String,
    },
    /// There is no line at all.
    #[error("{0}: the file is empty")]
    Empty(String),
    /// A needed column is not in the header.
    #[error("{file}: line 1: column \"{column}\" is missing; the header has {found}")]
    Column {
        /// Name of the file.
        file: String,
        /// The missing column.
        column: &'static str,
        /// The columns that are there.
        found: String,
    },
    /// A line has more or fewer fields than there are columns.
    #[error("{file}: line {line}: {found} fields, expected {expected}")]
    Length {
        /// Name of the file.
        file: String,
        /// The line.
        line: u64,
        /// Fields of the line.
        found: usize,
        /// Columns of the file.
        expected: usize,
    },
    /// A field is not UTF-8.
    #[error("{file}: line {line}: field \"{field}\" is not UTF-8; save the file with that encoding")]
    Encoding {
        /// Name of the file.
        file: String,
        /// The line.
        line: u64,
        /// Name of the column, or "header".
        field: String,
    },
    /// A field does not hold what its column is for.
    #[error("{file}: line {line}: field \"{field}\" is \"{value}\", expected {expected}")]
    Value {
        /// Name of the file.
        file: String,
        /// The line.
        line: u64,
        /// Name of the column.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What was expected.
        expected: String,
    },
}

/// A CSV file with a header.
pub(crate) struct Table<R> {
    file: String,
    reader: csv::Reader<R>,
    columns: Vec<String>,
    record: ByteRecord,
}

/// A line of a file with named columns.
pub(crate) struct Row<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Names of the columns, in order.
    pub columns: &'a [String],
    /// The fields, in order, without the white space around them.
    pub record: &'a ByteRecord,
    /// Where the line begins, counted from 1.
    pub line: u64,
}

impl<R: Read> Table<R> {
    /// Reads the header, which must hold `needed`; other columns are allowed. `file` names the source in errors.
    pub fn new(file: &str, source: R, needed: &[&'static str]) -> Result<Self, TableError> {
        // A line ends with \n, and trimming takes the \r before it: with both as terminators, csv counts lines wrongly.
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .trim(Trim::All)
            .from_reader(source);
        let mut record = ByteRecord::new();
        let read = reader.read_byte_record(&mut record);
        let some = read.map_err(|error| TableError::Read { file: file.into(), line: 0, problem: error.to_string() })?;
        if !some || record.iter().all(<[u8]>::is_empty) {
            return Err(TableError::Empty(file.to_owned()));
        }
        let names: Result<Vec<String>, _> = record.iter().map(|name| String::from_utf8(name.to_vec())).collect();
        let Ok(columns) = names else {
            return Err(TableError::Encoding { file: file.to_owned(), line: 1, field: "header".to_owned() });
        };
        if let Some(column) = needed.iter().find(|column| !columns.iter().any(|name| name == *column)) {
            return Err(TableError::Column { file: file.to_owned(), column, found: columns.join(", ") });
        }
        Ok(Self { file: file.to_owned(), reader, columns, record })
    }

    /// The next line that is not blank, or none at the end of the file.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, TableError> {
        loop {
            let before = self.reader.position().line();
            let read = self.reader.read_byte_record(&mut self.record);
            let some = read.map_err(|error| TableError::Read {
                file: self.file.clone(),
                line: before.saturating_sub(1),
                problem: error.to_string(),
            })?;
            if !some {
                return Ok(None);
            }
            let breaks = self.record.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
            // csv skips blank lines: the line that was read begins where the reader stands now, less its own length.
            let line = before.max(self.reader.position().line().saturating_sub(breaks + 1));
            let (found, expected) = (self.record.len(), self.columns.len());
            if found == 1 && self.record[0].is_empty() && expected > 1 {
                continue;
            }
            if found != expected {
                return Err(TableError::Length { file: self.file.clone(), line, found, expected });
            }
            return Ok(Some(Row { file: &self.file, columns: &self.columns, record: &self.record, line }));
        }
    }
}

impl<'a> Row<'a> {
    /// The field in this column; empty where the file has no such column.
    pub fn text(&self, column: &'static str) -> Result<&'a str, TableError> {
        let Some(index) = self.columns.iter().position(|name| name == column) else { return Ok("") };
        std::str::from_utf8(&self.record[index]).map_err(|_| TableError::Encoding {
            file: self.file.to_owned(),
            line: self.line,
            field: column.to_owned(),
        })
    }

    /// The field in this column as a `T`. `expected` says in an error what it should be.
    pub fn parse<T: FromStr>(&self, column: &'static str, expected: &str) -> Result<T, TableError> {
        self.text(column)?.parse().map_err(|_| self.wrong(column, expected))
    }

    /// The field in this column as a finite number.
    pub fn number(&self, column: &'static str) -> Result<f64, TableError> {
        let number: f64 = self.parse(column, "a number")?;
        if number.is_finite() { Ok(number) } else { Err(self.wrong(column, "a finite number")) }
    }

    /// The error that this column's field is not `expected`.
    pub fn wrong(&self, column: &'static str, expected: &str) -> TableError {
        let value = self.text(column).unwrap_or_default().to_owned();
        TableError::Value {
            file: self.file.to_owned(),
            line: self.line,
            field: column,
            value,
            expected: expected.to_owned(),
        }
    }
}
