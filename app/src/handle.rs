//! `window.interestLens`: a read-only look at the session for tests and for the browser's console.

use js_sys::{ArrayBuffer, Object, Reflect, WebAssembly};
use leptos::prelude::*;
use model::{Inspection, Steps, Trace};
use serde::{Serialize, Serializer};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::session::{Model, Session};

/// What `interestLens.state()` returns.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct State {
    /// "gpu" or "cpu"; null until known.
    backend: Option<&'static str>,
    adapter: Option<String>,
    busy: bool,
    problem: Option<String>,
    /// The network that gave the answer; null without one.
    network: Option<&'static str>,
    /// Identifiers of the products that the answer is about, oldest first.
    history: Vec<String>,
    /// Click probability of every product, by identifier.
    #[serde(serialize_with = "as_map")]
    probabilities: Vec<(String, f32)>,
    inspected: Option<Inspected>,
    compared: Option<Inspected>,
    total_ms: Option<f64>,
    gpu_ms: Option<f64>,
}

/// One product and what the network computed for it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspected {
    item: String,
    logit: f32,
    probability: f32,
    /// The weight of each click, [step]: w_j of a sum, TIN's α_j, DIEN's a_t.
    attention: Vec<f32>,
    /// Scores before normalisation or softmax, [step].
    scores: Vec<f32>,
    /// Interest v, [H], where it is a sum over the clicks; none of DIEN, whose interest is a state.
    interest: Option<Vec<f32>>,
    /// DIEN only.
    evolution: Option<Evolution>,
}

/// DIEN's interest evolution for one product.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evolution {
    /// Interest states h_t, [step][hidden].
    interest_states: Vec<Vec<f32>>,
    /// Reset gates r_t, [step][hidden].
    reset: Vec<Vec<f32>>,
    /// Update gates u_t before attention, [step][hidden].
    update: Vec<Vec<f32>>,
    /// The gates ũ_t that wrote the states, [step][hidden].
    attentional_update: Vec<Vec<f32>>,
    /// Candidate states n_t, [step][hidden].
    candidate: Vec<Vec<f32>>,
    /// Evolution states h'_t, [step][hidden].
    states: Vec<Vec<f32>>,
    /// Projected states after the projected zero state, [step + 1][2].
    path: Vec<[f32; 2]>,
}

impl Inspected {
    fn new(session: Session, inspection: &Inspection, model: Option<&Model>) -> Self {
        let (scores, interest, evolution) = match &inspection.trace {
            Trace::Pooling(trace) => (trace.scores.clone(), Some(trace.interest.clone()), None),
            Trace::Dien(trace) => {
                let rows = |steps: &Steps| steps.iter().map(<[f32]>::to_vec).collect();
                let states = &trace.evolution_states;
                let projection = model.and_then(|model| model.projection.as_ref());
                let evolution = Evolution {
                    interest_states: rows(&trace.interest_states),
                    reset: rows(&trace.reset),
                    update: rows(&trace.update),
                    attentional_update: rows(&trace.attentional_update),
                    candidate: rows(&trace.candidate),
                    states: rows(states),
                    path: projection.map_or_else(Vec::new, |projection| projection.path(states)),
                };
                (trace.scores.clone(), None, Some(evolution))
            }
        };
        Self {
            item: session.id(inspection.item),
            logit: inspection.logit,
            probability: inspection.probability,
            attention: inspection.trace.attention().to_vec(),
            scores,
            interest,
            evolution,
        }
    }
}

impl State {
    fn of(session: Session) -> Self {
        let host = session.host.get_untracked();
        let elapsed = session.elapsed.get_untracked();
        let mut state = Self {
            backend: host.as_ref().map(|host| crate::status::backend_name(host.backend)),
            adapter: host.map(|host| host.name),
            busy: session.busy.get_untracked(),
            problem: session.problem.get_untracked(),
            network: None,
            history: Vec::new(),
            probabilities: Vec::new(),
            inspected: None,
            compared: None,
            total_ms: elapsed.map(|elapsed| elapsed.total_ms),
            gpu_ms: elapsed.and_then(|elapsed| elapsed.gpu_ms),
        };
        let Some(answer) = session.answered.get_untracked() else { return state };
        let model = session.models[answer.now.network.index()].with_untracked(|model| model.ready().cloned());
        let inspected = |one: &Option<Inspection>| one.as_ref().map(|one| Inspected::new(session, one, model.as_ref()));
        state.network = Some(answer.now.network.name());
        state.history = answer.now.clicks.iter().map(|click| session.id(click.item)).collect();
        state.probabilities =
            (0..).zip(answer.now.probabilities.iter()).map(|(item, p)| (session.id(item), *p)).collect();
        state.inspected = inspected(&answer.inspected);
        state.compared = inspected(&answer.compared);
        state
    }
}

fn as_map<S: Serializer>(pairs: &[(String, f32)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(id, probability)| (id, probability)))
}

/// Puts the handle on the window.
pub fn expose(session: Session) {
    let state = Closure::<dyn Fn() -> JsValue>::new(move || {
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        State::of(session).serialize(&serializer).unwrap_or_else(|error| JsValue::from_str(&error.to_string()))
    });
    let memory = Closure::<dyn Fn() -> f64>::new(|| {
        let memory: Option<WebAssembly::Memory> = wasm_bindgen::memory().dyn_into().ok();
        let buffer: Option<ArrayBuffer> = memory.and_then(|memory| memory.buffer().dyn_into().ok());
        buffer.map_or(f64::NAN, |buffer| f64::from(buffer.byte_length()))
    });
    let handle = Object::new();
    // A window that takes no property costs the tests their view, and nobody else anything.
    let _ = Reflect::set(&handle, &"state".into(), &state.into_js_value());
    let _ = Reflect::set(&handle, &"memory".into(), &memory.into_js_value());
    let _ = Reflect::set(&window(), &"interestLens".into(), &Object::freeze(&handle));
}
