//! Everything that the page's address says of it, a row each: a name, how it is written and how it is read. Only what differs from
//! how the page begins is said. It comes as a part of its own, since the first ranking needs none of it.

use leptos::prelude::*;

use crate::browser::address;
use crate::browser::dom::copy;
use crate::explain::networks::Network;
use crate::inside::fields::Fields;
use crate::inside::views::View;
use crate::language::choice::Languages;
use crate::language::{Language, english, t};
use crate::lesson::lecture::Lecture;
use crate::lesson::tour::{Own, Tour};
use crate::session::Session;
use crate::session::answer::ranks::Focus;
use crate::session::shop::beginning::{SHOP_DIGITS, of_another_catalogue};
use crate::session::shop::packed::{MARK, packed};
use crate::session::shop::products::{in_quotes, quoted};

/// The version of the form of an address that says everything that differs: what it leaves out is as the page begins. An older
/// address, or one that somebody wrote, changes only what it names.
const VERSION: (&str, &str) = ("v", "1");

/// The page, as an address can say it. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Page {
    /// Network, clicks, products looked at.
    pub session: Session,
    /// The language.
    pub languages: Languages,
    /// Which view is open; none for the ranking.
    pub opened: RwSignal<Option<View>>,
    /// Which exercise is open, by its number or id; none for the page.
    pub exercise: RwSignal<Option<String>>,
    /// What is set in it.
    pub fields: Fields,
    /// Whether the page is this view, or the ranking, alone.
    pub is_embedded: bool,
    /// The guided tour.
    pub tour: Tour,
    /// Whether the page is shown to a room.
    pub lecture: Lecture,
}

/// The longest list of ids that an address has. What is longer is packed.
const LONGEST: usize = 240;

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
const FIELDS: [Field; 14] = [
    Field { name: "lang", write: Page::language, read: Page::read_language },
    Field { name: "network", write: Page::network, read: Page::read_network },
    Field { name: "shop", write: Page::shop, read: Page::read_shop },
    Field { name: "history", write: Page::history, read: Page::read_history },
    Field { name: "inspect", write: Page::inspected, read: Page::read_inspected },
    Field { name: "compare", write: Page::compared, read: Page::read_compared },
    Field { name: "clicked", write: Page::clicked, read: Page::read_clicked },
    Field { name: "theme", write: |_| theme(), read: |_, theme| read_theme(theme) },
    Field { name: "embed", write: Page::embedded, read: Page::read_embedded },
    Field { name: "inside", write: Page::inside, read: Page::read_inside },
    Field { name: "exercise", write: Page::exercise, read: Page::read_exercise },
    Field { name: "lecture", write: Page::lecture, read: Page::read_lecture },
    Field { name: "script", write: Page::script, read: Page::read_script },
    // A stop of it shows another page, and what the others say is what the visitor comes back to.
    Field { name: "tour", write: Page::stop, read: Page::read_stop },
];

/// The fields that no stop of the tour changes.
const BESIDE_TOUR: [&str; 5] = ["lang", "theme", "lecture", "script", "tour"];

/// Whether an address says this of the page as a whole, and not of the open view.
fn is_of_page(name: &str) -> bool {
    name.is_empty() || name == VERSION.0 || FIELDS.iter().any(|field| field.name == name)
}

/// What stands for the ranking where a view could.
pub const RANKING: &str = "ranking";

/// What stands before an exercise where a view could.
const EXERCISE: &str = "exercise:";

/// The attribute of the page that has the theme.
const THEME: &str = "data-theme";

/// The fields that name products, also those of views, for which a link must be about the shop in use.
const OF_PRODUCTS: [&str; 7] = ["history", "inspect", "compare", "draft", "products", "product", "script"];

/// What can be done with an address.
#[derive(Clone, Copy)]
pub struct Addressing {
    /// Writes what the page shows, as a new entry of the browser's history or in place of the present one.
    pub write: fn(Page, bool),
    /// Does what the address asks for that waits for products, once they are here; the history is there from the beginning.
    pub begin: fn(Page),
    /// Does what another address said, which somebody went to, and whether the page itself had written it.
    pub follow: fn(Page, &[(String, String)], bool),
    /// Ends the guided tour, if one is on: the page is as the visitor left it.
    pub leave_tour: fn(Page),
}

/// All of it.
pub const ADDRESSING: Addressing =
    Addressing { write: Page::write, begin: Page::begin, follow: Page::follow, leave_tour: Page::leave_tour };

