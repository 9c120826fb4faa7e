//! Step through time: what the network computes with each click, as [`steps`](crate::explain::steps) reads it from the same
//! stages that are in the picture of the model.

use std::sync::Arc;
use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::Steps as OfSteps;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::dom::roving;
use crate::explain::calculation;
use crate::explain::math::math;
use crate::explain::steps::{Quantity, quantities};
use crate::export::Download;
use crate::inside::charts::frame::Frame;
use crate::inside::charts::heat::HeatMap;
use crate::inside::charts::scale::{Scale, ScaleLegend, SharedScale};
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::charts::walk::{Walk, Walker};
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::inside::inspected::if_none_left;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::{Scene, scene};
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "steps",
        name: t!("Steps"),
        title: t!("Steps through time"),
        sentence: t!(
            "What the network computes with each click: a column a click, a line a unit. Point at a cell to read its number."
        ),
        missing: |_| None,
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Steps /> }.into_any()
}

/// A quantity at every step, `[step, unit]`.
type Values = OfSteps<'static>;

/// Steps a second, and how the page says it.
const SPEEDS: [(f64, &str); 4] = [(0.5, "½"), (1.0, "1"), (2.0, "2"), (4.0, "4")];

/// The place of the speed at which the view begins.
const USUAL_SPEED: usize = 1;

/// The view.
#[component]
pub fn Steps() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let story = memo(move || {
        let story = |scene: &Option<Scene>| Some(quantities(&scene.as_ref()?.inputs()?));
        Arc::new(scene.with(story).unwrap_or_default())
    });
    let walk = Walk::new(session, scene);
    let (step, titles) = (walk.step, walk.titles);
    let playing = RwSignal::new(false);
    let speed = RwSignal::new(USUAL_SPEED);
    expect_context::<Fields>().add(
        "speed",
        move || Some(speed.get()).filter(|place| *place != USUAL_SPEED).map(|place| SPEEDS[place].0.to_string()),
        move |text| {
            let place = SPEEDS.iter().position(|(speed, _)| speed.to_string() == text)?;
            speed.set(place);
            Some(())
        },
    );
    Effect::new(move || {
        if !playing.get() {
            return;
        }
        let pause = Duration::from_secs_f64(1.0 / SPEEDS[speed.get()].0);
        let turn = move || {
            let next = step.get_untracked() + 1;
            walk.go(next);
            if next >= walk.last() {
                playing.set(false);
            }
        };
        if let Ok(timer) = set_interval_with_handle(turn, pause) {
            on_cleanup(move || timer.clear());
        }
    });
    let play = move || {
        if !playing.get_untracked() && step.get_untracked() >= walk.last() {
            walk.go(0);
        }
        playing.update(|playing| *playing = !*playing);
    };
    let on_key = Callback::new(move |event: KeyboardEvent| {
        let target =
            event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()).map(|target| target.tag_name());
        // What has arrow keys or a space bar of its own keeps them.
        let is_input = matches!(target.as_deref(), Some("INPUT" | "SELECT"));
        match event.key().as_str() {
            " " if !is_input && target.as_deref() != Some("BUTTON") => play(),
            key @ ("ArrowLeft" | "ArrowRight" | "Home" | "End") if !is_input => {
                let Some(next) = roving(key, step.get_untracked(), walk.last() + 1) else { return };
                playing.set(false);
                walk.go(next);
            }
            _ => return,
        }
        event.prevent_default();
    });
    let is_shared = RwSignal::new(false);
    let readout = RwSignal::new(None::<String>);
    let quantities =
        memo(move || story.with(|story| story.iter().map(|(quantity, _)| quantity.clone()).collect::<Vec<_>>()));
    let layers = memo(move || {
        let mut layers = quantities.with(|quantities| quantities.iter().map(|one| one.stage).collect::<Vec<_>>());
        layers.dedup();
        layers
    });
    let map = move |place: usize, quantity: Quantity| {
        let is_sequential = calculation::is_sequential(quantity.kind);
        let values =
            memo(move || story.with(|story| story.get(place).map(|(_, values)| values.clone()).unwrap_or_default()));
        let scale = memo(move || {
            let is_shared = is_shared.scoped().get();
            story.with(|story| {
                let all = story.iter().enumerate();
                let of = all.filter(|(other, (one, _))| {
                    if is_shared { calculation::is_sequential(one.kind) == is_sequential } else { *other == place }
                });
                Scale::of(of.flat_map(|(_, (_, values))| values.values().iter().copied()), !is_sequential)
            })
        });
        let label = quantity.label();
        let words = Arc::new(move |t: usize, unit: usize| {
            let title = titles.with_untracked(|titles| titles.get(t).cloned().unwrap_or_default());
            if values.with_untracked(Values::width) > 1 {
                t!("{label}, step {step} ({title}), unit {unit}", step = t + 1, unit = unit + 1)
            } else {
                t!("{label}, step {step} ({title})", step = t + 1)
            }
        });
        view! {
            <div class="quantity" data-letter=quantity.letter.clone() class:one-line=move || values.with(Values::width) == 1>
                <h4>{format!("{} {}", format::capital(&quantity.name), quantity.letter)}</h4>
                <ScaleLegend scale=Signal::derive(move || scale.get()) />
                <p class="equation" inner_html=math(&quantity.equation)></p>
                <HeatMap values=values scale=scale walk=walk label=quantity.label() words=words readout=readout />
            </div>
        }
        .into_any()
    };
    let chart = move || {
        layers
            .get()
            .into_iter()
            .map(|layer| {
                let maps = quantities.with(|quantities| {
                    let all = quantities.iter().enumerate().filter(|(_, one)| one.stage == layer);
                    all.map(|(place, one)| map(place, one.clone())).collect_view()
                });
                view! { <section class="layer"><h3>{layer}</h3>{maps}</section> }.into_any()
            })
            .collect_view()
    };
    let table = memo(move || story.with(|story| titles.with(|titles| table(story, titles))));
    let between = view! {
        <button
            type="button"
            class="tool"
            data-testid="step-play"
            aria-label=move || if playing.get() { t!("Pause") } else { t!("Play") }
            title=move || if playing.get() { t!("Pause (Space)") } else { t!("Play (Space)") }
            on:click=move |_| play()
        >
            {move || view! { <Icon path=if playing.get() { icons::PAUSE } else { icons::PLAY } /> }.into_any()}
        </button>
    };
    let speeds = SPEEDS.iter().enumerate().map(|(place, (_, name))| {
        view! { <option value=place prop:selected=move || speed.get() == place>{t!("{steps} a second", steps = name)}</option> }.into_any()
    });
    let after = view! {
        <label class="quiet" translate="yes">
            {t!("Speed")} " "
            <select data-testid="step-speed" on:change=move |event| speed.set(event_target_value(&event).parse().unwrap_or(USUAL_SPEED))>
                {speeds.collect_view()}
            </select>
        </label>
        <SharedScale is_shared=is_shared />
    };
    let (between, after) = (between.into_any(), after.into_any());
    let controls = view! {
        <Walker walk=walk between=between after=after on_walk=Callback::new(move |()| playing.set(false)) />
        <Download />
    }
    .into_any();
    view! {
        <Frame entry=entry() controls=controls table=table on_key=on_key>
            {when(move || walk.count() == 0, || view! { <p class="empty" translate="yes">{t!("Without clicks there is no step. The first one makes it.")}</p> }.into_any())}
            {if_none_left(scene)}
            {when(
                move || { walk.count() > 0 },
                move || {
                    view! {
                        <div class="layers">{move || chart()}</div>
                        <p class="cell-readout numbers" data-testid="cell-readout" data-passing>{move || readout.get()}</p>
                    }
                        .into_any()
                },
            )}
        </Frame>
    }
}

