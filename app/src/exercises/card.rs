//! One question: what was clicked, the prediction, the commitment, and then what the network says.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::judge::{Guess, Judged};
use super::question::{Exercise, Question, Task};
use super::results::{points, post};
use super::room::{Place, Room};
use super::why::Why;
use super::{bars, find, notice, order, way};
use crate::browser::dom::focus;
use crate::explain::networks::Network;
use crate::page::link::Link;
use crate::session::answer::ranks::Focus;
use crate::ui::format;
use crate::ui::progress::Failure;
use crate::ui::view::when;

/// The question at a place, made anew; `open` opens another place.
pub fn card(room: Room, place: Place, alone: bool, open: Callback<Place>) -> AnyView {
    let Some(exercise) = room.exercise(place.0) else { return ().into_any() };
    let found = RwSignal::new(None::<Result<Arc<Question>, String>>);
    let look = move || {
        found.set(None);
        spawn_local(async move {
            let question = room.question(place).await.map(Arc::new).map_err(|error| error.to_string());
            found.try_set(Some(question));
        });
    };
    look();
    let network = room.session.network.get_untracked();
    let (id, kind) = (exercise.id.clone(), exercise.kind.id());
    let exercise = StoredValue::new(exercise);
    let shown = move || match found.get() {
        None if network == Network::Yours => {
            view! { <p class="quiet" role="status">{room.word("looking")}</p> }.into_any()
        }
        None => ().into_any(),
        Some(Err(why)) => view! { <Failure why=why retry=Box::new(look) /> }.into_any(),
        Some(Ok(question)) => {
            let next = Next { place, variants: exercise.with_value(|one| one.variants.len()), alone, open };
            attempt(room, exercise.get_value(), question, next)
        }
    };
    view! {
        <article class="exercise" data-testid="exercise" data-id=id data-kind=kind data-variant=place.1 + 1>
            {move || shown()}
        </article>
    }
    .into_any()
}

/// Where one can go from a question.
#[derive(Clone, Copy)]
struct Next {
    place: Place,
    variants: usize,
    alone: bool,
    open: Callback<Place>,
}

/// An attempt at a question.
fn attempt(room: Room, exercise: Exercise, question: Arc<Question>, next: Next) -> AnyView {
    let guess = RwSignal::new(Guess::start(&question));
    let judged = RwSignal::new(None::<Arc<Judged>>);
    let asking = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let (title, text) = room.asked(&exercise.id, &question);
    let id = exercise.id.clone();
    let commit = {
        let question = question.clone();
        move || {
            if asking.get_untracked() || judged.with_untracked(Option::is_some) {
                return;
            }
            asking.set(true);
            problem.set(None);
            room.load_whys();
            let (question, id) = (question.clone(), id.clone());
            spawn_local(async move {
                let result = room.judge(next.place, &question, &guess.get_untracked()).await;
                // The card may be gone.
                asking.try_set(false);
                match result {
                    Ok(found) => {
                        post(&id, exercise.kind, next.place.1, question.network, &found);
                        judged.try_set(Some(Arc::new(found)));
                        focus("exercise-reveal-title".to_owned());
                    }
                    Err(error) => {
                        problem.try_set(Some(format::sentence(&error.to_string())));
                    }
                }
            });
        }
    };
    let network = question.network.name().to_owned();
    let number = (next.place.0 + 1).to_string();
    let heading = room.say("exercise", &[("n", number), ("count", room.count().to_string())]);
    let variant = (next.place.1 > 0).then(|| room.say("variant", &[("n", next.place.1.to_string())]));
    let is_done = move || judged.with(Option::is_some);
    let predict = predict(room, &question, guess);
    // Where the answer has the prediction beside it, once is enough.
    let is_repeated = matches!(question.task, Task::Order(_) | Task::Attention(_) | Task::Reordered { .. });
    let clicks = clicks(room, &question);
    let id = exercise.id;
    view! {
        <header>
            <p class="quiet numbers">{heading} {variant.map(|variant| format!(" · {variant}"))}</p>
            <h3 id="exercise-title" tabindex="-1">{title}</h3>
        </header>
        <p class="exercise-question" data-testid="exercise-question">{text}</p>
        {clicks}
        // What was committed stands.
        <fieldset
            class="exercise-prediction"
            disabled=move || is_done() || asking.get()
            hidden=move || is_repeated && is_done()
        >
            {predict}
        </fieldset>
        {when(
            move || !is_done(),
            move || {
                let commit = commit.clone();
                let asked = room.say("asking", &[("network", network.clone())]);
                view! {
                    <p class="exercise-tools">
                        <button
                            type="button"
                            class="button strong"
                            data-testid="exercise-commit"
                            disabled=move || asking.get() || !guess.with(Guess::is_whole)
                            on:click=move |_| commit()
                        >
                            {room.word("commit")}
                        </button>
                        <span class="quiet" role="status">{move || asking.get().then(|| asked.clone())}</span>
                    </p>
                }
                    .into_any()
            },
        )}
        {move || problem.get().map(|why| view! { <p class="failure" role="alert">{why}</p> }.into_any())}
        {move || {
            judged
                .get()
                .map(|judged| reveal(room, &id, &question, &guess.get_untracked(), &judged, next))
        }}
    }
    .into_any()
}

