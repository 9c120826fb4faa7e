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
const LIBRARIES: [(&str, Read); 7] = [
    (fuxictr::LONG_MARK, fuxictr::read_long),
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
        let mut asked = Asked::new(options, None, checkpoint.file());
        let mut source = Self::read(checkpoint, &mut asked)?;
        asked.finish(&source.network())?;
        (source.questions, source.rare, source.notes) = (asked.questions, asked.rare, asked.notes);
        Ok(source)
    }

    /// The network, with what is open left in `asked`.
    pub(super) fn read(checkpoint: Checkpoint, asked: &mut Asked) -> Result<Self, ImportError> {
        let Some((prefixes, mark, read)) = LIBRARIES.iter().find_map(|(mark, read)| {
            let prefixes = checkpoint.prefixes(mark);
            (!prefixes.is_empty()).then_some((prefixes, mark, read))
        }) else {
            let file = checkpoint.file().to_owned();
            let Some(first) = checkpoint.names().next().map(str::to_owned) else {
                return Err(ImportError::Read {
                    file,
                    problem: "holds no tensor of floating-point numbers".to_owned(),
                });
            };
            return Err(ImportError::UnknownLibrary { file, first });
        };
        let prefix = prefix(&checkpoint, prefixes, asked)?;
        let mut checkpoint = checkpoint.state_dict(&prefix, mark)?;
        asked.metadata = checkpoint.metadata().clone();
        let mut source = read(&mut checkpoint, asked)?;
        checkpoint.finish(&source.network())?;
        source.check_head(asked.options)?;
        source.pool(asked)?;
        Ok(source)
    }
}

/// Under which prefix the state dict stands, of several that have the library's tables.
fn prefix(checkpoint: &Checkpoint, mut prefixes: Vec<String>, asked: &mut Asked) -> Result<String, ImportError> {
    // A part of a network, such as its embeddings beside it, has fewer tensors.
    let most = prefixes.iter().map(|prefix| checkpoint.count(prefix)).max();
    prefixes.retain(|prefix| Some(checkpoint.count(prefix)) == most);
    let names = |prefixes: &[String]| {
        prefixes.iter().map(|prefix| prefix.trim_end_matches('.')).collect::<Vec<&str>>().join(", ")
    };
    if let Some(said) = asked.said::<String>("state-dict")? {
        let found = prefixes.iter().find(|prefix| prefix.trim_end_matches('.') == said);
        let problem = || format!("is \"{said}\", but the file has {}", names(&prefixes));
        return found.cloned().ok_or_else(|| asked.refused("state-dict", problem()));
    }
    let first = prefixes[0].clone();
    match prefixes[1..].iter().find(|prefix| !checkpoint.is_same_under(&first, prefix)) {
        Some(_) => {
            let problem = format!("must say which of the file's networks is meant: {}", names(&prefixes));
            Err(asked.refused("state-dict", problem))
        }
        None => Ok(first),
    }
}
