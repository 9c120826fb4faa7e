//! DIEN's auxiliary task: after each click the interest state shall tell the product that was clicked next from others.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::browser::Parsed;
use model::{Auxiliary as Classifier, DienConfig, DienTrace, Json, NetworkConfig, NetworkKind, Weights};

use crate::browser::dom::{focus, roving};
use crate::explain::layers::{activate, dense, embed, sigmoid};
use crate::explain::math::math;
use crate::explain::networks::Network;
use crate::explain::{Card, card};
use crate::inside::charts::frame::Frame;
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::entry::Entry;
use crate::inside::switch_to::switch_to;
use crate::session::Session;
use crate::session::scene::{Scene, scene};
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub const ENTRY: Entry = Entry {
    id: "auxiliary",
    name: "Next click",
    title: "Auxiliary task",
    sentence: "The interest state after a click shall predict the next click: here is the probability that it gave to the \
               product that was really clicked next, and to others that were not.",
    missing: no_extractor,
};

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Auxiliary /> }.into_any()
}

/// Products sampled at each step.
const SAMPLES: usize = 8;
/// How often another product is drawn in place of one that was clicked, before a small catalogue has to do without.
const DRAWS: u32 = 64;

/// One product and what the classifier says of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Guess {
    /// Row of the catalogue.
    item: u32,
    /// f(h_t, e).
    logit: f32,
    /// σ(f(h_t, e)): the probability that it is clicked next.
    probability: f32,
}

/// What the interest state after one click says.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    /// The product clicked at this step.
    item: u32,
    /// The product that was clicked next.
    next: Guess,
    /// Products that were not clicked.
    sampled: Vec<Guess>,
}

impl Step {
    fn sampled_mean(&self) -> f32 {
        mean(self.sampled.iter().map(|guess| guess.probability))
    }
}

/// The auxiliary task for the present history.
#[derive(Debug, Clone, PartialEq, Default)]
struct Task {
    /// Every click but the newest, whose next is not known.
    steps: Vec<Step>,
    /// Whether the classifier is a perceptron.
    is_mlp: bool,
    /// Whether the auxiliary loss was in training; none where the file does not tell.
    is_trained: Option<bool>,
}

/// Why a network has no auxiliary task, in sentences; none where it has one.
fn no_extractor(kind: NetworkKind) -> Option<String> {
    let Card { name, no_evolution, .. } = card(kind);
    no_evolution.map(|_| {
        format!(
            "{name} has no interest extractor whose states could tell the next click. The auxiliary task is a part of DIEN’s \
             training."
        )
    })
}

impl Task {
    fn of(scene: &Scene, round: u32) -> Result<Self, String> {
        let NetworkConfig::Dien(dien) = &scene.model.config().network else {
            return Err(no_extractor(scene.model.config().network.kind()).unwrap_or_default());
        };
        let width = scene.model.config().width();
        if dien.auxiliary == Classifier::InnerProduct && dien.hidden != width {
            return Err(format!(
                "These weights have no classifier for the next click: the states have {} numbers and a product {width}, so that \
                 they have no inner product, and no perceptron came with them.",
                dien.hidden
            ));
        }
        let Some(trace) = scene.inspected().and_then(|inspected| DienTrace::of(&inspected.trace)) else {
            return Ok(Self::default());
        };
        let weights = scene.model.weights();
        let clicks: Vec<u32> = scene.answer.now.clicks.iter().map(|click| click.item).collect();
        let steps = clicks.windows(2).zip(trace.interest_states.iter()).enumerate().map(|(t, (pair, state))| {
            let guess = |item: u32| {
                let logit = logit(weights, dien, state, &embed(weights, scene.rows(item)));
                Guess { item, logit, probability: sigmoid(logit) }
            };
            let sampled = sample(&clicks, scene.answer.now.probabilities.len() as u32, t as u32, round);
            Step { item: pair[0], next: guess(pair[1]), sampled: sampled.into_iter().map(guess).collect() }
        });
        let training = weights.note("training").and_then(Parsed::new);
        let weight = training.and_then(|training| training.field("auxiliary")?.number());
        Ok(Self {
            steps: steps.collect(),
            is_mlp: dien.auxiliary != Classifier::InnerProduct,
            is_trained: weight.map(|weight| weight > 0.0),
        })
    }

    fn next_mean(&self) -> f32 {
        mean(self.steps.iter().map(|step| step.next.probability))
    }

    fn sampled_mean(&self) -> f32 {
        mean(self.steps.iter().map(Step::sampled_mean))
    }

