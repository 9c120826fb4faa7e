//! Step through time: what the network computes with each click. DIEN's gates and states; of the other networks, which know no
//! recurrence, what each click adds to the interest.

use std::sync::Arc;
use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::{
    DienAttention, DienConfig, DienTrace, Evolution, NetworkConfig, Normalization, Pooling, Reset, Steps as OfSteps,
    Trace,
};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::dom::roving;
use crate::explain::layers::{embed, gru_step};
use crate::explain::math::math;
use crate::inside::charts::frame::Frame;
use crate::inside::charts::heat::HeatMap;
use crate::inside::charts::scale::{Scale, ScaleLegend, SharedScale};
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::charts::walk::{Walk, Walker};
use crate::inside::views::View;
use crate::session::Session;
use crate::session::scene::{Scene, scene};
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// Values of a quantity, which outlive the trace.
type Values = OfSteps<'static>;

/// Steps a second, and how the page says it.
const SPEEDS: [(f64, &str); 4] = [(0.5, "½ a second"), (1.0, "1 a second"), (2.0, "2 a second"), (4.0, "4 a second")];

/// One quantity at every step, in words and letters.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Quantity {
    /// The layer that computes it.
    layer: &'static str,
    name: &'static str,
    letter: &'static str,
    /// As [`math`] reads it.
    equation: &'static str,
    /// A gate or weight, on the sequential scale; a state otherwise.
    is_gate: bool,
}

impl Quantity {
    /// Of a state.
    const fn state(layer: &'static str, name: &'static str, letter: &'static str, equation: &'static str) -> Self {
        Self { layer, name, letter, equation, is_gate: false }
    }

    /// Of a gate.
    const fn gate(layer: &'static str, name: &'static str, letter: &'static str, equation: &'static str) -> Self {
        Self { layer, name, letter, equation, is_gate: true }
    }

    fn label(&self) -> String {
        format!("{}: {} {}", self.layer, self.name, self.letter)
    }
}

/// Every quantity with its values, [step, width].
#[derive(Debug, Clone, PartialEq, Default)]
struct Story {
    quantities: Vec<(Quantity, Values)>,
}

const EXTRACTOR: &str = "Interest extractor";
const ATTENTION: &str = "Attention";
const EVOLUTION: &str = "Interest evolution";
const POOLING: &str = "Pooling";

impl Story {
    fn of(scene: &Scene) -> Option<Self> {
        let trace = &scene.inspected()?.trace;
        let quantities = match &scene.model.config().network {
            NetworkConfig::Dien(dien) => dien_quantities(scene, dien, DienTrace::of(trace)?),
            network @ (NetworkConfig::EmbeddingMlp(_) | NetworkConfig::Din(_) | NetworkConfig::Tin(_)) => {
                pooling_quantities(scene, network, trace)
            }
        };
        Some(Self { quantities })
    }
}

/// One number a step.
fn of_numbers(numbers: &[f32]) -> Values {
    Values::new(1, numbers.to_vec())
}

