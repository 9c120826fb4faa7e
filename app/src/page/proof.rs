//! "Prove it": what the page shows, computed once more by the other implementation, stage by stage; and how far each
//! implementation is from independent ones.

use std::borrow::Cow;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::browser::Parsed;
use model::{DienTrace, Inspection, Json, Kind, Part, Weights};
use shaders::{Backend, Choice, Engine, Host};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::browser::clock::pause;
use crate::browser::dom::show;
use crate::browser::lazy::Lazy;
use crate::browser::load::{NO_LIMIT, Transfer, fetch};
use crate::explain::networks::Network;
use crate::session::clicks::Click;
use crate::session::{Answered, Session};
use crate::ui::format;
use crate::ui::icons::Close;
use crate::ui::progress::Failure;
use crate::ui::view::when;

/// How far a probability or an attention weight may differ: 32-bit sums in another order, far below what a reader sees.
const SHARE: f32 = 1e-5;
/// How far a state, gate, score or logit may differ; times the greatest value where that is above 1.
const STATE: f32 = 1e-4;

/// One stage by both implementations.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    stage: Cow<'static, str>,
    /// How many numbers were compared.
    count: usize,
    /// The greatest absolute difference.
    difference: f32,
    /// GPU's and CPU's number where they differ most.
    at: [f32; 2],
    tolerance: f32,
}

impl Line {
    /// `base` is what numbers up to 1 may differ.
    fn new(stage: impl Into<Cow<'static, str>>, base: f32, gpu: &[f32], cpu: &[f32]) -> Self {
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

    fn holds(&self) -> bool {
        self.difference <= self.tolerance
    }
}

/// What a part of a trace is called.
fn label(part: &Part) -> Cow<'static, str> {
    let letter = part.letter();
    match (part.name(), part.kind()) {
        ("scores", _) => "Attention scores, before normalisation".into(),
        // A sum over the clicks has weights; DIEN's a_t is a gate's, too.
        ("attention", _) if letter != DienTrace::ATTENTION.letter => "Weights of the clicks".into(),
        ("attentional_update", _) => "Gate that writes, ũ".into(),
        ("candidate", _) => format!("Candidate state {letter}").into(),
        (name, kind) => {
            let name = format::capital(&name.replace('_', " "));
            let gate = if kind == Kind::Gate { " gate" } else { "" };
            format!("{name}{gate} {letter}").into()
        }
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
        stages.push(("Final state h′".into(), STATE, last.to_vec()));
    }
    stages.push(("Logit".into(), STATE, vec![inspection.logit]));
    stages.push(("Click probability".into(), SHARE, vec![inspection.probability]));
    stages
}

/// What was compared.
#[derive(Debug, Clone)]
struct Asked {
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
struct Report {
    asked: Asked,
    /// What was asked, in words.
    title: String,
    gpu: String,
    cpu: String,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq)]
enum Check {
    Never,
    UnderWay,
    Done(Arc<Report>),
    Failed(String),
}

/// The engine on the other backend, as long as the panel is open.
struct Second {
    weights: Arc<Weights>,
    engine: Engine,
}

/// The button and the panel.
#[component]
pub fn Proof() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let open = RwSignal::new(false);
    let contents = Lazy::new(move |owner| Box::pin(contents(owner, open)));
    let show = move |_| {
        show(dialog);
        open.set(true);
        contents.want();
    };
    view! {
        <button type="button" class="link" data-testid="prove-it" on:click=show>
            "Prove it"
        </button>
        <dialog
            node_ref=dialog
            class="about own proof"
            aria-labelledby="proof-title"
            data-testid="prove-it-dialog"
            on:close=move |_| open.set(false)
        >
            <Close />
            <h2 id="proof-title">"Prove it"</h2>
            {contents.view()}
        </dialog>
    }
}

/// Where the part of the file `views` that the dialog needs begins.
#[wasm_split(views, fallible)]
fn contents(owner: Owner, open: RwSignal<bool>) -> Result<AnyView, SplitLoaderError> {
    Ok(owner.with(|| view! { <Contents open=open /> }.into_any()))
}