    /// The paper's loss, with the mean over the sampled products in place of a single one.
    fn loss(&self) -> f32 {
        let step =
            |step: &Step| softplus(-step.next.logit) + mean(step.sampled.iter().map(|guess| softplus(guess.logit)));
        mean(self.steps.iter().map(step)) / 2.0
    }
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0.0f32), |(sum, count), value| (sum + value, count + 1.0));
    sum / count.max(1.0)
}

/// −log(1 − σ(x)) = log(1 + eˣ), without an overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// f(h, e): the inner product, or the perceptron of [h, e].
fn logit(weights: &Weights, dien: &DienConfig, state: &[f32], item: &[f32]) -> f32 {
    let Classifier::Mlp { hidden, activation } = &dien.auxiliary else {
        return state.iter().zip(item).map(|(h, e)| f64::from(*h) * f64::from(*e)).sum::<f64>() as f32;
    };
    let mut x = [state, item].concat();
    for layer in 0..hidden.len() {
        let s = dense(weights, &format!("auxiliary.hidden.{layer}"), &x);
        x = activate(weights, &format!("auxiliary.activation.{layer}"), *activation, &s);
    }
    dense(weights, "auxiliary.output", &x).first().copied().unwrap_or_default()
}

/// Products of a catalogue of `items` that are not among `clicks`, for step `t`: the same ones in every history that does not
/// hold them, and others in every round.
fn sample(clicks: &[u32], items: u32, t: u32, round: u32) -> Vec<u32> {
    let mut sampled = Vec::new();
    for draw in 0..DRAWS {
        let item = ((u64::from(mixed(mixed(mixed(round) ^ t) ^ draw)) * u64::from(items)) >> 32) as u32;
        if !clicks.contains(&item) && !sampled.contains(&item) && sampled.len() < SAMPLES {
            sampled.push(item);
        }
    }
    sampled
}

/// A number that looks random, another one for every `x` (Mueller's 32-bit mixer).
fn mixed(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_add(0x9e37_79b9).wrapping_mul(0x045d_9f3b);
    let x = (x ^ (x >> 16)).wrapping_mul(0x045d_9f3b);
    x ^ (x >> 16)
}

/// The view.
#[component]
pub fn Auxiliary() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let round = RwSignal::new(0u32);
    let task = memo(move || {
        let round = round.get();
        scene.with(|scene| Arc::new(scene.as_ref().map_or_else(|| Ok(Task::default()), |scene| Task::of(scene, round))))
    });
    let refusal = memo(move || task.with(|task| task.as_ref().as_ref().err().cloned()));
    let count = memo(move || task.with(|task| task.as_ref().as_ref().map_or(0, |task| task.steps.len())));
    let is_shown = memo(move || count.get() > 0);
    let table = memo(move || task.with(|task| table(session, task.as_ref().as_ref().unwrap_or(&Task::default()))));
    let too_few = move || {
        let has_click = scene.with(|scene| scene.as_ref().is_some_and(|scene| !scene.answer.now.clicks.is_empty()));
        if has_click {
            "The only click has no next one yet, so there is nothing to tell. Click another product."
        } else {
            "Without clicks there is nothing to tell. Two are needed: the state after the one says how likely the other is next."
        }
    };
    let other = move || {
        view! {
            <p class="empty">
                {move || refusal.get()} " The auxiliary task is a part of DIEN’s training. "
                {switch_to(session, Network::START)}
            </p>
        }
        .into_any()
    };
    let controls = when(
        move || is_shown.get(),
        move || {
            view! {
                <p class="auxiliary-equation">
                    <span inner_html=move || math(equation(task.with(|task| task.as_ref().as_ref().is_ok_and(|task| task.is_mlp))))></span>
                    <button
                        type="button"
                        class="text-tool"
                        data-testid="sample-again"
                        on:click=move |_| round.update(|round| *round += 1)
                    >
                        "Sample other products"
                    </button>
                </p>
            }
            .into_any()
        },
    );
    view! {
        <Frame entry=&ENTRY controls=controls table=table>
            {when(move || refusal.with(Option::is_some), move || other())}
            {when(
                move || !is_shown.get() && refusal.with(Option::is_none),
                move || view! { <p class="empty">{move || too_few()}</p> }.into_any(),
            )}
            {when(
                move || is_shown.get(),
                move || view! { <Shown task=memo(move || task.with(|task| task.as_ref().clone().unwrap_or_default())) /> }.into_any(),
            )}
        </Frame>
    }
}

fn equation(is_mlp: bool) -> &'static str {
    if is_mlp { "p_t(e) = σ(MLP([h_t, e]))" } else { "p_t(e) = σ(h_t·e)" }
}

