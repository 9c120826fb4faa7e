//! The catalogue's file, which the page reads itself, like the weights ([`model::browser`]), as this project's programs write
//! it. Everything else that people bring goes through [`reader`](crate::your_model::reader), which makes such files of it.

use std::borrow::Cow;
use std::ops::Deref;

use model::table::armed;
use model::{Catalogue, Item, sort_rows};

use crate::browser::dom::lowercase;
use crate::language::english;

/// A catalogue, with the file that it came from.
#[derive(Debug)]
pub struct Products {
    catalogue: Catalogue,
    csv: Vec<u8>,
}

impl Products {
    /// Reads a catalogue as [`Catalogue::to_csv`] writes it.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn new(file: &str, csv: Vec<u8>) -> Result<Self, String> {
        let products = std::str::from_utf8(&csv).ok().and_then(|text| {
            let mut records = records(text)?.into_iter();
            records.next().filter(|header| header.iter().take(COLUMNS.len()).eq(&COLUMNS))?;
            records.map(product).collect::<Option<Vec<_>>>()
        });
        match products {
            Some(products) if !products.is_empty() => Ok(Self { catalogue: Catalogue::new(products), csv }),
            _ => Err(english!("{file}: damaged, or no catalogue of this project")),
        }
    }

    /// The file, with everything that the page itself does not need.
    pub fn csv(&self) -> &[u8] {
        &self.csv
    }
}

impl Deref for Products {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        &self.catalogue
    }
}

/// The first columns of a catalogue. Those that may follow are for whoever imports weights.
const COLUMNS: [&str; 5] = ["id", "title", "category", "price", "popularity"];

fn product(record: Vec<Cow<'_, str>>) -> Option<(Item, String)> {
    let [id, title, category, price, popularity, ..] = record.as_slice() else { return None };
    let price = Some(js_sys::parse_float(price) as f32).filter(|price| price.is_finite());
    let [id, title, category] = [id, title, category].map(|text| armed(text).to_owned());
    Some((Item { id, title, category: 0, price, popularity: popularity.parse().ok()? }, category))
}

/// The fields of each line of CSV: separated by commas, and where a field is in quotes, commas and ends of lines belong to it
/// and a quote is written twice. Every line has an end. None where this is not so.
fn records(mut text: &str) -> Option<Vec<Vec<Cow<'_, str>>>> {
    let (mut records, mut record) = (Vec::new(), Vec::new());
    while !text.is_empty() {
        let (field, rest) = field(text)?;
        record.push(field);
        let line = rest.strip_prefix('\n');
        if line.is_some() {
            records.push(std::mem::take(&mut record));
        }
        text = line.or_else(|| rest.strip_prefix(','))?;
    }
    record.is_empty().then_some(records)
}

/// The field at the beginning of `text`, and what follows it; none where a quote has no end.
fn field(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.bytes().position(|byte| matches!(byte, b',' | b'\n')).unwrap_or(text.len());
        return Some((text[..end].into(), &text[end..]));
    };
    let mut end = 0;
    loop {
        end += quoted[end..].find('"')?;
        if !quoted[end + 1..].starts_with('"') {
            return Some((quoted[..end].replace("\"\"", "\"").into(), &quoted[end + 1..]));
        }
        end += 2;
    }
}

/// The ids in a list as people write it: separated by commas, and one that has commas itself in quotes, as in CSV.
pub fn ids(mut list: &str) -> Vec<String> {
    let mut ids = Vec::new();
    while !list.is_empty() {
        let start = list.trim_start();
        let (id, rest) = field(start).unwrap_or((start.into(), ""));
        let id = id.trim();
        if !id.is_empty() {
            ids.push(id.to_owned());
        }
        list = rest.split_once([',', '\n']).map_or("", |(_, list)| list);
    }
    ids
}

/// An id as it stands in such a list.
pub fn quoted(id: &str) -> String {
    if id.contains([',', '"']) { in_quotes(id) } else { id.to_owned() }
}

/// An id in quotes, as it may stand in such a list.
pub fn in_quotes(id: &str) -> String {
    format!("\"{}\"", id.replace('"', "\"\""))
}

/// Rows of the products of `category` whose titles have every word of `search`, in any case, most popular first.
pub fn matches(catalogue: &Catalogue, search: &str, category: Option<u32>) -> Vec<u32> {
    matches_by(lowercase, catalogue, search, category)
}