/// The network of this id, of those that come with the page.
pub fn shipped(id: &str) -> Option<Network> {
    Network::shipped().find(|network| network.id() == id)
}

/// The view of this id.
pub fn view(id: &str) -> Option<View> {
    View::ALL.iter().copied().find(|view| view.entry().id == id)
}

/// The exercise that is alone on a page, by what the address says of `embed`; none where that is a view.
pub fn exercise_alone(embedded: &str) -> Option<&str> {
    embedded.strip_prefix(EXERCISE)
}

impl Page {
    fn write(self, is_new_entry: bool) {
        let said = self.said();
        let said: Vec<(&str, &str)> = said.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        address::show(&said, is_new_entry);
    }

    fn begin(self) {
        let said = address::shown();
        let is_elsewhere = !self.read(&said, &|name| name == "shop").is_empty();
        // Where there is a history, it is read already, and what is wrong with it is said; and so is which view is open, and
        // which exercise.
        let has_history = said.iter().any(|(name, _)| name == "history");
        let is_open = self.opened.with_untracked(Option::is_some);
        let is_done = |name: &str| match name {
            "history" | "exercise" => true,
            "shop" => has_history,
            "embed" | "inside" => is_open,
            // The visitor has opened a model since the page was there: the address is of before.
            "network" => self.session.network.get_untracked() == Network::Yours,
            name => is_elsewhere && OF_PRODUCTS.contains(&name),
        };
        let problems = self.read(&said, &|name| !is_done(name));
        if said.iter().any(|(name, _)| name == "shop") {
            self.ask_view(&said, is_elsewhere);
        } else {
            self.fields.ask_only(|name| self.is_of_view(name, false));
        }
        self.say(problems);
    }

    /// Whether an address says this of the open view and, where the address is of another shop, of no product.
    fn is_of_view(self, name: &str, is_elsewhere: bool) -> bool {
        let is_refused = is_elsewhere && OF_PRODUCTS.contains(&name);
        self.opened.with_untracked(Option::is_some) && !is_of_page(name) && !is_refused
    }

    /// Lets the open view read what an address says of it.
    fn ask_view(self, said: &[(String, String)], is_elsewhere: bool) {
        let of_view = said.iter().filter(|(name, _)| self.is_of_view(name, is_elsewhere));
        self.fields.ask(of_view.cloned().collect());
    }

    fn follow(self, said: &[(String, String)], is_ours: bool) {
        // A link to a part of the page, or an entry from before the page wrote one.
        if said.iter().all(|(name, _)| name.is_empty()) && !is_ours {
            if said.is_empty() && self.tour.stop.with_untracked(Option::is_some) {
                let _ = self.read_stop(None);
                return self.write(false);
            }
            if said.iter().all(|(_, part)| ["ranking", "evolution"].contains(&part.as_str())) {
                self.opened.set(None);
            }
            return;
        }
        if is_ours {
            // Back and forward go from view to view, and leave the clicks as they are. What was set in a view is about its clicks.
            let of = |name: &str| said.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
            if of("tour").is_some() || self.tour.stop.with_untracked(Option::is_some) {
                let _ = self.read_stop(of("tour"));
                return self.write(false);
            }
            let is_same = of("network") == self.network().as_deref() && of("history") == self.history().as_deref();
            // What the page wrote, it reads.
            let _ = self.read_inside(of("inside"));
            let _ = self.read_exercise(of("exercise"));
            self.ask_view(if is_same { said } else { &[] }, false);
            self.write(false);
            return;
        }
        self.leave_tour();
        let elsewhere = self.read(said, &|name| name == "shop");
        let problems =
            self.read(said, &|name| name != "shop" && (elsewhere.is_empty() || !OF_PRODUCTS.contains(&name)));
        self.ask_view(said, !elsewhere.is_empty());
        self.say([elsewhere, problems].concat());
    }