/// Chart, means and the chosen step.
#[component]
fn Shown(
    /// At least one step.
    task: Memo<Task>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let count = memo(move || task.with(|task| task.steps.len()));
    let chosen = RwSignal::new(0usize);
    Effect::new(move || chosen.set(count.get().saturating_sub(1)));
    on_cleanup(move || session.lit.set(None));
    let choose = move |step: usize| {
        chosen.set(step);
        session.lit.set(Some(step));
    };
    let current = memo(move || task.with(|task| task.steps.get(chosen.get()).cloned()));
    let trained = move || match task.with(|task| task.is_trained) {
        Some(true) => "",
        Some(false) => {
            "This network was trained without the auxiliary loss: nothing made its states tell the next click."
        }
        None => "The file does not say whether the auxiliary loss was in training.",
    };
    let figure =
        |name: &'static str, id: &'static str, class: &'static str, value: Memo<f32>, text: fn(f32) -> String| {
            view! {
                <div>
                    <dt class=class>{name}</dt>
                    <dd class="numbers" data-testid=id data-value=move || format::exact(value.get())>
                        {move || text(value.get())}
                    </dd>
                </div>
            }
            .into_any()
        };
    let figures = [
        figure(
            "Clicked next, mean",
            "auxiliary-next",
            "key next",
            memo(move || task.with(Task::next_mean)),
            format::percent,
        ),
        figure(
            "Sampled, mean",
            "auxiliary-sampled",
            "key sampled",
            memo(move || task.with(Task::sampled_mean)),
            format::percent,
        ),
        figure(
            "Auxiliary loss (0.693 is guessing)",
            "auxiliary-loss",
            "",
            memo(move || task.with(Task::loss)),
            format::weight,
        ),
    ];
    view! {
        <dl class="auxiliary-figures">{figures.into_iter().collect_view()}</dl>
        <p class="quiet">{move || trained()}</p>
        <div class="auxiliary-parts">
            <div class="charts">
                <Chart task=task />
                <div class="steps-layer">
                    {move || {
                        let width = 100.0 / count.get().max(1) as f64;
                        let left = width * chosen.get() as f64;
                        view! { <span class="lit-step" style=format!("left:{left:.4}%;width:{width:.4}%")></span> }.into_any()
                    }}
                    <ol class="steps" aria-label="Steps of the auxiliary task. Arrow keys move.">
                        {move || {
                            (0..count.get())
                                .map(|step| {
                                    let label = move || {
                                        task.scoped().with(|task| task.steps.get(step).map(|one| in_words(session, step, one)).unwrap_or_default())
                                    };
                                    view! {
                                        <li data-testid="auxiliary-step">
                                            <div
                                                role="img"
                                                id=format!("auxiliary-step-{step}")
                                                tabindex=move || if chosen.scoped().get() == step { "0" } else { "-1" }
                                                aria-label=label
                                                on:pointerenter=move |_| choose(step)
                                                on:focus=move |_| choose(step)
                                                on:keydown=move |event: KeyboardEvent| {
                                                    if let Some(next) = roving(&event.key(), step, count.get_untracked()) {
                                                        event.prevent_default();
                                                        focus(format!("auxiliary-step-{next}"));
                                                    }
                                                }
                                            ></div>
                                        </li>
                                    }
                                        .into_any()
                                })
                                .collect_view()
                        }}
                    </ol>
                </div>
            </div>
            <div class="auxiliary-step" data-testid="auxiliary-chosen" data-step=move || chosen.get() + 1>
                {move || current.get().map(|step| bars(session, chosen.get_untracked(), &step))}
            </div>
        </div>
    }
}

/// One step as a sentence.
fn in_words(session: Session, step: usize, one: &Step) -> String {
    format!(
        "After click {} on {}, clicked next: {}, {}; sampled products {} in the mean",
        step + 1,
        session.title(one.item),
        session.title(one.next.item),
        format::percent(one.next.probability),
        format::percent(one.sampled_mean()),
    )
}

/// The products of one step, each with its probability as a bar.
fn bars(session: Session, step: usize, one: &Step) -> AnyView {
    let bar = |class: &'static str, guess: &Guess| {
        view! {
            <li class=class data-item=session.id(guess.item) data-probability=format::exact(guess.probability)>
                <span class="auxiliary-title">{session.title(guess.item)}</span>
                <span class="auxiliary-bar">
                    <i style=format!("width:{:.2}%", 100.0 * guess.probability)></i>
                </span>
                <span class="numbers">{format::percent(guess.probability)}</span>
            </li>
        }
        .into_any()
    };
    let mut sampled = one.sampled.clone();
    sampled.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    view! {
        <h3>{format!("After click {}: {}", step + 1, session.title(one.item))}</h3>
        <p class="quiet">"Really clicked next"</p>
        <ol>{bar("next", &one.next)}</ol>
        <p class="quiet">"Sampled from the rest of the catalogue"</p>
        <ol>{sampled.iter().map(|guess| bar("sampled", guess)).collect_view()}</ol>
    }
    .into_any()
}