fn dien_quantities(scene: &Scene, dien: &DienConfig, trace: DienTrace<'_>) -> Vec<(Quantity, Values)> {
    let weights = scene.model.weights();
    let zero = vec![0.0; dien.hidden];
    let [mut r, mut u, mut n] = [const { Vec::new() }; 3];
    for (t, click) in scene.clicks().enumerate() {
        let before = if t == 0 { zero.as_slice() } else { trace.interest_states.step(t - 1) };
        let step = gru_step(weights, "extractor", dien.reset, &embed(weights, click), before);
        r.extend(step.reset);
        u.extend(step.update);
        n.extend(step.candidate);
    }
    let [r, u, n] = [r, u, n].map(|values| Values::new(dien.hidden, values));
    let candidate = match dien.reset {
        Reset::After => "n_t = tanh(x_t W_n + b_n + r_t ⊙ (h_{t−1} U_n + c_n))",
        Reset::Before => "n_t = tanh(x_t W_n + b_n + (r_t ⊙ h_{t−1}) U_n + c_n)",
    };
    let mut quantities = vec![
        (Quantity::gate(EXTRACTOR, "reset gate", "r", "r_t = σ(x_t W_r + b_r + h_{t−1} U_r + c_r)"), r),
        (Quantity::gate(EXTRACTOR, "update gate", "u", "u_t = σ(x_t W_u + b_u + h_{t−1} U_u + c_u)"), u),
        (Quantity::state(EXTRACTOR, "candidate state", "n", candidate), n),
        (
            Quantity::state(EXTRACTOR, "interest state", "h", "h_t = (1 − u_t) ⊙ h_{t−1} + u_t ⊙ n_t"),
            trace.interest_states.into_owned(),
        ),
        (
            Quantity::gate(ATTENTION, "to the inspected product", "a", attention_equation(dien)),
            of_numbers(trace.attention),
        ),
    ];
    let [reset, update, candidate] = match (dien.evolution, dien.reset) {
        (Evolution::Aigru, Reset::After) => [
            "r_t = σ(a_t h_t W_r + b_r + h′_{t−1} U_r + c_r)",
            "u_t = σ(a_t h_t W_u + b_u + h′_{t−1} U_u + c_u)",
            "n_t = tanh(a_t h_t W_n + b_n + r_t ⊙ (h′_{t−1} U_n + c_n))",
        ],
        (Evolution::Aigru, Reset::Before) => [
            "r_t = σ(a_t h_t W_r + b_r + h′_{t−1} U_r + c_r)",
            "u_t = σ(a_t h_t W_u + b_u + h′_{t−1} U_u + c_u)",
            "n_t = tanh(a_t h_t W_n + b_n + (r_t ⊙ h′_{t−1}) U_n + c_n)",
        ],
        (_, Reset::After) => [
            "r_t = σ(h_t W_r + b_r + h′_{t−1} U_r + c_r)",
            "u_t = σ(h_t W_u + b_u + h′_{t−1} U_u + c_u)",
            "n_t = tanh(h_t W_n + b_n + r_t ⊙ (h′_{t−1} U_n + c_n))",
        ],
        (_, Reset::Before) => [
            "r_t = σ(h_t W_r + b_r + h′_{t−1} U_r + c_r)",
            "u_t = σ(h_t W_u + b_u + h′_{t−1} U_u + c_u)",
            "n_t = tanh(h_t W_n + b_n + (r_t ⊙ h′_{t−1}) U_n + c_n)",
        ],
    };
    let (gate, writes) = match dien.evolution {
        Evolution::Augru => ("attentional update gate", "ũ_t = a_t·u_t"),
        Evolution::AugruAuthors => ("attentional update gate", "ũ_t = 1 − (1 − a_t)(1 − u_t)"),
        Evolution::Agru => ("gate that writes", "ũ_t = a_t"),
        Evolution::Aigru | Evolution::Gru => ("gate that writes", "ũ_t = u_t"),
    };
    let state = "h′_t = (1 − ũ_t) ⊙ h′_{t−1} + ũ_t ⊙ n_t";
    quantities.extend([
        (Quantity::gate(EVOLUTION, "reset gate", "r", reset), trace.reset.into_owned()),
        (Quantity::gate(EVOLUTION, "update gate", "u", update), trace.update.into_owned()),
        (Quantity::gate(EVOLUTION, gate, "ũ", writes), trace.attentional_update.into_owned()),
        (Quantity::state(EVOLUTION, "candidate state", "n", candidate), trace.candidate.into_owned()),
        (Quantity::state(EVOLUTION, "evolution state", "h′", state), trace.evolution_states.clone().into_owned()),
    ]);
    if dien.evolution == Evolution::Gru {
        let sums = running_sum(trace.attention, &trace.evolution_states);
        let interest = Quantity::state(POOLING, "interest so far", "v", "v_t = v_{t−1} + a_t h′_t");
        quantities.push((interest, sums));
    }
    quantities
}

