//! The history as a time line, with the attention that each click gets from the inspected product.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::clicks::Click;
use crate::dom::{focus, roving, width_of};
use crate::format;
use crate::icons::{self, Icon};
use crate::session::Session;
use crate::shop::hue;

/// Width of one click's column in CSS pixels: as much as there is, between these.
const COLUMN: (f64, f64) = (62.0, 128.0);

/// The second part of the page.
#[component]
pub fn History() -> impl IntoView {
    let session = expect_context::<Session>();
    let count = move || session.clicks.with(|clicks| clicks.now().len());
    view! {
        <section id="history" class="history" aria-labelledby="history-title" tabindex="-1">
            <header class="section-head">
                <h2 id="history-title">"Your history"</h2>
                <p class="quiet numbers">
                    {move || match count() {
                        0 => String::new(),
                        count => format!("{}, oldest to newest", format::plural(count, "click", "clicks")),
                    }}
                </p>
                <div class="section-tools">
                    <button
                        type="button"
                        class="text-tool"
                        data-testid="undo"
                        disabled=move || session.clicks.with(|clicks| !clicks.can_undo())
                        on:click=move |_| session.undo()
                    >
                        <Icon path=icons::UNDO />
                        "Undo"
                    </button>
                    <button
                        type="button"
                        class="text-tool"
                        data-testid="clear"
                        disabled=move || count() == 0
                        on:click=move |_| session.clear()
                    >
                        "Clear all"
                    </button>
                </div>
            </header>
            <Show
                when=move || { count() > 0 }
                fallback=|| {
                    view! {
                        <p class="empty">
                            "Nothing yet. " <a href="#shop">"Click a product in the shop"</a>
                            ", or start from one of the shoppers there. Without a history the networks only know what is popular."
                        </p>
                    }
                }
            >
                <TimeLine />
            </Show>
        </section>
    }
}

/// Attention to the clicks from the inspected product.
#[derive(Debug, Clone, PartialEq, Default)]
struct Attention {
    /// Weight of each click, by the click's key.
    weights: HashMap<u32, f32>,
    /// End of the axis above zero.
    top: f32,
    /// End of the axis below zero, not negative; 0 where no weight is negative.
    bottom: f32,
}

impl Attention {
    fn new(clicks: &[Click], weights: &[f32]) -> Self {
        let most = |sign: f32| weights.iter().map(|weight| sign * weight).fold(0.0, f32::max);
        let end = format::axis_end(most(1.0).max(most(-1.0)));
        Self {
            weights: clicks.iter().map(|click| click.key).zip(weights.iter().copied()).collect(),
            top: if most(1.0) > 0.0 { end } else { 0.0 },
            bottom: if most(-1.0) > 0.0 { end * (most(-1.0) / end).max(0.25) } else { 0.0 },
        }
    }

    /// Height of the axis.
    fn span(&self) -> f32 {
        (self.top + self.bottom).max(f32::MIN_POSITIVE)
    }
}

/// Bars, clicks, and the curves from them to the inspected product.
#[component]
fn TimeLine() -> impl IntoView {
    let session = expect_context::<Session>();
    let scroller = NodeRef::<html::Div>::new();
    let width = width_of(scroller);
    let scrolled = RwSignal::new(0.0);
    let active = RwSignal::new(0usize);
    let count = Memo::new(move |_| session.clicks.with(|clicks| clicks.now().len()));
    let column = Memo::new(move |_| (width.get() / count.get().max(1) as f64).clamp(COLUMN.0, COLUMN.1));
    let attention = Memo::new(move |_| {
        session.answered.with(|answer| {
            let found = answer.as_ref().and_then(|answer| Some((answer, answer.inspected.as_ref()?)));
            found.map_or_else(Default::default, |(answer, inspection)| {
                Arc::new(Attention::new(&answer.now.clicks, inspection.trace.attention()))
            })
        })
    });
    // The newest click is in view, and the one that Tab reaches.
    Effect::new(move |before: Option<usize>| {
        let count = count.get();
        active.set(count.saturating_sub(1));
        if before.is_none_or(|before| count > before) {
            request_animation_frame(move || {
                if let Some(scroller) = scroller.get_untracked() {
                    scroller.set_scroll_left(scroller.scroll_width());
                }
            });
        }
        count
    });
    view! {
        <Inspected />
        <Curves width=width column=column scrolled=scrolled attention=attention />
        <div
            class="time-line"
            node_ref=scroller
            on:scroll=move |_| {
                if let Some(scroller) = scroller.get() {
                    scrolled.set(f64::from(scroller.scroll_left()));
                }
            }
        >
            <ol
                style=move || format!("--column:{}px", column.get())
                aria-label="Your clicks, oldest first. Arrow keys move, Delete removes."
            >
                <ForEnumerate
                    each=move || session.clicks.with(|clicks| clicks.now().to_vec())
                    key=|click| click.key
                    let(index, click)
                >
                    <Step index=index click=click attention=attention active=active count=count />
                </ForEnumerate>
            </ol>
        </div>
    }
}

