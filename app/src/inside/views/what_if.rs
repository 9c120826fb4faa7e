//! What if: the history changed without changing it, and what each click does to the probability beside the attention that it
//! gets.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use shaders::{EngineError, MAX_HISTORY};

use super::draft::{Draft, Slot};
use crate::browser::dom::{focus, roving};
use crate::explain::networks::Network;
use crate::explain::{CONTRAST, lesson};
use crate::inside::ask::{Asked, Engines, Source, arrival, ask, who_know};
use crate::inside::charts::frame::Frame;
use crate::inside::charts::rank_correlation::correlation;
use crate::inside::charts::scatter::{Axis, Scatter};
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::entry;
use crate::session::Session;
use crate::session::products::matches;
use crate::session::ranks::Ranks;
use crate::session::scene::{Scene, scene};
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::ui::view::{Entry, each, memo, when};

/// What the page says about the view.
pub const ENTRY: entry::Entry = entry::Entry {
    id: "what-if",
    name: "What if",
    title: "What if",
    sentence: "What the network would say of the inspected product, had the history been another one. Your history \
               stays as it is until you apply the change.",
    missing: |_| None,
};

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <WhatIf /> }.into_any()
}

/// Products that a search offers.
const OFFERS: usize = 6;

const ATTENTION: Axis = Axis { label: "attention", unit: "" };
const DELTA: Axis = Axis { label: "p with − p without", unit: "percentage points" };

/// The probabilities without each click of a history, `[history]`, and of which.
type Known = (Scene, Arc<Vec<f32>>);

/// What the engines are asked.
#[derive(Clone, PartialEq)]
struct Question {
    scene: Scene,
    /// Rows of the products in the changed history, oldest first.
    draft: Vec<u32>,
    /// The networks that read the history in reverse.
    readers: Vec<(Network, Source)>,
}

/// What they say of the inspected product.
#[derive(Clone, PartialEq)]
struct Answer {
    question: Question,
    /// Click probability of every product after the changed history, `[items]`.
    probabilities: Arc<Vec<f32>>,
    /// That of the inspected one without each click, `[history]`.
    without: Arc<Vec<f32>>,
    /// What the readers say of it after the history, and after its reverse.
    reversed: Vec<(Network, [f32; 2])>,
}

/// A click of the real history, for the inspected product.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    title: String,
    /// The weight that attention gives it.
    attention: f32,
    /// The probability without it.
    without: f32,
    /// How much higher it is with it.
    delta: f32,
}

/// Before a change, and after it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Change<T> {
    before: T,
    after: T,
}

/// What a changed history does to the inspected product.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    title: String,
    probability: Change<f32>,
    /// None where the product is left out of the ranking.
    place: Change<Option<u32>>,
}

impl Answer {
    fn lines(&self, session: Session) -> Vec<Line> {
        let answer = &self.question.scene.answer;
        let Some(inspected) = &answer.inspected else { return Vec::new() };
        let clicks = answer.now.clicks.iter().zip(inspected.trace.attention()).zip(self.without.iter());
        clicks
            .map(|((click, &attention), &without)| {
                let delta = inspected.probability - without;
                Line { title: session.title(click.item), attention, without, delta }
            })
            .collect()
    }

    fn outcome(&self, session: Session, hide_clicked: bool) -> Option<Outcome> {
        let answer = &self.question.scene.answer;
        let item = answer.inspected.as_ref()?.item;
        let place = |probabilities: &[f32], clicked: &[u32]| {
            Ranks::new(probabilities, if hide_clicked { clicked } else { &[] }).place(item)
        };
        let history: Vec<u32> = answer.now.clicks.iter().map(|click| click.item).collect();
        let (before, after) = (&answer.now.probabilities, &self.probabilities);
        let of = |probabilities: &[f32]| probabilities.get(item as usize).copied();
        Some(Outcome {
            title: session.title(item),
            probability: Change { before: of(before)?, after: of(after)? },
            place: Change { before: place(before, &history), after: place(after, &self.question.draft) },
        })
    }
}