    /// Copies the address, and says what became of it.
    pub async fn copy(self) -> &'static str {
        self.write(false);
        let address = window().location().href().unwrap_or_default();
        let is_copied = copy(&address).await;
        match (is_copied, self.is_on_device()) {
            (true, false) => t!("The link is copied."),
            (true, true) => t!("The link is copied. Your model is on your device alone, and not in the link."),
            (false, _) => t!("The browser does not let this page copy. The link is in the address bar."),
        }
    }

    /// Whether the page is about a model that no address has.
    fn is_on_device(self) -> bool {
        self.session.network.get_untracked() == Network::Yours && address::parameter("model").is_none()
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

    /// Shows the page of a stop of the tour, as an address says it. The visitor's own is kept.
    pub fn visit(self, state: &str) {
        if self.tour.own.with_value(Option::is_none) {
            self.tour.own.set_value(Some(Own { said: self.said(), clicks: self.session.lend_clicks() }));
        }
        self.show(&address::pairs(state));
    }

    /// Ends the tour, if one is on: the page is as the visitor left it.
    pub fn leave_tour(self) {
        if self.tour.stop.with_untracked(Option::is_none) {
            return;
        }
        if let Some(Own { said, clicks }) = self.tour.own.try_update_value(Option::take).flatten() {
            self.session.give_back_clicks(clicks);
            self.show(&said);
        }
        self.tour.shown.set_value(None);
        self.tour.stop.set(None);
    }

    /// Makes the page so, but for what no stop of the tour changes; what is not said is as the page begins.
    fn show(self, said: &[(String, String)]) {
        let mut said: Vec<_> = said.iter().filter(|(name, _)| !BESIDE_TOUR.contains(&name.as_str())).cloned().collect();
        said.push((VERSION.0.to_owned(), VERSION.1.to_owned()));
        // It was written by the page, or is a stop's, of which a test says that it can be read.
        let _ = self.read(&said, &|name| !BESIDE_TOUR.contains(&name));
        self.ask_view(&said, false);
    }

    /// Says what could not be read.
    pub fn say(self, problems: Vec<String>) {
        problems.iter().for_each(|problem| self.session.shop_untracked().say_unknown(problem));
    }

    /// What the address is to say.
    fn said(self) -> Vec<(String, String)> {
        let of_page = FIELDS.iter().filter_map(|field| Some((field.name.to_owned(), (field.write)(self)?)));
        let of_view = self.fields.said().into_iter().filter(|(name, _)| !is_of_page(name));
        let mut said: Vec<(String, String)> = of_page.chain(of_view).collect();
        if let Some(own) = self.tour.own.with_value(|own| own.as_ref().map(|own| own.said.clone())) {
            let is_beside = |name: &str| BESIDE_TOUR.contains(&name);
            let own = own.into_iter().filter(|(name, _)| name != VERSION.0 && !is_beside(name));
            said = own.chain(said.into_iter().filter(|(name, _)| is_beside(name))).collect();
        }
        if !said.is_empty() {
            said.insert(0, (VERSION.0.to_owned(), VERSION.1.to_owned()));
        }
        said
    }

    fn language(self) -> Option<String> {
        self.languages.in_address().map(str::to_owned)
    }

    fn read_language(self, id: Option<&str>) -> Result<(), String> {
        // Without one, it is the reader's own.
        if let Some(id) = id {
            self.languages.switch(Language::of(id).ok_or_else(|| english!("there is no language “{id}”"))?);
        }
        Ok(())
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
                return Err(english!("the link is about a model on the device of whoever made it").to_owned());
            }
            None => return Err(english!("there is no network “{id}”")),
        }
        Ok(())
    }

    fn shop(self) -> Option<String> {
        let of_view = self.fields.said();
        let names_products = self.history().is_some()
            || self.inspected().is_some()
            || self.compared().is_some()
            || of_view.iter().any(|(name, _)| OF_PRODUCTS.contains(&name.as_str()));
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
        let ids: Vec<String> = rows.into_iter().map(|row| self.session.id(row)).collect();
        let one = |id: &String| if id.starts_with(MARK) { in_quotes(id) } else { quoted(id) };
        let list = ids.iter().map(one).collect::<Vec<_>>().join(",");
        let short = shop.products().filter(|_| list.len() > LONGEST).and_then(|products| {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            packed(&ids, products.items().iter().map(|item| item.id.as_str()))
        });
        Some(short.unwrap_or(list))
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
                None => return Err(english!("there is no product “{id}”")),
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
            Some(other) => return Err(english!("clicked products cannot be “{other}”")),
        };
        if self.session.hide_clicked.get_untracked() != hides {
            self.session.hide_clicked(hides);
        }
        Ok(())
    }

    fn inside(self) -> Option<String> {
        self.opened.get_untracked().filter(|_| !self.is_embedded).map(|view| view.entry().id.to_owned())
    }

    fn read_inside(self, id: Option<&str>) -> Result<(), String> {
        match id {
            // Alone, a view stays until another is asked for.
            None if self.is_embedded => Ok(()),
            None => self.open(RANKING),
            Some(id) => self.open(id),
        }
    }

    fn embedded(self) -> Option<String> {
        let view = || self.opened.get_untracked().map_or(RANKING, |view| view.entry().id).to_owned();
        let exercise = self.exercise.get_untracked().map(|id| format!("{EXERCISE}{id}"));
        self.is_embedded.then(|| exercise.unwrap_or_else(view))
    }

    fn read_embedded(self, id: Option<&str>) -> Result<(), String> {
        // A page that began as a whole stays one.
        let Some(id) = id.filter(|_| self.is_embedded) else { return Ok(()) };
        let exercise = exercise_alone(id);
        self.show_exercise(exercise);
        if exercise.is_some() { Ok(()) } else { self.open(id) }
    }

    /// Opens the view of this id, made anew, or the ranking.
    fn open(self, id: &str) -> Result<(), String> {
        let view = match id {
            RANKING => None,
            id => Some(view(id).ok_or_else(|| english!("there is no view “{id}”"))?),
        };
        self.opened.set(view);
        Ok(())
    }

    fn exercise(self) -> Option<String> {
        self.exercise.get_untracked().filter(|_| !self.is_embedded)
    }

    /// Whether there is such an exercise, the exercises say.
    fn read_exercise(self, id: Option<&str>) -> Result<(), String> {
        // Alone, an exercise stays until another, or a view, is asked for.
        if id.is_some() || !self.is_embedded {
            self.show_exercise(id);
        }
        Ok(())
    }

    fn show_exercise(self, id: Option<&str>) {
        let id = id.map(str::to_owned);
        if self.exercise.with_untracked(|exercise| *exercise != id) {
            self.exercise.set(id);
        }
    }

    fn lecture(self) -> Option<String> {
        self.lecture.is_on.get_untracked().then(|| "1".to_owned())
    }

    fn read_lecture(self, is_on: Option<&str>) -> Result<(), String> {
        match is_on {
            None | Some("1") => self.lecture.is_on.set(is_on.is_some()),
            Some(other) => return Err(english!("a lecture cannot be “{other}”")),
        }
        Ok(())
    }

    fn script(self) -> Option<String> {
        Some(self.lecture.script.get_untracked()).filter(|script| !script.is_empty())
    }

    fn read_script(self, list: Option<&str>) -> Result<(), String> {
        let list = list.unwrap_or_default();
        self.lecture.script.set(list.to_owned());
        self.session.shop_untracked().rows(list).1.map_or(Ok(()), Err)
    }

    fn stop(self) -> Option<String> {
        self.tour.stop.get_untracked()
    }

    /// Whether there is such a stop, the stops say.
    fn read_stop(self, id: Option<&str>) -> Result<(), String> {
        match id {
            Some(id) => {
                self.tour.opener.set_value(None);
                self.tour.stop.set(Some(id.to_owned()));
            }
            None => self.leave_tour(),
        }
        Ok(())
    }

    /// The address of the whole page that shows the same.
    pub fn whole(self) -> String {
        let said = Self { is_embedded: false, ..self }.said();
        let said: Vec<(&str, &str)> = said.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        address::of(&said)
    }

    /// The address of the page that is this view, or the ranking, alone.
    pub fn alone(self, view: Option<View>) -> String {
        let said = Self { is_embedded: true, ..self }.said();
        let is_open = self.opened.with_untracked(|opened| *opened == view);
        let id = view.map_or(RANKING, |view| view.entry().id);
        let of_page = |name: &str| is_open || is_of_page(name);
        let said: Vec<(&str, &str)> = (said.iter())
            .filter(|(name, _)| of_page(name))
            .map(|(name, value)| (name.as_str(), if name == "embed" { id } else { value.as_str() }))
            .collect();
        address::of(&said)
    }
}

/// Light or dark, where somebody has chosen.
fn theme() -> Option<String> {
    document().document_element()?.get_attribute(THEME)
}

/// Makes the page light or dark, for as long as it is there: what somebody chose stays theirs.
fn read_theme(theme: Option<&str>) -> Result<(), String> {
    match (theme, document().document_element()) {
        (Some(theme @ ("light" | "dark")), Some(root)) => drop(root.set_attribute(THEME, theme)),
        (Some(theme), _) => return Err(english!("there is no theme “{theme}”")),
        (None, _) => {}
    }
    Ok(())
}
