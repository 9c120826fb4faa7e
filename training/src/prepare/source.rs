//! What a raw file holds, as text: out of gzip or ZIP, told by content and not by name, and in UTF-8.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use model::foreign::SHEET;
use model::table::{TableError, check_kind};
use zip::ZipArchive;

use super::error::PrepareError;

/// What a file holds.
pub type Text<'a> = BufReader<Box<dyn Read + 'a>>;

/// The text in `source`, out of gzip or out of a ZIP archive of one file, without byte order mark. Lines in UTF-8 are taken
/// as that, all others as Latin-1. `file` names the source in errors.
pub fn text<'a>(file: &str, source: impl Read + 'a) -> Result<Text<'a>, PrepareError> {
    let mut source = buffered(Box::new(source));
    let head = head(file, &mut source)?;
    if head.starts_with(&[0x1f, 0x8b]) {
        source = buffered(Box::new(MultiGzDecoder::new(source)));
    } else if head.starts_with(b"PK\x03\x04") {
        source = buffered(Box::new(Cursor::new(unzipped(file, source)?)));
    }
    let head = self::head(file, &mut source)?;
    check_kind(file, &head)?;
    let marks = head.chunks(3).take_while(|chunk| chunk == b"\xef\xbb\xbf").count() * 3;
    source.consume(marks);
    Ok(buffered(Box::new(Utf8 { source, line: Vec::new(), given: 0 })))
}

fn buffered(source: Box<dyn Read + '_>) -> Text<'_> {
    BufReader::with_capacity(1 << 16, source)
}

/// What stands at the beginning of `source`, which is not consumed.
pub fn head(file: &str, source: &mut impl BufRead) -> Result<Vec<u8>, PrepareError> {
    let head = source.fill_buf().map_err(|error| unreadable(file, 0, &error))?;
    Ok(head.to_vec())
}

/// The error that the bytes after `line` cannot be had.
pub fn unreadable(file: &str, line: u64, error: &io::Error) -> TableError {
    TableError::Read { file: file.to_owned(), line, problem: error.to_string() }
}

/// The one file of a ZIP archive.
fn unzipped(file: &str, mut source: impl Read) -> Result<Vec<u8>, PrepareError> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(|error| unreadable(file, 0, &error))?;
    let damaged = |_| PrepareError::Zip(file.to_owned());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let is_file = |name: &&str| !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store");
    let mut names: Vec<String> = archive.file_names().filter(is_file).map(str::to_owned).collect();
    names.sort();
    for (part, what) in [
        ("[Content_Types].xml", "an Excel workbook (.xlsx)"),
        ("content.xml", "an OpenDocument spreadsheet (.ods)"),
        ("Index/Document.iwa", "a Numbers spreadsheet"),
    ] {
        if names.iter().any(|name| name == part) {
            return Err(TableError::Kind { file: file.to_owned(), found: what, advice: SHEET }.into());
        }
    }
    let [name] = names.as_slice() else {
        return Err(PrepareError::Archive { file: file.to_owned(), names: names.join(", ") });
    };
    let mut content = Vec::new();
    let mut inside = archive.by_name(name).map_err(|_| PrepareError::Zip(file.to_owned()))?;
    inside.read_to_end(&mut content).map_err(|error| unreadable(file, 0, &error))?;
    Ok(content)
}

/// Text whose lines are in UTF-8 or in Latin-1, as UTF-8.
struct Utf8<R> {
    source: R,
    /// The line at hand, and how many of its bytes are given away.
    line: Vec<u8>,
    given: usize,
}

impl<R: BufRead> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.line.len() {
            self.line.clear();
            self.given = 0;
            self.source.read_until(b'\n', &mut self.line)?;
            if std::str::from_utf8(&self.line).is_err() {
                // The first 256 characters of Unicode are those of Latin-1.
                self.line = self.line.iter().map(|&byte| char::from(byte)).collect::<String>().into_bytes();
            }
        }
        let read = (&self.line[self.given..]).read(buffer)?;
        self.given += read;
        Ok(read)
    }
}