/// A difference of probabilities in percentage points, with its sign: +1.20, −0.03.
fn points(delta: f32) -> String {
    let points = f64::from(delta) * 100.0;
    let sign = match points {
        points if points.abs() < 0.005 => "±",
        points if points < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{:.2}", points.abs())
}

/// The view.
#[component]
pub fn WhatIf() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    // Of this draft, what is shown is whether it began with the history of now.
    let edited = RwSignal::new(Draft::default());
    let draft = memo(move || {
        let now =
            scene.with(|scene| scene.as_ref().map(|scene| Draft::of(&scene.answer.now.clicks)).unwrap_or_default());
        edited.with(|edited| if edited.has_base_of(&now) { edited.clone() } else { now })
    });
    let in_reverse = RwSignal::new(false);
    let reading = memo(move || {
        let readers = |scene: &Option<Scene>| scene.as_ref().map(|scene| readers(session, scene));
        in_reverse.get().then(|| scene.with(readers)).flatten().unwrap_or_default()
    });
    let question = memo(move || {
        let scene = scene.get().filter(|scene| scene.inspected().is_some())?;
        let source = |network: &Network| Some((*network, Source::of(session, &scene, *network)?));
        let readers = reading.with(|reading| reading.iter().filter_map(source).collect());
        Some(Question { draft: draft.with(Draft::items), readers, scene })
    });
    // Without each click it stays the same as long as the real history does.
    let kept = StoredValue::new_local(None::<Known>);
    let asked = ask(question, async move |engines: &mut Engines, question: Question| {
        answer(session, engines, question, kept).await
    });
    let lines = memo(move || {
        asked.answer.with(|answer| answer.as_ref().map(|answer| answer.lines(session)).unwrap_or_default())
    });
    let table = memo(move || lines.with(|lines| table(lines)));
    let controls = view! {
        <Editor draft=draft edited=edited asked=asked />
        {asked.failure()}
    };
    view! {
        <Frame entry=&ENTRY controls=controls.into_any() table=table>
            <LeaveOneOut lines=lines />
            <Order asked=asked in_reverse=in_reverse reading=reading />
        </Frame>
    }
}

/// The networks whose answers to the reverse of the history are shown: those that the papers hold side by side, and the one in
/// use.
fn readers(session: Session, scene: &Scene) -> Vec<Network> {
    let used = scene.answer.now.network;
    let is_shown = |network: &Network| *network == used || CONTRAST.map(Network::Shipped).contains(network);
    who_know(session, scene).into_iter().filter(is_shown).collect()
}

async fn answer(
    session: Session,
    engines: &mut Engines,
    question: Question,
    kept: StoredValue<Option<Known>, LocalStorage>,
) -> Result<Answer, EngineError> {
    let scene = &question.scene;
    let item = scene.inspected().map_or(0, |inspection| inspection.item);
    let source = Source::shown(scene);
    let history: Vec<u32> = scene.clicks().map(|(item, _)| item).collect();
    let known = kept.try_get_value().flatten().filter(|(of, _)| of == scene).map(|(_, without)| without);
    let without = match known {
        Some(without) => without,
        None => {
            let without = Arc::new(engines.after(session, &source, &history).await?.leave_one_out(item).await?);
            kept.try_set_value(Some((scene.clone(), without.clone())));
            without
        }
    };
    let probabilities = if question.draft == history {
        scene.answer.now.probabilities.clone()
    } else {
        Arc::new(engines.after(session, &source, &question.draft).await?.rank(&[]).await?.probabilities)
    };
    let mut reversed = Vec::new();
    for (network, reader) in &question.readers {
        let mut history = history.clone();
        let before = engines.inspect(session, reader, &history, item).await?;
        history.reverse();
        let after = engines.inspect(session, reader, &history, item).await?;
        reversed.extend(before.zip(after).map(|(before, after)| (*network, [before.probability, after.probability])));
    }
    Ok(Answer { probabilities, without, reversed, question })
}

/// A row for each click.
fn table(lines: &[Line]) -> Table {
    let columns = ["step", "click", "attention", "p without the click", "p with − p without"].map(Column::new).into();
    let row = |(at, line): (usize, &Line)| {
        let numbers = [line.attention, line.without, line.delta].map(Cell::Number);
        [Cell::Count(at + 1), Cell::Text(line.title.clone())].into_iter().chain(numbers).collect()
    };
    Table { columns, rows: lines.iter().enumerate().map(row).collect() }
}

