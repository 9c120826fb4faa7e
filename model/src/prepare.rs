//! Data preparation: the raw rows of the Online Retail data become a [`Catalogue`] and [`Sequences`].
//!
//! The data: Chen, D., Sain, S. L. and Guo, K. (2012), "Data mining for the online retail industry", Journal of
//! Database Marketing and Customer Strategy Management 19, doi 10.1057/dbm.2012.17. Every line of an invoice of a
//! British gift shop from December 2010 to December 2011: purchases, not clicks, and many customers are wholesalers.

mod categories;
mod titles;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::{self, Display, Formatter};
use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use jiff::civil::DateTime;

use crate::sequences::{Event, Sequences, User};
use crate::table::{Row, Table, TableError};
use crate::{Catalogue, Item};

pub use categories::OTHER;

/// A customer counts from this many different items on.
pub const MIN_ITEMS: usize = 5;
/// An item counts from this many customers on.
pub const MIN_CUSTOMERS: usize = 10;

/// Descriptions of things that the shop charges for but does not stock.
const SERVICES: [&str; 1] = ["next day carriage"];

/// The columns that are read.
const COLUMNS: [&str; 7] =
    ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"];

/// What preparation makes of the raw rows.
#[derive(Debug)]
pub struct Prepared {
    /// The products that are left, in the order of their stock codes.
    pub catalogue: Catalogue,
    /// The purchases that are left.
    pub sequences: Sequences,
    /// What was dropped, and why.
    pub report: Report,
}

/// Why raw data were refused.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A line or field is not as it should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The file has a header only.
    #[error("{0}: no row after the header")]
    NoRow(String),
    /// The rules left nothing.
    #[error("{file}: nothing is left after cleaning\n{report}")]
    NothingLeft {
        /// Name of the file.
        file: String,
        /// What each rule dropped.
        report: Box<Report>,
    },
}

/// What each rule dropped, in the order of the rules. A row counts for the first rule that drops it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Rows after the header.
    pub rows: usize,
    /// Rows with no CustomerID.
    pub no_customer: usize,
    /// Rows whose InvoiceNo starts with C: cancellations.
    pub cancelled: usize,
    /// Rows with a Quantity of 0 or less.
    pub no_quantity: usize,
    /// Rows with a UnitPrice of 0 or less.
    pub no_price: usize,
    /// Rows whose StockCode does not start with five digits (postage, fees, samples) or that are for a service.
    pub no_product: usize,
    /// Rows in which a customer buys an item again.
    pub repeated: usize,
    /// Purchases dropped with customers of fewer than [`MIN_ITEMS`] items and items of fewer than [`MIN_CUSTOMERS`]
    /// customers, customers first, again and again until every one that is left has enough.
    pub rare: usize,
    /// Customers before that rule.
    pub customers_before: usize,
    /// Items before that rule.
    pub items_before: usize,
    /// Customers that are left.
    pub customers: usize,
    /// Items that are left.
    pub items: usize,
    /// Purchases that are left.
    pub events: usize,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>9} rows", self.rows)?;
        for (count, rule) in [
            (self.no_customer, "no CustomerID"),
            (self.cancelled, "cancelled (InvoiceNo starts with C)"),
            (self.no_quantity, "Quantity not positive"),
            (self.no_price, "UnitPrice not positive"),
            (self.no_product, "not a product (StockCode does not start with five digits, or a service)"),
            (self.repeated, "bought again by the same customer"),
        ] {
            writeln!(f, "{:>9} {rule}", format!("−{count}"))?;
        }
        let first = self.events + self.rare;
        writeln!(f, "{first:>9} first purchases: {} customers, {} items", self.customers_before, self.items_before)?;
        writeln!(
            f,
            "{:>9} customers under {MIN_ITEMS} items, items under {MIN_CUSTOMERS} customers (repeated until stable)",
            format!("−{}", self.rare)
        )?;
        write!(f, "{:>9} purchases left: {} customers, {} items", self.events, self.customers, self.items)
    }
}

/// An invoice line that the row rules keep. Numbers stand for the names in [`Numbers`].
#[derive(Clone, Copy)]
struct Purchase {
    time: DateTime,
    customer: usize,
    item: usize,
    invoice: usize,
}

/// Names, numbered in the order in which they first come.
#[derive(Default)]
struct Numbers(HashMap<String, usize>);

