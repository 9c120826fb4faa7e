//! `window.interestLens`: a read-only look at the session for tests and for the browser's console.

use js_sys::{Array, ArrayBuffer, Object, Reflect, WebAssembly};
use leptos::prelude::*;
use model::{DienTrace, Inspection, PartSpec};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::browser::js::{object, set};
use crate::browser::{lazy, time_slices};
use crate::page::link::Link;
use crate::session::{HostInfo, Model, Session};

/// What `interestLens.now()` returns: what the answer is about, which may be asked for with every frame.
fn now(session: Session, link: Link) -> JsValue {
    let answer = session.answered.get_untracked();
    let answer = answer.as_deref();
    let history =
        answer.map_or(&[][..], |answer| &answer.now.clicks).iter().map(|click| JsValue::from(session.id(click.item)));
    let page = link.page();
    object([
        // Whether an answer, or a part of the page that shows one, is on its way.
        (
            "busy",
            (session.is_waiting() || page.fields.is_behind() || lazy::is_any_under_way() || time_slices::is_behind())
                .into(),
        ),
        ("problem", session.problem.get_untracked().map(|problem| problem.why).into()),
        // "gpu" or "cpu"; null until known.
        ("backend", session.host.with_untracked(|host| host.as_ref().map(HostInfo::backend_name)).into()),
        // The network that gave the answer; null without one.
        ("network", answer.map(|answer| answer.now.network.name()).into()),
        // Identifiers of the products that the answer is about, oldest first.
        ("history", history.collect::<Array>().into()),
        // The name of the open view in the address; null for the ranking.
        ("view", page.opened.get_untracked().map(|view| view.entry().id).into()),
    ])
}

/// What `interestLens.state()` returns: that, and the answer.
fn state(session: Session, link: Link) -> JsValue {
    let elapsed = session.elapsed.get_untracked();
    let answer = session.answered.get_untracked();
    let answer = answer.as_deref();
    let model = answer
        .and_then(|answer| session.models[answer.now.network.index()].with_untracked(|model| model.ready().cloned()));
    let inspected = |one: Option<&Inspection>| one.map(|one| inspected(session, one, model.as_ref()));
    let probabilities = Object::new();
    for (item, &probability) in (0..).zip(answer.iter().flat_map(|answer| answer.now.probabilities.iter())) {
        set(&probabilities, &session.id(item), probability);
    }
    let settings = Object::new();
    untrack(|| link.page().fields.settings()).into_iter().for_each(|(name, value)| set(&settings, name, value));
    let more = object([
        ("adapter", session.host.get_untracked().map(|host| host.name).into()),
        // Click probability of every product, by identifier.
        ("probabilities", probabilities.into()),
        ("inspected", inspected(answer.and_then(|answer| answer.inspected.as_ref())).into()),
        ("compared", inspected(answer.and_then(|answer| answer.compared.as_ref())).into()),
        // What is set in the open view, by its name in the address, where that is not as the view begins.
        ("settings", settings.into()),
        ("totalMs", elapsed.map(|elapsed| elapsed.total_ms).into()),
        ("gpuMs", elapsed.and_then(|elapsed| elapsed.gpu_ms).into()),
    ]);
    Object::<JsValue>::assign(&now(session, link).unchecked_into(), &more.unchecked_into()).into()
}

/// One product and what the network computed for it.
fn inspected(session: Session, inspection: &Inspection, model: Option<&Model>) -> JsValue {
    let trace = &inspection.trace;
    object([
        ("item", session.id(inspection.item).into()),
        ("logit", inspection.logit.into()),
        ("probability", inspection.probability.into()),
        // The weight of each click, [step]: w_j, α_j or a_t, as the network's paper has it.
        ("attention", numbers(trace.attention())),
        // Before normalisation or softmax, [step].
        ("scores", numbers(trace.scores())),
        // v, [H], where it is a sum over the clicks; null of DIEN, whose interest is a state.
        ("interest", trace.part(PartSpec::INTEREST.name).map(|part| numbers(part.values())).into()),
        // DIEN only.
        ("evolution", DienTrace::of(trace).map(|trace| evolution(&trace, model)).into()),
    ])
}

/// DIEN's interest evolution for one product.
fn evolution(trace: &DienTrace<'_>, model: Option<&Model>) -> JsValue {
    let path =
        model.and_then(|model| model.projection.as_ref()).map(|projection| projection.path(&trace.evolution_states));
    object([
        // h_t, [step][hidden].
        ("interestStates", rows(trace.interest_states.iter())),
        // r_t, [step][hidden].
        ("reset", rows(trace.reset.iter())),
        // u_t before attention, [step][hidden].
        ("update", rows(trace.update.iter())),
        // ũ_t, which wrote the states, [step][hidden].
        ("attentionalUpdate", rows(trace.attentional_update.iter())),
        // n_t, [step][hidden].
        ("candidate", rows(trace.candidate.iter())),
        // h'_t, [step][hidden].
        ("states", rows(trace.evolution_states.iter())),
        // Projected states after the projected zero state, [step + 1][2].
        ("path", rows(path.iter().flatten().map(<[f32; 2]>::as_slice))),
    ])
}

/// What `interestLens.trace()` returns: every part of the inspected product's trace by its name.
fn trace(session: Session) -> JsValue {
    let answer = session.answered.get_untracked();
    let parts = Object::new();
    for part in answer.iter().flat_map(|answer| &answer.inspected).flat_map(|inspected| inspected.trace.parts()) {
        let shape: Array = part.shape().iter().map(|&size| JsValue::from(size as u32)).collect();
        let fields = [("letter", part.letter().into()), ("shape", shape.into()), ("values", numbers(part.values()))];
        set(&parts, part.name(), object(fields));
    }
    parts.into()
}

fn numbers(values: &[f32]) -> JsValue {
    values.iter().map(|&value| JsValue::from(value)).collect::<Array>().into()
}

fn rows<'a>(rows: impl Iterator<Item = &'a [f32]>) -> JsValue {
    rows.map(numbers).collect::<Array>().into()
}

/// Puts the handle on the window.
pub fn expose(session: Session, link: Link) {
    let now = Closure::<dyn Fn() -> JsValue>::new(move || now(session, link));
    let state = Closure::<dyn Fn() -> JsValue>::new(move || state(session, link));
    let trace = Closure::<dyn Fn() -> JsValue>::new(move || trace(session));
    let memory = Closure::<dyn Fn() -> f64>::new(|| {
        let memory: Option<WebAssembly::Memory> = wasm_bindgen::memory().dyn_into().ok();
        let buffer: Option<ArrayBuffer> = memory.and_then(|memory| memory.buffer().dyn_into().ok());
        buffer.map_or(f64::NAN, |buffer| f64::from(buffer.byte_length()))
    });
    let handle = Object::new();
    // A window that takes no property costs the tests their view, and nobody else anything.
    let _ = Reflect::set(&handle, &"now".into(), &now.into_js_value());
    let _ = Reflect::set(&handle, &"state".into(), &state.into_js_value());
    let _ = Reflect::set(&handle, &"trace".into(), &trace.into_js_value());
    let _ = Reflect::set(&handle, &"memory".into(), &memory.into_js_value());
    let _ = Reflect::set(&window(), &"interestLens".into(), &Object::freeze(&handle));
}