/// The changed history, the buttons that change it, and what comes of it.
#[component]
fn Editor(
    /// The changed history.
    draft: Memo<Draft>,
    /// Where a change of it goes.
    edited: RwSignal<Draft>,
    /// What comes of it.
    asked: Asked<Answer>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let chosen = RwSignal::new(None::<u32>);
    let at = memo(move || draft.with(|draft| draft.place(chosen.get())));
    let slot = move || draft.with(|draft| at.get().and_then(|at| draft.slots.get(at).copied()));
    let choose = move |at: usize| {
        let key = draft.with_untracked(|draft| draft.slots.get(at).map(|slot| slot.key));
        chosen.set(key);
        if let Some(key) = key {
            focus(format!("what-if-{key}"));
        }
    };
    let change = move |change: &dyn Fn(&mut Draft, usize)| {
        let Some(at) = at.get_untracked() else { return };
        let mut draft = draft.get_untracked();
        // The click that is chosen stays so.
        chosen.set(draft.slots.get(at).map(|slot| slot.key));
        change(&mut draft, at);
        edited.set(draft);
    };
    let remove = move || {
        let next = at
            .get_untracked()
            .map_or(0, |at| at.saturating_sub(usize::from(at + 1 == draft.with_untracked(|draft| draft.slots.len()))));
        change(&Draft::remove);
        choose(next);
    };
    let count = move || draft.with(|draft| draft.slots.len());
    let swapping = RwSignal::new(false);
    let search = RwSignal::new(String::new());
    let offers = memo(move || {
        let found = scene.with(|scene| {
            scene.as_ref().map(|scene| search.with(|search| matches(&scene.products, search, None))).unwrap_or_default()
        });
        found.into_iter().take(OFFERS).map(|item| Entry { key: item, item }).collect::<Vec<_>>()
    });
    let is_changed = memo(move || draft.with(Draft::is_changed));
    let on_key = move |event: KeyboardEvent| {
        let Some(place) = at.get_untracked() else { return };
        let last = draft.with_untracked(|draft| draft.slots.len());
        match event.key().as_str() {
            "Delete" | "Backspace" => remove(),
            key => match roving(key, place, last) {
                Some(next) => choose(next),
                None => return,
            },
        }
        event.prevent_default();
    };
    let slots =
        move || draft.with(|draft| draft.slots.iter().map(|slot| Entry { key: slot.key, item: slot.item }).collect());
    let tool = move |id: &'static str, name: &'static str, is_off: Memo<bool>, action: Box<dyn Fn() + Send + Sync>| {
        view! {
            <button
                type="button"
                class="text-tool"
                data-testid=format!("what-if-{id}")
                disabled=is_off
                on:click=move |_| action()
            >
                {name}
            </button>
        }
        .into_any()
    };
    let none = memo(move || at.get().is_none());
    let first = memo(move || at.get().is_none_or(|at| at == 0));
    let last = memo(move || at.get().is_none_or(|at| at + 1 == count()));
    let full = memo(move || at.get().is_none() || count() >= MAX_HISTORY);
    let few = memo(move || count() < 2);
    let same = memo(move || !is_changed.get());
    let is_muted = move || slot().is_some_and(|slot| slot.muted);
    let chosen_title = move || slot().map(|slot| session.title(slot.item)).unwrap_or_default();
    view! {
        <div class="what-if">
            {when(move || count() == 0, || view! { <p class="empty">"There is no click left to change."</p> }.into_any())}
            <div class="what-if-slots" role="radiogroup" aria-label="Click to change, oldest first" on:keydown=on_key>
                {each(
                    slots,
                    move |place, entry| {
                        let click = memo(move || {
                            draft.scoped().with(|draft| draft.slots.iter().find(|slot| slot.key == entry.key).copied())
                        });
                        let is_chosen = memo(move || at.scoped().get() == Some(place.get()));
                        view! { <Chip place=place click=click is_chosen=is_chosen choose=Callback::new(choose) /> }.into_any()
                    },
                )}
            </div>
            <div class="what-if-tools" role="group" aria-label=move || format!("Change {}", chosen_title())>
                <button
                    type="button"
                    class="text-tool"
                    data-testid="what-if-mute"
                    aria-pressed=move || is_muted().to_string()
                    disabled=none
                    on:click=move |_| change(&Draft::mute)
                >
                    "Mute"
                </button>
                {tool("remove", "Remove", none, Box::new(remove))}
                <button
                    type="button"
                    class="text-tool"
                    data-testid="what-if-swap"
                    aria-expanded=move || swapping.get().to_string()
                    disabled=none
                    on:click=move |_| swapping.update(|swapping| *swapping = !*swapping)
                >
                    "Swap for …"
                </button>
                {tool("earlier", "Earlier", first, Box::new(move || change(&Draft::move_back)))}
                {tool("later", "Later", last, Box::new(move || change(&|draft, at| draft.move_back(at + 1))))}
                {tool("repeat", "Repeat", full, Box::new(move || change(&Draft::repeat)))}
                <span class="what-if-gap"></span>
                {tool("reverse", "Reverse all", few, Box::new(move || change(&|draft, _| draft.reverse())))}
                {tool("reset", "Reset", same, Box::new(move || edited.set(Draft::default())))}
                {tool("apply", "Apply", same, Box::new(move || session.set_history(&draft.with_untracked(Draft::items))))}
            </div>
            {when(
                move || swapping.get() && count() > 0,
                move || {
                    view! {
                        <div class="what-if-swap">
                            <input
                                type="search"
                                data-testid="what-if-search"
                                placeholder="Search the shop"
                                aria-label="Product to put in its place"
                                prop:value=search
                                on:input=move |event| search.set(event_target_value(&event))
                            />
                            <div role="group" aria-label="Products to put in its place">
                                {each(
                                    move || offers.scoped().get(),
                                    move |_, entry| {
                                        let swap = move |_| {
                                            change(&|draft, at| draft.swap(at, entry.item));
                                            swapping.set(false);
                                            if let Some(at) = at.get_untracked() {
                                                choose(at);
                                            }
                                        };
                                        view! {
                                            <button type="button" class="text-tool" data-testid="what-if-offer" data-item=session.id(entry.item) on:click=swap>
                                                {session.title(entry.item)}
                                            </button>
                                        }
                                            .into_any()
                                    },
                                )}
                            </div>
                        </div>
                    }
                        .into_any()
                },
            )}
            <Comes asked=asked is_changed=is_changed />
        </div>
    }
}

