//! The shader that computed this: the WGSL of each stage as a GPU runs it, with how often, how long, and on which buffers.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shaders::{Backend, ShaderStage, StageTime};
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement};

use super::frame::Frame;
use super::scene;
use super::table::{Cell, Column, Table};
use super::wgsl::{self, Binding, Equation};
use crate::format;
use crate::passing::Passing;
use crate::session::Session;
use crate::status::Failure;
use crate::tabs::View;
use crate::view::{either, memo, when};

/// One stage, with what its WGSL tells.
#[derive(Debug, Clone, PartialEq)]
struct Stage {
    shader: ShaderStage,
    /// Invocations of a workgroup in x and y.
    workgroup_size: [u32; 2],
    bindings: Vec<Binding>,
    equations: Vec<Equation>,
}

impl Stage {
    fn new(shader: ShaderStage) -> Self {
        let constants = constants(&shader);
        let own = shader.files.last().map(|file| file.text.clone()).unwrap_or_default();
        Self {
            workgroup_size: wgsl::workgroup_size(&own, &constants).unwrap_or([0, 0]),
            bindings: wgsl::bindings(&own, &constants),
            equations: wgsl::equations(&own),
            shader,
        }
    }

    /// Invocations of all dispatches together.
    fn invocations(&self) -> usize {
        let of = |[x, y]: [u32; 2]| x as usize * y as usize;
        of(self.workgroup_size) * self.shader.dispatches.iter().map(|&workgroups| of(workgroups)).sum::<usize>()
    }

    /// As in 174 × 1 workgroups.
    fn workgroups(&self) -> String {
        let dispatches = self.shader.dispatches.iter().map(|[x, y]| format!("{x} × {y}"));
        dispatches.collect::<Vec<_>>().join(" + ")
    }
}

fn constants(shader: &ShaderStage) -> Vec<(String, String)> {
    shader.files.iter().flat_map(|file| wgsl::constants(&file.text)).collect()
}

/// What is known of the stages.
#[derive(Debug, Clone, PartialEq)]
enum State {
    UnderWay,
    Here(Arc<Vec<Stage>>),
    Failed(String),
}

/// The view.
#[component]
pub fn Shader() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let state = RwSignal::new(State::UnderWay);
    let attempt = RwSignal::new(0u32);
    Effect::new(move || {
        attempt.track();
        // With every answer, and with it what was dispatched for it. A memo that is only tracked would never be computed.
        scene.with(|_| ());
        let Some(stages) = session.shader_stages() else { return };
        spawn_local(async move {
            let known = match stages.await {
                Ok(stages) => State::Here(Arc::new(stages.into_iter().map(Stage::new).collect())),
                Err(error) => State::Failed(error.to_string()),
            };
            // The view may be closed by now.
            state.try_set(known);
        });
    });
    let stages =
        memo(move || state.with(|state| if let State::Here(stages) = state { stages.clone() } else { Arc::default() }));
    let times =
        memo(move || scene.with(|scene| scene.as_ref().map(|scene| scene.answer.stages.clone()).unwrap_or_default()));
    let names = memo(move || stages.with(|stages| stages.iter().map(|stage| stage.shader.name).collect::<Vec<_>>()));
    let chosen = RwSignal::new(0usize);
    // Another network has other stages.
    Effect::new(move || {
        names.with(|_| ());
        chosen.set(0);
    });
    let ms = move |stage: &str| times.with(|times| time_of(times, stage));
    let table = memo(move || stages.with(|stages| table(stages, &|stage| ms(stage))));
    let current = memo(move || stages.with(|stages| stages.get(chosen.get()).cloned()));
    let who = move || {
        let host = session.host.passing().get();
        let gpu = host.as_ref().filter(|host| host.backend == Backend::Gpu);
        match gpu {
            Some(host) => format!("{} ran what stands here, and gave the answer on the page.", host.name),
            None => "No GPU gave the answer on the page: the processor did, by the stages’ counterparts in Rust. What stands here is \
                     the WGSL that a GPU runs for the same click."
                .to_owned(),
        }
    };
    let tabs = move || {
        let tab = |(place, stage): (usize, &'static str)| {
            view! {
                <button
                    type="button"
                    class="text-tool stage"
                    data-testid="shader-stage"
                    data-stage=stage
                    aria-pressed=move || (chosen.passing().get() == place).to_string()
                    on:click=move |_| chosen.set(place)
                >
                    <span class="code">{stage}</span>
                    <span class="quiet numbers">{move || times.passing().with(|times| time_of(times, stage)).map(format::milliseconds)}</span>
                </button>
            }
            .into_any()
        };
        names.get().into_iter().enumerate().map(tab).collect_view()
    };
    let controls = view! {
        <p class="shader-who" data-testid="shader-who">{move || who()}</p>
        <div class="shader-stages" role="group" aria-label="Stages, in the order of the computation">{move || tabs()}</div>
    }
    .into_any();
    view! {
        <Frame view=View::Shader controls=controls table=table>
            {move || match state.with(|state| if let State::Failed(why) = state { Some(why.clone()) } else { None }) {
                Some(why) => {
                    view! { <Failure why=why retry=Box::new(move || attempt.update(|attempt| *attempt += 1)) /> }.into_any()
                }
                None => ().into_any(),
            }}
            {either(
                move || current.with(Option::is_some),
                move || {
                    view! {
                        <Facts stage=current ms=Signal::derive(move || current.with(|stage| ms(stage.as_ref()?.shader.name))) />
                        <Code stage=current />
                    }
                        .into_any()
                },
                move || {
                    when(
                        move || state.with(|state| *state == State::UnderWay),
                        || view! { <p class="empty">"It appears with the first answer."</p> }.into_any(),
                    )
                },
            )}
        </Frame>
    }
}

