//! What compression leaves of what is sent to browsers.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

/// How many bytes are left of these, gzipped.
///
/// # Errors
/// Where there is no memory for them.
pub fn gzipped(bytes: &[u8]) -> io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}