/// A click in the changed history.
#[component]
fn Chip(
    /// Its place.
    place: ReadSignal<usize>,
    /// The click.
    click: Memo<Option<Slot>>,
    /// Whether it is the one that the buttons change.
    is_chosen: Memo<bool>,
    /// Makes it that one.
    choose: Callback<usize>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let title = move || click.get().map(|slot| session.title(slot.item)).unwrap_or_default();
    let is_muted = move || click.get().is_some_and(|slot| slot.muted);
    view! {
        <button
            type="button"
            role="radio"
            class="what-if-slot"
            class:muted=is_muted
            class:new=move || click.get().is_some_and(|slot| slot.new)
            id=move || click.get().map(|slot| format!("what-if-{}", slot.key))
            data-testid="what-if-item"
            data-item=move || click.get().map(|slot| session.id(slot.item))
            aria-checked=move || is_chosen.get().to_string()
            tabindex=move || if is_chosen.get() { "0" } else { "-1" }
            title=title
            on:click=move |_| choose.run(place.get_untracked())
        >
            <span class="numbers">{move || place.get() + 1}</span>
            <span class="what-if-title">{title}</span>
            <span class="visually-hidden">{move || if is_muted() { ", muted" } else { "" }}</span>
        </button>
    }
}

/// What comes of the changed history.
#[component]
fn Comes(
    /// The answer.
    asked: Asked<Answer>,
    /// Whether the history is changed at all.
    is_changed: Memo<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let outcome = memo(move || {
        let hide_clicked = session.hide_clicked.scoped().get();
        asked.answer.with(|answer| answer.as_ref().and_then(|answer| answer.outcome(session, hide_clicked)))
    });
    let place = |place: Option<u32>| place.map_or_else(|| "–".to_owned(), |place| format::count(place as usize));
    let shown = move |Outcome { title, probability, place: of }: Outcome| {
        let moved = match (of.before, of.after) {
            (Some(before), Some(after)) if after < before => format!("▲{}", format::count((before - after) as usize)),
            (Some(before), Some(after)) if after > before => format!("▼{}", format::count((after - before) as usize)),
            (Some(_), Some(_)) => "the same".to_owned(),
            (_, None) => "left out: it is in the history".to_owned(),
            (None, _) => "new in the ranking".to_owned(),
        };
        view! {
            <p class="quiet">{format!("For {title}, {}:", if is_changed.get() { "with the history changed like this" } else { "with nothing changed yet" })}</p>
            <dl class="figures numbers">
                <div>
                    <dt>"click probability"</dt>
                    <dd data-testid="what-if-probability" data-before=format::exact(probability.before) data-after=format::exact(probability.after)>
                        {format!("{} → {}", format::percent(probability.before), format::percent(probability.after))}
                        <small>{format!("{} points", points(probability.after - probability.before))}</small>
                    </dd>
                </div>
                <div>
                    <dt>"place in the ranking"</dt>
                    <dd data-testid="what-if-place" data-before=place(of.before) data-after=place(of.after)>
                        {format!("{} → {}", place(of.before), place(of.after))} <small>{moved}</small>
                    </dd>
                </div>
            </dl>
        }
        .into_any()
    };
    view! { <div class="what-if-outcome" aria-live="polite">{move || outcome.get().map(shown)}</div> }
}

