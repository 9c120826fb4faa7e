//! Why a table cannot be read.

/// A table of more columns has no header that a person wrote.
pub(super) const MAX_COLUMNS: usize = 1024;

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
    /// The file is no text in UTF-8, or of another kind.
    #[error("{file}: {found}; {advice}")]
    Kind {
        /// Name of the file.
        file: String,
        /// What it is.
        found: &'static str,
        /// What to do about that.
        advice: &'static str,
    },
    /// The header has more columns than anybody would name.
    #[error("{file}: line {line}: {found} columns, more than {MAX_COLUMNS}; is this a CSV file with a header?")]
    Columns {
        /// Name of the file.
        file: String,
        /// The line of the header.
        line: u64,
        /// Columns of the header.
        found: usize,
    },
    /// Two columns have one name.
    #[error("{file}: line {line}: two columns are named \"{column}\"")]
    SameColumn {
        /// Name of the file.
        file: String,
        /// The line of the header.
        line: u64,
        /// Their name.
        column: String,
    },
    /// A needed column is not in the header.
    #[error("{file}: line {line}: column \"{column}\" is missing; the header has {found}")]
    Column {
        /// Name of the file.
        file: String,
        /// The line of the header.
        line: u64,
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
    /// A field in quotes goes on over several lines, which then have more or fewer fields than there are columns.
    #[error(
        "{file}: line {line}: {found} fields, expected {expected}; a quote (\") joins this line and those up to line {last}"
    )]
    Joined {
        /// Name of the file.
        file: String,
        /// The first of the lines.
        line: u64,
        /// The last one.
        last: u64,
        /// Fields of the lines together.
        found: usize,
        /// Columns of the file.
        expected: usize,
    },
    /// A field begins with a quote, and the file ends before the next one.
    #[error("{file}: line {line}: a field begins with a quote (\") and none ends it")]
    Unclosed {
        /// Name of the file.
        file: String,
        /// The line with the quote.
        line: u64,
    },
    /// Text follows the quote that ends a field.
    #[error(
        "{file}: line {line}: text behind the quote (\") that ends the field begun on line {opened}; a quote in a text is \
         written twice"
    )]
    BehindQuote {
        /// Name of the file.
        file: String,
        /// The line.
        line: u64,
        /// The line with the quote that begins the field.
        opened: u64,
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
    /// A field holds the character of number 0, which no text has.
    #[error("{file}: line {line}: field \"{field}\" holds a NUL byte; the file is damaged or not text in UTF-8")]
    Nul {
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
        field: String,
        /// What it holds.
        value: String,
        /// What was expected.
        expected: String,
    },
}
