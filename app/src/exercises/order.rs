//! Five products to be put into the order of their probabilities: by dragging, by buttons and by arrow keys.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::judge::{Guess, Judged, Truth};
use super::room::Room;
use crate::browser::dom::focus;
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::view::memo;

const UP: &str = "M12 19.5v-15M5.5 11 12 4.5 18.5 11";
const DOWN: &str = "M12 4.5v15M5.5 13 12 19.5 18.5 13";
const GRIP: &str = "M9 6h.1M15 6h.1M9 12h.1M15 12h.1M9 18h.1M15 18h.1";

/// The products in the predicted order.
pub fn predict(room: Room, guess: RwSignal<Guess>) -> AnyView {
    let said = RwSignal::new(String::new());
    let list = NodeRef::<html::Ol>::new();
    // Moves a product to a place, as far as there is one.
    let put = move |item: u32, to: usize| {
        let mut moved = None;
        guess.update(|guess| {
            let Guess::Order(order) = guess else { return };
            let Some(from) = order.iter().position(|one| *one == item).filter(|from| *from != to) else { return };
            if to < order.len() {
                let item = order.remove(from);
                order.insert(to, item);
                moved = Some(order.len());
            }
        });
        if let Some(count) = moved {
            let names =
                [("product", room.session.title(item)), ("n", (to + 1).to_string()), ("count", count.to_string())];
            said.set(room.say("placed", &names));
        }
    };
    let order = move || {
        guess.with(|guess| match guess {
            Guess::Order(order) => order.clone(),
            _ => Vec::new(),
        })
    };
    let count = untrack(move || order().len());
    let dragged = RwSignal::new(None::<u32>);
    // A row stays where it is, and shows another product: so the focus can go with the product.
    let row = move |place: usize| {
        let item = move || order().get(place).copied().unwrap_or_default();
        let title = memo(move || room.session.title(item()));
        let step = move |up: bool| {
            let to = if up { place.wrapping_sub(1) } else { place + 1 };
            if to < order().len() {
                put(item(), to);
                focus(format!("exercise-{}-{to}", if up { "up" } else { "down" }));
            }
        };
        let on_key = move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowUp" => step(true),
                "ArrowDown" => step(false),
                _ => return,
            }
            event.prevent_default();
        };
        let button = move |up: bool| {
            let (side, word, path) = if up { ("up", "earlier", UP) } else { ("down", "later", DOWN) };
            view! {
                <button
                    type="button"
                    id=format!("exercise-{side}-{place}")
                    class="tool"
                    data-testid=format!("exercise-{side}")
                    aria-label=move || room.say(word, &[("product", title.get())])
                    on:click=move |_| step(up)
                >
                    <Icon path=path />
                </button>
            }
            .into_any()
        };
        view! {
            <li
                data-testid="exercise-product"
                data-item=move || room.session.id(item())
                class:dragged=move || dragged.get() == Some(item())
                on:keydown=on_key
            >
                <span class="grip" data-row=place>
                    <Icon path=GRIP />
                </span>
                <span class="numbers place">{place + 1}</span>
                <span class="title">{move || title.get()}</span>
                {button(true)}
                {button(false)}
            </li>
        }
        .into_any()
    };
    let take = move |event: PointerEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let grip = target.and_then(|target| target.closest("[data-row]").ok().flatten());
        let place: Option<usize> = grip.and_then(|grip| grip.get_attribute("data-row")?.parse().ok());
        let item = place.and_then(|place| order().get(place).copied());
        if let (Some(item), Some(list)) = (item, list.get_untracked()) {
            dragged.set(Some(item));
            // Where the browser refuses, the pointer is followed as long as it is over the list.
            let _ = list.set_pointer_capture(event.pointer_id());
        }
    };
    let drag = move |event: PointerEvent| {
        if let (Some(item), Some(list)) = (dragged.get_untracked(), list.get_untracked()) {
            let (rows, y) = (list.children(), f64::from(event.client_y()));
            let rows = (0..rows.length()).filter_map(|place| rows.item(place)?.dyn_into::<HtmlElement>().ok());
            let above = rows.filter(|row| row.get_bounding_client_rect().bottom() < y).count();
            put(item, above.min(count.saturating_sub(1)));
        }
    };
    view! {
        <legend>{room.word("order_hint")}</legend>
        <ol
            node_ref=list
            class="exercise-order"
            data-testid="exercise-order"
            on:pointerdown=take
            on:pointermove=drag
            on:pointerup=move |_| dragged.set(None)
            on:pointercancel=move |_| dragged.set(None)
        >
            {(0..count).map(row).collect_view()}
        </ol>
        <p class="visually-hidden" role="status">{move || said.get()}</p>
    }
    .into_any()
}

/// The network's order, with the predicted place of each product.
pub fn reveal(room: Room, guess: &Guess, judged: &Judged) -> AnyView {
    let (Guess::Order(order), Truth::Order(truth)) = (guess, &judged.truth) else { return ().into_any() };
    let pairs = order.len() * order.len().saturating_sub(1) / 2;
    let right = (judged.score * pairs as f64).round();
    let sentence = room.say("order_said", &[("right", right.to_string()), ("count", pairs.to_string())]);
    let row = |(place, (item, probability)): (usize, &(u32, f32))| {
        let mine = order.iter().position(|one| one == item).unwrap_or_default();
        // As many places too high, or too low.
        let gap = match mine as isize - place as isize {
            0 => "✓".to_owned(),
            gap if gap < 0 => format!("▲{}", -gap),
            gap => format!("▼{gap}"),
        };
        view! {
            <li data-item=room.session.id(*item) data-probability=format::exact(*probability)>
                <span class="numbers place">{place + 1}</span>
                <span class="title">{room.session.title(*item)}</span>
                <span class="numbers">{format::percent(*probability)}</span>
                <span class="gap-bars" aria-hidden="true">
                    <span class="network-bar" style=format!("width:{}%", 100.0 * probability)></span>
                </span>
                <span class="quiet numbers mine">{format!("{}: {} {gap}", room.word("you"), mine + 1)}</span>
            </li>
        }
        .into_any()
    };
    view! {
        <p>{sentence}</p>
        <ol class="exercise-order said">{truth.iter().enumerate().map(row).collect_view()}</ol>
    }
    .into_any()
}
