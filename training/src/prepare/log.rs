//! A log of clicks or purchases in whatever form somebody has it: who, what and when, a line each.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use model::Item;
use model::columns;
use model::table::{Row, short};

use super::columns::{Columns, PARTS, Part};
use super::error::{PrepareError, file_error};
use super::options::Options;
use super::raw::{Numbers, Prepared, Raw, RawEvent, median};
use super::rows::Rows;
use super::times::{Time, Times, is_time};

/// The category of a product that has none.
const NO_CATEGORY: &str = "No category";

/// Columns beside which a title is that of a review and not of a product.
const REVIEW: [&str; 4] = ["text", "reviewtext", "helpfulvote", "helpful"];

/// The place of the column of each part.
#[derive(Default)]
struct Places([Option<usize>; PARTS.len()]);

impl Places {
    fn of(&self, part: Part) -> Option<usize> {
        self.0[part as usize]
    }

    /// A column is of one part only.
    fn set(&mut self, part: Part, place: Option<usize>) {
        self.0.iter_mut().filter(|other| other.is_some() && **other == place).for_each(|other| *other = None);
        self.0[part as usize] = place;
    }
}

/// A log.
pub struct Log {
    /// The file of events.
    pub file: PathBuf,
    /// RecBole's file of products beside it.
    pub products: Option<PathBuf>,
}

/// What is known of a product.
#[derive(Default)]
struct Product {
    title: Option<String>,
    category: Option<String>,
    prices: Vec<f64>,
}

impl Log {
    /// Reads the log and makes the catalogue and the sequences. A basket is a day (UTC); a product's title and category are
    /// the first that it has, its price is the median.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub fn prepare(&self, source: impl Read, options: &Options) -> Result<Prepared, PrepareError> {
        let file = self.file.display().to_string();
        let mut rows = Rows::open(&file, source)?;
        let places = places(&file, &mut rows, &options.columns)?;
        let absent = |option: &str, column: &str| PrepareError::Option {
            file: file.clone(),
            problem: format!("read as a log, which has no column {column} for {option}"),
        };
        if options.min_rating.is_some() && places.of(Part::Rating).is_none() {
            return Err(absent("--min-rating", "rating"));
        }
        if !options.events.is_empty() && places.of(Part::Event).is_none() {
            return Err(absent("--events", "event"));
        }

        let (mut users, mut items, mut kinds) = (Numbers::default(), Numbers::default(), Vec::<(String, usize)>::new());
        let mut products = Vec::new();
        let described =
            self.products.as_ref().map(|path| self::products(path, &mut items, &mut products)).transpose()?;
        let fields = Fields::new(&rows, &places);
        let mut times = Times::new(options.dates);
        let mut events: Vec<(Time, usize, usize, i64)> = Vec::new();
        let (mut count, mut unknown, mut other, mut low) = (0, [0; 3], 0, 0);
        while let Some(row) = rows.next_row()? {
            count += 1;
            let needed = [&fields.user, &fields.item, &fields.time].map(|column| row.known(column));
            let [user, item, time] = needed;
            let (Some(user), Some(item), Some(_)) = (user?, item?, time?) else {
                let columns = [&fields.user, &fields.item, &fields.time];
                let missing = columns.iter().position(|column| matches!(row.known(column), Ok(None)));
                unknown[missing.unwrap_or(0)] += 1;
                continue;
            };
            let time = times.read(&row, &fields.time)?;
            if let Some(column) = &fields.event {
                let kind = row.text(column)?;
                match kinds.iter().position(|(known, _)| known == kind) {
                    Some(known) => kinds[known].1 += 1,
                    // A column of so many kinds is none of kinds.
                    None if kinds.len() < 20 => kinds.push((kind.to_owned(), 1)),
                    None => {}
                }
                if !options.events.is_empty() && !options.events.iter().any(|event| event == kind) {
                    other += 1;
                    continue;
                }
            }
            if let (Some(least), Some(column)) = (options.min_rating, &fields.rating)
                && (row.known(column)?.is_none() || row.number(column)? < least)
            {
                low += 1;
                continue;
            }
            let item = items.number(item);
            fields.describe(&row, item, &mut products)?;
            events.push((time, users.number(user), item, 0));
        }

