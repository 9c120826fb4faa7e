//! The comparison itself: what the page shows, computed once more by the other implementation.

use std::borrow::Cow;
use std::sync::Arc;

use leptos::prelude::*;
use model::{DienTrace, Inspection, Kind, Part, Weights};
use shaders::{Backend, Choice, Engine, Host};

use crate::explain::networks::Network;
use crate::language::{english, t};
use crate::session::shop::clicks::Click;
use crate::session::{Answered, Session};
use crate::ui::format;

/// How far a probability or an attention weight may differ: 32-bit sums in another order, far below what a reader sees.
const SHARE: f32 = 1e-5;

/// How far a state, gate, score or logit may differ; times the greatest value where that is above 1.
const STATE: f32 = 1e-4;

/// One stage by both implementations.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is called.
    pub stage: Cow<'static, str>,
    /// How many numbers were compared.
    pub count: usize,
    /// The greatest absolute difference.
    pub difference: f32,
    /// GPU's and CPU's number where they differ most.
    pub at: [f32; 2],
    /// How much they may differ.
    pub tolerance: f32,
}

impl Line {
    /// `base` is what numbers up to 1 may differ.
    pub fn new(stage: impl Into<Cow<'static, str>>, base: f32, gpu: &[f32], cpu: &[f32]) -> Self {
        let mut line = Self { stage: stage.into(), count: gpu.len(), difference: 0.0, at: [0.0; 2], tolerance: base };
        let mut most = 1.0f32;
        for (index, pair) in gpu.iter().zip(cpu).enumerate() {
            let (gpu, cpu) = (*pair.0, *pair.1);
            most = most.max(cpu.abs());
            let difference = (gpu - cpu).abs();
            // What is not a number is the greatest difference.
            if index == 0 || difference > line.difference || difference.is_nan() {
                line.difference = difference;
                line.at = [gpu, cpu];
            }
        }
        if gpu.len() != cpu.len() {
            line.difference = f32::NAN;
        }
        line.tolerance *= most;
        line
    }

    /// Whether both agree as far as they must.
    pub fn holds(&self) -> bool {
        self.difference <= self.tolerance
    }
}

/// What a part of a trace is called.
fn label(part: &Part) -> Cow<'static, str> {
    let letter = part.letter();
    match part.name() {
        // A sum over the clicks has weights; DIEN's a_t is a gate's, too.
        "attention" if letter != DienTrace::ATTENTION.letter => t!("Weights of the clicks").into(),
        "attentional_update" => t!("Gate that writes, ũ").into(),
        "candidate" => t!("Candidate state {letter}").into(),
        "interest_states" => t!("Interest states {letter}").into(),
        "evolution_states" => t!("Evolution states {letter}").into(),
        "reset" => t!("Reset gate {letter}").into(),
        "update" => t!("Update gate {letter}").into(),
        "attention" => t!("Attention {letter}").into(),
        "scores" => t!("Scores {letter}").into(),
        "interest" => t!("Interest {letter}").into(),
        "interests" => t!("Interests {letter}").into(),
        "interest_attention" => t!("Interest attention {letter}").into(),
        "interest_scores" => t!("Interest scores {letter}").into(),
        "choice" => t!("Choice {letter}").into(),
        name => format!("{} {letter}", format::capital(&name.replace('_', " "))).into(),
    }
}

/// The stages of one answer in their order, each with its tolerance.
fn stages(inspection: &Inspection) -> Vec<(Cow<'static, str>, f32, Vec<f32>)> {
    let parts = inspection.trace.parts().iter().map(|part| {
        let base = match part.kind() {
            Kind::Weight => SHARE,
            Kind::Gate | Kind::State | Kind::Score => STATE,
        };
        (label(part), base, part.values().to_vec())
    });
    let mut stages: Vec<_> = parts.collect();
    if let Some(DienTrace { evolution_states: states, .. }) = DienTrace::of(&inspection.trace) {
        let last = states.len().checked_sub(1).map_or(&[][..], |last| states.step(last));
        stages.push((t!("Final state h′").into(), STATE, last.to_vec()));
    }
    stages.push(("Logit".into(), STATE, vec![inspection.logit]));
    stages.push((t!("Click probability").into(), SHARE, vec![inspection.probability]));
    stages
}

/// What was compared.
#[derive(Debug, Clone)]
pub struct Asked {
    network: Network,
    weights: Arc<Weights>,
    clicks: Vec<Click>,
    item: u32,
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        (self.network, self.item, &self.clicks) == (other.network, other.item, &other.clicks)
            && Arc::ptr_eq(&self.weights, &other.weights)
    }
}

/// The outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What was compared.
    pub asked: Asked,
    /// What was asked, in words.
    pub title: String,
    /// Name of the GPU.
    pub adapter: String,
    /// The stages, in their order.
    pub lines: Vec<Line>,
}

/// The engine on the other backend, as long as the panel is open.
pub struct Second {
    weights: Arc<Weights>,
    engine: Engine,
}

