//! Files with one row a line whose fields stand between separators and are never quoted.

use std::io::{BufRead, BufReader, Read};

use csv::ByteRecord;

use model::table::{Row, TableError};

/// Stands for any number of white spaces.
const SPACES: &str = " ";

/// Such a file, in UTF-8.
pub struct Lines<R> {
    file: String,
    source: BufReader<R>,
    separator: &'static str,
    columns: Vec<String>,
    /// Which columns hold lists, as a header says.
    lists: Vec<bool>,
    record: ByteRecord,
    line: u64,
}

impl<R: Read> Lines<R> {
    /// A file without header. `file` names the source in errors.
    pub fn new(file: &str, source: R, separator: &'static str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        Self {
            file: file.to_owned(),
            source: BufReader::new(source),
            separator,
            columns,
            lists: Vec::new(),
            record: ByteRecord::new(),
            line: 0,
        }
    }

    /// A file whose header has a `name:type` for each column and must hold the names in `needed`. Where the header has no
    /// separator, spaces, of whatever number, are taken in place of it: some editors write them for tabs.
    pub fn with_header(
        file: &str,
        source: R,
        separator: &'static str,
        needed: &[&'static str],
    ) -> Result<Self, TableError> {
        let mut lines = Self::new(file, source, separator, &[]);
        let header = lines.next_line()?.ok_or_else(|| TableError::Empty(file.to_owned()))?;
        if !header.contains(separator) {
            lines.separator = SPACES;
        }
        let fields = lines.fields(&header);
        lines.columns =
            fields.iter().map(|field| field.split(':').next().unwrap_or_default().trim().to_owned()).collect();
        lines.lists = fields.iter().map(|field| field.ends_with("_seq")).collect();
        match needed.iter().find(|column| !lines.columns.iter().any(|name| name == *column)) {
            None => Ok(lines),
            Some(column) => {
                let (file, line, found) = (file.to_owned(), lines.line, lines.columns.join(", "));
                Err(TableError::Column { file, line, column, found })
            }
        }
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether the header says that a column holds lists.
    pub fn is_list(&self, column: usize) -> bool {
        self.lists.get(column).is_some_and(|&list| list)
    }

    fn fields<'a>(&self, line: &'a str) -> Vec<&'a str> {
        match self.separator {
            SPACES => line.split_whitespace().collect(),
            separator => line.split(separator).map(str::trim).collect(),
        }
    }

    /// The next line that is not blank, or none at the end of the file.
    fn next_line(&mut self) -> Result<Option<String>, TableError> {
        loop {
            let mut text = String::new();
            let read = self.source.read_line(&mut text);
            let length = read.map_err(|error| TableError::Read {
                file: self.file.clone(),
                line: self.line,
                problem: error.to_string(),
            })?;
            if length == 0 {
                return Ok(None);
            }
            self.line += 1;
            let text = text.trim_end_matches(['\n', '\r']);
            if !text.trim().is_empty() {
                return Ok(Some(text.to_owned()));
            }
        }
    }

    /// The next row, or none at the end of the file.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, TableError> {
        let Some(text) = self.next_line()? else { return Ok(None) };
        self.record.clear();
        for field in self.fields(&text) {
            self.record.push_field(field.as_bytes());
        }
        let (found, expected) = (self.record.len(), self.columns.len());
        if found != expected {
            return Err(TableError::Length { file: self.file.clone(), line: self.line, found, expected });
        }
        Ok(Some(Row { file: &self.file, columns: &self.columns, record: &self.record, line: self.line }))
    }
}
