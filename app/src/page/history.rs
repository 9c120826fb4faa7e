//! The history as a time line, with the attention that each click gets from the inspected product.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::browser::dom::{focus, height_of, roving, show_in_strip, width_of};
use crate::language::{self, t};
use crate::lesson::help::Help;
use crate::page::aids::Aids;
use crate::page::attention::Attention;
use crate::page::pictogram::Pictogram;
use crate::page::shop::hue;
use crate::session::Session;
use crate::session::answer::ranks::Focus;
use crate::session::shop::clicks::Click;
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::term::term;
use crate::ui::view::{each, either, memo, when};
use crate::your_model::YourModel;

/// Width of one click's column in CSS pixels: as much as there is, between these.
const COLUMN: (f64, f64) = (72.0, 128.0);

/// The second part of the page.
#[component]
pub fn History() -> impl IntoView {
    let session = expect_context::<Session>();
    let yours = expect_context::<YourModel>();
    let count = move || session.shop().clicks.with(|clicks| clicks.now().len());
    let aids = expect_context::<Aids>();
    // Whose clicks they are.
    let whose = move || yours.histories.shown_user().map(|user| t!("; {user}"));
    let cut = move || {
        let (kept, cut) = session.shop().clicks.with(|clicks| (clicks.now().len(), clicks.left_out()));
        (cut > 0).then(|| t!("; the newest {kept} of {all} clicks", all = format::count(kept + cut)))
    };
    let longer_than_trained = move || {
        let most = session.model()?.config().max_history;
        if count() <= most {
            return None;
        }
        let name = session.network.get().mid_sentence();
        Some(note("history-long", t!("longer than what {name} was trained on: at most {most}")))
    };
    let unknown = move || {
        let unknown = session.shop().unknown.get()?;
        Some(note("history-unknown", t!("from the address: {unknown}", unknown = language::said(&unknown))))
    };
    let section = NodeRef::<html::Section>::new();
    let height = height_of(section);
    view! {
        <section
            id="history"
            class="history"
            class:has-clicks=move || { count() > 0 }
            style=move || format!("--own-height:{}px", height.get())
            node_ref=section
            aria-labelledby="history-title"
            tabindex="-1"
        >
            <header class="section-head">
                <h2 id="history-title" translate="yes">{t!("History")}</h2>
                <Help stop="history" />
                <p class="quiet numbers">
                    {move || match count() {
                        0 => String::new(),
                        count => t!("{count} click" | "{count} clicks", count = count),
                    }}
                    <span class="wide">{move || if count() > 1 { t!(", oldest to newest") } else { "" }}</span>
                    <span data-testid="history-user">{move || whose()} {move || cut()}</span>
                </p>
                {move || longer_than_trained()}
                {move || unknown()}
                <div class="section-tools" translate="yes">
                    <button
                        type="button"
                        class="text-tool"
                        data-testid="histories"
                        title=t!("Look at the clicks of other people")
                        on:click=move |_| yours.show_histories()
                    >
                        {t!("From a file")}
                    </button>
                    <button
                        type="button"
                        class="text-tool"
                        data-testid="undo"
                        disabled=move || session.shop().clicks.with(|clicks| !clicks.can_undo())
                        on:click=move |_| session.undo()
                    >
                        <Icon path=icons::UNDO />
                        <span class="undo-word">{t!("Undo")}</span>
                    </button>
                    <button
                        type="button"
                        class="text-tool"
                        data-testid="clear"
                        disabled=move || count() == 0
                        on:click=move |_| session.clear()
                    >
                        {t!("Clear all")}
                    </button>
                </div>
                <p class="quiet numbers whose" data-testid="history-shopper">{move || aids.whose.get()}</p>
            </header>
            {either(
                move || { count() > 0 },
                || view! { <TimeLine /> }.into_any(),
                || {
                    view! {
                        <p class="empty invitation" translate="yes">
                            {t!(
                                "<link>Click a product in the shop</link> and it appears here. Until then the ranking is the same for \
                                 everybody.",
                                link = |words| view! { <a href="#shop">{words}</a> }.into_any()
                            )}
                        </p>
                    }
                        .into_any()
                },
            )}
        </section>
    }
}

