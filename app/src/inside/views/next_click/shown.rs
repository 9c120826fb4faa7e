//! The auxiliary task as it is drawn: chart, means and one step's products.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::task::{Guess, Step, Task};
use crate::browser::dom::{focus, roving};
use crate::inside::fields::Fields;
use crate::language::t;
use crate::session::Session;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::view::memo;

/// Chart, means and the chosen step.
#[component]
pub fn Shown(
    /// The task, of one step at least.
    task: Memo<Task>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let count = memo(move || task.with(|task| task.steps.len()));
    let chosen = RwSignal::new(0usize);
    Effect::new(move || chosen.set(count.get().saturating_sub(1)));
    expect_context::<Fields>().add(
        "step",
        move || Some(chosen.get() + 1).filter(|step| *step != count.get()).map(|step| step.to_string()),
        move |text| {
            let step = text.parse::<usize>().ok()?.checked_sub(1)?;
            (step < count.get_untracked()).then(|| chosen.set(step))
        },
    );
    on_cleanup(move || session.lit.set(None));
    let choose = move |step: usize| {
        chosen.set(step);
        session.lit.set(Some(step));
    };
    let current = memo(move || task.with(|task| task.steps.get(chosen.get()).cloned()));
    let trained = move || match task.with(|task| task.is_trained) {
        Some(true) => {
            t!(
                "In training the product clicked next was told from one sampled product, and both counted the same: 50% is as good \
                 as chance."
            )
        }
        Some(false) => {
            t!("This network was trained without the auxiliary loss: nothing made its states tell the next click.")
        }
        None => t!("The file does not say whether the auxiliary loss was in training."),
    };
    let figure =
        |name: &'static str, id: &'static str, class: &'static str, value: Memo<f32>, text: fn(f32) -> String| {
            view! {
                <div>
                    <dt class=class translate="yes">{name}</dt>
                    <dd class="numbers" data-testid=id data-value=move || format::exact(value.get())>
                        {move || text(value.get())}
                    </dd>
                </div>
            }
            .into_any()
        };
    let figures = [
        figure(
            t!("Clicked next, mean"),
            "auxiliary-next",
            "key next",
            memo(move || task.with(Task::next_mean)),
            format::percent,
        ),
        figure(
            t!("Sampled, mean"),
            "auxiliary-sampled",
            "key sampled",
            memo(move || task.with(Task::sampled_mean)),
            format::percent,
        ),
        figure(
            t!("Auxiliary loss (0.693 is guessing)"),
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
                    <ol class="steps" aria-label=t!("Steps of the auxiliary task. Arrow keys move.")>
                        {move || {
                            (0..count.get())
                                .map(|step| {
                                    let label = move || {
                                        task.with(|task| task.steps.get(step).map(|one| in_words(session, step, one)).unwrap_or_default())
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
    t!(
        "After click {step} on {title}, clicked next: {next}, {probability}; sampled products {mean} in the mean",
        step = step + 1,
        title = session.title(one.item),
        next = session.title(one.next.item),
        probability = format::percent(one.next.probability),
        mean = format::percent(one.sampled_mean())
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
        <h3>{t!("After click {step}: {title}", step = step + 1, title = session.title(one.item))}</h3>
        <p class="quiet" translate="yes">{t!("Really clicked next")}</p>
        <ol>{bar("next", &one.next)}</ol>
        <p class="quiet">
            {if sampled.is_empty() {
                t!("No product is left to sample: the mean of the sampled is given as 0, and the loss is that of the next clicks alone.")
            } else {
                t!("Sampled from the rest of the catalogue")
            }}
        </p>
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
            <p class="chart-label" translate="yes">
                {t!("Probability of being clicked next")} " "
                <span class="quiet">{t!("after each click; ○ sampled products, dashes their mean")}</span>
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
            <p class="axis-name quiet" translate="yes">{t!("click, oldest first")}</p>
        </div>
    }
}