/// Every click with the attention that it gets and what leaving it out does, as a list and as a scatter.
#[component]
fn LeaveOneOut(
    /// The clicks.
    lines: Memo<Vec<Line>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    on_cleanup(move || session.lit.set(None));
    let list = move || {
        let lines = lines.get();
        let greatest = |of: fn(&Line) -> f32| lines.iter().map(|line| of(line).abs()).fold(f32::MIN_POSITIVE, f32::max);
        let (most_attention, most_delta) = (greatest(|line| line.attention), greatest(|line| line.delta));
        let row = move |(at, line): (usize, Line)| {
            let (attention, delta) = (line.attention / most_attention, line.delta / most_delta);
            view! {
                <li class="left-out" on:pointerenter=move |_| session.lit.set(Some(at)) on:pointerleave=move |_| session.lit.set(None)>
                    <span class="numbers quiet">{at + 1}</span>
                    <span class="left-out-title" title=line.title.clone()>{line.title.clone()}</span>
                    <span class="left-out-bar" class:negative=attention < 0.0>
                        <i style=format!("width:{}%", attention.abs() * 100.0)></i>
                    </span>
                    <span class="numbers" data-testid="what-if-attention" data-attention=format::exact(line.attention)>
                        {format::weight(line.attention)}
                    </span>
                    <span class="left-out-bar two-sided" class:negative=delta < 0.0>
                        <i style=format!("width:{}%", delta.abs() * 50.0)></i>
                    </span>
                    <span
                        class="numbers"
                        data-testid="leave-one-out"
                        data-delta=format::exact(line.delta)
                        title=format!("{} without it, a difference of {}", format::percent(line.without), format::exact(line.delta))
                    >
                        {points(line.delta)}
                    </span>
                </li>
            }
            .into_any()
        };
        lines.clone().into_iter().enumerate().map(row).collect_view()
    };
    let r = memo(move || {
        lines.with(|lines| {
            let of = |number: fn(&Line) -> f32| lines.iter().map(number).collect::<Vec<f32>>();
            correlation(&of(|line| line.attention), &of(|line| line.delta))
        })
    });
    let says = move || match (lines.with(Vec::len), r.get()) {
        (0 | 1, _) => "Two clicks and more can be compared.".to_owned(),
        (_, None) => "There is no correlation to state: one of the two is the same for every click.".to_owned(),
        (count, Some(r)) => {
            format!("Correlation r = {} over {}.", format::weight(r as f32), format::plural(count, "click", "clicks"))
        }
    };
    let scene = scene();
    let label =
        move || scene.with(|scene| scene.as_ref().map(|scene| scene.model.attention_label()).unwrap_or_default());
    let points_of = memo(move || {
        lines.with(|lines| {
            lines.iter().map(|line| (line.title.clone(), [line.attention, line.delta * 100.0])).collect::<Vec<_>>()
        })
    });
    view! {
        <section class="leave-one-out" aria-labelledby="leave-one-out-title">
            <h3 id="leave-one-out-title">"Leave one out, beside attention"</h3>
            <p class="quiet">
                "Attention is not attribution. It says how much of a click is read, not how much the answer rests on it: a click that is \
                 read a lot may change little, and one that is hardly read may turn the answer. What an answer rests on shows where a \
                 click is left out: the probability with it less the probability without it."
            </p>
            {when(
                move || lines.with(Vec::is_empty),
                || view! { <p class="empty">"Without clicks there is nothing to leave out."</p> }.into_any(),
            )}
            {when(
                move || lines.with(|lines| !lines.is_empty()),
                move || {
                    view! {
                        <div class="left-outs">
                            <div>
                                <p class="left-out left-out-head quiet" aria-hidden="true">
                                    <span class="left-out-click">"click"</span>
                                    <span class="left-out-attention">{move || label()}</span>
                                    <span class="left-out-delta">"p with − p without, in percentage points"</span>
                                </p>
                                <ol aria-label="Clicks, with attention and the difference that each makes">{move || list()}</ol>
                            </div>
                            <figure>
                                <Scatter
                                    points=points_of
                                    x=ATTENTION
                                    y=DELTA
                                />
                                <figcaption data-testid="correlation" data-r=move || r.get().map(|r| r.to_string())>
                                    {move || says()}
                                </figcaption>
                            </figure>
                        </div>
                    }
                        .into_any()
                },
            )}
        </section>
    }
}