impl Numbers {
    fn number(&mut self, name: &str) -> usize {
        match self.0.get(name) {
            Some(&number) => number,
            None => {
                self.0.insert(name.to_owned(), self.0.len());
                self.0.len() - 1
            }
        }
    }

    /// All names, in alphabetical order, with their numbers.
    fn sorted(self) -> BTreeMap<String, usize> {
        self.0.into_iter().collect()
    }
}

/// What the kept rows say about an item.
#[derive(Default)]
struct Product {
    /// How many rows have each description.
    descriptions: HashMap<String, usize>,
    prices: Vec<f64>,
}

/// Reads raw rows, CSV as it is or compressed by gzip (told apart by content), cleans them and makes the catalogue and
/// the sequences. `file` names the source in errors.
///
/// # Errors
/// See [`PrepareError`].
pub fn prepare(file: &str, source: impl Read) -> Result<Prepared, PrepareError> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let start = source.fill_buf().map_err(|error| TableError::Read {
        file: file.to_owned(),
        line: 0,
        problem: error.to_string(),
    })?;
    let compressed = start.starts_with(&[0x1f, 0x8b]);
    let source: Box<dyn Read + '_> = if compressed { Box::new(MultiGzDecoder::new(source)) } else { Box::new(source) };
    let mut table = Table::new(file, source, &COLUMNS)?;

    let mut report = Report::default();
    let (mut customers, mut items, mut invoices) = (Numbers::default(), Numbers::default(), Numbers::default());
    let mut products: Vec<Product> = Vec::new();
    let mut purchases = Vec::new();
    while let Some(row) = table.next_row()? {
        report.rows += 1;
        let line = Line::read(&row)?;
        let Some(dropped) = line.dropped(&mut report) else {
            let item = items.number(line.item);
            products.resize_with(products.len().max(item + 1), Product::default);
            *products[item].descriptions.entry(line.description.to_owned()).or_default() += 1;
            products[item].prices.push(line.price);
            let (customer, invoice) = (customers.number(line.customer), invoices.number(line.invoice));
            purchases.push(Purchase { time: line.time, customer, item, invoice });
            continue;
        };
        *dropped += 1;
    }
    if report.rows == 0 {
        return Err(PrepareError::NoRow(file.to_owned()));
    }

    purchases.sort_by_key(|purchase| purchase.time); // Stable: rows of one minute stay in the file's order.
    let before = purchases.len();
    let mut seen = HashSet::new();
    purchases.retain(|purchase| seen.insert((purchase.customer, purchase.item)));
    report.repeated = before - purchases.len();
    report.customers_before = distinct(&purchases, |purchase| purchase.customer);
    report.items_before = distinct(&purchases, |purchase| purchase.item);

    let before = purchases.len();
    drop_rare(&mut purchases);
    report.rare = before - purchases.len();
    report.customers = distinct(&purchases, |purchase| purchase.customer);
    report.items = distinct(&purchases, |purchase| purchase.item);
    report.events = purchases.len();
    if purchases.is_empty() {
        return Err(PrepareError::NothingLeft { file: file.to_owned(), report: Box::new(report) });
    }

    let (catalogue, rows) = catalogue(items, &mut products, &purchases);
    let sequences = sequences(customers, &rows, &purchases);
    Ok(Prepared { catalogue, sequences, report })
}

/// The fields of one raw row.
struct Line<'a> {
    invoice: &'a str,
    item: &'a str,
    description: &'a str,
    quantity: f64,
    time: DateTime,
    price: f64,
    customer: &'a str,
}

impl<'a> Line<'a> {
    fn read(row: &Row<'a>) -> Result<Self, TableError> {
        let date = row.text("InvoiceDate")?;
        // The second form is that of the file at the UCI repository: month/day/year.
        let time = ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M", "%Y-%m-%dT%H:%M:%S"]
            .into_iter()
            .find_map(|form| DateTime::strptime(form, date).ok())
            .ok_or_else(|| row.wrong("InvoiceDate", "a date such as 2010-12-01 08:26:00 or 12/1/2010 8:26"))?;
        let customer = row.text("CustomerID")?;
        Ok(Self {
            invoice: row.text("InvoiceNo")?,
            item: row.text("StockCode")?,
            description: row.text("Description")?,
            quantity: row.number("Quantity")?,
            time,
            price: row.number("UnitPrice")?,
            // Some copies of the data went through a program that made the numbers decimal: 17850.0.
            customer: customer.strip_suffix(".0").unwrap_or(customer),
        })
    }

