//! Training in the page: a network learns from the shop's purchases, in a worker, and the page shows it as it is at every second.

mod curves;
mod fields;
mod form;
mod kept;
mod own;
mod room;
mod run;
mod runs;
mod trainer;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::curves::{Curves, Marks, ScoreTable};
use self::fields::TrainFields;
use self::form::Form;
use self::room::{Phase, Room};
use self::run::{End, Run, table};
use self::runs::Runs;
use crate::browser::lazy::{Lazy, Making};
use crate::explain::networks::Network;
use crate::inside::charts::frame::Frame;
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::language::t;
use crate::session::{Model, Session};
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::progress::{Failure, Progress};
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};
use crate::your_model::YourModel;

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "train",
        name: t!("Train"),
        title: t!("Train a network here"),
        sentence: t!(
            "A network learns from the shop’s purchases on this device, and the page shows what it does meanwhile."
        ),
        missing: |_| None,
    }
}

/// The view, made anew. It comes apart from the other views: whoever looks at those has no need of what a trainer says and is told.
pub fn view() -> AnyView {
    let place = Lazy::new(|| Box::pin(loaded()));
    place.want();
    place.view()
}

/// Where the part of the file `train` begins.
#[wasm_split(train, fallible)]
fn loaded() -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Train /> }.into_any()))
}

/// The view.
#[component]
fn Train() -> impl IntoView {
    let session = expect_context::<Session>();
    let room = Room::of_page(session, expect_context::<YourModel>());
    expect_context::<Fields>().add(
        "train",
        move || room.form.scoped().with(Form::written),
        move |text| {
            room.form.set(Form::read(text)?);
            Some(())
        },
    );
    let runs = room.runs;
    let newest = memo(move || runs.scoped().with(|runs| runs.last().cloned()));
    let drawn =
        memo(move || runs.scoped().with(|runs| runs.iter().filter(|run| run.is_drawn).cloned().collect::<Vec<_>>()));
    // Of the training that is seen, or of the one that is about to begin.
    let kind = memo(move || {
        let begun = newest.with(|newest| newest.as_ref().map(|run| run.form.kind));
        begun.unwrap_or_else(|| room.form.scoped().with(|form| form.kind))
    });
    Effect::new(move || session.want(Network::Shipped(kind.get())));
    let marks = memo(move || {
        let floor = newest.with(|newest| newest.as_ref().map(|run| run.floor)).filter(|floor| !floor[0].is_nan());
        let gauc = |model: &Model| Some([model.validated("uniform")?, model.validated("popularity")?]);
        let model = session.models[Network::Shipped(kind.get()).index()].scoped();
        // The page's own network was measured on the shop's customers.
        let is_shop = newest.with(|newest| newest.as_ref().is_none_or(|run| run.data.is_none()));
        Marks { floor, shipped: model.with(|model| model.ready().and_then(gauc)).filter(|_| is_shop) }
    });
    let name = memo(move || Network::Shipped(kind.get()).name());
    let table = memo(move || {
        let Marks { floor, shipped } = marks.get();
        let floor = floor.map(|gauc| (t!("popularity alone").to_owned(), gauc));
        let shipped = shipped.map(|gauc| (t!("the page’s {name}", name = name.get()), gauc));
        let levels: Vec<_> = floor.into_iter().chain(shipped).collect();
        drawn.with(|runs| table(&levels, runs))
    });
    let has_begun = memo(move || newest.with(Option::is_some));
    let last = move |of: fn(&Run) -> Option<String>| move || newest.with(|newest| newest.as_ref().and_then(of));
    view! {
        <Frame entry=entry() is_log=true controls=view! { <Controls room=room /> }.into_any() table=table>
            <div
                data-testid="train-curve"
                data-step=last(|run| Some(run.losses.len().to_string()))
                data-loss=last(|run| run.losses.last().map(|loss| format::exact(*loss)))
                data-gauc=last(|run| run.gauc().map(|[uniform, _]| uniform.to_string()))
            >
                <Curves runs=drawn marks=marks />
                <ScoreTable newest=newest marks=marks name=name />
            </div>
            {when(move || has_begun.get(), move || view! { <Runs room=room /> }.into_any())}
            <p class="quiet train-foot">
                {t!(
                    "The training customers’ purchases (Online Retail, CC BY 4.0) come as a file of 0.4 MB; nothing leaves this device. While it learns, the network takes the place of “Your model” on the page: every other view shows it. The same seed gives the same curve."
                )}
            </p>
        </Frame>
    }
}