        let mut dropped: Vec<(String, usize)> =
            ["no user", "no item", "no time"].map(str::to_owned).into_iter().zip(unknown).collect();
        if !options.events.is_empty() {
            dropped.push((format!("events other than {}", options.events.join(", ")), other));
        }
        if let Some(least) = options.min_rating {
            dropped.push((format!("rated under {least}"), low));
        }
        let (mut events, times) = RawEvent::timed(&file, times, events)?;
        for event in &mut events {
            event.basket = day(event.time.date());
        }
        let mut notes = vec!["read as a log of clicks".to_owned()];
        for (part, name, _) in PARTS {
            let Some(place) = places.of(part) else { continue };
            let column = rows.columns().get(place).map_or("", String::as_str);
            let counts = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ");
            let more = match part {
                Part::Time => format!(": {times}"),
                Part::Event if options.events.is_empty() => format!(": {counts}; all count, --events chooses"),
                Part::Event => format!(": {counts}"),
                Part::Rating if options.min_rating.is_none() => ": all count, --min-rating chooses".to_owned(),
                _ => String::new(),
            };
            notes.push(format!("{name:>9} is column {column}{more}"));
        }
        notes.extend(described);
        notes.push("something else? say which column is what by --columns user=NAME,item=NAME,time=NAME".to_owned());
        products.resize_with(items.len(), Product::default);
        let items = items.names().into_iter().zip(products).map(|(id, product)| product.item(id)).collect();
        Raw { file, rows: count, dropped, users: users.names(), items, events, notes }.prepare()
    }
}

/// The same number for one day, and for no other.
fn day(date: Date) -> i64 {
    i64::from(date.year()) * 400 + i64::from(date.day_of_year())
}

/// Names of the columns that are read of every row.
struct Fields {
    user: String,
    item: String,
    time: String,
    category: Option<String>,
    /// Whether a category is the first of a list with spaces in it.
    list: bool,
    title: Option<String>,
    price: Option<String>,
    event: Option<String>,
    rating: Option<String>,
}

impl Fields {
    fn new(rows: &Rows<'_>, places: &Places) -> Self {
        let name = |part| Some(rows.columns().get(places.of(part)?)?.clone());
        let [user, item, time] = [Part::User, Part::Item, Part::Time].map(|part| name(part).unwrap_or_default());
        Self {
            user,
            item,
            time,
            category: name(Part::Category),
            list: places.of(Part::Category).is_some_and(|place| rows.is_list(place)),
            title: name(Part::Title),
            price: name(Part::Price),
            event: name(Part::Event),
            rating: name(Part::Rating),
        }
    }

    /// Takes in what a row says of its product.
    fn describe(&self, row: &Row<'_>, item: usize, products: &mut Vec<Product>) -> Result<(), PrepareError> {
        products.resize_with(products.len().max(item + 1), Product::default);
        let product = &mut products[item];
        if let (None, Some(column)) = (&product.category, &self.category) {
            product.category = row.known(column)?.map(|text| first(text, self.list));
        }
        if let (None, Some(column)) = (&product.title, &self.title) {
            product.title = row.known(column)?.map(str::to_owned);
        }
        if let Some(column) = &self.price
            && row.known(column)?.is_some()
        {
            let price = row.number(column)?;
            product.prices.extend((price > 0.0).then_some(price));
        }
        Ok(())
    }
}

/// The first category of a text that may list several.
fn first(text: &str, list: bool) -> String {
    let separator = match () {
        () if text.contains('|') => '|',
        () if list && text.contains(['\'', ',']) => ',',
        () if list => ' ',
        () => return text.to_owned(),
    };
    text.split(separator).next().unwrap_or(text).trim_matches([' ', '\'', '"', '[', ']']).to_owned()
}

impl Product {
    fn item(mut self, id: String) -> (Item, String) {
        let title = self.title.unwrap_or_else(|| id.clone());
        let price = (!self.prices.is_empty()).then(|| median(&mut self.prices) as f32);
        let category = self.category.unwrap_or_else(|| NO_CATEGORY.to_owned());
        (Item { id, title, category: 0, price, popularity: 0 }, category)
    }
}

/// Reads what RecBole's file says of products, and says from which columns.
fn products(path: &Path, items: &mut Numbers, products: &mut Vec<Product>) -> Result<String, PrepareError> {
    let file = path.display().to_string();
    let mut rows = Rows::open(&file, File::open(path).map_err(|error| file_error(path, &error))?)?;
    let mut places = Places::default();
    by_names(&mut places, rows.columns(), &Columns::default());
    if places.of(Part::Item).is_none() {
        return Err(rows.lacks(&file, "item").into());
    }
    let fields = Fields::new(&rows, &places);
    while let Some(row) = rows.next_row()? {
        if let Some(item) = row.known(&fields.item)? {
            fields.describe(&row, items.number(item), products)?;
        }
    }
    let columns = PARTS.into_iter().filter_map(|(part, name, _)| Some((name, rows.columns().get(places.of(part)?)?)));
    let columns: Vec<String> = columns.map(|(name, column)| format!("{name} is column {column}")).collect();
    Ok(format!("{file}: {}", columns.join(", ")))
}

