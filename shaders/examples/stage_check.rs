//! Compares the shaders and the CPU stages with burn in a browser. A page imports what `wasm-bindgen --target web` makes of
//! it and calls `check(bytes of the JSON that the example stage_fixture writes)`; `time(items, length)` says how long a
//! click takes.
#![cfg(target_arch = "wasm32")]

mod timing;

use serde::Serialize;
use shaders::{Answer, Choice, Engine, Host};
use testing::fixture::{Case, INSPECTED};
use testing::{Difference, Seeded};
use wasm_bindgen::prelude::*;

/// What `check` resolves to, as JSON.
#[derive(Serialize)]
struct Report {
    /// Name of the GPU adapter.
    adapter: String,
    /// Whether every difference is within the tolerances.
    tolerable: bool,
    comparisons: Vec<Comparison>,
}

/// The greatest absolute differences between burn and one of the backends.
#[derive(Serialize)]
struct Comparison {
    /// "WGSL" or "CPU".
    implementation: &'static str,
    network: String,
    /// Items in the history.
    length: usize,
    probability: f64,
    attention: f64,
    states: f64,
}

impl Report {
    /// Takes in how far `answer` is from what burn says in `case`.
    fn add(
        &mut self,
        implementation: &'static str,
        name: &str,
        network: &Seeded,
        case: &Case,
        answer: &Answer,
    ) -> Result<(), JsError> {
        let mut difference = Difference::default();
        difference.probabilities(&answer.probabilities, &case.probabilities);
        for (found, expected) in answer.inspections.iter().zip(&case.inspections) {
            let expected = expected.inspection(network.weights.config(), case.history.len());
            difference.inspection(found, &expected.ok_or_else(|| JsError::new("a trace of another network"))?);
        }
        self.tolerable &= difference.is_tolerable();
        self.comparisons.push(Comparison {
            implementation,
            network: name.to_owned(),
            length: case.history.len(),
            probability: difference.probability,
            attention: difference.attention,
            states: difference.states,
        });
        Ok(())
    }
}

/// Runs both backends on every case of `fixture`.
///
/// # Errors
/// A fixture that is not one of `stage_fixture`, or no GPU.
#[wasm_bindgen]
pub async fn check(fixture: &[u8]) -> Result<String, JsError> {
    let cases: Vec<Case> = serde_json::from_slice(fixture)?;
    let networks = testing::networks();
    if let Some(case) = cases.iter().find(|case| !networks.iter().any(|network| network.name == case.network)) {
        return Err(JsError::new(&format!("there is no network {}", case.network)));
    }
    let hosts = [("WGSL", Host::open(Choice::Gpu).await?), ("CPU", Host::open(Choice::Cpu).await?)];
    let mut report = Report { adapter: hosts[0].1.name().to_owned(), tolerable: true, comparisons: Vec::new() };
    for (implementation, host) in hosts {
        for network in &networks {
            let cases: Vec<&Case> = cases.iter().filter(|case| case.network == network.name).collect();
            let Some(last) = cases.last() else { continue };
            let mut engine = Engine::new(&host, &network.weights, &network.categories).await?;
            for case in &cases {
                engine.set_history(&case.history)?;
                report.add(implementation, network.name, network, case, &engine.rank(&INSPECTED).await?)?;
            }
            if implementation == "WGSL" {
                engine.host().lose_device();
                let name = format!("{}, after a lost device", network.name);
                report.add(implementation, &name, network, last, &engine.rank(&INSPECTED).await?)?;
                if let Some(reason) = engine.host().fallback_reason() {
                    return Err(JsError::new(&format!("{name}: {reason}")));
                }
            }
        }
    }
    Ok(serde_json::to_string(&report)?)
}

/// How long a click takes in a browser, as JSON.
#[derive(Serialize)]
struct Click {
    implementation: &'static str,
    network: &'static str,
    /// The median from the call to the answer, in milliseconds.
    total_ms: f64,
    /// Of it in the compute pass, where the device takes the time.
    gpu_ms: Option<f64>,
}

/// Times every network on both backends, or on the CPU alone where there is no GPU.
///
/// # Errors
/// What an engine refuses, such as a history that is too long.
#[wasm_bindgen]
pub async fn time(items: usize, length: usize) -> Result<String, JsError> {
    let mut clicks = Vec::new();
    for (implementation, choice) in [("CPU", Choice::Cpu), ("WGSL", Choice::Gpu)] {
        let Ok(host) = Host::open(choice).await else { continue };
        for network in testing::trained() {
            let config = network.weights.config().clone();
            let timing = timing::click(&host, config, items, length).await?;
            let shaders::Timing { total_ms, gpu_ms, .. } = timing;
            clicks.push(Click { implementation, network: network.name, total_ms, gpu_ms });
        }
    }
    Ok(serde_json::to_string(&clicks)?)
}