/// The time of a stage, where it was taken.
fn time_of(times: &[StageTime], stage: &str) -> Option<f64> {
    times.iter().find(|time| time.stage == stage).map(|time| time.ms)
}

/// How often, how long, and on which buffers.
#[component]
fn Facts(
    /// The stage.
    stage: Memo<Option<Stage>>,
    /// How long it took, where that was measured.
    ms: Signal<Option<f64>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let fact = move |of: fn(&Stage) -> String| stage.with(|stage| stage.as_ref().map(of).unwrap_or_default());
    let time = move || match ms.get() {
        Some(ms) => format!("{} by the GPU’s timestamps", format::milliseconds(ms)),
        None if session.host.passing().with(|host| host.as_ref().is_some_and(|host| host.backend == Backend::Gpu)) => {
            "not measured: this GPU offers no timestamps, only the time of the whole click is known".to_owned()
        }
        None => "not measured: no GPU ran it".to_owned(),
    };
    let buffers = move || {
        stage.with(|stage| {
            let stage = stage.as_ref()?;
            let row = |(place, binding): (usize, &Binding)| {
                let bytes = stage.shader.buffer_bytes.get(place).map(|&bytes| format::bytes(bytes));
                view! {
                    <tr>
                        <td class="numbers">{place}</td>
                        <td class="code">{binding.name.clone()}</td>
                        <td>{binding.access.clone()}</td>
                        <td class="code">{binding.shape.clone()}</td>
                        <td class="numbers">{bytes.unwrap_or_else(|| "–".to_owned())}</td>
                    </tr>
                }
                .into_any()
            };
            Some(stage.bindings.iter().enumerate().map(row).collect_view())
        })
    };
    view! {
        <dl class="shader-facts">
            <div>
                <dt>"Dispatch"</dt>
                <dd class="numbers" data-testid="shader-dispatch">
                    {move || fact(|stage| {
                        let [x, y] = stage.workgroup_size;
                        format!(
                            "{} workgroups of {x} × {y} invocations: {} in all",
                            stage.workgroups(),
                            format::count(stage.invocations()),
                        )
                    })}
                </dd>
            </div>
            <div>
                <dt>"Time"</dt>
                <dd class="numbers" data-testid="shader-time">{move || time()}</dd>
            </div>
            <div>
                <dt>"On the processor"</dt>
                <dd class="code" data-testid="shader-counterpart">
                    {move || fact(|stage| format!("shaders/src/cpu/{}.rs", stage.shader.name))}
                </dd>
            </div>
        </dl>
        <div class="shader-buffers" role="region" aria-label="Buffers" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Binding"</th>
                        <th scope="col">"Buffer"</th>
                        <th scope="col">"Access"</th>
                        <th scope="col">"Shape"</th>
                        <th scope="col">"Size"</th>
                    </tr>
                </thead>
                <tbody>{move || buffers()}</tbody>
            </table>
        </div>
    }
}