/// What an answer is about.
pub fn asked(session: Session, answer: &Answered) -> Option<Asked> {
    let network = answer.now.network;
    let weights = session.models[network.index()].with(|model| model.ready().map(|model| model.weights().clone()))?;
    let item = answer.inspected.as_ref()?.item;
    Some(Asked { network, weights, clicks: answer.now.clicks.clone(), item })
}

/// Lets the other backend answer what the page shows, on an engine kept from before where it fits.
pub async fn compare(session: Session, kept: Option<Second>) -> (Result<Report, String>, Option<Second>) {
    let shown = session.answered.get_untracked().zip(session.host.get_untracked());
    let asked = shown.as_ref().and_then(|(answer, _)| untrack(|| asked(session, answer)));
    let (Some((answer, host)), Some(asked), Some(catalogue)) = (shown, asked, session.shop_untracked().products())
    else {
        return (Err(english!("There is no answer to check yet.").to_owned()), None);
    };
    let Some(inspected) = answer.inspected.as_ref() else {
        return (Err(english!("No product is inspected.").to_owned()), None);
    };
    let other = if host.backend == Backend::Gpu { Backend::Cpu } else { Backend::Gpu };
    let no_gpu = |error: shaders::EngineError| {
        let error = format::in_english(&error.to_string());
        match other {
            Backend::Gpu => english!(
                "No GPU can be checked here. {error} Every number on the page is the CPU’s, and comparing the CPU with itself \
                 would prove nothing. With ?backend=gpu in its address the page insists on WebGPU, on a software adapter if \
                 need be."
            ),
            Backend::Cpu => error,
        }
    };
    let mut engine = match kept {
        Some(Second { weights, engine })
            if Arc::ptr_eq(&weights, &asked.weights) && engine.host().backend() == other =>
        {
            engine
        }
        _ => {
            let choice = if other == Backend::Gpu { Choice::Gpu } else { Choice::Cpu };
            let opened = async {
                let host = Host::open(choice).await?;
                Engine::new(&host, &asked.weights, &catalogue.item_categories()).await
            };
            match opened.await {
                Ok(engine) => engine,
                Err(error) => return (Err(no_gpu(error)), None),
            }
        }
    };
    let items: Vec<u32> = asked.clicks.iter().map(|click| click.item).collect();
    let ranked = match engine.set_history(&items) {
        Ok(()) => engine.rank(&[asked.item]).await,
        Err(error) => Err(error),
    };
    let second = match ranked {
        Ok(second) => second,
        Err(error) => return (Err(no_gpu(error)), None),
    };
    // An engine whose GPU is lost goes on with the CPU.
    if engine.host().backend() != other {
        let why = format::in_english(engine.host().fallback_reason().unwrap_or_default());
        return (Err(english!("The GPU was lost during the check. {why}")), None);
    }
    let Some(there) = second.inspections.first() else {
        return (Err(english!("The other side inspected nothing.").to_owned()), None);
    };

    let on_gpu = host.backend == Backend::Gpu;
    let order = |here, there| if on_gpu { [here, there] } else { [there, here] };
    let (here, there) = (stages(inspected), stages(there));
    let mut lines: Vec<Line> = here
        .iter()
        .zip(&there)
        .map(|((stage, base, here), (_, _, there))| {
            let [gpu, cpu] = order(here.as_slice(), there.as_slice());
            Line::new(stage.clone(), *base, gpu, cpu)
        })
        .collect();
    let [gpu, cpu] = order(&answer.now.probabilities, &second.probabilities);
    lines.push(Line::new(t!("Click probabilities of the whole catalogue"), SHARE, gpu, cpu));
    let adapter = if on_gpu { host.name } else { engine.host().name().to_owned() };
    let title = t!(
        "{network}, {clicks} in the history, {title}.",
        network = asked.network.name(),
        clicks = t!("{count} click" | "{count} clicks", count = asked.clicks.len()),
        title = session.title(asked.item)
    );
    let report = Report { title, adapter, lines, asked: asked.clone() };
    (Ok(report), Some(Second { weights: asked.weights, engine }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_difference_is_found_with_its_numbers() {
        let line = Line::new("test", 1e-5, &[0.5, 0.25, 3.0], &[0.5, 0.5, 2.9]);
        assert_eq!((line.count, line.difference, line.at), (3, 0.25, [0.25, 0.5]));
        assert!(!line.holds());
        // Numbers up to 2.9 may differ by 2.9 times as much as numbers up to 1.
        assert!((line.tolerance - 2.9e-5).abs() < 1e-10);
    }

    #[test]
    fn equal_numbers_hold_and_nan_does_not() {
        assert!(Line::new("test", 1e-5, &[], &[]).holds());
        assert!(Line::new("test", 1e-5, &[0.1], &[0.1]).holds());
        assert!(!Line::new("test", 1e-5, &[f32::NAN, 0.1], &[0.1, 0.1]).holds());
        assert!(!Line::new("test", 1e-5, &[0.1, f32::NAN], &[0.1, 0.1]).holds());
        assert!(!Line::new("test", 1e-5, &[0.1, 0.2], &[0.1]).holds());
    }
}
