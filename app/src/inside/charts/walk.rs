//! Walking through the history, a step at a time.

use leptos::html;
use leptos::prelude::*;

use crate::inside::fields::Fields;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::Scene;
use crate::ui::icons::{self, Icon};
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::view::memo;

/// Where a view stands in the history. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Walk {
    session: Session,
    /// Titles of the products clicked, oldest first.
    pub titles: Memo<Vec<String>>,
    /// The step that somebody has chosen, and of how many.
    chosen: RwSignal<Option<(usize, usize)>>,
    /// The current step, from 0. The newest click, until somebody chooses another, and again when the history has changed.
    pub step: Memo<usize>,
}

impl Walk {
    /// A walk that begins at the newest click.
    pub fn new(session: Session, scene: Memo<Option<Scene>>) -> Self {
        let titles = memo(move || {
            scene.with(|scene| {
                let clicks = scene.iter().flat_map(|scene| scene.clicks());
                clicks.map(|(item, _)| session.title(item)).collect::<Vec<_>>()
            })
        });
        let chosen = RwSignal::new(None);
        let step = memo(move || {
            let count = titles.with(Vec::len);
            let chosen = chosen.scoped().get().filter(|(_, of)| *of == count);
            chosen.map_or(count.saturating_sub(1), |(step, _)| step)
        });
        on_cleanup(move || session.lit.set(None));
        let walk = Self { session, titles, chosen, step };
        let fields: Fields = expect_context();
        fields.add(
            "step",
            move || {
                let newest = walk.count().saturating_sub(1);
                Some(step.get()).filter(|step| *step != newest).map(|step| (step + 1).to_string())
            },
            move |text| {
                let step = text.parse::<usize>().ok()?.checked_sub(1)?;
                (step <= walk.last()).then(|| walk.choose(step))
            },
        );
        walk
    }

    /// How many steps there are. Reactive.
    pub fn count(self) -> usize {
        self.titles.with(Vec::len)
    }

    /// The last step. Not reactive.
    pub fn last(self) -> usize {
        self.titles.with_untracked(Vec::len).saturating_sub(1)
    }

    /// Makes a step the current one.
    pub fn choose(self, step: usize) {
        self.chosen.set(Some((step, self.titles.with_untracked(Vec::len))));
    }

    /// Goes to a step, or to the last one where there are not so many, and lights its click up.
    pub fn go(self, to: usize) {
        let to = to.min(self.last());
        self.choose(to);
        self.session.did("stepped");
        self.session.lit.set(Some(to));
    }
}

/// The buttons and the scrubber of a walk, and which step it is at.
#[component]
pub fn Walker(
    /// What is walked.
    walk: Walk,
    /// What stands between the buttons back and on.
    #[prop(optional)]
    between: Option<AnyView>,
    /// What stands at the end of the line.
    #[prop(optional)]
    after: Option<AnyView>,
    /// What is called before every step that is taken here.
    on_walk: Callback<()>,
) -> impl IntoView {
    let step = walk.step;
    let go = move |to: usize| {
        on_walk.run(());
        walk.go(to);
    };
    let scrubber = NodeRef::<html::Input>::new();
    // One after the other: a browser keeps no value that is more than the most that it was told of before.
    Effect::new(move || {
        let (most, now) = (walk.count(), step.get() + 1);
        if let Some(scrubber) = scrubber.get() {
            scrubber.set_max(&most.max(1).to_string());
            scrubber.set_value(&now.min(most).to_string());
        }
    });
    view! {
        <div class="walker">
            <button
                type="button"
                class="tool"
                data-testid="step-back"
                aria-label=t!("One step back")
                title=t!("One step back (←)")
                on:click=move |_| go(step.get_untracked().saturating_sub(1))
            >
                <Icon path=icons::STEP_BACK />
            </button>
            {between}
            <button
                type="button"
                class="tool"
                data-testid="step-next"
                aria-label=t!("One step on")
                title=t!("One step on (→)")
                on:click=move |_| go(step.get_untracked() + 1)
            >
                <Icon path=icons::STEP_NEXT />
            </button>
            <input
                type="range"
                class="scrubber"
                data-testid="step-scrub"
                aria-label=t!("Step")
                min="1"
                node_ref=scrubber
                aria-valuetext=move || t!("step {step} of {steps}", step = step.get() + 1, steps = walk.count())
                on:input=move |event| go(event_target_value(&event).parse::<usize>().map_or(0, |step| step.saturating_sub(1)))
            />
            {after}
        </div>
        <p class="now" data-testid="step-now" data-step=move || step.get() + 1 aria-live="polite">
            {move || {
                walk.titles
                    .with(|titles| {
                        titles
                            .get(step.get())
                            .map(|title| t!("Step {step} of {steps}: {title}", step = step.get() + 1, steps = titles.len()))
                    })
            }}
        </p>
    }
}
