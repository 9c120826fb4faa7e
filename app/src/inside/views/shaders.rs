//! The shader that computed this: the WGSL of each stage as a GPU runs it, with how often, how long, and on which buffers.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shaders::{Backend, ShaderStage, StageTime};
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement};

use crate::explain::wgsl::{self, Binding, Equation};
use crate::inside::charts::frame::Frame;
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::scene;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::progress::Failure;
use crate::ui::scoped::Scoped;
use crate::ui::view::{either, memo, when};

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "shader",
        name: t!("Shaders"),
        title: t!("The shaders of this network"),
        sentence: t!(
            "Each stage of the network as it runs on a GPU, in WGSL, with the sizes of this network put in. Point at an equation to mark the lines that compute it, or at a line to mark its equation."
        ),
        missing: |_| None,
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Shader /> }.into_any()
}

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
        let structs: Vec<_> = shader.files.iter().flat_map(|file| wgsl::structs(&file.text, &constants)).collect();
        let own = shader.files.last().map(|file| file.text.clone()).unwrap_or_default();
        Self {
            workgroup_size: wgsl::workgroup_size(&own, &constants).unwrap_or([0, 0]),
            bindings: wgsl::bindings(&own, &constants, &structs),
            equations: wgsl::equations(&own),
            shader,
        }
    }

    /// Invocations of all dispatches together.
    fn invocations(&self) -> usize {
        let of = |[x, y]: [u32; 2]| x as usize * y as usize;
        of(self.workgroup_size) * self.shader.dispatches.iter().map(|&workgroups| of(workgroups)).sum::<usize>()
    }

    /// The workgroups of all dispatches in words: 174 × 1.
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
    // Of the question asked last: what was asked before may be known later.
    let newest = StoredValue::new(0u32);
    Effect::new(move || {
        attempt.track();
        // With every answer, and with it what was dispatched for it. A memo that is only tracked would never be computed.
        scene.with(|_| ());
        let question = newest.get_value() + 1;
        newest.set_value(question);
        let Some(stages) = session.shader_stages() else { return };
        spawn_local(async move {
            let known = match stages.await {
                Ok(stages) => State::Here(Arc::new(stages.into_iter().map(Stage::new).collect())),
                Err(error) => State::Failed(error.to_string()),
            };
            // The view may be closed by now.
            if newest.try_get_value() == Some(question) {
                state.try_set(known);
            }
        });
    });
    let stages =
        memo(move || state.with(|state| if let State::Here(stages) = state { stages.clone() } else { Arc::default() }));
    let times =
        memo(move || scene.with(|scene| scene.as_ref().map(|scene| scene.answer.stages.clone()).unwrap_or_default()));
    let names = memo(move || stages.with(|stages| stages.iter().map(|stage| stage.shader.name).collect::<Vec<_>>()));
    let chosen = RwSignal::new(0usize);
    // Another network has other stages.
    Effect::new(move |before: Option<Vec<&'static str>>| {
        let now = names.get();
        if before.is_some_and(|before| !before.is_empty() && before != now) {
            chosen.set(0);
        }
        now
    });
    let fields: Fields = expect_context();
    let ms = move |stage: &str| times.with(|times| time_of(times, stage));
    let table = memo(move || stages.with(|stages| table(stages, &|stage| ms(stage))));
    let current = memo(move || stages.with(|stages| stages.get(chosen.get()).cloned()));
    let who = move || {
        let host = session.host.scoped().get();
        let gpu = host.as_ref().filter(|host| host.backend == Backend::Gpu);
        match gpu {
            Some(host) => t!("{gpu} ran what stands here, and gave the answer on the page.", gpu = host.name),
            None => t!(
                "No GPU gave the answer on the page: the processor did, by the stages’ counterparts in Rust. What stands here is the \
                 WGSL that a GPU runs for the same history."
            )
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
                    aria-pressed=move || (chosen.scoped().get() == place).to_string()
                    on:click=move |_| chosen.set(place)
                >
                    <span class="code">{stage}</span>
                    <span class="quiet numbers">{move || times.with(|times| time_of(times, stage)).map(format::milliseconds)}</span>
                </button>
            }
            .into_any()
        };
        names.get().into_iter().enumerate().map(tab).collect_view()
    };
    let controls = view! {
        <p class="shader-who" data-testid="shader-who">{move || who()}</p>
        <div class="shader-stages" role="group" aria-label=t!("Stages, in the order of the computation")>{move || tabs()}</div>
    }
    .into_any();
    view! {
        <Frame entry=entry() controls=controls table=table>
            {move || match state.with(|state| if let State::Failed(why) = state { Some(why.clone()) } else { None }) {
                Some(why) => {
                    view! { <Failure why=why retry=Box::new(move || attempt.update(|attempt| *attempt += 1)) /> }.into_any()
                }
                None => ().into_any(),
            }}
            {either(
                move || current.with(Option::is_some),
                move || {
                    fields.add(
                        "stage",
                        move || {
                            let name = names.with(|names| names.get(chosen.get()).copied());
                            name.filter(|_| chosen.get() > 0).map(str::to_owned)
                        },
                        move |stage| {
                            let place = names.with_untracked(|names| names.iter().position(|name| *name == stage))?;
                            chosen.set(place);
                            Some(())
                        },
                    );
                    view! {
                        <Facts stage=current ms=Signal::derive(move || current.with(|stage| ms(stage.as_ref()?.shader.name))) />
                        <Code stage=current />
                    }
                        .into_any()
                },
                move || {
                    when(
                        move || state.with(|state| *state == State::UnderWay),
                        || view! { <p class="empty" translate="yes">{t!("It appears with the first answer.")}</p> }.into_any(),
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

/// How often a stage runs, how long, and on which buffers.
#[component]
fn Facts(
    /// The stage.
    stage: Memo<Option<Stage>>,
    /// How long the stage took, where that was measured.
    ms: Signal<Option<f64>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let fact = move |of: fn(&Stage) -> String| stage.with(|stage| stage.as_ref().map(of).unwrap_or_default());
    let time = move || match ms.get() {
        Some(ms) => t!("{time} by the GPU’s timestamps", time = format::milliseconds(ms)),
        None if session.host.scoped().with(|host| host.as_ref().is_some_and(|host| host.backend == Backend::Gpu)) => {
            t!("not measured: this GPU offers no timestamps, only the time of the whole answer is known").to_owned()
        }
        None => t!("not measured: no GPU ran it").to_owned(),
    };
    let buffers = move || {
        stage.with(|stage| {
            let stage = stage.as_ref()?;
            let row = |(place, binding): (usize, &Binding)| {
                let bytes = stage.shader.buffer_bytes.get(place).map(|&bytes| format::bytes(bytes));
                let fields = binding.fields.iter().map(|field| {
                    view! {
                        <tr class="field" data-testid="shader-field">
                            <td></td>
                            <td class="code">{field.path.clone()}</td>
                            <td></td>
                            <td class="code">{field.shape.clone()}</td>
                            <td class="numbers">{format::count(field.offset as usize)}</td>
                            <td class="numbers">{format::bytes(u64::from(field.bytes))}</td>
                        </tr>
                    }
                    .into_any()
                });
                view! {
                    <tr>
                        <td class="numbers">{place}</td>
                        <td class="code">{binding.name.clone()}</td>
                        <td>{binding.access.clone()}</td>
                        <td class="code">{binding.shape.clone()}</td>
                        <td></td>
                        <td class="numbers">{bytes.unwrap_or_else(|| "–".to_owned())}</td>
                    </tr>
                    {fields.collect_view()}
                }
                .into_any()
            };
            Some(stage.bindings.iter().enumerate().map(row).collect_view())
        })
    };
    view! {
        <dl class="shader-facts">
            <div>
                <dt translate="yes">{t!("Dispatch")}</dt>
                <dd class="numbers" data-testid="shader-dispatch">
                    {move || fact(|stage| {
                        let [x, y] = stage.workgroup_size;
                        t!(
                            "{workgroups} workgroups of {x} × {y} invocations: {all} in all",
                            workgroups = stage.workgroups(),
                            all = format::count(stage.invocations())
                        )
                    })}
                </dd>
            </div>
            <div>
                <dt translate="yes">{t!("Time")}</dt>
                <dd class="numbers" data-testid="shader-time">{move || time()}</dd>
            </div>
            <div>
                <dt translate="yes">{t!("On the processor")}</dt>
                <dd class="code" data-testid="shader-counterpart">
                    {move || fact(|stage| format!("shaders/src/stages/{}/cpu.rs", stage.shader.name))}
                </dd>
            </div>
        </dl>
        <div class="shader-buffers" role="region" aria-label=t!("Buffers") tabindex="0">
            <table>
                <thead>
                    <tr translate="yes">
                        <th scope="col">{t!("Binding")}</th>
                        <th scope="col">{t!("Buffer")}</th>
                        <th scope="col">{t!("Access")}</th>
                        <th scope="col">{t!("Shape")}</th>
                        <th scope="col" title=t!("Where a field begins, in bytes; of an array, in its first element")>{t!("Offset")}</th>
                        <th scope="col">{t!("Size")}</th>
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
    let session = expect_context::<Session>();
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
                        class:marked=move || marked.scoped().with(|marked| marked.contains(&number))
                        on:pointerenter=move |_| marked.set(vec![number])
                        on:focus=move |_| marked.set(vec![number])
                        on:click=move |_| {
                            marked.set(vec![number]);
                            session.did("equation");
                            show_line(code, number);
                        }
                    >
                        <span>{in_language(&equation.text)}</span>
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
        <h3 translate="yes">{t!("Equations and the lines that compute them")}</h3>
        <ol class="shader-equations" aria-label=t!("Equations; each marks the lines of code that compute it")>{move || buttons()}</ol>
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

/// An equation that holds in some networks alone, with that in the reader's language.
fn in_language(equation: &str) -> String {
    let Some((letters, condition)) = equation.split_once(" where ") else { return equation.to_owned() };
    let condition = match condition {
        "the reset gate acts before the product" => t!("where the reset gate acts before the product"),
        "a candidate reads all" => t!("where a candidate reads all"),
        _ => return equation.to_owned(),
    };
    [letters, " ", condition].concat()
}

/// Scrolls to the first line of code that computes an equation.
fn show_line(code: NodeRef<html::Div>, number: u32) {
    let Some(code) = code.get_untracked() else { return };
    let line = code.query_selector(&format!("details[open] [data-equations~=\"{number}\"]")).ok().flatten();
    if let Some(line) = line.and_then(|line| line.dyn_into::<HtmlElement>().ok()) {
        /// How much is seen of the lines above, in CSS pixels.
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
        let name = if file.name.is_empty() { t!("Sizes and options of this network") } else { file.name };
        let count = t!("{count} line" | "{count} lines", count = file.text.lines().count());
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

/// A row for each buffer of each stage, and one for each field in it.
fn table(stages: &[Stage], ms: &dyn Fn(&str) -> Option<f64>) -> Table {
    let mut columns: Vec<Column> =
        [t!("stage"), t!("workgroups"), t!("workgroup size x"), t!("workgroup size y"), t!("invocations")]
            .map(Column::new)
            .into();
    columns.push(Column { name: t!("time").to_owned(), unit: "ms" });
    columns.extend([t!("binding"), t!("buffer"), t!("access"), t!("field"), t!("shape")].map(Column::new));
    columns.extend([t!("offset"), t!("size")].map(|name| Column { name: name.to_owned(), unit: t!("bytes") }));
    let text = |text: &str| Cell::Text(text.to_owned());
    let bytes = |bytes: u64| Cell::Count(bytes as usize);
    let mut rows = Vec::new();
    for stage in stages {
        let [x, y] = stage.workgroup_size.map(|size| Cell::Count(size as usize));
        let time = ms(stage.shader.name).map_or(Cell::None, |ms| Cell::Number(ms as f32));
        let invocations = Cell::Count(stage.invocations());
        let of_stage = [text(stage.shader.name), Cell::Text(stage.workgroups()), x, y, invocations, time];
        for (place, binding) in stage.bindings.iter().enumerate() {
            let buffer = [Cell::Count(place), text(&binding.name), text(&binding.access)];
            let size = stage.shader.buffer_bytes.get(place).map_or(Cell::None, |&size| bytes(size));
            let whole = [Cell::None, text(&binding.shape), Cell::None, size];
            let fields = binding.fields.iter().map(|field| {
                [text(&field.path), text(&field.shape), bytes(field.offset.into()), bytes(field.bytes.into())]
            });
            rows.extend(std::iter::once(whole).chain(fields).map(|row| [&of_stage[..], &buffer, &row].concat()));
        }
    }
    Table { columns, rows }
}

#[cfg(test)]
mod tests {
    use model::{NetworkKind, Vocabulary, Weights};
    use shaders::{Engine, Host};

    use super::*;

    /// The stages of the network that comes with the page as `id`.
    fn stages(kind: NetworkKind) -> Vec<Stage> {
        let id = kind.id();
        let file = format!("{}/../assets/{id}.safetensors", env!("CARGO_MANIFEST_DIR"));
        let weights = Weights::from_safetensors(&file, &std::fs::read(&file).unwrap()).unwrap();
        let Vocabulary { items, .. } = weights.vocabulary();
        pollster::block_on(async {
            let engine = Engine::new(&Host::before_gpu(), &weights, &vec![0; items]).await.unwrap();
            engine.stages(&[0]).await.unwrap().into_iter().map(Stage::new).collect()
        })
    }

    /// Fields as naga, which compiles the shaders, lays them out.
    fn laid_out(
        module: &naga::Module,
        handle: naga::Handle<naga::Type>,
        path: String,
        offset: u32,
    ) -> Vec<(String, u32, u32)> {
        match &module.types[handle].inner {
            naga::TypeInner::Array { base, .. } => {
                let index = ["i", "j", "k"][path.matches('[').count()];
                laid_out(module, *base, format!("{path}[{index}]"), offset)
            }
            naga::TypeInner::Struct { members, .. } => {
                let fields = members.iter().flat_map(|member| {
                    let (path, offset) =
                        (format!("{path}.{}", member.name.as_deref().unwrap()), offset + member.offset);
                    let bytes = module.types[member.ty].inner.size(module.to_ctx());
                    let inner = laid_out(module, member.ty, path.clone(), offset);
                    std::iter::once((path, offset, bytes)).chain(inner)
                });
                fields.collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn what_an_equation_holds_for_is_said_in_the_reader_s_language() {
        let mut holds_for = Vec::new();
        for &kind in NetworkKind::ALL {
            for equation in stages(kind).into_iter().flat_map(|stage| stage.equations) {
                if let Some((_, condition)) = equation.text.split_once(" where ") {
                    holds_for.push(format!("where {condition}"));
                    assert_eq!(in_language(&equation.text), equation.text);
                }
            }
        }
        assert!(holds_for.len() > 2, "{holds_for:?}");
        let chinese = include_str!("../../../languages/zh/page.po");
        for condition in holds_for {
            assert!(chinese.contains(&format!("msgid \"{condition}\"")), "{condition}");
        }
    }

    #[test]
    fn every_buffer_of_every_stage_has_the_fields_that_the_shader_s_compiler_puts_there() {
        for &kind in NetworkKind::ALL {
            for stage in stages(kind) {
                let source: String = stage.shader.files.iter().map(|file| format!("{}\n", file.text)).collect();
                let module = naga::front::wgsl::parse_str(&source).unwrap();
                let buffers: Vec<_> = module.global_variables.iter().filter(|(_, one)| one.binding.is_some()).collect();
                assert_eq!(buffers.len(), stage.bindings.len());
                for (_, buffer) in buffers {
                    let found = &stage.bindings[buffer.binding.unwrap().binding as usize];
                    assert_eq!(Some(&found.name), buffer.name.as_ref());
                    let fields: Vec<_> =
                        found.fields.iter().map(|field| (field.path.clone(), field.offset, field.bytes)).collect();
                    let wanted = laid_out(&module, buffer.ty, String::new(), 0);
                    assert_eq!(fields, wanted, "{kind:?}: {}: {}", stage.shader.name, found.name);
                }
            }
        }
    }
}
