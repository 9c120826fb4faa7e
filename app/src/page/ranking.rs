//! The ranking: what the network would show next.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use model::Inspection;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::dom::{glide, reduced_motion};
use crate::browser::load::Transfer;
use crate::explain::networks::Network;
use crate::inside::inspected::none_left;
use crate::language::t;
use crate::lesson::help::Help;
use crate::page::aids::Aids;
use crate::page::pictogram::Pictogram;
use crate::page::shop::hue;
use crate::page::tabs::Invitation;
use crate::session::answer::ranks::{Change, sort_rows};
use crate::session::{Answered, Model, Session};
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::memo::Memo;
use crate::ui::progress::{Failure, Progress};
use crate::ui::term::term;
use crate::ui::view::{Entry, each, memo};

/// Rows that are always there.
const ROWS: usize = 20;

/// What a click probability is, in a few words and, for whoever asks, in sentences, where [`Model::has_even_odds`].
fn even_odds() -> [&'static str; 2] {
    [
        t!("50% is chance"),
        t!(
            "Learned from purchases, each beside one product drawn at random: the probability that a product is the next one bought, \
             and not one drawn at random. So 50%, one in two, is as good as chance. It is not how often people would click."
        ),
    ]
}

/// What a click probability is, where nobody here knows how the network was trained.
fn unknown_odds() -> [&'static str; 2] {
    [
        t!("What is it?"),
        t!(
            "That depends on how your model was trained: what a click was, and how many products without one stood beside it."
        ),
    ]
}

/// The third part of the page.
#[component]
pub fn Ranking() -> impl IntoView {
    let session = expect_context::<Session>();
    let aids = expect_context::<Aids>();
    // With another catalogue the rows are other products.
    let arrival = memo(move || {
        let products =
            session.shop().catalogue.with(|catalogue| catalogue.ready().map(Arc::as_ptr).map(<*const _>::addr));
        (products, session.models[session.network.get().index()].with(Transfer::arrival))
    });
    let network = move || match arrival.get().1 {
        Transfer::Ready(()) => session.answering(),
        _ => session.network.get(),
    };
    let odds = move || match network() {
        Network::Yours
            if !session.models[Network::Yours.index()].with(|one| one.ready().is_some_and(Model::has_even_odds)) =>
        {
            unknown_odds()
        }
        _ => even_odds(),
    };
    view! {
        <section id="ranking" class="ranking" aria-labelledby="ranking-title" tabindex="-1">
            <header class="section-head">
                <h2 id="ranking-title" translate="yes">{t!("Would show next")}</h2>
                <Help stop="ranking" />
                <p class="quiet">
                    {move || {
                        let network = network();
                        t!(
                            "<probability>click probability</probability> by <network>{name}</network>",
                            name = network.mid_sentence(),
                            probability = |words| term("click-probability", words),
                            network = |words| match network {
                                Network::Shipped(kind) => term(kind.id(), words),
                                Network::Yours => words.into_any(),
                            }
                        )
                    }}
                </p>
                <button type="button" class="link" data-testid="odds" popovertarget="odds">{move || odds()[0]}</button>
                <p id="odds" class="popover" popover="auto">{move || odds()[1]}</p>
            </header>
            <p class="changed" data-testid="changed">{move || aids.changed.get()}</p>
            {move || match arrival.get().1 {
                Transfer::UnderWay { received, total } => {
                    view! { <Progress what=t!("the network’s weights") received=received total=total /> }.into_any()
                }
                Transfer::Failed(why) => {
                    view! { <Failure why=why retry=Box::new(move || session.load_model(session.network.get_untracked())) /> }
                        .into_any()
                }
                Transfer::Ready(()) => view! { <Rows /> <Invitation /> }.into_any(),
            }}
        </section>
    }
}

