//! The libraries that are known here, and which of them a checkpoint is of.

use crate::asked::Asked;
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::options::Options;
use crate::source::Source;
use crate::{comirec_authors, deepctr, deepctr_torch, dien_authors, fuxictr, recbole};

/// What takes the network of a library apart.
type Read = fn(&mut Checkpoint, &mut Asked) -> Result<Source, ImportError>;

/// What names of tensors begin with in each library's files, and what reads these. The first that fits is taken: the ComiRec
/// authors' files have the DIEN authors' mark too.
const LIBRARIES: [(&str, Read); 6] = [
    (fuxictr::MARK, fuxictr::read),
    (deepctr_torch::MARK, deepctr_torch::read),
    (recbole::MARK, recbole::read),
    (comirec_authors::MARK, comirec_authors::read),
    (dien_authors::MARK, dien_authors::read),
    (deepctr::MARK, deepctr::read),
];

impl Source {
    /// Recognises the library by its tensors' names and takes the network apart.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub fn new(checkpoint: Checkpoint, options: &Options) -> Result<Self, ImportError> {
        let mut checkpoint = checkpoint.state_dict();
        checkpoint.check_sizes()?;
        let Some((_, read)) = LIBRARIES.iter().find(|(mark, _)| checkpoint.has_any(mark)) else {
            let first = checkpoint.names().next().unwrap_or("").to_owned();
            return Err(ImportError::UnknownLibrary { file: checkpoint.file().to_owned(), first });
        };
        let (file, metadata) = (checkpoint.file().to_owned(), checkpoint.metadata().clone());
        let mut asked = Asked { options, file: &file, metadata: &metadata, notes: Vec::new() };
        let mut source = read(&mut checkpoint, &mut asked)?;
        source.notes = asked.notes;
        checkpoint.finish(&source.network())?;
        source.check_head(options)?;
        Ok(source)
    }
}
