//! What a view alone and the page around say to each other. Nobody else is heard.

use js_sys::{Array, Function, Object, Reflect};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Window};

use super::height::Height;
use crate::browser::address;
use crate::browser::frame;
use crate::browser::js::object;
use crate::page::link::Link;
use crate::session::Session;
use crate::session::shop::clicks::Click;

/// The version of what is said.
const VERSION: u32 = 1;

/// Tells the page around what happens here, and does what it asks for.
pub fn speak(around: Window, session: Session, link: Link, height: Height) {
    let around = StoredValue::new_local(around);
    let tell = move |what: JsValue| around.with_value(|around| frame::tell(around, &what));
    Effect::new(move |before: Option<bool>| {
        let answer = session.answered.get();
        // Beside an exercise no answer is shown.
        if answer.is_none() && link.exercise().is_none() {
            return before == Some(true);
        }
        if before != Some(true) {
            tell(object([("type", "interest-lens.ready".into()), ("version", VERSION.into())]));
        }
        let Some(answer) = answer else { return true };
        let history: Array = answer.now.clicks.iter().map(|click| JsValue::from(session.id(click.item))).collect();
        let inspected = answer.inspected.as_ref();
        tell(object([
            ("type", "interest-lens.answered".into()),
            ("network", answer.now.network.id().into()),
            ("history", history.into()),
            ("inspected", inspected.map(|inspected| session.id(inspected.item)).into()),
            ("probability", inspected.map(|inspected| inspected.probability).into()),
        ]));
        true
    });
    Effect::new(move |before: Option<Vec<Click>>| {
        let now = session.shop().clicks.with(|clicks| clicks.now().to_vec());
        if let (Some(before), Some((last, others))) = (before, now.split_last())
            && before.ends_with(others)
            && !before.contains(last)
        {
            tell(object([("type", "interest-lens.clicked".into()), ("item", session.id(last.item).into())]));
        }
        now
    });
    Effect::new(move || {
        if let Some(unknown) = session.shop().unknown.get() {
            tell(object([("type", "interest-lens.unread".into()), ("why", unknown.into())]));
        }
    });
    // For as long as the page is there.
    let _ = window_event_listener(ev::message, move |event| {
        let is_around = around.with_value(|around| event.source().is_some_and(|source| Object::is(&source, around)));
        if is_around {
            hear(&event, link, height);
        }
    });
}

/// Does what the page around asks for.
fn hear(event: &MessageEvent, link: Link, height: Height) {
    let asked = event.data();
    let field = |name: &str| Reflect::get(&asked, &name.into()).ok();
    let text = |name: &str| field(name)?.as_string();
    if text("context").as_deref() == Some("h5p") {
        return height.tell_again();
    }
    let answer = match (text("type").as_deref(), text("what").as_deref()) {
        (Some("interest-lens.set"), _) => {
            let Some(address) = text("address") else { return };
            let id = field("id").unwrap_or_default();
            let event = event.clone();
            return link.follow(address::pairs(&address), move || reply(&event, "interest-lens.done", [("id", id)]));
        }
        (Some("interest-lens.get"), Some(what @ ("state" | "trace"))) => of_handle(what),
        (Some("interest-lens.get"), Some("address")) => Some(link.page().whole().into()),
        _ => return,
    };
    let [id, what] = ["id", "what"].map(|name| field(name).unwrap_or_default());
    reply(event, "interest-lens.got", [("id", id), ("what", what), ("value", answer.unwrap_or_default())]);
}

/// What [`crate::handle`] tells everybody on the page.
fn of_handle(what: &str) -> Option<JsValue> {
    let handle = Reflect::get(&window(), &"interestLens".into()).ok()?;
    let tell: Function = Reflect::get(&handle, &what.into()).ok()?.dyn_into().ok()?;
    tell.call0(&handle).ok()
}

/// Answers whoever sent a message.
fn reply<const N: usize>(event: &MessageEvent, kind: &str, fields: [(&str, JsValue); N]) {
    let answer = object(fields);
    // A plain object takes every property.
    let _ = Reflect::set(&answer, &"type".into(), &kind.into());
    // A page without an origin of its own has none that could be named.
    let origin = Some(event.origin()).filter(|origin| origin != "null").unwrap_or_else(|| "*".to_owned());
    if let Some(source) = event.source() {
        // Where it is gone, nobody waits for it.
        let _ = source.unchecked_into::<Window>().post_message(&answer, &origin);
    }
}