/// The probabilities of every step.
#[component]
fn Chart(
    /// What is drawn.
    task: Memo<Task>,
) -> impl IntoView {
    let height = |probability: f32| 100.0 - 100.0 * probability;
    // A line without length and with round ends is a dot, round in any stretch of the chart.
    let dots = move |values: &dyn Fn(&Step) -> Vec<f32>| {
        task.with(|task| {
            let steps = task.steps.iter().enumerate();
            steps
                .flat_map(|(t, step)| {
                    values(step).into_iter().map(move |p| format!("M{:.1} {:.2}h0", t as f64 + 0.5, height(p)))
                })
                .collect::<String>()
        })
    };
    let line = move |value: &dyn Fn(&Step) -> f32| {
        task.with(|task| {
            let points: Vec<String> = (task.steps.iter().enumerate())
                .map(|(t, step)| format!("{:.1} {:.2}", t as f64 + 0.5, height(value(step))))
                .collect();
            format!("M{}", points.join("L"))
        })
    };
    view! {
        <div class="chart auxiliary-chart">
            <p class="chart-label">
                "Probability of being clicked next "
                <span class="quiet">"after each click; ○ sampled products, dashes their mean"</span>
            </p>
            <span class="tick top numbers">"1"</span>
            <span class="tick bottom numbers">"0"</span>
            <svg
                viewBox=move || format!("0 0 {} 100", task.with(|task| task.steps.len().max(1)))
                preserveAspectRatio="none"
                aria-hidden="true"
            >
                <path class="zero" d=move || format!("M0 50H{}", task.with(|task| task.steps.len())) />
                <path class="dots sampled" d=move || dots(&|step| step.sampled.iter().map(|guess| guess.probability).collect()) />
                <path class="line sampled" d=move || line(&Step::sampled_mean) />
                <path class="line next" d=move || line(&|step| step.next.probability) />
                <path class="dots next" d=move || dots(&|step| vec![step.next.probability]) />
            </svg>
            <p class="axis-name quiet">"click, oldest first"</p>
        </div>
    }
}

/// A row for each product of each step.
fn table(session: Session, task: &Task) -> Table {
    let columns = ["step t", "click", "product", "id", "was it next", "logit f(h, e)", "probability σ(f)"];
    let rows = task.steps.iter().enumerate().flat_map(|(t, step)| {
        let guesses =
            std::iter::once(("clicked next", &step.next)).chain(step.sampled.iter().map(|guess| ("sampled", guess)));
        guesses.map(move |(what, guess)| {
            vec![
                Cell::Count(t + 1),
                Cell::Text(session.title(step.item)),
                Cell::Text(session.title(guess.item)),
                Cell::Text(session.id(guess.item)),
                Cell::Text(what.to_owned()),
                Cell::Number(guess.logit),
                Cell::Number(guess.probability),
            ]
        })
    });
    Table { columns: columns.map(Column::new).into(), rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_no_click_and_nothing_twice() {
        let clicks: Vec<u32> = (0..10).collect();
        for t in 0..20 {
            let sampled = sample(&clicks, 40, t, 0);
            assert_eq!(sampled.len(), SAMPLES);
            assert!(sampled.iter().all(|item| (10..40).contains(item)));
            assert!(sampled.iter().enumerate().all(|(place, item)| !sampled[..place].contains(item)));
        }
        // Another click leaves the others where they are.
        let before = sample(&clicks, 4000, 3, 1);
        assert_eq!(sample(&[clicks.as_slice(), &[4001]].concat(), 4000, 3, 1), before);
        assert_ne!(sample(&clicks, 4000, 3, 2), before);
        assert_eq!(sample(&[0, 1], 3, 0, 0), [2]);
        assert!(sample(&[0], 1, 0, 0).is_empty());
    }

    #[test]
    fn a_classifier_that_guesses_loses_the_logarithm_of_two() {
        let guess = |logit: f32| Guess { item: 0, logit, probability: sigmoid(logit) };
        let step = |next, sampled| Step { item: 0, next: guess(next), sampled: vec![guess(sampled), guess(sampled)] };
        let task = |steps| Task { steps, ..Task::default() };
        // 1e-6: two logarithms in 32 bits.
        assert!((task(vec![step(0.0, 0.0)]).loss() - std::f32::consts::LN_2).abs() < 1e-6);
        assert!(task(vec![step(100.0, -100.0), step(90.0, -90.0)]).loss() < 1e-6);
        assert!((task(vec![step(-100.0, 100.0)]).loss() - 100.0).abs() < 1e-6);
        assert_eq!(task(Vec::new()).loss(), 0.0);
    }
}
