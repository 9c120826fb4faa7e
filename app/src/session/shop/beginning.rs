//! The history with which a shop begins where it is not that of a ready-made shopper: the one before a reload, else the one
//! that the page's address names.

use std::sync::Arc;

use leptos::prelude::*;
use shaders::why_lost;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::packed::{self, MARK};
use super::products::{Products, ids};
use super::{Beginning, ShopState};
use crate::browser::kept;
use crate::language::english;
use crate::session::Session;

/// What stands between ids that are kept: no id has it.
const BETWEEN: char = '\0';

/// How much of the hash of a catalogue's vocabulary stands in an address, in hexadecimal digits.
pub const SHOP_DIGITS: usize = 6;

/// Ids that are named in a sentence, and no more.
const NAMED: usize = 3;

impl Session {
    /// Lets the visitor's own shop, if one is on its way, else the demo's, begin with the history that the address names,
    /// unless a reload has kept another.
    pub fn begin_with(self, history: Option<(String, Option<String>)>, in_yours: bool) {
        // Of the visitor's own shop nothing comes back but the shop itself.
        for (shop, comes_back, is_asked) in [(self.demo, true, !in_yours), (self.yours, in_yours, in_yours)] {
            let kept = kept::kept(shop.name).filter(|_| comes_back).map(Beginning::Kept);
            let asked = history.clone().filter(|_| is_asked);
            let asked = asked.map(|(list, shop)| Beginning::Asked(list, shop));
            shop.beginning.set_value(kept.or(asked));
        }
    }

    /// Lets the visitor's own shop begin with no history.
    pub fn begin_without(self) {
        self.yours.beginning.set_value(None);
    }

    /// The history with which the visitor's own shop begins, as rows of its catalogue; none where nobody asked for one.
    pub async fn your_beginning(self, catalogue: &Arc<Products>) -> Option<Vec<u32>> {
        self.yours.begin(catalogue).await
    }
}

impl ShopState {
    /// The history to begin with, as rows of the catalogue; none where nobody asked for one, or for one of another catalogue. What
    /// this one does not have of it is said in [`ShopState::unknown`].
    pub async fn begin(self, catalogue: &Arc<Products>) -> Option<Vec<u32>> {
        match self.beginning.try_update_value(Option::take).flatten()? {
            Beginning::Kept(ids) => Some(ids.split(BETWEEN).filter_map(|id| catalogue.row(id)).collect()),
            Beginning::Asked(list, shop) => match known(list, shop, catalogue.clone()).await {
                Ok((items, unknown)) => {
                    self.unknown.set(unknown);
                    items
                }
                Err(_) => {
                    let why =
                        english!("the part of the page that reads the address did not arrive. {why}", why = why_lost());
                    self.unknown.set(Some(why));
                    Some(Vec::new())
                }
            },
        }
    }

    /// The rows of the ids in a list, and in a sentence those that the catalogue does not have.
    pub fn rows(self, list: &str) -> (Vec<u32>, Option<String>) {
        self.products()
            .map(|products| rows(list, &|id| products.row(id), &|code| row_of(code, &products)))
            .unwrap_or_default()
    }

    /// Says what of an address could not be read, beside what was said before.
    pub fn say_unknown(self, what: &str) {
        self.unknown.update(|unknown| {
            *unknown = Some(match unknown.take() {
                Some(before) => format!("{before}; {what}"),
                None => what.to_owned(),
            });
        });
    }

    /// Keeps the history for a reload.
    pub fn keep(self) {
        let Some(products) = self.products().filter(|_| self.keeps.get_value()) else { return };
        let mut ids = String::new();
        self.clicks.with_untracked(|clicks| {
            for click in clicks.now() {
                ids.push_str(products.items().get(click.item as usize).map_or("", |item| &item.id));
                ids.push(BETWEEN);
            }
        });
        kept::keep(self.name, &ids);
    }
}

/// Where the part of the page that reads histories of the address begins: few addresses name one. The rows, if they are for this
/// catalogue, and in a sentence what is not.
#[wasm_split(link, fallible)]
fn known(
    list: String,
    shop: Option<String>,
    catalogue: Arc<Products>,
) -> Result<(Option<Vec<u32>>, Option<String>), SplitLoaderError> {
    Ok(of_address(&list, shop.as_deref(), &catalogue))
}