/// Equations and code, each of which marks what belongs to it in the other.
#[component]
fn Code(
    /// The stage.
    stage: Memo<Option<Stage>>,
) -> impl IntoView {
    let code = NodeRef::<html::Div>::new();
    // The equations that are pointed at.
    let marked = RwSignal::new(Vec::<u32>::new());
    Effect::new(move || {
        stage.with(|_| ());
        marked.set(Vec::new());
    });
    let equations =
        memo(move || stage.with(|stage| stage.as_ref().map(|stage| stage.equations.clone()).unwrap_or_default()));
    let buttons = move || {
        let button = |equation: Equation| {
            let number = equation.number;
            view! {
                <li>
                    <button
                        type="button"
                        class="equation-line"
                        data-testid="shader-equation"
                        data-equation=number
                        class:marked=move || marked.passing().with(|marked| marked.contains(&number))
                        on:pointerenter=move |_| marked.set(vec![number])
                        on:focus=move |_| marked.set(vec![number])
                        on:click=move |_| {
                            marked.set(vec![number]);
                            show_line(code, number);
                        }
                    >
                        <span>{equation.text}</span>
                        <span class="quiet numbers">{format!("({number})")}</span>
                    </button>
                </li>
            }
            .into_any()
        };
        equations.get().into_iter().map(button).collect_view()
    };
    let files = move || stage.with(|stage| stage.as_ref().map(|stage| files(&stage.shader)));
    let point = move |target: Option<EventTarget>| {
        let line = target
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|target| target.closest("[data-equations]").ok()?);
        if let Some(numbers) = line.and_then(|line| line.get_attribute("data-equations")) {
            marked.set(numbers.split(' ').filter_map(|number| number.parse().ok()).collect());
        }
    };
    // The style sheet marks the lines, for there are hundreds of them.
    let numbers = move || marked.with(|marked| marked.iter().map(u32::to_string).collect::<Vec<_>>().join(" "));
    view! {
        <h3>"Equations and the lines that compute them"</h3>
        <ol class="shader-equations" aria-label="Equations; each marks the lines of code that compute it">{move || buttons()}</ol>
        <div
            class="shader-code code"
            node_ref=code
            data-marked=move || numbers()
            role="region"
            aria-label="WGSL"
            tabindex="0"
            on:pointerover=move |event| point(event.target())
            on:focusin=move |event| point(event.target())
            on:click=move |event| point(event.target())
        >
            {move || files()}
        </div>
    }
}

/// Scrolls to the first line of code that computes an equation.
fn show_line(code: NodeRef<html::Div>, number: u32) {
    let Some(code) = code.get_untracked() else { return };
    let line = code.query_selector(&format!("details[open] [data-equations~=\"{number}\"]")).ok().flatten();
    if let Some(line) = line.and_then(|line| line.dyn_into::<HtmlElement>().ok()) {
        /// Of the lines above it, in CSS pixels.
        const ABOVE: i32 = 48;
        code.set_scroll_top(line.offset_top() - ABOVE);
    }
}

/// The files of a stage, of which its own is open.
fn files(shader: &ShaderStage) -> Vec<AnyView> {
    let constants = constants(shader);
    let last = shader.files.len().saturating_sub(1);
    let file = |(place, file): (usize, &shaders::SourceFile)| {
        let mut html = String::new();
        for line in wgsl::lines(&file.text, &constants) {
            let numbers: Vec<String> = line.equations.iter().map(u32::to_string).collect();
            // A line that computes an equation can be reached with the keyboard.
            let attributes = match numbers.is_empty() {
                true => String::new(),
                false => format!(" data-equations=\"{}\" tabindex=\"0\"", numbers.join(" ")),
            };
            html += &format!("<div{attributes}>{}</div>", line.html);
        }
        let name = if file.name.is_empty() { "Sizes and options of this network" } else { file.name };
        let count = format::plural(file.text.lines().count(), "line", "lines");
        view! {
            <details open=place == last data-file=file.name>
                <summary>{name} " " <span class="quiet numbers">{count}</span></summary>
                <div class="lines" inner_html=html></div>
            </details>
        }
        .into_any()
    };
    shader.files.iter().enumerate().map(file).collect()
}

/// A row for each buffer of each stage.
fn table(stages: &[Stage], ms: &dyn Fn(&str) -> Option<f64>) -> Table {
    let mut columns: Vec<Column> =
        ["stage", "workgroups", "workgroup size x", "workgroup size y", "invocations"].map(Column::new).into();
    columns.push(Column { name: "time".to_owned(), unit: "ms" });
    columns.extend(["binding", "buffer", "access", "shape"].map(Column::new));
    columns.push(Column { name: "size".to_owned(), unit: "bytes" });
    let rows = stages.iter().flat_map(|stage| {
        stage.bindings.iter().enumerate().map(move |(place, binding)| {
            let [x, y] = stage.workgroup_size.map(|size| Cell::Count(size as usize));
            vec![
                Cell::Text(stage.shader.name.to_owned()),
                Cell::Text(stage.workgroups()),
                x,
                y,
                Cell::Count(stage.invocations()),
                ms(stage.shader.name).map_or(Cell::None, |ms| Cell::Number(ms as f32)),
                Cell::Count(place),
                Cell::Text(binding.name.clone()),
                Cell::Text(binding.access.clone()),
                Cell::Text(binding.shape.clone()),
                stage.shader.buffer_bytes.get(place).map_or(Cell::None, |&bytes| Cell::Count(bytes as usize)),
            ]
        })
    });
    Table { columns, rows: rows.collect() }
}
