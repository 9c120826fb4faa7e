//! The card of the tour: what a stop says, and the way to the others. It docks where nothing lies under it, see `lesson.css`.

use std::sync::Arc;

use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::anchor;
use super::done::{Beginning, is_done};
use super::lecture::Lecture;
use super::numbers::{Numbers, Results, results};
use super::stops::{self, Stop};
use super::texts::{html, plain};
use super::tour::Tour;
use crate::browser::dom::{focus, height_of, is_layer_open};
use crate::browser::load::Transfer;
use crate::explain::math::math;
use crate::language::{english, t};
use crate::page::link::Link;
use crate::session::{Answered, Session};
use crate::ui::icons::{self, Icon};
use crate::ui::progress::Failure;
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// The card, or what is in its way.
#[component]
pub fn Card() -> impl IntoView {
    let stops = RwSignal::new(Transfer::<Arc<Vec<Stop>>>::START);
    let measured = RwSignal::new(Results::default());
    let load = move || {
        stops.set(Transfer::START);
        spawn_local(async move {
            let arrived = match stops::load().await {
                Ok(stops) => Transfer::Ready(Arc::new(stops)),
                Err(error) => Transfer::Failed(error.to_string()),
            };
            // The tour may be over by now.
            stops.try_set(arrived);
        });
    };
    load();
    spawn_local(async move {
        // Without it, the texts leave its numbers out.
        if let Ok(results) = results().await {
            measured.try_set(results);
        }
    });
    let show = move || match stops.get() {
        Transfer::UnderWay { .. } => ().into_any(),
        Transfer::Failed(why) => view! { <Failure why=why retry=Box::new(load) /> }.into_any(),
        Transfer::Ready(stops) => view! { <Shown stops=stops measured=measured /> }.into_any(),
    };
    view! { {move || show()} }
}

