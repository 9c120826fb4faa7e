//! What a file or folder of raw data is.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::{PrepareError, file_error};
use super::log::Log;
use super::movielens::{MIN_RATING, MovieLens};
use super::online_retail;
use super::options::Options;
use super::raw::Prepared;
use super::rows::Rows;
use model::table::TableError;

/// Raw data of a known form.
pub enum Input {
    /// Ratings of films.
    MovieLens(MovieLens),
    /// Invoices of the British gift shop.
    OnlineRetail(PathBuf),
    /// Any other log.
    Log(Log),
}

impl Input {
    /// Finds out what `path` names: a file, told by its content, or a folder with one. MovieLens and RecBole have two files,
    /// told by their names.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub fn find(path: &Path, options: &Options) -> Result<Self, PrepareError> {
        let (path, movielens) = match MovieLens::find(path) {
            Ok(Some(found)) => (found.ratings().to_owned(), Some(found)),
            Ok(None) => (path.to_owned(), None),
            Err(error @ PrepareError::NoMovieLens { .. }) => {
                let file = only_file(path, error)?;
                let found = MovieLens::find(&file)?;
                (file, found)
            }
            Err(error) => return Err(error),
        };
        if !options.columns.is_none() {
            return Ok(Self::Log(Log { file: path, products: None }));
        }
        if let Some(movielens) = movielens {
            if movielens.fits()? {
                return Ok(Self::MovieLens(movielens));
            }
            let products = movielens.movies();
            let products = products.exists().then(|| products.to_owned());
            return Ok(Self::Log(Log { file: path, products }));
        }
        let source = File::open(&path).map_err(|error| file_error(&path, &error))?;
        let mut rows = Rows::open(&path.display().to_string(), source)?;
        if let Rows::Csv(table) = &mut rows
            && online_retail::is_header(&table.fields())
        {
            return Ok(Self::OnlineRetail(path));
        }
        Ok(Self::Log(Log { file: path, products: None }))
    }

    /// The file of events, purchases or ratings.
    pub fn file(&self) -> &Path {
        match self {
            Self::MovieLens(movielens) => movielens.ratings(),
            Self::OnlineRetail(file) => file,
            Self::Log(log) => &log.file,
        }
    }

    /// Makes the catalogue and the sequences of `source`, which is what [`Input::file`] holds.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub fn prepare(&self, source: impl Read, options: &Options) -> Result<Prepared, PrepareError> {
        let file = self.file().display().to_string();
        let not = |option: &str, form: &str| {
            Err(PrepareError::Option { file: file.clone(), problem: format!("read as {form}, which has no {option}") })
        };
        let prepared = match self {
            Self::Log(log) => log.prepare(source, options),
            _ if !options.events.is_empty() => not("kinds of events for --events", "Online Retail or MovieLens"),
            Self::MovieLens(_) if options.dates.is_some() => not("dates for --dates", "MovieLens"),
            Self::MovieLens(movielens) => movielens.prepare(source, options.min_rating.unwrap_or(MIN_RATING)),
            Self::OnlineRetail(_) if options.min_rating.is_some() => not("ratings for --min-rating", "Online Retail"),
            Self::OnlineRetail(_) => online_retail::prepare(&file, source, options.dates),
        };
        prepared.map_err(|error| match error {
            PrepareError::Table(TableError::Column { .. }) => PrepareError::Form { error: Box::new(error) },
            PrepareError::NothingLeft { .. } if matches!(self, Self::OnlineRetail(_)) => {
                PrepareError::OtherShop { error: Box::new(error) }
            }
            error => error,
        })
    }
}

/// The file that is alone in a folder; `error` says what else was looked for.
fn only_file(folder: &Path, error: PrepareError) -> Result<PathBuf, PrepareError> {
    let failed = |error: std::io::Error| file_error(folder, &error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    const PROSE: [&str; 5] = [".md", ".html", ".pdf", "readme", "readme.txt"];
    files.retain(|file| {
        let name = name(file).to_lowercase();
        file.is_file() && !name.starts_with('.') && !PROSE.iter().any(|end| name.ends_with(end))
    });
    files.sort();
    match files.as_slice() {
        [file] => Ok(file.clone()),
        [] => Err(error),
        files => Err(PrepareError::Folder {
            error: Box::new(error),
            files: files.iter().map(|file| name(file)).collect::<Vec<_>>().join(", "),
        }),
    }
}
