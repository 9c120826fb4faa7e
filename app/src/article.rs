//! The figures of the article (`learn/`): parts of this page, each with a state of its own.
//!
//! The article is another document, in which this program mounts a part of the page in the place of a figure, at most one at a time:
//! views are written to be alone on a page, with ids, a lit click and the keyboard's focus, and one session has one engine a network.
//! `learn/article.js` says which figure and when.

use std::any::Any;
use std::cell::RefCell;
use std::pin::Pin;

use leptos::mount::mount_to;
use leptos::prelude::*;
use shaders::{Choice, why_lost};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::HtmlElement;

use crate::browser::clock::pause;
use crate::browser::load::Transfer;
use crate::browser::{lazy, time_slices};
use crate::explain::networks::Network;
use crate::handle;
use crate::inside::fields::Fields;
use crate::inside::place_of;
use crate::inside::views::View;
use crate::language;
use crate::language::choice::{self, Languages};
use crate::page::aids::Aids;
use crate::page::evolution::Evolution;
use crate::page::history::TimeLine;
use crate::page::link::Link;
use crate::page::ranking::Rows;
use crate::session::Session;
use crate::session::answer::ranks::Focus;

/// Whether this document is the article.
pub fn is_here() -> bool {
    document().get_element_by_id("article").is_some()
}

/// Mounts a part of the page in `place`, `history`, `ranking`, `evolution` or a view of the inside, and makes the page so as `state`
/// says, which is what stands behind the `#` of an address. It is there when this is done. The figure before it goes.
///
/// # Errors
/// Why it could not be loaded, in sentences.
#[wasm_bindgen]
pub async fn show_figure(place: HtmlElement, part: String, state: String) -> Result<(), JsValue> {
    let Ok(show) = figures().await else { return Err(why_lost().into()) };
    show(place, part, state).await.map_err(JsValue::from)
}

/// Takes the figure that is there away.
#[wasm_bindgen]
pub fn hide_figure() {
    drop(FIGURE.take());
}

/// Shows a figure, as [`show_figure`] does.
type Show = fn(HtmlElement, String, String) -> Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// Where the part of the file `views` that the article needs begins.
#[wasm_split(views, fallible)]
fn figures() -> Result<Show, SplitLoaderError> {
    Ok(|place, part, state| Box::pin(show(place, part, state)))
}

thread_local! {
    /// What keeps the figure that is there.
    static FIGURE: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    /// What answers, and what owns it: it stays while figures come and go.
    static BEGUN: Begun = begin();
}

/// What all figures share.
struct Begun {
    /// Owns it.
    _owner: Owner,
    session: Session,
    fields: Fields,
    aids: Aids,
}

fn begin() -> Begun {
    let owner = Owner::new();
    let (session, fields, aids) = owner.with(|| {
        // A figure is answered in milliseconds, and nothing more need be loaded for it.
        let mut session = Session::new(Choice::Cpu);
        // The page keeps its own clicks across a reload under another name.
        session.demo.name = "clicks in a figure";
        let fields = Fields::new(session);
        let languages = Languages::new(language::now(), None);
        handle::expose(session, Link::without_address(session, languages, fields));
        (session, fields, Aids::none())
    });
    session.load_catalogue();
    Begun { _owner: owner, session, fields, aids }
}

async fn show(place: HtmlElement, part: String, state: String) -> Result<(), String> {
    hide_figure();
    choice::follow_document().await?;
    let (session, fields, aids) = BEGUN.with(|begun| (begun.session, begun.fields, begun.aids));
    let said = |wanted: &str| {
        let mut all = state.split('&').filter_map(|one| one.split_once('='));
        all.find(|(name, _)| *name == wanted).map_or("", |(_, value)| value)
    };
    let network = Network::shipped().find(|network| network.id() == said("network"));
    let network = network.ok_or_else(|| format!("there is no network in “{state}”"))?;
    session.want(network);
    let products = session.awaited_products().await.ok_or("the catalogue did not arrive")?;
    let focus = |name: &str| products.row(said(name)).map_or(Focus::Nothing, Focus::Item);
    session.inspect.set(focus("inspect"));
    session.compare.set(focus("compare"));
    session.more.set(Vec::new());
    session.switch(network);
    session.set_history(&said("history").split(',').filter_map(|id| products.row(id)).collect::<Vec<_>>());
    let handle = mount_to(place, move || {
        provide_context(session);
        provide_context(fields);
        provide_context(aids);
        let view = View::ALL.iter().copied().find(|view| view.entry().id == part);
        match (&*part, view) {
            ("history", _) => view! { <TimeLine /> }.into_any(),
            ("ranking", _) => view! { <Rows /> }.into_any(),
            ("evolution", _) => view! { <Evolution /> }.into_any(),
            (_, Some(view)) => {
                let place = place_of(view);
                place.want();
                place.view()
            }
            _ => ().into_any(),
        }
    });
    FIGURE.set(Some(Box::new(handle)));
    while session.is_waiting() || lazy::is_any_under_way() || time_slices::is_behind() {
        pause(20).await;
    }
    match session.models[network.index()].get_untracked() {
        Transfer::Failed(why) => Err(why),
        _ => Ok(()),
    }
}
