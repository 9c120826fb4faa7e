//! CSV files with named columns, read line by line, as programs write them: with commas, semicolons or tabs, any line
//! ends, a byte order mark or none, and Excel's first line sep=; or none. Every error names the file and, where it has one, the line and the field.
//!
//! The csv crate's reader takes a quote that nothing closes, and text behind one that closes, without a word, and half a
//! catalogue can vanish in one title. So this is one of our own.

mod error;

use std::io::{self, BufRead, BufReader, Read};
use std::str::FromStr;

use csv::ByteRecord;

use self::error::MAX_COLUMNS;
pub use self::error::TableError;
use crate::columns;
use crate::foreign::{Foreign, in_place_of_table};

/// What RecBole's files have behind the names of columns.
const TYPES: [&str; 4] = [":token", ":token_seq", ":float", ":float_seq"];

/// A CSV file with a header.
pub struct Table<R> {
    file: String,
    source: BufReader<R>,
    separator: u8,
    columns: Vec<String>,
    /// The line of the header.
    header: u64,
    /// The line that comes next.
    line: u64,
    field: Vec<u8>,
    record: ByteRecord,
    /// The first line, as long as nothing else was read.
    first: Option<Line>,
}

/// A line of a file with named columns.
pub struct Row<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Names of the columns, in order.
    pub columns: &'a [String],
    /// The fields, in order.
    pub record: &'a ByteRecord,
    /// Where the line begins, counted from 1.
    pub line: u64,
}

/// What was read, from line `first` to line `last` if quotes join them.
struct Line {
    first: u64,
    last: u64,
    fields: usize,
}

/// What ended a field.
#[derive(PartialEq)]
enum End {
    Separator,
    Line,
    File,
}

