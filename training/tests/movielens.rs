//! Preparation of MovieLens data: one small set, written by the test in every way in which the data come.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use model::Catalogue;
use training::prepare::movielens::{MIN_RATING, MovieLens, NO_GENRE};
use training::prepare::{Prepared, Report};
use training::sequences::Sequences;

/// Identifier, title, year and genres (in the order of MovieLens 100K's flags).
const FILMS: [(u32, &str, u32, &[&str]); 7] = [
    (1, "Matrix, The", 1999, &["Action", "Sci-Fi"]),
    (2, "Misérables, Les", 1995, &["Drama", "Musical"]),
    (3, "\"Great Performances\": Cats", 1998, &["Musical"]),
    (10, "20,000 Leagues Under the Sea", 1954, &["Adventure", "Children's"]),
    (11, "Nowhere", 2001, &[]),
    (12, "Postman, The (Postino, Il)", 1994, &["Comedy", "Drama"]),
    (13, "Unrated", 1990, &["Western"]),
];

const GENRES: [&str; 19] = [
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

/// 2001-09-09T00:00:00 UTC.
const MIDNIGHT: i64 = 999_993_600;
const DAY: i64 = 24 * 60 * 60;

/// A rating: user, film, stars, seconds since 1970.
type Rating = (u32, u32, f64, i64);

/// Twelve users, 101 to 112, who each rate the same six films, a minute apart, three on each side of midnight.
fn ratings() -> Vec<Rating> {
    let user = |user: u32| {
        let rate = move |(film, minute): (u32, i64)| (user, film, 4.0, MIDNIGHT + i64::from(user) * DAY + 60 * minute);
        [1, 2, 3, 10, 11, 12].into_iter().zip(-3..).map(rate)
    };
    (101..=112).flat_map(user).collect()
}

/// A folder with [`FILMS`] and some ratings.
struct Folder(tempfile::TempDir);

/// The ways in which the data come: names of the file of ratings and that of films.
const FORMS: [(&str, &str); 4] = [
    ("ratings.csv", "movies.csv"),
    ("ratings.dat", "movies.dat"),
    ("u.data", "u.item"),
    ("ml-tiny.inter", "ml-tiny.item"),
];

impl Folder {
    fn new((ratings_file, movies_file): (&str, &str), ratings: &[Rating]) -> Self {
        let (mut films, mut rated) = (String::new(), String::new());
        match ratings_file {
            "ratings.csv" => {
                films += "movieId,title,genres\n";
                rated += "userId,movieId,rating,timestamp\n";
            }
            "ml-tiny.inter" => {
                films += "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n";
                rated += "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";
            }
            _ => {}
        }
        for (id, title, year, genres) in FILMS {
            let list = if genres.is_empty() { "(no genres listed)".to_owned() } else { genres.join("|") };
            match ratings_file {
                "ratings.csv" => writeln!(films, "{id},\"{} ({year})\",{list}", title.replace('"', "\"\"")),
                "ratings.dat" => writeln!(films, "{id}::{title} ({year})::{list}"),
                "u.data" => {
                    let flag = |genre: &&str| if genres.contains(genre) { "|1" } else { "|0" };
                    let mut flags: String = GENRES.iter().map(flag).collect();
                    if genres.is_empty() {
                        flags.replace_range(0..2, "|1");
                    }
                    writeln!(films, "{id}|{title} ({year})|01-Jan-{year}||http://films.example/{id}{flags}")
                }
                _ => writeln!(films, "{id}\t{title}\t{year}\t{}", genres.join(" ")),
            }
            .unwrap();
        }
        let separator = match ratings_file {
            "ratings.csv" => ",",
            "ratings.dat" => "::",
            _ => "\t",
        };
        for (user, film, stars, time) in ratings {
            writeln!(rated, "{user}{separator}{film}{separator}{stars}{separator}{time}").unwrap();
        }
        let folder = Self(tempfile::tempdir().unwrap());
        // The two old forms are in Latin-1.
        let latin_1 = ["ratings.dat", "u.data"].contains(&ratings_file);
        let films = if latin_1 { films.chars().map(|c| c as u8).collect() } else { films.into_bytes() };
        fs::write(folder.file(movies_file), films).unwrap();
        fs::write(folder.file(ratings_file), rated).unwrap();
        folder
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Replaces the first `from` in a file.
    fn change(&self, name: &str, from: &str, to: &str) {
        let bytes = fs::read(self.file(name)).unwrap();
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        fs::write(self.file(name), [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()).unwrap();
    }

    fn prepare(&self, min_rating: f64) -> Result<Prepared, String> {
        // Errors name files; the folder's own name is another one each time.
        let short = |error: String| error.replace(&format!("{}/", self.0.path().display()), "");
        let found = MovieLens::find(self.0.path()).map_err(|error| short(error.to_string()))?.unwrap();
        let ratings = File::open(found.ratings()).unwrap();
        found.prepare(ratings, min_rating).map_err(|error| short(error.to_string()))
    }
}

/// What preparation makes of these ratings.
fn prepared(ratings: &[Rating], min_rating: f64) -> Prepared {
    Folder::new(FORMS[0], ratings).prepare(min_rating).unwrap()
}

/// Films and baskets of a user.
fn events(prepared: &Prepared, user: &str) -> Vec<(String, u32)> {
    let user = prepared.sequences.users.iter().find(|found| found.id == user).unwrap();
    let id = |item: u32| prepared.catalogue.items()[item as usize].id.clone();
    user.events.iter().map(|event| (id(event.item), event.basket)).collect()
}

#[test]
fn every_form_says_the_same() {
    for form in FORMS {
        let Prepared { catalogue, sequences, report, .. } = Folder::new(form, &ratings()).prepare(MIN_RATING).unwrap();
        let films: Vec<(&str, &str, &str)> = catalogue
            .items()
            .iter()
            .map(|item| (item.id.as_str(), item.title.as_str(), catalogue.category(item)))
            .collect();
        let expected = [
            ("1", "The Matrix (1999)", "Action"),
            ("10", "20,000 Leagues Under the Sea (1954)", "Adventure"),
            ("11", "Nowhere (2001)", NO_GENRE),
            ("12", "The Postman (Il Postino) (1994)", "Comedy"),
            ("2", "Les Misérables (1995)", "Drama"),
            ("3", "\"Great Performances\": Cats (1998)", "Musical"),
        ];
        assert_eq!(films, expected, "{form:?}");
        assert!(catalogue.items().iter().all(|item| item.price.is_none() && item.popularity == 12));
        let expected = Report {
            rows: 72,
            dropped: vec![("rated under 4".to_owned(), 0)],
            users_before: 12,
            items_before: 6,
            users: 12,
            items: 6,
            events: 72,
            ..Report::default()
        };
        assert_eq!(report, expected, "{form:?}");
        assert_eq!(sequences, prepared(&ratings(), MIN_RATING).sequences, "{form:?}");
        // Without prices, too, a catalogue comes back as it was written.
        let text = catalogue.to_csv().unwrap();
        assert_eq!(Catalogue::from_csv("catalogue.csv", text.as_bytes()).unwrap(), catalogue);
    }
}

#[test]
fn a_basket_is_a_day_and_time_orders_events() {
    let mut ratings = ratings();
    ratings.reverse();
    let prepared = prepared(&ratings, MIN_RATING);
    let expected = [("1", 0), ("2", 0), ("3", 0), ("10", 1), ("11", 1), ("12", 1)];
    assert_eq!(events(&prepared, "101"), expected.map(|(film, basket)| (film.to_owned(), basket)));
    let times = &prepared.sequences.users[0].events;
    assert_eq!(times[0].time.to_string(), "2001-12-18T23:57:00");
    assert_eq!(times[3].time.to_string(), "2001-12-19T00:00:00");
}

#[test]
fn ratings_of_one_second_stay_in_the_order_of_the_file() {
    let mut ratings = ratings();
    for rating in &mut ratings {
        rating.3 = MIDNIGHT;
    }
    ratings.reverse();
    let expected = ["12", "11", "10", "3", "2", "1"].map(|film| (film.to_owned(), 0));
    assert_eq!(events(&prepared(&ratings, MIN_RATING), "105"), expected);
}

#[test]
fn low_and_repeated_ratings_are_dropped() {
    let mut ratings = ratings();
    // User 101 gives film 1 less, and then changes it; user 102 rates it again.
    ratings[0].2 = 3.5;
    ratings.push((101, 1, 5.0, MIDNIGHT + 200 * DAY));
    ratings.push((102, 1, 4.5, MIDNIGHT + 200 * DAY));
    let liked = prepared(&ratings, MIN_RATING);
    assert_eq!(liked.report.dropped, [("rated under 4".to_owned(), 1)]);
    assert_eq!((liked.report.rows, liked.report.repeated, liked.report.events), (74, 1, 72));
    assert_eq!(events(&liked, "101").last().unwrap(), &("1".to_owned(), 2));
    assert_eq!(events(&liked, "102")[0], ("1".to_owned(), 0));

    let all = prepared(&ratings, 0.0);
    assert_eq!(all.report.dropped, [("rated under 0".to_owned(), 0)]);
    assert_eq!((all.report.repeated, all.report.events), (2, 72));
    assert_eq!(events(&all, "101")[0], ("1".to_owned(), 0));

    let refusal = Folder::new(FORMS[0], &ratings).prepare(4.5).unwrap_err();
    assert!(refusal.starts_with("ratings.csv: nothing is left after cleaning\n"), "{refusal}");
    assert!(refusal.contains("−72 rated under 4.5"), "{refusal}");
}

#[test]
fn users_and_films_need_as_many_as_in_any_data() {
    let mut ratings = ratings();
    // Film 13 has nine users, user 201 four films.
    ratings.extend((101..=109).map(|user| (user, 13, 5.0, MIDNIGHT)));
    ratings.extend([1, 2, 3, 10].map(|film| (201, film, 5.0, MIDNIGHT)));
    let report = prepared(&ratings, MIN_RATING).report;
    assert_eq!((report.users_before, report.items_before, report.rare), (13, 7, 13));
    assert_eq!((report.users, report.items, report.events), (12, 6, 72));
}

#[test]
fn other_writings_of_the_same_data() {
    let expected = prepared(&ratings(), MIN_RATING);
    for form in FORMS {
        for how in ["gzip", "Windows line ends", "blank lines"] {
            let folder = Folder::new(form, &ratings());
            for name in [form.0, form.1] {
                let bytes = fs::read(folder.file(name)).unwrap();
                let changed = match how {
                    "gzip" => {
                        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                        encoder.write_all(&bytes).unwrap();
                        encoder.finish().unwrap()
                    }
                    _ => {
                        let end: &[u8] = if how == "blank lines" { b"\n\n" } else { b"\r\n" };
                        bytes
                            .split_inclusive(|&byte| byte == b'\n')
                            .flat_map(|line| [&line[..line.len() - 1], end].concat())
                            .collect()
                    }
                };
                fs::write(folder.file(name), changed).unwrap();
            }
            let found = folder.prepare(MIN_RATING).unwrap();
            assert_eq!(found.catalogue, expected.catalogue, "{form:?}, {how}");
            assert_eq!(found.sequences, expected.sequences, "{form:?}, {how}");
        }
    }
    // MovieLens 10M is in the form of 1M, but in UTF-8.
    let folder = Folder::new(FORMS[1], &ratings());
    let films: String = fs::read(folder.file("movies.dat")).unwrap().into_iter().map(char::from).collect();
    fs::write(folder.file("movies.dat"), films).unwrap();
    assert_eq!(folder.prepare(MIN_RATING).unwrap().catalogue, expected.catalogue);
    // RecBole's copies other than that of 100K.
    let folder = Folder::new(FORMS[3], &ratings());
    folder.change("ml-tiny.item", "class:token_seq", "genre:token_seq");
    assert_eq!(folder.prepare(MIN_RATING).unwrap().catalogue, expected.catalogue);
}

/// Why the data of this form are refused after a change in one of the files.
fn refusal(form: (&str, &str), file: &str, from: &str, to: &str) -> String {
    let folder = Folder::new(form, &ratings());
    folder.change(file, from, to);
    folder.prepare(MIN_RATING).unwrap_err()
}

#[test]
fn wrong_lines_are_named() {
    let [csv, dat, hundred, atomic] = FORMS;
    assert_eq!(
        refusal(csv, "ratings.csv", "timestamp", "when"),
        "ratings.csv: line 1: column \"timestamp\" is missing; the header has userId, movieId, rating, when"
    );
    assert_eq!(
        refusal(csv, "movies.csv", "title", "name"),
        "movies.csv: line 1: column \"title\" is missing; the header has movieId, name, genres"
    );
    assert_eq!(
        refusal(atomic, "ml-tiny.inter", "rating:", "stars:"),
        "ml-tiny.inter: line 1: column \"rating\" is missing; the header has user_id, item_id, stars, timestamp"
    );
    assert_eq!(
        refusal(atomic, "ml-tiny.item", "movie_title", "name"),
        "ml-tiny.item: line 1: column \"movie_title\" is missing; \
         the header has item_id, name, release_year, class"
    );
    assert_eq!(
        refusal(csv, "ratings.csv", "101,2,4", "101,2,good"),
        "ratings.csv: line 3: field \"rating\" is \"good\", expected a number"
    );
    assert_eq!(
        refusal(dat, "ratings.dat", "101::2::4", "101::2::good"),
        "ratings.dat: line 2: field \"rating\" is \"good\", expected a number"
    );
    assert_eq!(
        refusal(dat, "ratings.dat", "101::2::4", "101::99::4"),
        "ratings.dat: line 2: field \"movieId\" is \"99\", expected a film of movies.dat"
    );
    assert_eq!(
        refusal(hundred, "u.data", "101\t2\t4", "101\t99\t4"),
        "u.data: line 2: field \"movie id\" is \"99\", expected a film of u.item"
    );
    // Milliseconds.
    assert_eq!(
        refusal(csv, "ratings.csv", "101,2,4,1008719880", "101,2,4,1008719880000"),
        "ratings.csv: line 3: field \"timestamp\" is \"1008719880000\", expected seconds since the beginning of 1970"
    );
    assert_eq!(refusal(dat, "ratings.dat", "101::2::4", "101::2,4"), "ratings.dat: line 2: 3 fields, expected 4");
    assert_eq!(refusal(hundred, "u.item", "|01-Jan-1995", ""), "u.item: line 2: 23 fields, expected 24");
    assert_eq!(refusal(atomic, "ml-tiny.item", "\t1995", ""), "ml-tiny.item: line 3: 3 fields, expected 4");
    assert_eq!(
        refusal(dat, "movies.dat", "\n2::", "\n1::"),
        "movies.dat: line 2: field \"movieId\" is \"1\", expected no film of a line above"
    );
}

#[test]
fn files_without_data() {
    for form in FORMS {
        let folder = Folder::new(form, &[]);
        assert_eq!(folder.prepare(MIN_RATING).unwrap_err(), format!("{}: no row of data in it", form.0));
    }
    for (form, file) in [(FORMS[0], "ratings.csv"), (FORMS[3], "ml-tiny.inter"), (FORMS[3], "ml-tiny.item")] {
        let folder = Folder::new(form, &ratings());
        fs::write(folder.file(file), "").unwrap();
        assert_eq!(folder.prepare(MIN_RATING).unwrap_err(), format!("{file}: the file is empty"));
    }
    let folder = Folder::new(FORMS[0], &ratings());
    fs::write(folder.file("movies.csv"), b"PK\x03\x04 and more").unwrap();
    assert!(folder.prepare(MIN_RATING).unwrap_err().starts_with("movies.csv: a ZIP archive or an Excel file; unpack"));
}

#[test]
fn data_are_found_by_the_names_of_files() {
    let folder = Folder::new(FORMS[1], &ratings());
    let ratings_file = folder.file("ratings.dat");
    for input in [folder.0.path(), ratings_file.as_path()] {
        assert_eq!(MovieLens::find(input).unwrap().unwrap().ratings(), ratings_file);
    }
    for other in ["online_retail.csv.gz", "movies.dat", "no/such/file"] {
        assert!(MovieLens::find(&folder.file(other)).unwrap().is_none(), "{other}");
    }
    fs::remove_file(folder.file("movies.dat")).unwrap();
    let found = MovieLens::find(&ratings_file).unwrap().unwrap();
    let refusal = found.prepare(File::open(&ratings_file).unwrap(), MIN_RATING).err().unwrap().to_string();
    assert!(refusal.starts_with(&format!("{}: ", folder.file("movies.dat").display())), "{refusal}");
    let refusal = MovieLens::find(folder.0.path()).err().unwrap().to_string();
    assert_eq!(
        refusal,
        format!(
            "{}: no ratings with their movies in this folder; looked for ratings.csv with movies.csv, \
             ratings.dat with movies.dat, u.data with u.item, NAME.inter with NAME.item",
            folder.0.path().display()
        )
    );
}

#[test]
fn the_program_prepares_a_folder() {
    let folder = Folder::new(FORMS[2], &ratings());
    let output = folder.file("prepared");
    let run = |input: &Path, more: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_interest-lens"));
        program.arg("prepare").args([Path::new("--input"), input, Path::new("--output"), &output]).args(more);
        program.output().unwrap()
    };
    let done = run(folder.0.path(), &[]);
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success() && said.contains("72 events left: 12 users, 6 items"), "{said}");
    let catalogue = Catalogue::from_csv("c", &fs::read(output.join("catalogue.csv")).unwrap()).unwrap();
    let sequences = Sequences::read(&output.join("sequences.csv"), &catalogue).unwrap();
    assert_eq!(sequences, folder.prepare(MIN_RATING).unwrap().sequences);

    let said = String::from_utf8(run(folder.0.path(), &["--min-rating", "4.5"]).stderr).unwrap();
    assert!(said.contains("nothing is left after cleaning") && said.contains("rated under 4.5"), "{said}");

    let csv = folder.file("online_retail.csv");
    let header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n";
    fs::write(&csv, header).unwrap();
    let said = String::from_utf8(run(&csv, &["--min-rating", "4"]).stderr).unwrap();
    assert!(said.contains("read as Online Retail, which has no ratings for --min-rating"), "{said}");
}