/// Finds the column of each part, and whether the first line is a header.
fn places(file: &str, rows: &mut Rows<'_>, chosen: &Columns) -> Result<Places, PrepareError> {
    let mut places = Places::default();
    let mut header = true;
    let mut shown = String::new();
    if let Rows::Csv(table) = rows {
        let fields = table.fields();
        header = is_header(&fields, chosen);
        if header {
            table.take_header()?;
        } else {
            known_order(&fields).iter().for_each(|&(part, place)| places.set(part, Some(place)));
            shown = short(&fields.join(", "));
        }
    }
    let names = rows.columns();
    for (part, column) in &chosen.0 {
        let number = || column.parse::<usize>().ok()?.checked_sub(1).filter(|&place| place < names.len());
        let place = columns::find(names, &[columns::plain(column).as_str()]).or_else(number);
        if place.is_none() && !column.is_empty() {
            let names = short(&names.join(", "));
            let problem = format!("--columns names \"{column}\", but the columns are {names}");
            return Err(PrepareError::Option { file: file.to_owned(), problem });
        }
        places.set(*part, place);
    }
    if header {
        by_names(&mut places, names, chosen);
    }
    for (part, name, _) in &PARTS[..3] {
        if places.of(*part).is_none() {
            let error = match header {
                true => rows.lacks(file, name).into(),
                false => PrepareError::Option {
                    file: file.to_owned(),
                    problem: format!("line 1: {shown}: no header, and no order of columns that is known"),
                },
            };
            return Err(PrepareError::Form { error: Box::new(error) });
        }
    }
    Ok(places)
}

/// Finds the parts that are not chosen by the names of columns.
fn by_names(places: &mut Places, names: &[String], chosen: &Columns) {
    let review = columns::find(names, &REVIEW).is_some();
    for (part, _, known) in PARTS {
        if chosen.0.iter().any(|(other, _)| *other == part) || (part == Part::Title && review) {
            continue;
        }
        let place = columns::find(names, known);
        if place.is_some() && !places.0.contains(&place) {
            places.set(part, place);
        }
    }
}

/// Whether a line is a header, in view of which columns are chosen.
fn is_header(fields: &[String], chosen: &Columns) -> bool {
    let numbers = chosen.0.iter().map(|(part, column)| column.parse::<usize>().map(|number| (*part, number)));
    match numbers.collect::<Result<Vec<_>, _>>() {
        Err(_) if chosen.0.iter().any(|(_, column)| !column.is_empty() && column.parse::<usize>().is_err()) => {
            return true;
        }
        Ok(numbers) => {
            let time = numbers.iter().find(|(part, _)| *part == Part::Time);
            if let Some(field) = time.and_then(|(_, number)| fields.get(number.checked_sub(1)?)) {
                return !is_time(field) && field.parse::<f64>().is_err();
            }
        }
        Err(_) => {}
    }
    let known = PARTS[..3].iter().any(|(.., names)| columns::find(fields, names).is_some());
    known || !fields.iter().any(|field| is_time(field) || field.parse::<f64>().is_ok())
}

/// The parts of a line of a log without header, by the order in which the well-known ones have them; none of another.
fn known_order(fields: &[String]) -> &'static [(Part, usize)] {
    use Part::{Category, Event, Item, Price, Rating, Time, User};

    let time = |place: usize| is_time(&fields[place]);
    let stars = |place: usize| fields[place].parse().is_ok_and(|stars: f64| (0.0..=10.0).contains(&stars));
    let asin = |place: usize| {
        let text = &fields[place];
        text.len() == 10 && (text.starts_with("B0") || text.bytes().take(9).all(|byte| byte.is_ascii_digit()))
    };
    match fields.len() {
        3 if time(2) => &[(User, 0), (Item, 1), (Time, 2)],
        // YooChoose's clicks and purchases.
        4 if time(1) => &[(User, 0), (Time, 1), (Item, 2), (Category, 3)],
        5 if time(1) => &[(User, 0), (Time, 1), (Item, 2), (Price, 3)],
        // Amazon's ratings, of 2018 and of 2014.
        4 if time(3) && stars(2) && asin(0) && !asin(1) => &[(Item, 0), (User, 1), (Rating, 2), (Time, 3)],
        4 if time(3) && stars(2) => &[(User, 0), (Item, 1), (Rating, 2), (Time, 3)],
        // Taobao.
        5 if time(4) && fields[3].parse::<f64>().is_err() => {
            &[(User, 0), (Item, 1), (Category, 2), (Event, 3), (Time, 4)]
        }
        _ => &[],
    }
}