/// What is in the dialog.
#[component]
fn Contents(
    /// Whether the dialog is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let check = RwSignal::new(Check::Never);
    let second = StoredValue::new_local(None::<Second>);
    let table = RwSignal::new(Transfer::<String>::START);
    let load_table = move || {
        spawn_local(async move {
            table.set(match fetch("assets/verify.json", NO_LIMIT, &|_, _| ()).await {
                Ok(bytes) => match String::from_utf8(bytes).ok().filter(|text| Parsed::new(text).is_some()) {
                    Some(text) => Transfer::Ready(text),
                    None => Transfer::Failed("assets/verify.json is no JSON".to_owned()),
                },
                Err(error) => Transfer::Failed(error.to_string()),
            });
        });
    };
    Effect::new(move || {
        if !open.get() {
            second.set_value(None);
        } else if table.with_untracked(|table| table.ready().is_none()) {
            load_table();
        }
    });
    let run = move |_| {
        if check.with_untracked(|check| *check == Check::UnderWay) {
            return;
        }
        check.set(Check::UnderWay);
        spawn_local(async move {
            pause(0).await;
            let kept = second.try_update_value(Option::take).flatten();
            let (result, engine) = compare(session, kept).await;
            check.set(result.map_or_else(Check::Failed, |report| Check::Done(report.into())));
            // Closed meanwhile, the panel needs no engine any more.
            if open.get_untracked() {
                second.set_value(engine);
            }
        });
    };
    let now = move || session.answered.with(|answer| answer.as_deref().and_then(|answer| asked(session, answer)));
    let outcome = move || match check.get() {
        Check::Never => ().into_any(),
        Check::UnderWay => {
            view! { <p class="outcome">"Compiling and running the stages on the other side …"</p> }.into_any()
        }
        Check::Failed(why) => view! {
            <div class="failure" role="alert" data-testid="prove-it-error">
                <p>{format::sentence(&why)}</p>
            </div>
        }
        .into_any(),
        Check::Done(report) => {
            let old = {
                let asked = report.asked.clone();
                move || now().as_ref() != Some(&asked)
            };
            view! { <Lines report=report old=Signal::derive(old) /> }.into_any()
        }
    };
    view! {
            <p>
                "Every stage of the networks is written twice for this page: as a WebGPU compute shader, and in Rust for the "
                "processor. This lets the other one compute what you see, the present history and the inspected product, and "
                "compares every number on the way."
            </p>
            <p>
                <button
                    type="button"
                    class="button"
                    data-testid="prove-it-check"
                    disabled=move || check.get() == Check::UnderWay || session.busy.get() || now().is_none()
                    on:click=run
                >
                    "Check now"
                </button>
            </p>
            <div role="status">{move || outcome()}</div>
            <h3>"Against independent implementations"</h3>
            {move || match table.get() {
                Transfer::UnderWay { .. } => view! { <p class="quiet">"Loading the table …"</p> }.into_any(),
                Transfer::Failed(why) => view! { <Failure why=why retry=Box::new(load_table) /> }.into_any(),
                Transfer::Ready(table) => view! { <Verified table=table /> }.into_any(),
            }}
    }
}

/// What an answer is about.
fn asked(session: Session, answer: &Answered) -> Option<Asked> {
    let network = answer.now.network;
    let weights = session.models[network.index()].with(|model| model.ready().map(|model| model.weights().clone()))?;
    let item = answer.inspected.as_ref()?.item;
    Some(Asked { network, weights, clicks: answer.now.clicks.clone(), item })
}