    /// The counter of the rule that drops this row, if one does.
    fn dropped<'r>(&self, report: &'r mut Report) -> Option<&'r mut usize> {
        let code = self.item.as_bytes();
        let product = code.len() >= 5 && code[..5].iter().all(u8::is_ascii_digit);
        if self.customer.is_empty() {
            Some(&mut report.no_customer)
        } else if self.invoice.starts_with('C') {
            Some(&mut report.cancelled)
        } else if self.quantity <= 0.0 {
            Some(&mut report.no_quantity)
        } else if self.price <= 0.0 {
            Some(&mut report.no_price)
        } else if !product || SERVICES.contains(&self.description.to_lowercase().as_str()) {
            Some(&mut report.no_product)
        } else {
            None
        }
    }
}

fn distinct(purchases: &[Purchase], part: impl Fn(&Purchase) -> usize) -> usize {
    purchases.iter().map(part).collect::<HashSet<_>>().len()
}

/// Drops customers with too few items and items with too few customers until nothing more is to drop.
fn drop_rare(purchases: &mut Vec<Purchase>) {
    let keep = |purchases: &mut Vec<Purchase>, part: fn(&Purchase) -> usize, least: usize| {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for purchase in purchases.iter() {
            *counts.entry(part(purchase)).or_default() += 1;
        }
        purchases.retain(|purchase| counts[&part(purchase)] >= least);
    };
    loop {
        let before = purchases.len();
        keep(purchases, |purchase| purchase.customer, MIN_ITEMS);
        keep(purchases, |purchase| purchase.item, MIN_CUSTOMERS);
        if purchases.len() == before {
            return;
        }
    }
}

/// The catalogue of the items that are left, and the row of each item number in it.
fn catalogue(items: Numbers, products: &mut [Product], purchases: &[Purchase]) -> (Catalogue, HashMap<usize, u32>) {
    let mut popularity: HashMap<usize, u32> = HashMap::new();
    for purchase in purchases {
        *popularity.entry(purchase.item).or_default() += 1;
    }
    let (words, rules) = (titles::Words::new(), categories::Rules::new());
    let mut rows = HashMap::new();
    let mut entries = Vec::new();
    for (id, number) in items.sorted() {
        let Some(&popularity) = popularity.get(&number) else { continue };
        rows.insert(number, entries.len() as u32);
        let title = words.title(products[number].description());
        let category = rules.category(&title).to_owned();
        let price = Some(products[number].median_price() as f32);
        entries.push((Item { id, title, category: 0, price, popularity }, category));
    }
    (Catalogue::new(entries), rows)
}

impl Product {
    /// The most frequent description; of equally frequent ones the first in the alphabet. Notes such as "damaged" or
    /// "?" are not for customers: the shop writes products in capitals.
    fn description(&self) -> &str {
        let name = |text: &str| {
            let lower = text.chars().filter(|letter| letter.is_lowercase()).count();
            let upper = text.chars().filter(|letter| letter.is_uppercase()).count();
            upper > lower && !text.contains('?')
        };
        let rank = |(text, count): &(&String, &usize)| (name(text), **count, std::cmp::Reverse((*text).clone()));
        self.descriptions.iter().max_by_key(rank).map_or("", |(text, _)| text)
    }

    fn median_price(&mut self) -> f64 {
        self.prices.sort_by(f64::total_cmp);
        let (lower, upper) = ((self.prices.len() - 1) / 2, self.prices.len() / 2);
        (self.prices[lower] + self.prices[upper]) / 2.0
    }
}

/// The purchases of each customer; `rows` gives the catalogue row of each item number.
fn sequences(customers: Numbers, rows: &HashMap<usize, u32>, purchases: &[Purchase]) -> Sequences {
    let mut events: HashMap<usize, Vec<Event>> = HashMap::new();
    let mut baskets: HashMap<usize, HashMap<usize, u32>> = HashMap::new();
    for purchase in purchases {
        let baskets = baskets.entry(purchase.customer).or_default();
        let next = baskets.len() as u32;
        let basket = *baskets.entry(purchase.invoice).or_insert(next);
        let event = Event { item: rows[&purchase.item], basket, time: purchase.time };
        events.entry(purchase.customer).or_default().push(event);
    }
    let users = customers.sorted().into_iter();
    let users = users.filter_map(|(id, number)| events.remove(&number).map(|events| User { id, events }));
    Sequences { users: users.collect() }
}
