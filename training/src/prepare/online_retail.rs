//! The Online Retail data: every line of an invoice of a British gift shop from December 2010 to December 2011.
//! Purchases, not clicks, and many customers are wholesalers.
//!
//! Source: Chen, D., Sain, S. L. and Guo, K. (2012), "Data mining for the online retail industry", Journal of Database
//! Marketing and Customer Strategy Management 19, doi 10.1057/dbm.2012.17.

mod categories;
mod titles;

use std::collections::HashMap;
use std::io::Read;

use jiff::civil::DateTime;

use super::{Numbers, PrepareError, Prepared, Raw, RawEvent, decompressed};
use model::Item;
use model::table::{Row, Table, TableError};

pub use categories::OTHER;

/// The columns that are read.
const COLUMNS: [&str; 7] =
    ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"];

/// Descriptions of things that the shop charges for but does not stock.
const SERVICES: [&str; 1] = ["next day carriage"];

/// What a row must not be.
type Rule = (&'static str, fn(&Line<'_>) -> bool);

/// The rules that drop rows, in their order.
const RULES: [Rule; 5] = [
    ("no CustomerID", |line| line.customer.is_empty()),
    ("cancelled (InvoiceNo starts with C)", |line| line.invoice.starts_with('C')),
    ("Quantity not positive", |line| line.quantity <= 0.0),
    ("UnitPrice not positive", |line| line.price <= 0.0),
    ("not a product (StockCode does not start with five digits, or a service)", |line| {
        let product = line.item.len() >= 5 && line.item.bytes().take(5).all(|byte| byte.is_ascii_digit());
        !product || SERVICES.contains(&line.description.to_lowercase().as_str())
    }),
];

/// Reads raw rows, CSV as it is or compressed by gzip, cleans them and makes the catalogue and the sequences. A basket
/// is an invoice. Titles and categories are derived from the descriptions; prices are medians. `file` names the source
/// in errors.
///
/// # Errors
/// See [`PrepareError`].
pub fn prepare(file: &str, source: impl Read) -> Result<Prepared, PrepareError> {
    let mut table = Table::new(file, decompressed(file, source)?, &COLUMNS)?;
    let (mut customers, mut items, mut invoices) = (Numbers::default(), Numbers::default(), Numbers::default());
    let mut products: Vec<Product> = Vec::new();
    let mut events = Vec::new();
    let mut rows = 0;
    let mut dropped = RULES.map(|(rule, _)| (rule.to_owned(), 0));
    while let Some(row) = table.next_row()? {
        rows += 1;
        let line = Line::read(&row)?;
        if let Some(rule) = RULES.iter().position(|(_, drops)| drops(&line)) {
            dropped[rule].1 += 1;
            continue;
        }
        let item = items.number(line.item);
        products.resize_with(products.len().max(item + 1), Product::default);
        *products[item].descriptions.entry(line.description.to_owned()).or_default() += 1;
        products[item].prices.push(line.price);
        let (user, basket) = (customers.number(line.customer), invoices.number(line.invoice) as i64);
        events.push(RawEvent { time: line.time, user, item, basket });
    }

    let (words, rules) = (titles::Words::new(), categories::Rules::new());
    let described = |(id, product): (String, &mut Product)| {
        let title = words.title(product.description());
        let category = rules.category(&title).to_owned();
        (Item { id, title, category: 0, price: Some(product.median_price() as f32), popularity: 0 }, category)
    };
    let items = items.names().into_iter().zip(&mut products).map(described).collect();
    let file = file.to_owned();
    Raw { file, rows, dropped: dropped.to_vec(), users: customers.names(), items, events }.prepare()
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
}

/// What the kept rows say about an item.
#[derive(Default)]
struct Product {
    /// How many rows have each description.
    descriptions: HashMap<String, usize>,
    prices: Vec<f64>,
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