/// Which product is inspected, and what the bars are.
#[component]
fn Inspected() -> impl IntoView {
    let session = expect_context::<Session>();
    let label = move || match session.model() {
        Some(model) => format!("{}: {} of each click, for", session.network.get().name(), model.attention_label()),
        None => String::new(),
    };
    let inspected = move || {
        session.answered.with(|answer| {
            let inspection = answer.as_ref()?.inspected.as_ref()?;
            Some((inspection.item, inspection.probability))
        })
    };
    view! {
        <p class="inspected">
            <span class="quiet">{label}</span>
            {move || {
                inspected()
                    .map(|(item, probability)| {
                        view! {
                            <strong class="pill">
                                <span class="pill-title">{session.title(item)}</span>
                                <span class="numbers" title=format!("click probability {}", format::exact(probability))>
                                    {format::percent(probability)}
                                </span>
                            </strong>
                        }
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
        let most = attention.weights.values().fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs()));
        let clicks = session.clicks.with(|clicks| clicks.now().to_vec());
        let offset = (width - column * clicks.len() as f64).max(0.0) / 2.0;
        (0..)
            .zip(clicks)
            .filter_map(|(index, click): (usize, Click)| {
                let weight = *attention.weights.get(&click.key)?;
                let share = f64::from(weight.abs() / most);
                let (x, apex) = (offset + (index as f64 + 0.5) * column - scrolled, width / 2.0);
                Some(view! {
                    <path
                        class:lit=lit == Some(index)
                        class:negative=weight < 0.0
                        d=format!("M{x:.1} 100C{x:.1} 40 {apex:.1} 70 {apex:.1} 0")
                        style=format!("--share:{share:.3}")
                    />
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
            {curves}
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
    /// The position that Tab reaches.
    active: RwSignal<usize>,
    /// How many clicks there are.
    count: Memo<usize>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let weight = Memo::new(move |_| attention.with(|attention| attention.weights.get(&click.key).copied()));
    let title = Memo::new(move |_| session.title(click.item));
    let product = session.catalogue.with_untracked(|catalogue| {
        let catalogue = catalogue.ready()?;
        let item = catalogue.items().get(click.item as usize)?;
        Some((hue(catalogue, item.category), icons::of_category(catalogue.category(item))))
    });
    let (hue, icon) = product.unwrap_or_default();
    let bar = move || {
        attention.with(|attention| {
            let weight = weight.get().unwrap_or(0.0);
            let span = attention.span();
            let height = 100.0 * weight.abs() / span;
            let bottom = 100.0 * (attention.bottom - (-weight).max(0.0)) / span;
            let share = weight.abs() / attention.top.max(attention.bottom).max(f32::MIN_POSITIVE);
            format!("--height:{height:.2}%;--bottom:{bottom:.2}%;--share:{share:.3}")
        })
    };
    let zero =
        move || attention.with(|attention| format!("--zero:{:.2}%", 100.0 * attention.bottom / attention.span()));
    let label = move || {
        let meaning = session.model().map_or("weight", |model| model.attention_label());
        let weight = weight.get().map_or_else(|| "not known yet".to_owned(), format::weight);
        format!("Click {} of {}: {}; {meaning} {weight}", index.get() + 1, count.get(), title.get())
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
    let reachable = move || if active.get() == index.get() { "0" } else { "-1" };
    view! {
        <li
            class="step"
            class:lit=move || session.lit.get() == Some(index.get())
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
                tabindex=reachable
                aria-label=label
                style=zero
                title=move || weight.get().map(format::exact)
                data-testid="attention-bar"
                data-weight=move || weight.get().map(format::exact)
                on:keydown=on_key
            >
                <span class="bar" class:negative=move || weight.get().is_some_and(|weight| weight < 0.0) style=bar>
                    <span class="bar-value numbers">{move || weight.get().map(format::weight)}</span>
                </span>
            </div>
            <div class="chip" title=title style=hue>
                <Icon path=icon />
                <span class="chip-title">{title}</span>
                <button
                    type="button"
                    class="remove"
                    data-testid="history-remove"
                    id=move || format!("remove-{}", index.get())
                    tabindex=reachable
                    aria-label=move || format!("Remove {}", title.get())
                    on:click=move |_| remove("remove")
                >
                    <Icon path=icons::CROSS />
                </button>
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attention(weights: &[f32]) -> Attention {
        let clicks: Vec<Click> = (0..weights.len() as u32).map(|key| Click { key, item: 0 }).collect();
        Attention::new(&clicks, weights)
    }

    #[test]
    fn the_axis_reaches_below_zero_only_for_negative_weights() {
        let positive = attention(&[0.1, 0.42]);
        assert_eq!((positive.top, positive.bottom), (0.5, 0.0));
        let both = attention(&[0.9, -0.5]);
        assert_eq!((both.top, both.bottom), (1.0, 0.5));
        let negative = attention(&[-0.7]);
        assert_eq!((negative.top, negative.bottom), (0.0, 0.7));
        assert!(attention(&[]).span() > 0.0);
    }
}