/// As [`matches`], with letters as `lowercase` makes them.
fn matches_by(lowercase: fn(&str) -> String, catalogue: &Catalogue, search: &str, category: Option<u32>) -> Vec<u32> {
    const BETWEEN: &str = "\0";
    let search = lowercase(search);
    let words: Vec<&str> = search.split_whitespace().collect();
    let mut titles = String::new();
    if !words.is_empty() {
        // All at once: each call of the browser takes its time.
        catalogue.items().iter().for_each(|item| titles.extend([&item.title, BETWEEN]));
        titles = lowercase(&titles);
    }
    let mut titles = titles.split(BETWEEN);
    let mut found: Vec<u32> = (0..)
        .zip(catalogue.items())
        .filter(|_| {
            let title = titles.next().unwrap_or_default();
            words.iter().all(|word| title.contains(word))
        })
        .filter(|(_, item)| category.is_none_or(|category| category == item.category))
        .map(|(row, _)| row)
        .collect();
    let popularity = |row: u32| catalogue.items()[row as usize].popularity;
    sort_rows(&mut found, &|a, b| popularity(b).cmp(&popularity(a)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_what_the_writer_wrote() {
        let titles = ["a lamp", "\"a\" lamp, green", "two\nlines", "", "Öl"];
        let item = |(number, title): (usize, &str)| {
            let (id, title) = (number.to_string(), title.to_owned());
            (Item { id, title, category: 0, price: None, popularity: 7 }, "lamps, oil".to_owned())
        };
        let catalogue = Catalogue::new(titles.into_iter().enumerate().map(item));
        let csv = catalogue.to_csv().unwrap();
        let records = records(&csv).unwrap();
        assert_eq!(records[0], COLUMNS);
        assert_eq!(records.len(), 1 + titles.len());
        for (record, (number, title)) in records[1..].iter().zip(titles.iter().enumerate()) {
            assert_eq!(record, &[&number.to_string(), *title, "lamps, oil", "", "7"]);
        }
    }

    #[test]
    fn what_is_cut_off_is_no_catalogue() {
        for text in ["a,b", "a,", "\"a", "\"a\"\"", "\"a\"b,c\n", "a\n\"b\n"] {
            assert_eq!(records(text), None, "{text}");
        }
        assert_eq!(records(",\n").unwrap(), [["", ""]]);
    }

    #[test]
    fn the_shop_s_file_is_in_the_form_that_the_page_reads() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let csv = std::fs::read(root.join("assets/catalogue.csv")).unwrap();
        let catalogue = Catalogue::from_csv("catalogue.csv", &csv).unwrap();
        assert_eq!(catalogue.to_csv().unwrap().as_bytes(), csv);
    }

    fn catalogue() -> Catalogue {
        let csv = "id,title,category,price,popularity\n\
                   a,White Heart Lantern,Candles & Lights,2.5,10\n\
                   b,Heart Cushion,Bath & Soft Furnishings,,30\n\
                   c,Lantern,Candles & Lights,1,20\n";
        Catalogue::from_csv("test", csv.as_bytes()).unwrap()
    }

    #[test]
    fn a_search_takes_every_word_in_any_case_and_order() {
        let catalogue = catalogue();
        let matches = |search, category| matches_by(str::to_lowercase, &catalogue, search, category);
        assert_eq!(matches("LANTERN  heart", None), [0]);
        assert_eq!(matches("", None), [1, 2, 0]);
        assert_eq!(matches("lantern", Some(1)), [2, 0]);
        assert_eq!(matches("cushion", Some(1)), [] as [u32; 0]);
    }

    #[test]
    fn a_search_takes_the_letters_of_every_script_in_any_case() {
        let csv = "id,title,category\na,Молоко,Food\nb,ÖL fürs Rad,Bikes\nc,Crème brûlée,Food\nd,,Food\n";
        let catalogue = Catalogue::from_csv("test", csv.as_bytes()).unwrap();
        let matches = |search| matches_by(str::to_lowercase, &catalogue, search, None);
        for search in ["молоко", "МОЛОКО", "лок"] {
            assert_eq!(matches(search), [0], "{search}");
        }
        assert_eq!(matches("öl"), [1]);
        assert_eq!(matches("CRÈME BRÛ"), [2]);
    }
}
