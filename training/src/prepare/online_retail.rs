//! The Online Retail data: every line of an invoice of a British gift shop from December 2010 to December 2011.
//! Purchases, not clicks, and many customers are wholesalers.
//!
//! Source: Chen, D., Sain, S. L. and Guo, K. (2012), "Data mining for the online retail industry", Journal of Database
//! Marketing and Customer Strategy Management 19, doi 10.1057/dbm.2012.17.

mod categories;
mod titles;

use std::collections::HashMap;
use std::io::Read;

use super::error::PrepareError;
use super::raw::{Numbers, Prepared, Raw, RawEvent, median};
use super::source;
use super::times::{Order, Time, Times};
use model::Item;
use model::table::{Row, Table, TableError};

pub use categories::OTHER;

/// The columns that are read, each with the name that Online Retail II has for it.
const COLUMNS: [&[&str]; 7] = [
    &["InvoiceNo", "Invoice"],
    &["StockCode"],
    &["Description"],
    &["Quantity"],
    &["InvoiceDate"],
    &["UnitPrice", "Price"],
    &["CustomerID", "Customer ID"],
];

/// Whether a header with these columns is that of an invoice line of this shop.
pub fn is_header(columns: &[String]) -> bool {
    [0, 1, 3, 4].iter().all(|&column| COLUMNS[column].iter().any(|name| has(columns, name)))
}

fn has(columns: &[String], name: &str) -> bool {
    columns.iter().any(|column| column.eq_ignore_ascii_case(name))
}

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

/// Reads raw rows, CSV as it is, compressed by gzip or in a ZIP archive, cleans them and makes the catalogue and the
/// sequences. A basket is an invoice. Titles and categories are derived from the descriptions; prices are medians. `dates`
/// is the order of the numbers in dates where the file does not tell it. `file` names the source in errors.
///
/// # Errors
/// See [`PrepareError`].
pub fn prepare(file: &str, source: impl Read, dates: Option<Order>) -> Result<Prepared, PrepareError> {
    let mut table = Table::new(file, source::text(file, source)?, &[])?;
    let mut names = [""; COLUMNS.len()];
    for (name, known) in names.iter_mut().zip(COLUMNS) {
        let found = known.iter().find(|name| has(table.columns(), name));
        *name = found.ok_or_else(|| table.lacks(known[0]))?;
    }
    let mut times = Times::dates(dates);
    let (mut customers, mut items, mut invoices) = (Numbers::default(), Numbers::default(), Numbers::default());
    let mut products: Vec<Product> = Vec::new();
    let mut events = Vec::new();
    let mut rows = 0;
    let mut dropped = RULES.map(|(rule, _)| (rule.to_owned(), 0));
    while let Some(row) = table.next_row()? {
        rows += 1;
        let line = Line::read(&row, &names, &mut times)?;
        if let Some(rule) = RULES.iter().position(|(_, drops)| drops(&line)) {
            dropped[rule].1 += 1;
            continue;
        }
        let item = items.number(line.item);
        products.resize_with(products.len().max(item + 1), Product::default);
        *products[item].descriptions.entry(line.description.to_owned()).or_default() += 1;
        products[item].prices.push(line.price);
        let (user, basket) = (customers.number(line.customer), invoices.number(line.invoice) as i64);
        events.push((line.time, user, item, basket));
    }

    let (words, rules) = (titles::Words::new(), categories::Rules::new());
    let described = |(id, product): (String, &mut Product)| {
        let title = words.title(product.description());
        let category = rules.category(&title).to_owned();
        (Item { id, title, category: 0, price: Some(median(&mut product.prices) as f32), popularity: 0 }, category)
    };
    let items = items.names().into_iter().zip(&mut products).map(described).collect();
    let (events, note) = RawEvent::timed(file, times, events)?;
    let notes = vec![format!("read as Online Retail; dates are {note}")];
    let file = file.to_owned();
    Raw { file, rows, dropped: dropped.to_vec(), users: customers.names(), items, events, notes }.prepare()
}

/// The fields of one raw row.
struct Line<'a> {
    invoice: &'a str,
    item: &'a str,
    description: &'a str,
    quantity: f64,
    time: Time,
    price: f64,
    customer: &'a str,
}

impl<'a> Line<'a> {
    fn read(row: &Row<'a>, names: &[&'static str; COLUMNS.len()], times: &mut Times) -> Result<Self, TableError> {
        let [invoice, item, description, quantity, date, price, customer] = *names;
        let text = |column| Ok::<_, TableError>(row.known(column)?.unwrap_or_default());
        let customer = text(customer)?;
        Ok(Self {
            invoice: text(invoice)?,
            item: text(item)?,
            description: text(description)?,
            quantity: row.number(quantity)?,
            time: times.read(row, date)?,
            price: row.number(price)?,
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
}
