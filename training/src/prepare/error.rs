//! Why raw data are refused.

use std::path::Path;

use model::table::TableError;

use super::report::Report;

/// Why raw data were refused.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A line or field is not as it should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file or folder cannot be opened.
    #[error("{file}: {problem}")]
    File {
        /// Its name.
        file: String,
        /// What the system said.
        problem: String,
    },
    /// The header lacks a column that every form of data has, or the file has no header that is known.
    #[error("{error}\n{FORMS}")]
    Form {
        /// What is missing.
        error: Box<PrepareError>,
    },
    /// The rules of Online Retail left nothing.
    #[error("{error}\nwhere the file is of another shop, read it as a log of clicks by --columns item=StockCode")]
    OtherShop {
        /// What each rule dropped.
        error: Box<PrepareError>,
    },
    /// The file is an archive that cannot be read.
    #[error("{0}: a ZIP archive or an Excel file; unpack the archive, or save the table as CSV in UTF-8")]
    Zip(String),
    /// The file holds several files, or none.
    #[error(
        "{file}: a ZIP archive of more or less than one file ({names}); unpack it and name one of them, or the folder"
    )]
    Archive {
        /// Its name.
        file: String,
        /// The files in it.
        names: String,
    },
    /// A line is no JSON object.
    #[error("{file}: line {line}: {problem}")]
    Json {
        /// Name of the file.
        file: String,
        /// The line.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The times of the file cannot be understood.
    #[error("{file}: {problem}")]
    Dates {
        /// Name of the file.
        file: String,
        /// Why.
        problem: String,
    },
    /// An option does not go with the file.
    #[error("{file}: {problem}")]
    Option {
        /// Name of the file.
        file: String,
        /// Which, and why.
        problem: String,
    },
    /// A folder of several files, or of none, none of which is known by its name.
    #[error("{error}, or a single file of a log; name one of: {files}")]
    Folder {
        /// What is not there.
        error: Box<PrepareError>,
        /// The files that are there.
        files: String,
    },
    /// A folder without data of a known form.
    #[error("{folder}: no ratings with their movies in this folder; looked for {forms}")]
    NoMovieLens {
        /// Name of the folder.
        folder: String,
        /// The pairs of files that were looked for.
        forms: String,
    },
    /// The file has no row.
    #[error("{0}: no row of data in it")]
    NoRow(String),
    /// The rules left nothing.
    #[error("{file}: nothing is left after cleaning\n{notes}\n{report}")]
    NothingLeft {
        /// Name of the file.
        file: String,
        /// What the file was taken for.
        notes: String,
        /// What each rule dropped.
        report: Box<Report>,
    },
}

/// The forms of data that are taken, for who brings another.
const FORMS: &str = "\
prepare takes, with a header or in the order of the well-known logs without one:
  a log of clicks: columns user, item, time and, where there are, category, title, price, event and rating, or other names \
of these, such as visitorid, product_id, timestamp; --columns user=NAME,item=NAME,time=NAME says which is which, by names \
or by numbers from 1
  Online Retail: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID
  MovieLens and RecBole: a folder with ratings.csv and movies.csv, ratings.dat and movies.dat, u.data and u.item, or \
NAME.inter and NAME.item";

/// The error that a file cannot be opened or read.
pub fn file_error(file: &Path, error: &std::io::Error) -> PrepareError {
    PrepareError::File { file: file.display().to_string(), problem: error.to_string() }
}
