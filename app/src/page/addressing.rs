//! Everything that the page's address says of it, a row each: a name, how it is written and how it is read. Only what differs from
//! how the page begins is said. It comes as a part of its own, since the first ranking needs none of it.

use std::pin::Pin;

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::browser::address;
use crate::explain::networks::Network;
use crate::inside::views::View;
use crate::session::Session;
use crate::session::answer::ranks::Focus;
use crate::session::shop::beginning::{SHOP_DIGITS, of_another_catalogue};

/// The version of the form of an address that says everything that differs: what it leaves out is as the page begins. An older
/// address, or one that somebody wrote, changes only what it names.
const VERSION: (&str, &str) = ("v", "1");

/// The page, as an address can say it. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Page {
    /// Network, clicks, products looked at.
    pub session: Session,
    /// Which view is open; none for the ranking.
    pub opened: RwSignal<Option<View>>,
    /// Which exercise is open, by its number or id; none for the page.
    pub exercise: RwSignal<Option<String>>,
}

/// Something that an address says.
struct Field {
    /// Its name there.
    name: &'static str,
    /// What it says of the page now; none where that is how the page begins.
    write: fn(Page) -> Option<String>,
    /// Makes the page so; with none, as it begins. What could not be read comes back in words.
    read: fn(Page, Option<&str>) -> Result<(), String>,
}

/// Everything that an address says, in its order.
const FIELDS: [Field; 8] = [
    Field { name: "network", write: Page::network, read: Page::read_network },
    Field { name: "shop", write: Page::shop, read: Page::read_shop },
    Field { name: "history", write: Page::history, read: Page::read_history },
    Field { name: "inspect", write: Page::inspected, read: Page::read_inspected },
    Field { name: "compare", write: Page::compared, read: Page::read_compared },
    Field { name: "clicked", write: Page::clicked, read: Page::read_clicked },
    Field { name: "inside", write: Page::inside, read: Page::read_inside },
    Field { name: "exercise", write: Page::exercise, read: Page::read_exercise },
];

/// The fields that name products, for which a link must be about the shop in use.
const OF_PRODUCTS: [&str; 3] = ["history", "inspect", "compare"];

/// What can be done with an address.
#[derive(Clone, Copy)]
pub struct Addressing {
    /// Writes what the page shows, as a new entry of the browser's history or in place of the present one.
    pub write: fn(Page, bool),
    /// Does what the address asks for that waits for products, once they are here; the history is there from the beginning.
    pub begin: fn(Page),
    /// Does what another address said, which somebody went to, and whether the page itself had written it.
    pub follow: fn(Page, &[(String, String)], bool),
    /// Copies the address, and says what became of it.
    pub copy: fn(Page) -> Pin<Box<dyn Future<Output = &'static str>>>,
}

/// All of it.
pub const ADDRESSING: Addressing =
    Addressing { write: Page::write, begin: Page::begin, follow: Page::follow, copy: |page| Box::pin(page.copy()) };

/// The network of this id, of those that come with the page.
pub fn shipped(id: &str) -> Option<Network> {
    Network::shipped().find(|network| network.id() == id)
}

/// The view of this id.
pub fn view(id: &str) -> Option<View> {
    View::ALL.iter().copied().find(|view| view.entry().id == id)
}

impl Page {
    fn write(self, is_new_entry: bool) {
        address::show(&self.said(), is_new_entry);
    }

    fn begin(self) {
        let said = address::shown();
        let problems = self.read(&said, &|name| !["shop", "history", "exercise"].contains(&name));
        self.say(problems);
    }