/// Something to know about the history, in words.
fn note(test_id: &'static str, text: String) -> AnyView {
    view! { <p class="quiet numbers" data-testid=test_id>{text}</p> }.into_any()
}

/// Bars, clicks, and the curves from them to the inspected product.
#[component]
pub fn TimeLine() -> impl IntoView {
    let session = expect_context::<Session>();
    let scroller = NodeRef::<html::Div>::new();
    let width = width_of(scroller);
    let scrolled = RwSignal::new(0.0);
    let active = RwSignal::new(0usize);
    let count = memo(move || session.shop().clicks.with(|clicks| clicks.now().len()));
    let column = memo(move || (width.get() / count.get().max(1) as f64).clamp(COLUMN.0, COLUMN.1));
    let attention = memo(move || {
        session.answered.with(|answer| Arc::new(answer.as_deref().map(Attention::of).unwrap_or_default()))
    });
    let meaning = memo(move || session.answering_model().map_or_else(|| t!("weight"), |model| model.attention_label()));
    // The newest click is in view, and the one that Tab reaches.
    Effect::new(move |before: Option<usize>| {
        let count = count.get();
        active.set(count.saturating_sub(1));
        if before.is_none_or(|before| count > before) {
            show_in_strip(format!("click-{}", count.saturating_sub(1)));
        }
        count
    });
    // The clicks that are scrolled away to the left, wholly or in part.
    let older = memo(move || (scrolled.get() / column.get()).ceil() as usize);
    view! {
        <Inspected older=older scroller=scroller />
        <Curves width=width column=column scrolled=scrolled attention=attention />
        <div
            class="time-line"
            data-strip
            data-testid="time-line"
            class:more-before=move || { scrolled.get() > 1.0 }
            class:more-after=move || { column.get() * count.get() as f64 - scrolled.get() > width.get() + 1.0 }
            node_ref=scroller
            on:scroll=move |_| {
                if let Some(scroller) = scroller.get() {
                    scrolled.set(f64::from(scroller.scroll_left()));
                }
            }
        >
            <ol
                style=move || format!("grid-auto-columns:{}px", column.get())
                aria-label=t!("Clicks, oldest first. Arrow keys move, Delete removes.")
            >
                {each(
                    move || session.shop().clicks.with(|clicks| clicks.now().to_vec()),
                    move |index, click| {
                        view! { <Step index=index click=click attention=attention meaning=meaning active=active count=count /> }.into_any()
                    },
                )}
            </ol>
        </div>
    }
}