/// Lets the other backend answer what the page shows, on an engine kept from before where it fits.
async fn compare(session: Session, kept: Option<Second>) -> (Result<Report, String>, Option<Second>) {
    let shown = session.answered.get_untracked().zip(session.host.get_untracked());
    let asked = shown.as_ref().and_then(|(answer, _)| untrack(|| asked(session, answer)));
    let (Some((answer, host)), Some(asked), Some(catalogue)) = (shown, asked, session.shop_untracked().products())
    else {
        return (Err("There is no answer to check yet.".to_owned()), None);
    };
    let Some(inspected) = answer.inspected.as_ref() else {
        return (Err("No product is inspected.".to_owned()), None);
    };
    let other = if host.backend == Backend::Gpu { Backend::Cpu } else { Backend::Gpu };
    let no_gpu = |error: shaders::EngineError| {
        let error = format::sentence(&error.to_string());
        match other {
            Backend::Gpu => format!(
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
        let why = engine.host().fallback_reason().unwrap_or_default().to_owned();
        return (Err(format!("The GPU was lost during the check. {why}")), None);
    }
    let Some(there) = second.inspections.first() else {
        return (Err("The other side inspected nothing.".to_owned()), None);
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
    lines.push(Line::new("Click probabilities of the whole catalogue", SHARE, gpu, cpu));
    let adapter = if on_gpu { host.name } else { engine.host().name().to_owned() };
    let title = format!(
        "{}, {} in the history, {}",
        asked.network.name(),
        format::plural(asked.clicks.len(), "click", "clicks"),
        session.title(asked.item)
    );
    let cpu = "Rust, compiled to WebAssembly with 128-bit SIMD".to_owned();
    let report = Report { title, gpu: format!("WGSL on {adapter}"), cpu, lines, asked: asked.clone() };
    (Ok(report), Some(Second { weights: asked.weights, engine }))
}

/// The comparison.
#[component]
fn Lines(
    /// The comparison.
    report: Arc<Report>,
    /// Whether the page shows something else by now.
    old: Signal<bool>,
) -> impl IntoView {
    let count: usize = report.lines.iter().map(|line| line.count).sum();
    let wrong = report.lines.iter().filter(|line| !line.holds()).count();
    let verdict = match wrong {
        0 => format!("All {} numbers agree.", format::count(count)),
        wrong => format!("{} of {} stages differ by more than is allowed.", wrong, report.lines.len()),
    };
    let row = |line: &Line| {
        let Line { stage, count, difference, at: [gpu, cpu], tolerance } = line.clone();
        let shown = |value: f32| if count == 0 { "–".to_owned() } else { format!("{value:.6}").replace('-', "−") };
        view! {
            <tr class:wrong=!line.holds() data-difference=format::exact(difference) data-count=count>
                <th scope="row">{stage}</th>
                <td title=format::exact(difference)>{format::difference(difference)}</td>
                <td>{format::difference(tolerance)}</td>
                <td>{if line.holds() { "✓" } else { "✗ differs" }}</td>
                <td>{format::count(count)}</td>
                <td title=format::exact(gpu)>{shown(gpu)}</td>
                <td title=format::exact(cpu)>{shown(cpu)}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <div class="outcome" class:good=wrong == 0>
            <p>
                <strong>{verdict}</strong>
                " "
                {report.title.clone()}
                "."
            </p>
            {when(
                move || old.get(),
                || {
                    view! {
                        <p data-testid="prove-it-old">
                            "These numbers belong to an older click: the page shows another history, product or network by now."
                        </p>
                    }
                        .into_any()
                },
            )}
        </div>
        <p class="quiet">
            "GPU: " {report.gpu.clone()} ". CPU: " {report.cpu.clone()} ". Beside each stage, the pair of numbers that differs most."
        </p>
        <div class="scroll" tabindex="0" role="region" aria-label="GPU and CPU, stage by stage">
            <table class="numbers" data-testid="prove-it-table">
                <thead>
                    <tr>
                        {["Stage", "Largest difference", "Allowed", "", "Numbers", "GPU", "CPU"]
                            .map(|title| view! { <th scope="col">{title}</th> }.into_any())
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{report.lines.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// The differences from independent implementations, as the command wrote them.
#[component]
fn Verified(
    /// Its file, JSON.
    table: String,
) -> impl IntoView {
    let table = Parsed::new(&table);
    let field = |of: Option<&Parsed>, name| of.and_then(|of| of.field(name));
    let text = |of: Option<&Parsed>, name| field(of, name).and_then(|value| value.text()).unwrap_or_default();
    let number = |value: Option<Parsed>| {
        let number = value.and_then(|value| value.number());
        view! {
            <td title=number.map_or_else(|| "null".to_owned(), |number| number.to_string())>
                {number.map_or_else(|| "–".to_owned(), |number| format::difference(number as f32))}
            </td>
        }
        .into_any()
    };
    let fixtures = field(table.as_ref(), "fixtures").and_then(|fixtures| fixtures.elements()).unwrap_or_default();
    let rows = fixtures.iter().map(Some).map(|one| {
        view! {
            <tr>
                <th scope="row">
                    {text(one, "peer")}
                    <br />
                    <span class="quiet">{format!("{}, {}", text(one, "model"), text(one, "options"))}</span>
                </th>
                {["burn", "cpu", "wgsl", "aux", "attention", "states"].map(|key| number(field(one, key))).collect_view()}
            </tr>
        }
        .into_any()
    });
    let rows = rows.collect_view();
    view! {
        <p>
            "The same weights in other people’s implementations and in the three of this project: burn, which trains, and the "
            "two of this page. The numbers are the largest absolute differences from what the other implementation computed: "
            "of the click probability y for each of the three; of the auxiliary loss, which only burn needs; and of attention "
            "and states, in whichever of the three is farthest off."
        </p>
        <div class="scroll" tabindex="0" role="region" aria-label="Differences from independent implementations">
            <table class="numbers" data-testid="verify-table">
                <thead>
                    <tr>
                        {["Implementation", "burn: y", "CPU: y", "WGSL: y", "auxiliary loss", "attention", "states"]
                            .map(|title| view! { <th scope="col">{title}</th> }.into_any())
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="quiet">
            {format!(
                "Allowed for y: {}. Measured {} by cargo xtask verify; WGSL on {}.",
                field(table.as_ref(), "tolerance")
                    .and_then(|value| value.number())
                    .map_or_else(String::new, |number| format::difference(number as f32)),
                text(table.as_ref(), "date"),
                text(table.as_ref(), "adapter"),
            )}
        </p>
    }
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