fn attention_equation(dien: &DienConfig) -> &'static str {
    // A second GRU is run first, and attention looks at its states.
    let is_second = dien.evolution == Evolution::Gru;
    match (&dien.attention, dien.normalization) {
        (DienAttention::None, _) => "a_T = 1, a_t = 0, t < T",
        (DienAttention::Bilinear, Normalization::None) if is_second => "a_t = h′_t W q",
        (DienAttention::Bilinear, Normalization::None) => "a_t = h_t W q",
        (DienAttention::Bilinear, Normalization::Softmax) if is_second => "a_t = softmax_t(h′_t W q)",
        (DienAttention::Bilinear, Normalization::Softmax) => "a_t = softmax_t(h_t W q)",
        (DienAttention::Bilinear, Normalization::ScaledSoftmax) if is_second => "a_t = softmax_t(h′_t W q / √d)",
        (DienAttention::Bilinear, Normalization::ScaledSoftmax) => "a_t = softmax_t(h_t W q / √d)",
        (DienAttention::LocalActivation(_), Normalization::None) if is_second => {
            "a_t = MLP([q, h′_t, q − h′_t, q ⊙ h′_t])"
        }
        (DienAttention::LocalActivation(_), Normalization::None) => "a_t = MLP([q, h_t, q − h_t, q ⊙ h_t])",
        (DienAttention::LocalActivation(_), Normalization::Softmax) if is_second => {
            "a_t = softmax_t(MLP([q, h′_t, q − h′_t, q ⊙ h′_t]))"
        }
        (DienAttention::LocalActivation(_), Normalization::Softmax) => {
            "a_t = softmax_t(MLP([q, h_t, q − h_t, q ⊙ h_t]))"
        }
        (DienAttention::LocalActivation(_), Normalization::ScaledSoftmax) if is_second => {
            "a_t = softmax_t(MLP([q, h′_t, q − h′_t, q ⊙ h′_t]) / √d)"
        }
        (DienAttention::LocalActivation(_), Normalization::ScaledSoftmax) => {
            "a_t = softmax_t(MLP([q, h_t, q − h_t, q ⊙ h_t]) / √d)"
        }
    }
}