/// The best products, and the inspected and compared ones wherever they are.
#[component]
pub fn Rows() -> impl IntoView {
    let session = expect_context::<Session>();
    let list = NodeRef::<html::Ol>::new();
    let shown = memo(move || {
        session.ranks.with(|ranks| {
            let mut rows: Vec<u32> = ranks.order().iter().copied().take(ROWS).collect();
            let mut others: Vec<u32> = session.answered.with(|answer| {
                let chosen = answer.iter().flat_map(|answer| [&answer.inspected, &answer.compared]);
                chosen.flatten().map(|inspection| inspection.item).filter(|item| !rows.contains(item)).collect()
            });
            sort_rows(&mut others, &|a, b| ranks.place(a).unwrap_or(u32::MAX).cmp(&ranks.place(b).unwrap_or(u32::MAX)));
            others.dedup();
            rows.extend(others);
            rows
        })
    });
    // Rows glide from where their product was before the answer.
    let tops = StoredValue::new_local(Vec::<(u32, f64)>::new());
    Effect::new(move || {
        let rows = shown.get();
        request_animation_frame(move || {
            // The rows may be gone by the next frame, with another catalogue or network.
            let Some(list) = list.try_get_untracked().flatten() else { return };
            let Some(before) = tops.try_get_value() else { return };
            let still = reduced_motion() || before.is_empty();
            let mut after = Vec::new();
            let children = list.children();
            // All are measured before any moves, so that the browser lays the page out once.
            for (index, item) in (0..).zip(rows) {
                let Some(row) = children.item(index).and_then(|row| row.dyn_into::<HtmlElement>().ok()) else {
                    continue;
                };
                after.push((item, f64::from(row.offset_top()), row));
            }
            for (item, top, row) in &after {
                match before.iter().find(|(before, _)| before == item).map(|(_, from)| from) {
                    _ if still => {}
                    Some(from) if from != top => glide(row, from - top, 1.0),
                    Some(_) => {}
                    None => glide(row, 0.0, 0.0),
                }
            }
            tops.try_set_value(after.into_iter().map(|(item, top, _)| (item, top)).collect());
        });
    });
    let against = move || {
        let before = session.answered.with(|answer| answer.as_ref()?.before.as_ref().map(|before| before.network));
        before.map(|network| match session.answering() {
            now if now == network => t!("▲▼ places by the last change").to_owned(),
            _ => t!("▲▼ places against {network}", network = network.mid_sentence()),
        })
    };
    // Why there are no rows.
    let nothing = move || match (session.answered.with(Option::is_none), shown.with(Vec::is_empty)) {
        // What is wrong is said at the top of the page.
        (true, _) if session.problem.with(Option::is_some) => "",
        (true, _) => t!("The network is being prepared."),
        (false, true) => none_left(),
        (false, false) => "",
    };
    view! {
        <div class="ranking-options">
            <label translate="yes">
                <input
                    type="checkbox"
                    data-testid="hide-clicked"
                    prop:checked=session.hide_clicked
                    on:change=move |event| session.hide_clicked(event_target_checked(&event))
                />
                {t!("without products in the history")}
            </label>
            <span class="quiet">{move || against()}</span>
        </div>
        <p class="quiet if-any">{move || nothing()}</p>
        <ol class="rows" node_ref=list aria-label=t!("Products by click probability")>
            // A row stays and shows another product: signals remember the effects of views that went (Leptos 0.8), so
            // that new rows with every answer would be a leak, and more work.
            {each(
                move || (0..shown.with(Vec::len) as u32).map(|place| Entry { key: place, item: place }).collect(),
                move |place, _| {
                    let item = memo(move || shown.with(|rows| rows.get(place.get()).copied().unwrap_or_default()));
                    view! { <Row item=item /> }.into_any()
                },
            )}
        </ol>
    }
}

/// One product in the ranking.
#[component]
fn Row(
    /// Row of the product in the catalogue.
    item: Memo<u32>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let title = move || session.title(item.get());
    let probability = move || {
        session.answered.with(|answer| {
            answer.as_ref().and_then(|answer| answer.now.probabilities.get(item.get() as usize).copied()).unwrap_or(0.0)
        })
    };
    let place = move || session.ranks.with(|ranks| ranks.place(item.get()));
    let is = move |which: fn(&Answered) -> &Option<Inspection>| {
        session.answered.with(|answer| {
            answer.as_deref().and_then(|answer| which(answer).as_ref()).is_some_and(|found| found.item == item.get())
        })
    };
    let inspected = move || is(|answer| &answer.inspected);
    let compared = move || is(|answer| &answer.compared);
    let hue = move || {
        session.shop_untracked().catalogue.with_untracked(|catalogue| {
            let catalogue = catalogue.ready()?;
            Some(hue(catalogue, catalogue.items().get(item.get() as usize)?.category))
        })
    };
    let change = move || {
        session.ranks.with(|ranks| session.ranks_before.with(|before| ranks.change(before.as_deref(), item.get())))
    };
    view! {
        <li
            class="row"
            class:inspected=move || inspected()
            class:compared=move || compared()
            class:apart=move || place().is_none_or(|place| place as usize > ROWS)
            data-testid="ranking-row"
            data-item=move || session.id(item.get())
            data-probability=move || format::exact(probability())
        >
            <button
                type="button"
                class="row-main"
                data-testid="inspect"
                aria-pressed=move || inspected().to_string()
                title=t!("Inspect")
                on:click=move |_| session.inspect(item.get_untracked())
            >
                <span class="place numbers" title=move || if place().is_none() { t!("in the history") } else { "" }>
                    {move || place().map_or_else(|| "–".to_owned(), |place| format::count(place as usize))}
                </span>
                <span class="row-title" style=move || hue() title=move || title()>
                    <Pictogram item=Box::new(move || item.get()) />
                    <span>{move || title()}</span>
                </span>
                <span
                    class="probability numbers"
                    title=move || t!("click probability {exact}", exact = format::exact(probability()))
                >
                    {move || format::percent(probability())}
                </span>
                <span class="change" class:up=move || matches!(change(), Change::Up(_)) class:down=move || matches!(change(), Change::Down(_))>
                    {move || match change() {
                        Change::None => String::new(),
                        Change::New => t!("new").to_owned(),
                        Change::Up(places) => format!("▲{}", format::count(places as usize)),
                        Change::Down(places) => format!("▼{}", format::count(places as usize)),
                    }}
                </span>
                <span class="meter" aria-hidden="true">
                    <span style=move || format!("--share:{}", probability())></span>
                </span>
            </button>
            <button
                type="button"
                class="tool compare"
                data-testid="compare"
                aria-pressed=move || compared().to_string()
                aria-label=move || t!("Compare {title} with the inspected product", title = title())
                title=t!("Compare with the inspected product")
                disabled=move || inspected()
                on:click=move |_| session.compare(item.get_untracked())
            >
                <Icon path=icons::COMPARE />
            </button>
            <button
                type="button"
                class="tool"
                data-testid="ranking-click"
                aria-label=move || t!("Click {title}: add it to the history", title = title())
                title=t!("Click it: add it to the history")
                on:click=move |_| session.click(item.get_untracked())
            >
                <Icon path=icons::PLUS />
            </button>
        </li>
    }
}