/// What is set, the buttons, and how it goes.
#[component]
fn Controls(
    /// The page's trainings.
    room: Room,
) -> impl IntoView {
    let phase = room.phase;
    let is = move |wanted: fn(&Phase) -> bool| memo(move || phase.scoped().with(wanted));
    let (is_busy, is_at_work, is_paused) = (
        is(|phase| !matches!(phase, Phase::Idle | Phase::Lost(_))),
        is(|phase| matches!(phase, Phase::Running | Phase::Paused)),
        is(|phase| *phase == Phase::Paused),
    );
    let is_wrong = memo(move || {
        room.form.scoped().with(|form| form.options().is_err() || !form.is_tuning() && room.own.is_wrong())
    });
    let newest = memo(move || {
        room.runs.scoped().with(|runs| runs.iter().rev().find(|run| run.weights.is_some()).map(|run| run.number))
    });
    let kept = memo(move || {
        room.kept.scoped().with(|kept| {
            let kept = kept.as_ref()?;
            let network = Network::Shipped(kept.form()?.kind).name();
            Some(t!("Go on with the training of {network} after step {step}", step = format::count(kept.steps())))
        })
    });
    let has_none = move || newest.with(Option::is_none);
    let with_newest = move |act: fn(Room, usize)| {
        if let Some(number) = newest.get_untracked() {
            act(room, number);
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        room.start();
    };
    let arriving = move || match phase.scoped().get() {
        Phase::Loading { what, received, total } => {
            view! { <Progress what=what received=received total=total /> }.into_any()
        }
        Phase::Lost(why) => view! { <Failure why=why retry=Box::new(move || room.start()) /> }.into_any(),
        Phase::Idle | Phase::Running | Phase::Paused => ().into_any(),
    };
    view! {
        <form class="train-form" on:submit=submit>
            <TrainFields room=room />
            <div class="train-buttons" role="group" aria-label=t!("Training") translate="no">
                <button type="submit" class="button" data-testid="train-start" disabled=move || is_busy.get() || is_wrong.get()>
                    <Icon path=icons::PLAY />
                    {t!("Start training")}
                </button>
                <button type="button" class="button" data-testid="train-pause" disabled=move || !is_at_work.get() on:click=move |_| room.pause()>
                    {move || if is_paused.get() { t!("Go on") } else { t!("Pause") }}
                </button>
                <button type="button" class="button" data-testid="train-stop" disabled=move || !is_busy.get() on:click=move |_| room.stop()>
                    {t!("Stop")}
                </button>
                <button type="button" class="button" data-testid="train-use" disabled=has_none on:click=move |_| with_newest(Room::use_run)>
                    {t!("Let it answer")}
                </button>
                <button
                    type="button"
                    class="button"
                    data-testid="train-download"
                    disabled=has_none
                    on:click=move |_| with_newest(Room::download)
                >
                    <Icon path=icons::DOWNLOAD />
                    {t!("Download the network")}
                </button>
            </div>
        </form>
        {when(
            move || kept.with(Option::is_some) && !is_busy.get(),
            move || {
                view! {
                    <p>
                        <button type="button" class="link" data-testid="train-resume" translate="no" on:click=move |_| room.resume()>
                            {move || kept.get()}
                        </button>
                    </p>
                }
                    .into_any()
            },
        )}
        {move || arriving()}
        <Status room=room />
        {when(
            move || room.problem.scoped().with(Option::is_some),
            move || {
                view! { <p class="failure" role="alert">{move || room.problem.scoped().get().map(|why| format::sentence(&why))}</p> }
                    .into_any()
            },
        )}
        <p class="visually-hidden" aria-live="polite" data-testid="train-said">{move || room.said.scoped().get()}</p>
    }
}

/// How the training goes, in a line.
#[component]
fn Status(
    /// The page's trainings.
    room: Room,
) -> impl IntoView {
    let state = move || {
        let phase = room.phase.scoped().get();
        room.runs.scoped().with(|runs| {
            let run = runs.last()?;
            match (&run.end, phase) {
                (End::NotYet, Phase::Paused) => Some(t!("It waits. {place}", place = place(run))),
                (End::NotYet, Phase::Running) => {
                    let left = run.left().map(|ms| t!(" About {time} left.", time = duration(ms))).unwrap_or_default();
                    let rate = t!("{rate} steps a second.", rate = format!("{:.1}", run.rate));
                    Some(format!("{} {rate}{left}", place(run)))
                }
                (End::NotYet, _) => Some(t!("The trainer is made ready …").to_owned()),
                (End::Finished, _) => {
                    Some(t!("Finished after {time}. {place}", time = duration(run.worked), place = place(run)))
                }
                (End::Stopped, _) => {
                    Some(t!("Stopped after {time}. {place}", time = duration(run.worked), place = place(run)))
                }
                (End::Failed(why), _) => Some(why.clone()),
            }
        })
    };
    let state = memo(state);
    let is_failed =
        memo(move || room.runs.scoped().with(|runs| runs.last().is_some_and(|run| matches!(run.end, End::Failed(_)))));
    when(
        move || state.with(Option::is_some),
        move || {
            view! {
                <p class="train-status numbers" class:failure=move || is_failed.get() data-testid="train-status" translate="no">
                    {move || state.get()}
                </p>
            }
            .into_any()
        },
    )
}

/// Where it is, and the loss there.
fn place(run: &Run) -> String {
    if run.losses.is_empty() {
        return t!("No step yet.").to_owned();
    }
    let (pass, step) = run.place();
    t!(
        "Pass {pass} of {passes}, step {step} of {steps}, loss {loss}.",
        passes = run.passes,
        step = format::count(step),
        steps = format::count(run.steps),
        loss = run.losses.last().copied().map(format::weight).unwrap_or_default()
    )
}

/// A time of seconds or minutes.
fn duration(ms: f64) -> String {
    let seconds = (ms / 1000.0).round() as usize;
    if seconds < 100 { t!("{seconds} s") } else { t!("{minutes} min", minutes = seconds.div_ceil(60)) }
}