fn pooling_quantities(scene: &Scene, network: &NetworkConfig, trace: &Trace) -> Vec<(Quantity, Values)> {
    let weights = scene.model.weights();
    let h = scene.model.config().width();
    let mut keys: Vec<f32> = scene.clicks().flat_map(|click| embed(weights, click)).collect();
    let mut summed = keys.clone();
    if let (NetworkConfig::Tin(_), Some(inspected)) = (network, scene.inspected()) {
        let positions = weights.values("embedding.position.weight");
        let (steps, oldest) = (keys.len() / h, positions.len() / h - 1);
        let position = |back: usize| &positions[back.min(oldest) * h..][..h];
        for (t, key) in keys.chunks_exact_mut(h).enumerate() {
            key.iter_mut().zip(position(steps - t)).for_each(|(key, p)| *key += p);
        }
        let query = embed(weights, scene.rows(inspected.item));
        let query: Vec<f32> = query.iter().zip(position(0)).map(|(q, p)| q + p).collect();
        summed = keys.iter().zip(query.iter().cycle()).map(|(key, q)| key * q).collect();
    }
    let summed = Values::new(h, summed);
    let parts: Vec<f32> = summed
        .iter()
        .zip(trace.attention())
        .flat_map(|(key, weight)| key.iter().map(move |key| weight * key))
        .collect();
    let normalization = match network {
        NetworkConfig::Din(din) => din.normalization,
        _ => Normalization::Softmax,
    };
    let (weight, key, part, sum) = match network {
        NetworkConfig::Tin(_) => (
            Quantity::gate(ATTENTION, "weight", "α", "α_j = softmax_j(k̃_j·q̃ / √H)"),
            Quantity::state(POOLING, "click with its position", "k̃", "k̃_j = k_j + p(T − j + 1)"),
            Quantity::state(POOLING, "what the click adds", "α (k̃ ⊙ q̃)", "α_j (k̃_j ⊙ q̃)"),
            Quantity::state(POOLING, "interest so far", "v", "v_j = v_{j−1} + α_j (k̃_j ⊙ q̃)"),
        ),
        network => (
            match (network, normalization) {
                (NetworkConfig::EmbeddingMlp(options), _) => {
                    let equation = if options.pooling == Pooling::Sum { "w_j = 1" } else { "w_j = 1 / T" };
                    Quantity::gate(ATTENTION, "equal weight", "w", equation)
                }
                (_, Normalization::None) => {
                    Quantity::gate(ATTENTION, "score", "w", "w_j = MLP([q, k_j, q − k_j, q ⊙ k_j])")
                }
                (_, Normalization::Softmax) => {
                    Quantity::gate(ATTENTION, "weight", "w", "w_j = softmax_j(MLP([q, k_j, q − k_j, q ⊙ k_j]))")
                }
                (_, Normalization::ScaledSoftmax) => {
                    Quantity::gate(ATTENTION, "weight", "w", "w_j = softmax_j(MLP([q, k_j, q − k_j, q ⊙ k_j]) / √H)")
                }
            },
            Quantity::state(POOLING, "click", "k", "k_j = item_j ‖ category_j"),
            Quantity::state(POOLING, "what the click adds", "w·k", "w_j k_j"),
            Quantity::state(POOLING, "interest so far", "v", "v_j = v_{j−1} + w_j k_j"),
        ),
    };
    let running = running_sum(trace.attention(), &summed);
    vec![
        (weight, of_numbers(trace.attention())),
        (key, Values::new(h, keys)),
        (part, Values::new(h, parts)),
        (sum, running),
    ]
}

/// Σ_{i≤t} w_i x_i, [step, width].
fn running_sum(weights: &[f32], values: &OfSteps<'_>) -> Values {
    let width = values.width().max(1);
    let mut sum = vec![0.0; width];
    let mut sums = Vec::new();
    for (weight, value) in weights.iter().zip(values.iter()) {
        sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
        sums.extend_from_slice(&sum);
    }
    Values::new(width, sums)
}