/// Which product is inspected, and what the bars are.
#[component]
fn Inspected(
    /// How many of the oldest clicks are out of sight.
    older: Memo<usize>,
    /// What brings them into sight.
    scroller: NodeRef<html::Div>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let label = move || match session.answering_model() {
        // The ranking says why.
        Some(_) if session.answered.with(|answer| answer.as_ref().is_some_and(|answer| answer.inspected.is_none())) => {
            t!("No bars: no product is left to inspect.").into_any()
        }
        Some(model) => {
            let network = session.answering().mid_sentence();
            t!(
                "Bars: {network}’s <attention>{meaning}</attention> of each click",
                meaning = model.attention_label(),
                attention = |words| term("attention", words)
            )
        }
        None => ().into_any(),
    };
    let compared = move || {
        session.answered.with(|answer| answer.as_ref()?.compared.as_ref().map(|inspection| inspection.item)).map(
            |item| {
                let words = t!(
                    "<compared>Lines</compared>: for {title}",
                    title = session.title(item),
                    compared = |words| term("compared", words)
                );
                view! { <span class="compared-word">{words}</span> }.into_any()
            },
        )
    };
    let chosen = move || {
        matches!(session.inspect.get(), Focus::Item(_)).then(|| {
            view! {
                <button
                    type="button"
                    class="unpin"
                    data-testid="follow-first"
                    aria-label=t!("Inspect the first place again")
                    title=t!("Inspect the first place again")
                    on:click=move |_| session.follow_best()
                >
                    <Icon path=icons::CROSS />
                </button>
            }
            .into_any()
        })
    };
    let inspected = move || {
        session.answered.with(|answer| {
            let inspection = answer.as_ref()?.inspected.as_ref()?;
            Some((inspection.item, inspection.probability))
        })
    };
    view! {
        <p class="quiet bars-label">
            <span>{move || label()}</span>
            {move || compared()}
            {when(
                move || { older.get() > 0 },
                move || {
                    view! {
                        <button
                            type="button"
                            class="text-tool older"
                            data-testid="older"
                            on:click=move |_| {
                                if let Some(scroller) = scroller.get_untracked() {
                                    scroller.set_scroll_left(0);
                                }
                            }
                        >
                            <Icon path=icons::LEFT />
                            {move || t!("{count} older" | "{count} older", count = older.get())}
                        </button>
                    }
                    .into_any()
                },
            )}
        </p>
        <p class="inspected-product">
            {move || {
                inspected()
                    .map(|(item, probability)| {
                        view! {
                            <strong class="pill">
                                <span class="pill-title">{session.title(item)}</span>
                                <span class="numbers" title=t!("click probability {exact}", exact = format::exact(probability))>
                                    {format::percent(probability)}
                                </span>
                                {move || chosen()}
                            </strong>
                        }
                            .into_any()
                    })
            }}
        </p>
    }
}

/// Curves from the clicks to the inspected product above them, as strong as its attention.
#[component]
fn Curves(
    /// Width of the visible part in CSS pixels.
    width: ReadSignal<f64>,
    /// Width of a click's column in CSS pixels.
    column: Memo<f64>,
    /// How far the time line is scrolled, in CSS pixels.
    scrolled: RwSignal<f64>,
    /// The weights.
    attention: Memo<Arc<Attention>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let curves = move || {
        let attention = attention.get();
        let lit = session.lit.get();
        let (width, column, scrolled) = (width.get(), column.get(), scrolled.get());
        let clicks = session.shop().clicks.with(|clicks| clicks.now().to_vec());
        let offset = (width - column * clicks.len() as f64).max(0.0) / 2.0;
        (0..)
            .zip(clicks)
            .filter_map(|(index, click): (usize, Click)| {
                let weight = attention.of_click(click.key)?.inspected;
                let share = attention.share(weight);
                let (x, apex) = (offset + (index as f64 + 0.5) * column - scrolled, width / 2.0);
                // Clicks that are scrolled away have no curve.
                (0.0..=width).contains(&x).then(|| {
                    view! {
                        <path
                            class:lit=lit == Some(index)
                            class:negative=weight < 0.0
                            d=format!("M{x:.1} 100C{x:.1} 40 {apex:.1} 70 {apex:.1} 0")
                            style=format!("--share:{share:.3}")
                        />
                    }
                    .into_any()
                })
            })
            .collect_view()
    };
    view! {
        <svg
            class="curves"
            viewBox=move || format!("0 0 {:.1} 100", width.get().max(1.0))
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            {move || curves()}
        </svg>
    }
}