/// The stop that the tour is at.
#[component]
fn Shown(
    /// All stops.
    stops: Arc<Vec<Stop>>,
    /// What was measured.
    measured: RwSignal<Results>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let tour = expect_context::<Tour>();
    let page = expect_context::<Link>().page();
    let count = stops.len();
    let stops = StoredValue::new(stops);
    let place = RwSignal::new(None::<usize>);
    let with_stop = move |read: &dyn Fn(&Stop) -> String| {
        place.get().map(|place| stops.with_value(|stops| read(&stops[place]))).unwrap_or_default()
    };
    // How the stop began, and the answer with which it did, once that is there.
    let beginning = StoredValue::new(None::<Beginning>);
    let before = RwSignal::new(None::<Arc<Answered>>);
    let is_over = RwSignal::new(false);
    let said = RwSignal::new(String::new());

    let leave = move || {
        tour.enter();
        page.leave_tour();
        focus(tour.opener.get_value().unwrap_or_else(|| "open-tour".to_owned()));
    };
    let go = move |to: usize| {
        if let Some(id) = stops.with_value(|stops| stops.get(to).map(|stop| stop.id.clone())) {
            tour.enter();
            tour.stop.set(Some(id));
        }
    };
    // Whoever opens the tour, from wherever, comes by here.
    Effect::new(move |visited: Option<bool>| {
        let Some(id) = tour.stop.scoped().get() else { return false };
        let Some(found) = stops.with_value(|stops| stops.iter().position(|stop| stop.id == id)) else {
            page.leave_tour();
            page.say(vec![english!("the tour has no stop “{id}”")]);
            return false;
        };
        // A card that is made anew for another language leaves the page and the focus where they are.
        let is_shown = visited.is_none() && tour.shown.with_value(|shown| shown.as_ref() == Some(&id));
        if !is_shown {
            page.visit(&stops.with_value(|stops| stops[found].state.clone()));
            tour.shown.set_value(Some(id));
        }
        beginning.set_value(Some(Beginning::now(session)));
        before.set(None);
        is_over.set(false);
        place.set(Some(found));
        if visited != Some(true) && !is_shown {
            focus("tour-title".to_owned());
        }
        true
    });

    let is_settled = memo(move || {
        let network = session.network.scoped().get();
        !session.busy.scoped().get()
            && session
                .answered
                .scoped()
                .with(|answer| answer.as_ref().is_some_and(|answer| answer.now.network == network))
    });
    let numbers = move || {
        let (now, before) = (session.answered.scoped().get()?, before.get()?);
        Some(Numbers { session, now, before, results: measured.get() })
    };
    let filled = move |text: &str| {
        let numbers = numbers();
        html(text, &|name| numbers.as_ref()?.value(name))
    };
    let place_in_words = move || {
        let place = place.get();
        place.map(|place| t!("Stop {stop} of {stops}", stop = place + 1, stops = count)).unwrap_or_default()
    };
    // One sentence for each stop that is walked to, and one when its task is done; of the answers in between, nothing.
    let say = move |text: String| {
        session.summary.set(String::new());
        said.set(text);
    };
    Effect::new(move |began: Option<Option<usize>>| {
        let here = place.get();
        let began = began.flatten();
        if !is_settled.get() || here.is_none() || before.with(Option::is_some) {
            return began;
        }
        before.set(session.answered.get_untracked());
        // The heading has the focus as the tour begins.
        if began.is_some_and(|began| Some(began) != here) {
            say(t!("{place}. {title}", place = place_in_words(), title = with_stop(&|stop| stop.title.clone())));
        }
        here
    });
    let text = NodeRef::<html::Div>::new();
    Effect::new(move || {
        if before.with(Option::is_none) || is_over.get() {
            return;
        }
        let name = with_stop(&|stop| stop.done.clone());
        let is_done = beginning.get_value().is_some_and(|beginning| is_done(&name, &beginning, session));
        if is_done && is_settled.get() {
            is_over.set(true);
            let numbers = untrack(numbers);
            let seen = plain(&with_stop(&|stop| stop.seen.clone()), &|name| numbers.as_ref()?.value(name));
            say(t!("Done. {seen}"));
            request_animation_frame(move || {
                // The card may be gone by the next frame.
                if let Some(text) = text.try_get_untracked().flatten() {
                    text.set_scroll_top(text.scroll_height());
                }
            });
        }
    });

    // Where the card lies, the page makes room for it: see lesson.css.
    let card = NodeRef::<html::Section>::new();
    let height = height_of(card);
    Effect::new(move || room(Some(height.get())));
    on_cleanup(|| room(None));
    anchor::follow(move || {
        height.track();
        place.get().map(|place| stops.with_value(|stops| (stops[place].anchor.clone(), stops[place].nth)))
    });
    let lecture = expect_context::<Lecture>();
    let keys = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        // Dialogs and views have the keys first.
        if event.default_prevented() || is_layer_open() {
            return;
        }
        let place = place.get_untracked();
        match event.key().as_str() {
            "Escape" => leave(),
            "PageDown" if lecture.is_on.get_untracked() => place.into_iter().for_each(|place| go(place + 1)),
            "PageUp" if lecture.is_on.get_untracked() => {
                place.and_then(|place| place.checked_sub(1)).into_iter().for_each(go)
            }
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());

    let id = move || with_stop(&|stop| stop.id.clone());
    let paragraphs = move || {
        let place = place.get()?;
        let text = stops.with_value(|stops| stops[place].text.clone());
        Some(text.into_iter().map(|text| view! { <p inner_html=move || filled(&text)></p> }.into_any()).collect_view())
    };
    let equation = move || {
        let equation = with_stop(&|stop| stop.equation.clone().unwrap_or_default());
        (!equation.is_empty())
            .then(|| view! { <p class="equation" translate="no" inner_html=math(&equation)></p> }.into_any())
    };
    let is_first = memo(move || place.get() == Some(0));
    let is_last = memo(move || place.get() == Some(count - 1));
    view! {
        <section
            id="tour"
            class="tour"
            node_ref=card
            translate="no"
            aria-labelledby="tour-title"
            data-testid="tour-card"
            data-stop=move || id()
            data-done=move || is_over.get().to_string()
        >
            <header class="tour-head">
                <p class="quiet numbers" data-testid="tour-place">{move || place_in_words()}</p>
                <button type="button" class="tool" data-testid="tour-leave" aria-label=t!("Leave the tour") title=t!("Leave the tour") on:click=move |_| leave()>
                    <Icon path=icons::CROSS />
                </button>
            </header>
            <div class="tour-text" node_ref=text tabindex="0" role="group" aria-labelledby="tour-title">
                <h2 id="tour-title" tabindex="-1">{move || with_stop(&|stop| stop.title.clone())}</h2>
                {move || paragraphs()}
                {move || equation()}
                <p class="tour-task">
                    <strong>{t!("Try it")}</strong>
                    " "
                    <span inner_html=move || filled(&with_stop(&|stop| stop.task.clone()))></span>
                    " "
                    <button
                        type="button"
                        class="link"
                        data-testid="tour-go"
                        on:click=move |_| {
                            if let Some(place) = place.get_untracked() {
                                stops.with_value(|stops| anchor::go(&stops[place].anchor, stops[place].nth));
                            }
                        }
                    >
                        {t!("Go there")}
                    </button>
                </p>
                {when(
                    move || is_over.get(),
                    move || {
                        view! {
                            <p class="tour-seen" data-testid="tour-seen">
                                <strong>"✓ " {t!("Done")}</strong>
                                " "
                                <span inner_html=move || filled(&with_stop(&|stop| stop.seen.clone()))></span>
                            </p>
                        }
                            .into_any()
                    },
                )}
            </div>
            <footer class="tour-foot">
                // It keeps the focus at the first stop, too.
                <button
                    type="button"
                    class="button"
                    data-testid="tour-back"
                    aria-disabled=move || is_first.get().to_string()
                    on:click=move |_| if let Some(before) = place.get_untracked().and_then(|place| place.checked_sub(1)) { go(before) }
                >
                    {t!("Back")}
                </button>
                <button
                    type="button"
                    class="button tour-next"
                    data-testid="tour-next"
                    on:click=move |_| match place.get_untracked() {
                        Some(place) if place + 1 < count => go(place + 1),
                        _ => leave(),
                    }
                >
                    {move || if is_last.get() { t!("End the tour") } else { t!("Next") }}
                </button>
            </footer>
            <p class="visually-hidden" aria-live="polite" data-testid="tour-said">{move || said.get()}</p>
        </section>
    }
}

/// Tells the style sheet how much room the card takes, in CSS pixels; none without a card.
fn room(height: Option<f64>) {
    let Some(root) = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok()) else { return };
    // A property or an attribute of these names is taken by every browser.
    let _ = match height {
        Some(height) => root
            .set_attribute("data-tour", "")
            .and_then(|()| root.style().set_property("--tour-height", &format!("{height}px"))),
        None => {
            root.remove_attribute("data-tour").and_then(|()| root.style().remove_property("--tour-height").map(|_| ()))
        }
    };
}