/// Whether the order matters.
#[component]
fn Order(
    /// The answer.
    asked: Asked<Answer>,
    /// Whether the history is to be read in reverse.
    in_reverse: RwSignal<bool>,
    /// The networks that read it then.
    reading: Memo<Vec<Network>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let rows = move || {
        let reversed =
            asked.answer.with(|answer| answer.as_ref().map(|answer| answer.reversed.clone()).unwrap_or_default());
        let row = |(network, [before, after]): (Network, [f32; 2])| {
            view! {
                <tr data-testid="reversed" data-network=network.id() data-before=format::exact(before) data-after=format::exact(after)>
                    <th scope="row">{network.name()}</th>
                    <td class="numbers">{format::percent(before)}</td>
                    <td class="numbers">{format::percent(after)}</td>
                    <td class="numbers">{points(after - before)}</td>
                </tr>
            }
            .into_any()
        };
        reversed.into_iter().map(row).collect_view()
    };
    // Of the networks that the papers hold side by side and of the one in use, where that is another one.
    let knows = move || {
        let used = asked.answer.with(|answer| {
            let kind = answer.as_ref()?.question.scene.model.config().network.kind();
            (!CONTRAST.contains(&kind)).then_some(kind)
        });
        CONTRAST.into_iter().chain(used).map(|kind| lesson(kind).order).collect::<Vec<_>>().join(" ")
    };
    view! {
        <section class="order" aria-labelledby="order-title">
            <h3 id="order-title">"Does the order matter?"</h3>
            <p class="quiet">
                {move || knows()}
            </p>
            <button
                type="button"
                class="button"
                data-testid="read-in-reverse"
                aria-pressed=move || in_reverse.get().to_string()
                on:click=move |_| in_reverse.update(|in_reverse| *in_reverse = !*in_reverse)
            >
                "Read the history in reverse"
            </button>
            {when(
                move || in_reverse.get(),
                move || {
                    view! {
                        <table class="plain-table">
                            <thead>
                                <tr>
                                    <th scope="col">"network"</th>
                                    <th scope="col">"as it is"</th>
                                    <th scope="col">"in reverse"</th>
                                    <th scope="col">"change, in points"</th>
                                </tr>
                            </thead>
                            <tbody>{move || rows()}</tbody>
                        </table>
                        {arrival(session, reading)}
                    }
                        .into_any()
                },
            )}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_have_a_sign() {
        assert_eq!([0.0123, -0.0123, 0.000_01, 0.0, -0.5].map(points), ["+1.23", "−1.23", "±0.00", "±0.00", "−50.00"]);
    }

    #[test]
    fn the_table_has_a_row_for_each_click() {
        let line = Line { title: "lamp".to_owned(), attention: 0.5, without: 0.25, delta: -0.125 };
        let table = table(&[line.clone(), line]);
        let row = [
            Cell::Count(2),
            Cell::Text("lamp".to_owned()),
            Cell::Number(0.5),
            Cell::Number(0.25),
            Cell::Number(-0.125),
        ];
        assert_eq!(table.rows[1], row);
        assert_eq!(table.columns.len(), row.len());
    }
}