/// One click: the bar and, below it, the product.
#[component]
fn Step(
    /// Position in the history, from the oldest.
    index: ReadSignal<usize>,
    /// The click.
    click: Click,
    /// The weights.
    attention: Memo<Arc<Attention>>,
    /// What a weight is, in words.
    meaning: Memo<&'static str>,
    /// The position that Tab reaches.
    active: RwSignal<usize>,
    /// How many clicks there are.
    count: Memo<usize>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let weights = move || attention.with(|attention| attention.of_click(click.key));
    let weight = move || weights().map(|weights| weights.inspected);
    let compared = move || weights().and_then(|weights| weights.compared);
    let title = session.title(click.item);
    let hue = session.shop_untracked().catalogue.with_untracked(|catalogue| {
        let catalogue = catalogue.ready()?;
        Some(hue(catalogue, catalogue.items().get(click.item as usize)?.category))
    });
    let bar = move || {
        attention.with(|attention| {
            let weight = weight().unwrap_or(0.0);
            let (zero, end) = (attention.height(0.0), attention.height(weight));
            let (bottom, height, share) = (zero.min(end), (end - zero).abs(), attention.share(weight));
            let above = zero.max(end);
            format!(
                "--zero:{zero:.2}%;--height:{height:.2}%;--bottom:{bottom:.2}%;--above:{above:.2}%;--share:{share:.3}"
            )
        })
    };
    let mark = move || {
        compared().map(|compared| {
            let (height, beyond) = attention.with(|attention| (attention.height(compared), attention.beyond(compared)));
            let class = format!("compared-mark {beyond}");
            view! { <span class=class style=format!("bottom:{height:.2}%")></span> }.into_any()
        })
    };
    let label = move || {
        let meaning = meaning.get();
        let weight = weight().map_or_else(|| t!("not known yet").to_owned(), format::weight);
        let compared =
            compared().map(|weight| t!(", for the compared product {weight}", weight = format::weight(weight)));
        let (place, compared) = (index.get() + 1, compared.unwrap_or_default());
        t!(
            "Click {place} of {count}: {title}; {meaning} {weight}{compared}",
            count = count.get(),
            title = session.title(click.item)
        )
    };
    // The focus goes on to the neighbour, not back to the top of the page.
    let remove = move |part: &str| {
        let (here, count) = (index.get_untracked(), count.get_untracked());
        session.remove(here);
        focus(if count > 1 { format!("{part}-{}", here.min(count - 2)) } else { "history".to_owned() });
    };
    let on_key = move |event: KeyboardEvent| {
        if let Some(next) = roving(&event.key(), index.get_untracked(), count.get_untracked()) {
            event.prevent_default();
            active.set(next);
            focus(format!("click-{next}"));
        } else if matches!(event.key().as_str(), "Delete" | "Backspace") {
            event.prevent_default();
            remove("click");
        }
    };
    let reachable = move || if active.scoped().get() == index.get() { "0" } else { "-1" };
    view! {
        <li
            class="step"
            class:lit=move || session.lit.scoped().get() == Some(index.get())
            data-testid="history-item"
            data-item=session.id(click.item)
            on:pointerenter=move |_| session.lit.set(Some(index.get_untracked()))
            on:pointerleave=move |_| session.lit.set(None)
            on:focusin=move |_| {
                session.lit.set(Some(index.get_untracked()));
                active.set(index.get_untracked());
            }
            on:focusout=move |_| session.lit.set(None)
        >
            <div
                class="bar-area"
                role="img"
                id=move || format!("click-{}", index.get())
                tabindex=move || reachable()
                aria-label=move || label()
                style=move || bar()
                title=move || match (weight(), compared()) {
                    (Some(weight), Some(compared)) => {
                        t!(
                            "{weight}; for the compared product {compared}",
                            weight = format::exact(weight),
                            compared = format::exact(compared)
                        )
                    }
                    (weight, _) => weight.map(format::exact).unwrap_or_default(),
                }
                data-testid="attention-bar"
                data-weight=move || weight().map(format::exact)
                on:keydown=on_key
            >
                <span class="bar" class:negative=move || weight().is_some_and(|weight| weight < 0.0)></span>
                <span class="bar-value numbers">{move || weight().map(format::weight)}</span>
                {move || mark()}
            </div>
            <div class="chip" title=title.clone() style=hue>
                <Pictogram item=Box::new(move || click.item) />
                <span class="chip-title">{title.clone()}</span>
                <button
                    type="button"
                    class="remove"
                    data-testid="history-remove"
                    id=move || format!("remove-{}", index.get())
                    tabindex=move || reachable()
                    aria-label=t!("Remove {title}")
                    on:click=move |_| remove("remove")
                >
                    <Icon path=icons::CROSS />
                </button>
            </div>
        </li>
    }
}