/// What was clicked.
fn clicks(room: Room, question: &Question) -> AnyView {
    // With the attention beside each of them, they are shown there.
    if matches!(question.task, Task::Attention(_)) {
        return ().into_any();
    }
    let gone = match question.task {
        Task::Goes { click, .. } => Some(click),
        _ => None,
    };
    let comes = match question.task {
        Task::Comes { click, .. } => Some(click),
        _ => None,
    };
    let mut list: Vec<AnyView> = (0..)
        .zip(&question.history)
        .map(|(index, item)| {
            let note = (gone == Some(index)).then(|| room.word("click_goes"));
            click(room, *item, if note.is_some() { "gone" } else { "" }, note)
        })
        .collect();
    list.extend(comes.map(|item| click(room, item, "comes", Some(room.word("click_comes")))));
    if list.is_empty() {
        return view! { <p class="quiet">{room.word("no_clicks")}</p> }.into_any();
    }
    let other = match &question.task {
        Task::Reordered { other, .. } => other.iter().map(|item| click(room, *item, "", None)).collect(),
        _ => Vec::new(),
    };
    let other = (!other.is_empty()).then(|| {
        view! {
            <h4>{room.word("other_order")}</h4>
            <ol class="exercise-clicks">{other}</ol>
        }
        .into_any()
    });
    view! {
        <h4>{room.word("clicks")}</h4>
        <ol class="exercise-clicks">{list}</ol>
        {other}
    }
    .into_any()
}

/// A click, with what is to say of it.
fn click(room: Room, item: u32, class: &'static str, note: Option<String>) -> AnyView {
    view! {
        <li class=class>
            {room.session.title(item)}
            {note.map(|note| view! { <span class="note">{note}</span> }.into_any())}
        </li>
    }
    .into_any()
}

/// What a prediction is made with.
fn predict(room: Room, question: &Question, guess: RwSignal<Guess>) -> AnyView {
    match &question.task {
        Task::Order(_) => order::predict(room, guess),
        Task::Goes { .. } | Task::Comes { .. } => way::predict(room, guess),
        Task::Attention(_) => bars::predict(room, question, guess),
        Task::Reordered { networks, .. } => notice::predict(room, networks, guess),
        Task::Find { offers, most, .. } => find::predict(room, offers, *most, guess),
    }
}

/// What the network says beside the prediction, why, and where to go from here.
fn reveal(room: Room, id: &str, question: &Question, guess: &Guess, judged: &Judged, next: Next) -> AnyView {
    let shown = match &question.task {
        Task::Order(_) => order::reveal(room, guess, judged),
        Task::Goes { .. } | Task::Comes { .. } => way::reveal(room, question, guess, judged),
        Task::Attention(_) => bars::reveal(room, question, guess, judged),
        Task::Reordered { networks, .. } => notice::reveal(room, networks, guess, judged),
        Task::Find { .. } => find::reveal(room, question, judged),
    };
    let by_chance = room.say("by_chance", &[("points", points(judged.score)), ("chance", points(judged.chance))]);
    let said = room.say("reveal", &[("network", question.network.name().to_owned())]);
    let place = next.place;
    let button = |test_id: &'static str, word: &str, to: Place| {
        view! {
            <button type="button" class="button" data-testid=test_id on:click=move |_| next.open.run(to)>
                {room.word(word)}
            </button>
        }
        .into_any()
    };
    let more = place.1 + 1 < next.variants;
    let another = place.0 + 1 < room.count() && !next.alone;
    let on_page = (!next.alone).then(|| on_page(room, question));
    view! {
        <section
            class="exercise-reveal"
            data-testid="exercise-reveal"
            data-score=judged.score
            data-chance=judged.chance
            aria-labelledby="exercise-reveal-title"
        >
            <h4 id="exercise-reveal-title" tabindex="-1">{said}</h4>
            {shown}
            <p class="exercise-points numbers">{by_chance}</p>
            <Why room=room id=id.to_owned() />
            <p class="exercise-tools">
                {more.then(|| button("exercise-variant", "variant_next", (place.0, place.1 + 1)))}
                {another.then(|| button("exercise-next", "next", (place.0 + 1, 0)))}
                {on_page}
            </p>
        </section>
    }
    .into_any()
}

/// The way to the page with the network, the clicks and the product of a question.
fn on_page(room: Room, question: &Question) -> AnyView {
    let link = expect_context::<Link>();
    let question = question.clone();
    let show = move |_| {
        let session = room.session;
        session.switch(question.network);
        session.set_history(&question.history);
        session.inspect.set(question.product().map_or(Focus::Best, Focus::Item));
        session.retry();
        link.show_exercise(None);
    };
    view! {
        <button type="button" class="button" data-testid="exercise-on-page" on:click=show>
            {room.word("on_page")}
        </button>
    }
    .into_any()
}
