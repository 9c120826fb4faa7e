//! MovieLens data: ratings of films from half a star to five, with the time at which a rating was given.
//!
//! Source: Harper, F. M. and Konstan, J. A. (2015), "The MovieLens Datasets: History and Context", ACM Transactions on
//! Interactive Intelligent Systems 5(4), doi 10.1145/2827872.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::error::{PrepareError, file_error};
use super::lines::Lines;
use super::raw::{Numbers, Prepared, Raw, RawEvent};
use super::rows::Rows;
use super::source;
use model::Item;
use model::table::{Row, Table, TableError, missing};

/// A rating from here on counts as a click: people rate what they disliked too, and the DIN paper (section 6.1) takes 4
/// and 5 stars of MovieLens as positive.
pub const MIN_RATING: f64 = 4.0;

/// The category of a film with no genre.
pub const NO_GENRE: &str = "No genre";

/// How a file is written.
enum Layout {
    /// CSV with a header.
    Csv,
    /// Lines of these columns with this separator, no header.
    Plain(&'static str, &'static [&'static str]),
    /// An atomic file of the library RecBole: tabs, and a header of `name:type`.
    Atomic,
}

/// One of the ways in which the data come.
struct Form {
    /// How the name of the file of ratings ends, and its layout.
    ratings: (&'static str, Layout),
    /// The same for the file of films, whose name begins as that of the ratings.
    movies: (&'static str, Layout),
    /// Names of the columns of the user, the film and its title.
    user: &'static str,
    item: &'static str,
    title: &'static str,
    /// The first genre of a film.
    genre: fn(&Row<'_>) -> Result<String, TableError>,
}

static FORMS: [Form; 4] = [
    // MovieLens 20M, 25M, 32M and latest.
    Form {
        ratings: ("ratings.csv", Layout::Csv),
        movies: ("movies.csv", Layout::Csv),
        user: "userId",
        item: "movieId",
        title: "title",
        genre: |row| Ok(first(row.text("genres")?, '|')),
    },
    // MovieLens 1M and 10M.
    Form {
        ratings: ("ratings.dat", Layout::Plain("::", &["userId", "movieId", "rating", "timestamp"])),
        movies: ("movies.dat", Layout::Plain("::", &["movieId", "title", "genres"])),
        user: "userId",
        item: "movieId",
        title: "title",
        genre: |row| Ok(first(row.text("genres")?, '|')),
    },
    // MovieLens 100K.
    Form {
        ratings: ("u.data", Layout::Plain("\t", &["user id", "movie id", "rating", "timestamp"])),
        movies: ("u.item", Layout::Plain("|", &FILM)),
        user: "user id",
        item: "movie id",
        title: "movie title",
        genre: |row| {
            for genre in &FILM[FLAGS..] {
                if row.text(genre)? == "1" {
                    return Ok(first(genre, '|'));
                }
            }
            Ok(NO_GENRE.to_owned())
        },
    },
    // RecBole's copies of them.
    Form {
        ratings: (".inter", Layout::Atomic),
        movies: (".item", Layout::Atomic),
        user: "user_id",
        item: "item_id",
        title: "movie_title",
        // RecBole's copy of 100K says class, the others genre.
        genre: |row| Ok(first(&[row.text("class")?, row.text("genre")?].concat(), ' ')),
    },
];

/// The columns of MovieLens 100K's films; from [`FLAGS`] on, a 1 where the film is of that genre.
const FILM: [&str; 24] = [
    "movie id",
    "movie title",
    "release date",
    "video release date",
    "IMDb URL",
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];
const FLAGS: usize = 5;

/// The first genre of a list.
fn first(genres: &str, separator: char) -> String {
    match genres {
        "(no genres listed)" | "unknown" => NO_GENRE.to_owned(),
        _ if missing(genres) => NO_GENRE.to_owned(),
        _ => genres.split(separator).next().unwrap_or(genres).to_owned(),
    }
}

/// All films with the names of their categories, and the index of each identifier among them.
#[derive(Default)]
struct Films {
    items: Vec<(Item, String)>,
    numbers: HashMap<String, usize>,
}

/// A file of ratings and its file of films.
pub struct MovieLens {
    form: &'static Form,
    ratings: PathBuf,
    movies: PathBuf,
}

impl MovieLens {
    /// The data that `input` names: a folder with both files, or the file of ratings, told by its name. None where it is
    /// any other file.
    ///
    /// # Errors
    /// [`PrepareError::NoMovieLens`] for a folder with no such pair of files, [`PrepareError::File`] for one that cannot
    /// be read.
    pub fn find(input: &Path) -> Result<Option<Self>, PrepareError> {
        if !input.is_dir() {
            return Ok(Self::of_ratings(input));
        }
        let failed = |error: std::io::Error| file_error(input, &error);
        let entries = fs::read_dir(input).map_err(failed)?;
        let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        files.sort();
        let found = files.iter().filter_map(|file| Self::of_ratings(file)).find(|found| found.movies.exists());
        let forms = || {
            // An ending stands for any name with it.
            let name = |end: &str| if end.starts_with('.') { format!("NAME{end}") } else { end.to_owned() };
            let pair = |form: &Form| format!("{} with {}", name(form.ratings.0), name(form.movies.0));
            FORMS.iter().map(pair).collect::<Vec<_>>().join(", ")
        };
        found.map(Some).ok_or_else(|| PrepareError::NoMovieLens { folder: input.display().to_string(), forms: forms() })
    }

    fn of_ratings(ratings: &Path) -> Option<Self> {
        let name = ratings.file_name()?.to_str()?;
        let name = name.strip_suffix(".gz").unwrap_or(name);
        FORMS.iter().find_map(|form| {
            let start = name.strip_suffix(form.ratings.0)?;
            let movies = format!("{start}{}", form.movies.0);
            let compressed = ratings.with_file_name(format!("{movies}.gz"));
            let movies = if compressed.exists() { compressed } else { ratings.with_file_name(movies) };
            Some(Self { form, ratings: ratings.to_owned(), movies })
        })
    }

    /// Whether its files are what their names say: MovieLens, and not another log that RecBole's names or this one are
    /// common for.
    pub fn fits(&self) -> Result<bool, PrepareError> {
        match self.form.ratings.1 {
            Layout::Plain(..) => Ok(true),
            Layout::Csv => Ok(self.movies.exists()),
            Layout::Atomic if !self.movies.exists() => Ok(false),
            Layout::Atomic => {
                let has = |path: &Path, names: &[&str]| {
                    let source = File::open(path).map_err(|error| file_error(path, &error))?;
                    let rows = Rows::open(&path.display().to_string(), source)?;
                    let there = |name: &&str| rows.columns().iter().any(|column| column == name);
                    Ok::<_, PrepareError>(names.iter().all(there))
                };
                Ok(has(&self.ratings, &[self.form.user, self.form.item, "rating", "timestamp"])?
                    && has(&self.movies, &[self.form.item, self.form.title])?)
            }
        }
    }

    /// The file of films, or of other products.
    pub fn movies(&self) -> &Path {
        &self.movies
    }

    /// The file of ratings.
    pub fn ratings(&self) -> &Path {
        &self.ratings
    }

    /// Reads the film file and then `ratings`, each as it is or compressed by gzip, and makes the catalogue and the
    /// sequences. Ratings from `min_rating` on are events; a basket is a day (UTC) of a user; a film's category is the
    /// first of its genres; there are no prices.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub fn prepare(&self, ratings: impl Read, min_rating: f64) -> Result<Prepared, PrepareError> {
        let form = self.form;
        let Films { items, numbers } = self.films()?;
        let file = self.ratings.display().to_string();
        let known = format!("a film of {}", self.movies.display());
        let mut users = Numbers::default();
        let mut events = Vec::new();
        let (mut rows, mut unknown, mut low) = (0, 0, 0);
        let needed = [form.user, form.item, "rating", "timestamp"];
        form.ratings.1.each_row(&file, source::text(&file, ratings)?, &needed, |row| {
            rows += 1;
            let (Some(user), Some(film)) = (row.known(form.user)?, row.known(form.item)?) else {
                unknown += 1;
                return Ok(());
            };
            let item = *numbers.get(film).ok_or_else(|| row.wrong(form.item, &known))?;
            let rating = row.number("rating")?;
            let seconds = row.number("timestamp")?;
            let time = Timestamp::from_second(seconds as i64)
                .map_err(|_| row.wrong("timestamp", "seconds since the beginning of 1970"))?;
            if rating < min_rating {
                low += 1;
                return Ok(());
            }
            let user = users.number(user);
            let basket = time.as_second().div_euclid(24 * 60 * 60);
            events.push(RawEvent { time: TimeZone::UTC.to_datetime(time), user, item, basket });
            Ok(())
        })?;
        let no_user = (unknown > 0).then(|| (format!("no {} or {}", form.user, form.item), unknown));
        let dropped = no_user.into_iter().chain([(format!("rated under {min_rating}"), low)]).collect();
        let notes = vec!["read as MovieLens".to_owned()];
        Raw { file, rows, dropped, users: users.names(), items, events, notes }.prepare()
    }

    fn films(&self) -> Result<Films, PrepareError> {
        let form = self.form;
        let file = self.movies.display().to_string();
        let source = File::open(&self.movies).map_err(|error| file_error(&self.movies, &error))?;
        let Films { mut items, mut numbers } = Films::default();
        form.movies.1.each_row(&file, source::text(&file, source)?, &[form.item, form.title], |row| {
            let id = row.text(form.item)?.to_owned();
            if numbers.insert(id.clone(), items.len()).is_some() {
                return Err(row.wrong(form.item, "no film of a line above"));
            }
            let mut title = articles_first(row.known(form.title)?.unwrap_or(&id));
            // RecBole keeps the year apart.
            if let year @ 1.. = row.text("release_year")?.parse().unwrap_or(0) {
                title += &format!(" ({year})");
            }
            items.push((Item { id, title, category: 0, price: None, popularity: 0 }, (form.genre)(row)?));
            Ok(())
        })?;
        Ok(Films { items, numbers })
    }
}

impl Layout {
    /// Hands each row to `each`. A header must hold `needed`; `file` names the source in errors.
    fn each_row(
        &self,
        file: &str,
        source: impl Read,
        needed: &[&'static str],
        mut each: impl FnMut(&Row<'_>) -> Result<(), TableError>,
    ) -> Result<(), TableError> {
        let mut lines = match self {
            Self::Csv => {
                let mut table = Table::new(file, source, needed)?;
                while let Some(row) = table.next_row()? {
                    each(&row)?;
                }
                return Ok(());
            }
            Self::Plain(separator, columns) => Lines::new(file, source, separator, columns),
            Self::Atomic => Lines::with_header(file, source, "\t", needed)?,
        };
        while let Some(row) = lines.next_row()? {
            each(&row)?;
        }
        Ok(())
    }
}

/// Articles that MovieLens puts behind a title.
const ARTICLES: [&str; 33] = [
    "The", "A", "An", "La", "Le", "Les", "L'", "Un", "Une", "El", "Los", "Las", "Una", "Il", "Lo", "I", "Gli", "Der",
    "Die", "Das", "Ein", "Eine", "De", "Het", "Een", "Den", "Det", "En", "Et", "O", "Os", "As", "Uma",
];

/// The title with its articles, those of other titles in brackets too, where they are spoken: "Postman, The (Postino,
/// Il) (1994)" becomes "The Postman (Il Postino) (1994)".
fn articles_first(title: &str) -> String {
    let part = |part: &str| {
        let known_as = if part.starts_with("a.k.a. ") { "a.k.a. ".len() } else { 0 };
        let (start, name) = part.split_at(known_as);
        let text = name.trim_end_matches(['(', ')', ' ']);
        let end = &name[text.len()..];
        match text.rsplit_once(", ") {
            Some((name, "L'")) => format!("{start}L'{name}{end}"),
            Some((name, article)) if ARTICLES.contains(&article) => format!("{start}{article} {name}{end}"),
            _ => part.to_owned(),
        }
    };
    title.split_inclusive(['(', ')']).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_put_first() {
        for (title, expected) in [
            ("Matrix, The (1999)", "The Matrix (1999)"),
            ("Toy Story (1995)", "Toy Story (1995)"),
            ("Misérables, Les", "Les Misérables"),
            ("Postman, The (Postino, Il) (1994)", "The Postman (Il Postino) (1994)"),
            ("Star Maker, The (Uomo delle stelle, L') (1995)", "The Star Maker (L'Uomo delle stelle) (1995)"),
            ("Professional, The (a.k.a. Cleaner, The) (1994)", "The Professional (a.k.a. The Cleaner) (1994)"),
            ("Good, the Bad and the Ugly, The (1966)", "The Good, the Bad and the Ugly (1966)"),
            ("I, Robot (2004)", "I, Robot (2004)"),
            ("20,000 Leagues Under the Sea (1954)", "20,000 Leagues Under the Sea (1954)"),
            ("Crow: Salvation, The (2000)", "The Crow: Salvation (2000)"),
            ("", ""),
        ] {
            assert_eq!(articles_first(title), expected);
        }
    }
}