impl<R: Read> Table<R> {
    /// Reads the header, which must hold `needed`; other columns are allowed, and capitals do not matter. What a line sep=;
    /// above it tells separates the fields, else what makes most columns of the header: comma, semicolon or tab. `file` names
    /// the source in errors.
    pub fn new(file: &str, source: R, needed: &[&'static str]) -> Result<Self, TableError> {
        let mut table = Self::without_header(file, source)?;
        table.take_header()?;
        for &column in needed {
            if !table.columns.iter().any(|name| name.eq_ignore_ascii_case(column)) {
                return Err(table.lacks(column));
            }
        }
        Ok(table)
    }

    /// Takes the first line for a row like all others, whose columns are named 1, 2, 3 and so on. Otherwise as
    /// [`Table::new`].
    pub fn without_header(file: &str, source: R) -> Result<Self, TableError> {
        let mut source = BufReader::with_capacity(1 << 16, source);
        let head = source.fill_buf().map_err(|error| unreadable(file, 0, &error))?;
        check_kind(file, head)?;
        let marks = head.chunks(3).take_while(|chunk| chunk == b"\xef\xbb\xbf").count() * 3;
        let columns = |&separator: &u8| {
            let head = BufReader::new(&head[marks..]);
            let line = Table::at_start(file, head, separator).next_line(0);
            line.ok().flatten().map_or(0, |line| line.fields)
        };
        let told = told_separator(&head[marks..]);
        // Of equals, the last one.
        let counted = || (b"\t;,".iter().copied().max_by_key(columns).unwrap_or(b','), 0);
        let (separator, skipped) = told.unwrap_or_else(counted);
        source.consume(marks + skipped);
        let mut table = Self::at_start(file, source, separator);
        table.line += u64::from(told.is_some());
        let Some(line) = table.next_line(MAX_COLUMNS)? else {
            return Err(TableError::Empty(table.file));
        };
        let fields = line.fields;
        if fields > MAX_COLUMNS {
            return Err(TableError::Columns { file: table.file, line: line.first, found: fields });
        }
        table.header = line.first;
        table.columns = (1..=fields).map(|column| column.to_string()).collect();
        table.first = Some(line);
        Ok(table)
    }

    /// Takes the first line for the header, if no row was read yet.
    pub fn take_header(&mut self) -> Result<(), TableError> {
        if self.first.take().is_some() {
            self.columns = self.header()?;
        }
        Ok(())
    }

    /// The fields of the line that was read last, the first one at the beginning.
    pub fn fields(&self) -> Vec<String> {
        self.record.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect()
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    fn at_start(file: &str, source: BufReader<R>, separator: u8) -> Self {
        let (columns, field, record) = (Vec::new(), Vec::new(), ByteRecord::new());
        Self { file: file.to_owned(), source, separator, columns, header: 1, line: 1, field, record, first: None }
    }

    /// The names in the line that was read.
    fn header(&self) -> Result<Vec<String>, TableError> {
        let (file, line, field) = (self.file.clone(), self.header, "header".to_owned());
        let mut columns: Vec<String> = Vec::new();
        for name in &self.record {
            let Ok(name) = std::str::from_utf8(name) else {
                return Err(TableError::Encoding { file, line, field });
            };
            if name.contains('\0') {
                return Err(TableError::Nul { file, line, field });
            }
            let name = name.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
            let name = TYPES.iter().find_map(|kind| name.strip_suffix(kind)).unwrap_or(name);
            if !name.is_empty() && columns.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return Err(TableError::SameColumn { file, line, column: short(name) });
            }
            columns.push(name.to_owned());
        }
        Ok(columns)
    }

    /// The column that goes by the first of these names that is there ([`columns::find`]); an error, which tells the first
    /// of them, if none is.
    pub fn named(&self, names: &[&'static str]) -> Result<String, TableError> {
        let found = columns::find(&self.columns, names).map(|index| self.columns[index].clone());
        found.ok_or_else(|| self.lacks(names.first().copied().unwrap_or_default()))
    }

    /// The error that the header lacks this column.
    pub fn lacks(&self, column: &'static str) -> TableError {
        let found = short(&self.columns.join(", "));
        TableError::Column { file: self.file.clone(), line: self.header, column, found }
    }

    /// The next row, or none at the end of the file. A line whose fields are all blank is none.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, TableError> {
        let expected = self.columns.len();
        let line = match self.first.take() {
            Some(line) => Some(line),
            None => self.next_line(expected)?,
        };
        let Some(Line { first, last, fields }) = line else { return Ok(None) };
        if fields != expected {
            let file = self.file.clone();
            return Err(match first == last {
                true => TableError::Length { file, line: first, found: fields, expected },
                false => TableError::Joined { file, line: first, last, found: fields, expected },
            });
        }
        Ok(Some(Row { file: &self.file, columns: &self.columns, record: &self.record, line: first }))
    }

    /// Reads the next line that is not blank and keeps the first `most` of its fields. None at the end of the file.
    fn next_line(&mut self, most: usize) -> Result<Option<Line>, TableError> {
        loop {
            self.record.clear();
            let (first, mut fields, mut blank) = (self.line, 0, true);
            let end = loop {
                let end = self.next_field()?;
                blank &= self.field.trim_ascii().is_empty();
                if fields < most {
                    self.record.push_field(&self.field);
                }
                fields += 1;
                if end != End::Separator {
                    break end;
                }
            };
            if !blank {
                let last = if end == End::Line { self.line - 1 } else { self.line };
                return Ok(Some(Line { first, last, fields }));
            }
            if end == End::File {
                return Ok(None);
            }
        }
    }

    /// Reads the next field.
    fn next_field(&mut self) -> Result<End, TableError> {
        /// Where a byte stands.
        enum Place {
            Unquoted,
            Quoted,
            /// Behind a quote within quotes: the end of the field, or the first of two that stand for one.
            Quote,
            /// Behind the quote that ends the field, and a space.
            Behind,
        }
        use Place::{Behind, Quote, Quoted, Unquoted};

        self.field.clear();
        let mut place = Unquoted;
        let mut opened = self.line;
        loop {
            if matches!(place, Unquoted | Quoted) {
                self.take_plain()?;
            }
            let Some(byte) = self.next_byte()? else { break };
            match (&place, byte) {
                (Quoted, b'"') => place = Quote,
                (Quoted, _) => self.field.push(byte),
                (Quote, b'"') => {
                    self.field.push(b'"');
                    place = Quoted;
                }
                (_, b'\n') => return Ok(End::Line),
                (_, b'\r') => {
                    if self.peek()? == Some(b'\n') {
                        self.next_byte()?;
                    }
                    return Ok(End::Line);
                }
                _ if byte == self.separator => return Ok(End::Separator),
                (Unquoted, b'"') if self.field.trim_ascii().is_empty() => {
                    self.field.clear();
                    (place, opened) = (Quoted, self.line);
                }
                (Unquoted, _) => self.field.push(byte),
                (Quote | Behind, b' ') => place = Behind,
                (Quote | Behind, _) => {
                    return Err(TableError::BehindQuote { file: self.file.clone(), line: self.line, opened });
                }
            }
        }
        match place {
            Quoted => Err(TableError::Unclosed { file: self.file.clone(), line: opened }),
            _ => Ok(End::File),
        }
    }

    /// Moves the bytes that mean nothing but themselves, as far as they are at hand, into the field.
    fn take_plain(&mut self) -> Result<(), TableError> {
        let bytes = self.source.fill_buf().map_err(|error| unreadable(&self.file, self.line - 1, &error))?;
        let separator = self.separator;
        let special = |&byte: &u8| byte == separator || matches!(byte, b'"' | b'\n' | b'\r');
        let length = bytes.iter().position(special).unwrap_or(bytes.len());
        self.field.extend_from_slice(&bytes[..length]);
        self.source.consume(length);
        Ok(())
    }

    fn next_byte(&mut self) -> Result<Option<u8>, TableError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.source.consume(1);
        }
        // Lines end with \n, \r\n or, out of old Macintosh programs, \r.
        if byte == Some(b'\n') || byte == Some(b'\r') && self.peek()? != Some(b'\n') {
            self.line += 1;
        }
        Ok(byte)
    }

    fn peek(&mut self) -> Result<Option<u8>, TableError> {
        match self.source.fill_buf() {
            Ok(bytes) => Ok(bytes.first().copied()),
            Err(error) => Err(unreadable(&self.file, self.line - 1, &error)),
        }
    }
}