fn of_address(list: &str, shop: Option<&str>, catalogue: &Products) -> (Option<Vec<u32>>, Option<String>) {
    if let Some(shop) = shop {
        let here = &catalogue.vocabulary_hash()[..SHOP_DIGITS];
        if shop != here {
            return (None, Some(of_another_catalogue(shop, here)));
        }
    }
    let (items, unknown) = rows(list, &|id| catalogue.row(id), &|code| row_of(code, catalogue));
    (Some(items), unknown)
}

/// The row of the product whose id is packed as `code`.
fn row_of(code: &str, catalogue: &Products) -> Option<u32> {
    let place = catalogue.items().iter().position(|item| packed::code(&item.id) == code)?;
    u32::try_from(place).ok()
}

/// Why clicks of another catalogue are not taken, by the beginnings of both vocabularies' hashes.
pub fn of_another_catalogue(shop: &str, here: &str) -> String {
    english!("the link is about another catalogue ({shop}, and this one is {here}), so its clicks were not taken")
}

/// The rows of the ids in a list, or of the codes of packed ids, and in a sentence those that have none.
fn rows(
    list: &str,
    row: &dyn Fn(&str) -> Option<u32>,
    row_of: &dyn Fn(&str) -> Option<u32>,
) -> (Vec<u32>, Option<String>) {
    let (ids, row) = match list.strip_prefix(MARK) {
        Some(codes) => (packed::codes(codes), row_of),
        None => (ids(list), row),
    };
    let unknown: Vec<&str> = ids.iter().filter(|id| row(id).is_none()).map(String::as_str).collect();
    let sentence = (!unknown.is_empty()).then(|| {
        let named: Vec<&str> = unknown.iter().take(NAMED).copied().collect();
        let named = named.join(", ") + if unknown.len() > NAMED { ", …" } else { "" };
        let (count, all) = (unknown.len(), ids.len());
        match (count, all) {
            (_, 1) => english!("{count} of {all} id is not in the catalogue: {named}"),
            (1, _) => english!("{count} of {all} ids is not in the catalogue: {named}"),
            _ => english!("{count} of {all} ids are not in the catalogue: {named}"),
        }
    });
    (ids.iter().filter_map(|id| row(id)).collect(), sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> (Vec<u32>, Option<String>) {
        let catalogue = ["a", "b", "x,y", "say \"so\""];
        let row = |is: &dyn Fn(&str) -> bool| catalogue.iter().position(|known| is(known)).map(|row| row as u32);
        rows(list, &|id| row(&|known| known == id), &|code| row(&|known| packed::code(known) == code))
    }

    #[test]
    fn ids_stand_between_commas_and_those_with_commas_in_quotes() {
        assert_eq!(read("a,b,a"), (vec![0, 1, 0], None));
        assert_eq!(read(" a , \"x,y\" ,b,"), (vec![0, 2, 1], None));
        assert_eq!(read("\"say \"\"so\"\"\",\"b\""), (vec![3, 1], None));
        assert_eq!(read(""), (Vec::new(), None));
        assert_eq!(read(",,"), (Vec::new(), None));
    }

    #[test]
    fn packed_ids_are_read() {
        let list = packed::packed(&["b", "x,y", "b"], ["a", "b", "x,y"].into_iter()).unwrap();
        assert_eq!(read(&list), (vec![1, 2, 1], None));
        let (known, unknown) = read(&format!("{list}AAAA"));
        assert_eq!((known.len(), unknown.as_deref()), (3, Some("1 of 4 ids is not in the catalogue: AAAA")));
        assert_eq!(read("~"), (Vec::new(), None));
        assert_eq!(read("~ä").0, Vec::<u32>::new());
    }

    #[test]
    fn what_the_catalogue_does_not_have_is_named() {
        let said = |list| read(list).1.unwrap();
        assert_eq!(read("a,zzz,b").0, [0, 1]);
        assert_eq!(said("a,zzz,b,y,a"), "2 of 5 ids are not in the catalogue: zzz, y");
        assert_eq!(said("zzz"), "1 of 1 id is not in the catalogue: zzz");
        assert_eq!(said("1,2,3,4,a"), "4 of 5 ids are not in the catalogue: 1, 2, 3, …");
        // A quote that nothing closes belongs to the id.
        assert_eq!(said("a,\"b"), "1 of 2 ids is not in the catalogue: \"b");
    }
}