/// The view.
#[component]
pub fn Steps() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let story = memo(move || scene.with(|scene| Arc::new(scene.as_ref().and_then(Story::of).unwrap_or_default())));
    let walk = Walk::new(session, scene);
    let (step, titles) = (walk.step, walk.titles);
    let playing = RwSignal::new(false);
    let speed = RwSignal::new(1usize);
    Effect::new(move || {
        if !playing.get() {
            return;
        }
        let pause = Duration::from_secs_f64(1.0 / SPEEDS[speed.get().min(SPEEDS.len() - 1)].0);
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
        memo(move || story.with(|story| story.quantities.iter().map(|(quantity, _)| *quantity).collect::<Vec<_>>()));
    let layers = memo(move || {
        let mut layers = quantities.with(|quantities| quantities.iter().map(|one| one.layer).collect::<Vec<_>>());
        layers.dedup();
        layers
    });
    let map = move |place: usize, quantity: Quantity| {
        let values = memo(move || {
            story
                .scoped()
                .with(|story| story.quantities.get(place).map(|(_, values)| values.clone()).unwrap_or_default())
        });
        let scale = memo(move || {
            let is_shared = is_shared.scoped().get();
            story.scoped().with(|story| {
                let all = story.quantities.iter().enumerate();
                let of = all.filter(
                    |(other, (one, _))| if is_shared { one.is_gate == quantity.is_gate } else { *other == place },
                );
                Scale::of(of.flat_map(|(_, (_, values))| values.values().iter().copied()), !quantity.is_gate)
            })
        });
        let words = Arc::new(move |t: usize, unit: usize| {
            let title = titles.with_untracked(|titles| titles.get(t).cloned().unwrap_or_default());
            let of =
                if values.with_untracked(Values::width) > 1 { format!(", unit {}", unit + 1) } else { String::new() };
            format!("{}, step {} ({title}){of}", quantity.label(), t + 1)
        });
        view! {
            <div class="quantity" class:one-line=move || values.with(Values::width) == 1>
                <h4>{format!("{} {}", format::capital(quantity.name), quantity.letter)}</h4>
                <ScaleLegend scale=scale />
                <p class="equation" inner_html=math(quantity.equation)></p>
                <HeatMap values=values scale=scale step=step label=quantity.label() words=words readout=readout />
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
                    let all = quantities.iter().enumerate().filter(|(_, one)| one.layer == layer);
                    all.map(|(place, one)| map(place, *one)).collect_view()
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
            aria-label=move || if playing.get() { "Pause" } else { "Play" }
            title=move || if playing.get() { "Pause (Space)" } else { "Play (Space)" }
            on:click=move |_| play()
        >
            {move || view! { <Icon path=if playing.get() { icons::PAUSE } else { icons::PLAY } /> }.into_any()}
        </button>
    };
    let speeds = SPEEDS
        .iter()
        .enumerate()
        .map(|(place, (_, name))| view! { <option value=place selected=place == 1>{*name}</option> }.into_any());
    let after = view! {
        <label class="quiet">
            "Speed "
            <select data-testid="step-speed" on:change=move |event| speed.set(event_target_value(&event).parse().unwrap_or(1))>
                {speeds.collect_view()}
            </select>
        </label>
        <SharedScale is_shared=is_shared />
    };
    let (between, after) = (between.into_any(), after.into_any());
    let controls =
        view! { <Walker walk=walk between=between after=after on_walk=Callback::new(move |()| playing.set(false)) /> }
            .into_any();
    view! {
        <Frame view=View::Steps controls=controls table=table on_key=on_key>
            {when(move || walk.count() == 0, || view! { <p class="empty">"Without clicks there is no step. The first one makes it."</p> }.into_any())}
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
fn table(story: &Story, titles: &[String]) -> Table {
    let mut columns: Vec<Column> = ["step", "click", "unit"].map(Column::new).into();
    columns.extend(story.quantities.iter().map(|(quantity, _)| Column::new(quantity.label())));
    let units = story.quantities.iter().map(|(_, values)| values.width()).max().unwrap_or_default();
    let rows = titles.iter().enumerate().flat_map(|(t, title)| {
        (0..units).map(move |unit| {
            let number = |(_, values): &(Quantity, Values)| {
                values.step(t).get(unit).map_or(Cell::None, |value| Cell::Number(*value))
            };
            let mut row = vec![Cell::Count(t + 1), Cell::Text(title.clone()), Cell::Count(unit + 1)];
            row.extend(story.quantities.iter().map(number));
            row
        })
    });
    Table { columns, rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_sum_ends_with_the_weighted_sum() {
        let values = Values::new(2, vec![1.0, 2.0, 3.0, -4.0]);
        assert_eq!(running_sum(&[0.5, 0.25], &values).values(), [0.5, 1.0, 1.25, 0.0]);
        assert!(running_sum(&[], &Values::default()).is_empty());
    }

    #[test]
    fn the_table_has_a_row_for_each_step_and_unit() {
        let quantity = |is_gate| Quantity { layer: "L", name: "n", letter: "x", equation: "x", is_gate };
        let story = Story {
            quantities: vec![
                (quantity(true), Values::new(1, vec![0.5, 0.6])),
                (quantity(false), Values::new(2, vec![1.0, 2.0, 3.0, 4.0])),
            ],
        };
        let table = table(&story, &["a".to_owned(), "b".to_owned()]);
        assert_eq!(table.rows.len(), 4);
        let row = [Cell::Count(2), Cell::Text("b".to_owned()), Cell::Count(2), Cell::None, Cell::Number(4.0)];
        assert_eq!(table.rows[3], row);
    }
}