impl<'a> Row<'a> {
    /// The field in this column, without the white space around it, and as it was before [`disarmed`]; empty where the file has no such column.
    pub fn text(&self, column: &str) -> Result<&'a str, TableError> {
        let named = |name: &String| name.eq_ignore_ascii_case(column);
        let Some(index) = self.columns.iter().position(named) else { return Ok("") };
        let (file, line, field) = (|| self.file.to_owned(), self.line, || column.to_owned());
        match std::str::from_utf8(&self.record[index]) {
            Err(_) => Err(TableError::Encoding { file: file(), line, field: field() }),
            Ok(text) if text.contains('\0') => Err(TableError::Nul { file: file(), line, field: field() }),
            Ok(text) => Ok(armed(text.trim())),
        }
    }

    /// The field in this column; none where it is [`missing`], or the column is.
    pub fn known(&self, column: &str) -> Result<Option<&'a str>, TableError> {
        Ok(Some(self.text(column)?).filter(|text| !missing(text)))
    }

    /// The field in this column as a `T`. `expected` says in an error what it should be.
    pub fn parse<T: FromStr>(&self, column: &str, expected: &str) -> Result<T, TableError> {
        self.text(column)?.parse().map_err(|_| self.wrong(column, expected))
    }

    /// The field in this column as a finite number.
    pub fn number(&self, column: &str) -> Result<f64, TableError> {
        let comma = self.text(column)?.contains(',');
        let expected = if comma { "a number with a decimal point and no comma" } else { "a number" };
        let number: f64 = self.parse(column, expected)?;
        if number.is_finite() { Ok(number) } else { Err(self.wrong(column, "a finite number")) }
    }

    /// The error that this column's field is not `expected`.
    pub fn wrong(&self, column: &str, expected: &str) -> TableError {
        let value = short(self.text(column).unwrap_or_default());
        TableError::Value {
            file: self.file.to_owned(),
            line: self.line,
            field: column.to_owned(),
            value,
            expected: expected.to_owned(),
        }
    }
}

/// What spreadsheets take for the beginning of a formula; in East Asia they take wide signs, too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A text that no spreadsheet takes for a formula: where it begins like one and is no number, with an apostrophe before it.
/// [`Row::text`] leaves that out again, so that a text which has apostrophes there by itself gets one more.
pub fn disarmed(text: String) -> String {
    if begins_a_formula(&text) && !text.parse::<f64>().is_ok_and(f64::is_finite) { format!("'{text}") } else { text }
}

/// The text before it was [`disarmed`]: what readers of tables make of each.
pub fn armed(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| begins_a_formula(rest)).unwrap_or(text)
}

/// Whether a formula's first sign is the text's, after any apostrophes.
fn begins_a_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// The separator that the first line tells, sep=; for example, as Excel writes and reads it, and the bytes of that line.
fn told_separator(head: &[u8]) -> Option<(u8, usize)> {
    let end = head.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let (line, rest) = head.split_at(end);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [key @ .., separator] if key.eq_ignore_ascii_case(b"sep=") && !separator.is_ascii_alphanumeric() => {
            Some((*separator, end + if rest.starts_with(b"\r\n") { 2 } else { 1 }))
        }
        _ => None,
    }
}

/// Refuses a file that begins with `head` and is of another kind than text.
///
/// # Errors
/// [`TableError::Kind`].
pub fn check_kind(file: &str, head: &[u8]) -> Result<(), TableError> {
    match in_place_of_table(head) {
        Some(Foreign { what, advice }) => Err(TableError::Kind { file: file.to_owned(), found: what, advice }),
        None => Ok(()),
    }
}

/// Whether `text` is what programs write where there is nothing: R, pandas, databases and spreadsheets.
pub fn missing(text: &str) -> bool {
    ["", "na", "n/a", "#n/a", "nan", "null", "none"].iter().any(|nothing| text.trim().eq_ignore_ascii_case(nothing))
}

/// `text` as it fits in a message.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn unreadable(file: &str, line: u64, error: &io::Error) -> TableError {
    TableError::Read { file: file.to_owned(), line, problem: error.to_string() }
}