    fn follow(self, said: &[(String, String)], is_ours: bool) {
        // A link to a part of the page, or an entry from before the page wrote one.
        if said.iter().all(|(name, _)| name.is_empty()) && !is_ours {
            if said.iter().all(|(_, part)| ["ranking", "evolution"].contains(&part.as_str())) {
                self.opened.set(None);
            }
            return;
        }
        if is_ours {
            // Back and forward go from view to view, and leave the clicks as they are.
            let of = |name: &str| said.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
            // What the page wrote, it reads.
            let _ = self.read_inside(of("inside"));
            let _ = self.read_exercise(of("exercise"));
            self.write(false);
            return;
        }
        let elsewhere = self.read(said, &|name| name == "shop");
        let problems =
            self.read(said, &|name| name != "shop" && (elsewhere.is_empty() || !OF_PRODUCTS.contains(&name)));
        self.say([elsewhere, problems].concat());
    }

    async fn copy(self) -> &'static str {
        self.write(false);
        let address = window().location().href().unwrap_or_default();
        let clipboard = window().navigator().clipboard();
        // A page that came by http, or is framed, may have none.
        let is_copied = !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(&address)).await.is_ok();
        let is_on_device =
            self.session.network.get_untracked() == Network::Yours && address::parameter("model").is_none();
        match (is_copied, is_on_device) {
            (true, false) => "The link is copied.",
            (true, true) => "The link is copied. Your model is on your device alone, and not in the link.",
            (false, _) => "The browser does not let this page copy. The link is in the address bar.",
        }
    }

    /// Reads the fields that are `asked` for.
    fn read(self, said: &[(String, String)], asked: &dyn Fn(&str) -> bool) -> Vec<String> {
        let value = |name: &str| said.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let is_whole = value(VERSION.0).is_some();
        let fields = FIELDS.iter().filter(|field| asked(field.name));
        fields
            .filter_map(|field| match value(field.name) {
                None if !is_whole => None,
                value => (field.read)(self, value).err(),
            })
            .collect()
    }

    /// Says what could not be read.
    fn say(self, problems: Vec<String>) {
        if !problems.is_empty() {
            let before = self.session.shop_untracked().unknown.get_untracked();
            let all: Vec<String> = before.into_iter().chain(problems).collect();
            self.session.shop_untracked().unknown.set(Some(all.join("; ")));
        }
    }

    /// What the address is to say.
    fn said(self) -> Vec<(&'static str, String)> {
        let mut said: Vec<(&str, String)> =
            FIELDS.iter().filter_map(|field| Some((field.name, (field.write)(self)?))).collect();
        if !said.is_empty() {
            said.insert(0, (VERSION.0, VERSION.1.to_owned()));
        }
        said
    }

    fn network(self) -> Option<String> {
        let network = self.session.network.get_untracked();
        (network != Network::START).then(|| network.id().to_owned())
    }

    fn read_network(self, id: Option<&str>) -> Result<(), String> {
        let id = id.unwrap_or(Network::START.id());
        match shipped(id) {
            Some(network) => self.session.switch(network),
            // It is on its way.
            None if id == Network::Yours.id() && address::parameter("model").is_some() => {}
            None if id == Network::Yours.id() && untrack(|| self.session.has_yours()) => {
                self.session.switch(Network::Yours);
            }
            None if id == Network::Yours.id() => {
                return Err("the link is about a model on the device of whoever made it".to_owned());
            }
            None => return Err(format!("there is no network “{id}”")),
        }
        Ok(())
    }

    fn shop(self) -> Option<String> {
        let names_products = self.history().is_some() || self.inspected().is_some() || self.compared().is_some();
        names_products.then(|| self.hash())
    }

    fn read_shop(self, shop: Option<&str>) -> Result<(), String> {
        match shop {
            Some(shop) if shop != self.hash() => Err(of_another_catalogue(shop, &self.hash())),
            _ => Ok(()),
        }
    }

    /// The beginning of the hash of the vocabulary of the shop in use.
    fn hash(self) -> String {
        let products = self.session.shop_untracked().products();
        products.map(|products| products.vocabulary_hash()[..SHOP_DIGITS].to_owned()).unwrap_or_default()
    }

    /// Rows of the history with which the shop in use begins.
    fn beginning(self) -> Vec<u32> {
        let shop = self.session.shop_untracked();
        let rows = shop.shoppers.with_untracked(|shoppers| {
            shop.catalogue.with_untracked(|catalogue| {
                shoppers.first().zip(catalogue.ready()).map(|(first, catalogue)| first.rows(catalogue))
            })
        });
        rows.unwrap_or_default()
    }

    fn history(self) -> Option<String> {
        let beginning = self.beginning();
        let shop = self.session.shop_untracked();
        let rows: Vec<u32> = shop
            .clicks
            .with(|clicks| (!clicks.are(&beginning)).then(|| clicks.now().iter().map(|click| click.item).collect()))?;
        Some(rows.into_iter().map(|row| quoted(&self.session.id(row))).collect::<Vec<_>>().join(","))
    }

    fn read_history(self, list: Option<&str>) -> Result<(), String> {
        let Some(list) = list else {
            self.session.set_history(&self.beginning());
            return Ok(());
        };
        let (rows, unknown) = self.session.shop_untracked().rows(list);
        self.session.set_history(&rows);
        unknown.map_or(Ok(()), Err)
    }

    fn inspected(self) -> Option<String> {
        self.focus(self.session.inspect)
    }

    fn read_inspected(self, id: Option<&str>) -> Result<(), String> {
        self.read_focus(self.session.inspect, id)
    }

    fn compared(self) -> Option<String> {
        self.focus(self.session.compare)
    }

    fn read_compared(self, id: Option<&str>) -> Result<(), String> {
        self.read_focus(self.session.compare, id)
    }

    /// The id of the product that is looked at; nothing for none, and none for the best.
    fn focus(self, focus: RwSignal<Focus>) -> Option<String> {
        match focus.get_untracked() {
            Focus::Best => None,
            Focus::Item(item) => Some(self.session.id(item)),
            Focus::Nothing => Some(String::new()),
        }
    }

    fn read_focus(self, focus: RwSignal<Focus>, id: Option<&str>) -> Result<(), String> {
        let products = self.session.shop_untracked().products();
        let found = match id {
            None => Focus::Best,
            Some("") => Focus::Nothing,
            Some(id) => match products.and_then(|products| products.row(id)) {
                Some(row) => Focus::Item(row),
                None => return Err(format!("there is no product “{id}”")),
            },
        };
        if focus.get_untracked() != found {
            focus.set(found);
            self.session.retry();
        }
        Ok(())
    }

    fn clicked(self) -> Option<String> {
        (!self.session.hide_clicked.get_untracked()).then(|| "shown".to_owned())
    }

    fn read_clicked(self, shown: Option<&str>) -> Result<(), String> {
        let hides = match shown {
            None => true,
            Some("shown") => false,
            Some(other) => return Err(format!("clicked products cannot be “{other}”")),
        };
        if self.session.hide_clicked.get_untracked() != hides {
            self.session.hide_clicked(hides);
        }
        Ok(())
    }

    fn inside(self) -> Option<String> {
        self.opened.get_untracked().map(|view| view.entry().id.to_owned())
    }

    fn read_inside(self, id: Option<&str>) -> Result<(), String> {
        let view = id.map(|id| view(id).ok_or_else(|| format!("there is no view “{id}”")));
        self.opened.set(view.transpose()?);
        Ok(())
    }

    fn exercise(self) -> Option<String> {
        self.exercise.get_untracked()
    }

    /// Whether there is such an exercise, the exercises say.
    fn read_exercise(self, id: Option<&str>) -> Result<(), String> {
        let id = id.map(str::to_owned);
        if self.exercise.with_untracked(|exercise| *exercise != id) {
            self.exercise.set(id);
        }
        Ok(())
    }
}

/// An id as it stands in a list: in quotes where it has a comma, as in CSV.
fn quoted(id: &str) -> String {
    if id.contains([',', '"']) { format!("\"{}\"", id.replace('"', "\"\"")) } else { id.to_owned() }
}