/// A row for each step and unit.
fn table(story: &[(Quantity, Values)], titles: &[String]) -> Table {
    let mut columns: Vec<Column> = [t!("step"), t!("click"), t!("unit")].map(Column::new).into();
    columns.extend(story.iter().map(|(quantity, _)| Column::new(quantity.label())));
    let units = story.iter().map(|(_, values)| values.width()).max().unwrap_or_default();
    let rows = titles.iter().enumerate().flat_map(|(t, title)| {
        (0..units).map(move |unit| {
            let number = |(_, values): &(Quantity, Values)| {
                values.step(t).get(unit).map_or(Cell::None, |value| Cell::Number(*value))
            };
            let mut row = vec![Cell::Count(t + 1), Cell::Text(title.clone()), Cell::Count(unit + 1)];
            row.extend(story.iter().map(number));
            row
        })
    });
    Table { columns, rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use model::Kind;

    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_step_and_unit() {
        let quantity = |kind| {
            let [letter, equation] = ["x", "x"].map(str::to_owned);
            Quantity { stage: "L", name: "n".into(), letter, equation, kind }
        };
        let story = [
            (quantity(Kind::Gate), Values::new(1, vec![0.5, 0.6])),
            (quantity(Kind::State), Values::new(2, vec![1.0, 2.0, 3.0, 4.0])),
        ];
        let table = table(&story, &["a".to_owned(), "b".to_owned()]);
        assert_eq!(table.rows.len(), 4);
        let row = [Cell::Count(2), Cell::Text("b".to_owned()), Cell::Count(2), Cell::None, Cell::Number(4.0)];
        assert_eq!(table.rows[3], row);
    }
}
