//! The model as a picture: the data flow from embeddings to probability with the values in it, at three depths: all stages, one
//! of them with every vector, and one number with the sum that gives it.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::browser::dom::{focus, roving};
use crate::explain::calculation::{Calculation, Function, Stage, Term, Vector, at, is_sequential};
use crate::explain::math::math;
use crate::explain::networks::Network;
use crate::explain::picture;
use crate::export::Download;
use crate::inside::charts::frame::Frame;
use crate::inside::charts::heat::strip;
use crate::inside::charts::scale::{Scale, ScaleLegend, SharedScale};
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::charts::walk::{Walk, Walker};
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::inside::inspected::if_none_left;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::{Scene, scene};
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "model",
        name: t!("Model"),
        title: t!("The model as a picture"),
        sentence: t!(
            "The data flow from embeddings to click probability, with the values of this step in it. Choose a stage to see every number, and a number to see the sum that gives it."
        ),
        missing: |_| None,
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Dataflow /> }.into_any()
}

/// How deep one looks, and at what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// All stages.
    Overview,
    /// One stage, by its place.
    Layer(usize),
    /// One unit of a vector of a stage.
    Cell { stage: usize, vector: usize, unit: usize },
}

impl Depth {
    /// The depth above this one, and the element there that leads to this one.
    fn up(self) -> Option<(Self, String)> {
        match self {
            Self::Overview => None,
            Self::Layer(stage) => Some((Self::Overview, format!("stage-{stage}"))),
            Self::Cell { stage, vector, unit } => Some((Self::Layer(stage), format!("cell-{vector}-{unit}"))),
        }
    }

    /// The depth in an address: the place of a stage, and in it those of a vector and of a unit, from 1.
    fn text(self) -> Option<String> {
        match self {
            Self::Overview => None,
            Self::Layer(stage) => Some((stage + 1).to_string()),
            Self::Cell { stage, vector, unit } => Some(format!("{}.{}.{}", stage + 1, vector + 1, unit + 1)),
        }
    }

    /// The depth of which an address has the text; none where it is no depth of these stages.
    fn read(text: &str, stages: &[Stage]) -> Option<Self> {
        let place = |part: &str| part.parse::<usize>().ok()?.checked_sub(1);
        let depth = match *text.split('.').map(place).collect::<Option<Vec<_>>>()? {
            [stage] => Self::Layer(stage),
            [stage, vector, unit] => Self::Cell { stage, vector, unit },
            _ => return None,
        };
        Some(depth).filter(|depth| depth.seen(stages).depth() == *depth)
    }

    /// What one sees at this depth. The history may have become empty, or shorter, since this depth was chosen.
    fn seen(self, stages: &[Stage]) -> Seen<'_> {
        match self {
            Self::Overview => Seen::Overview,
            Self::Layer(place) => stages.get(place).map_or(Seen::Overview, |stage| Seen::Layer(place, stage)),
            Self::Cell { stage: place, vector, unit } => match stages.get(place) {
                None => Seen::Overview,
                Some(stage) => match stage.vectors.get(vector) {
                    Some(found) if unit < found.values.len() => Seen::Cell(place, stage, (vector, found), unit),
                    _ => Seen::Layer(place, stage),
                },
            },
        }
    }
}

/// What there is at a depth.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Overview,
    /// A stage and its place.
    Layer(usize, &'a Stage),
    /// A stage and its place, and a unit of one of its vectors.
    Cell(usize, &'a Stage, (usize, &'a Vector), usize),
}

impl Seen<'_> {
    /// The depth at which this is seen.
    fn depth(self) -> Depth {
        match self {
            Self::Overview => Depth::Overview,
            Self::Layer(stage, _) => Depth::Layer(stage),
            Self::Cell(stage, _, (vector, _), unit) => Depth::Cell { stage, vector, unit },
        }
    }
}

/// The view.
#[component]
pub fn Dataflow() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let walk = Walk::new(session, scene);
    let depth = RwSignal::new(Depth::Overview);
    let is_shared = RwSignal::new(false);
    // Another network has other stages.
    let network = memo(move || scene.with(|scene| scene.as_ref().map(|scene| scene.answer.now.network)));
    Effect::new(move |before: Option<Option<Network>>| {
        let now = network.get();
        if before.flatten().is_some_and(|before| Some(before) != now) {
            depth.set(Depth::Overview);
        }
        now
    });
    let deeper = move |to: Depth| {
        depth.set(to);
        session.did("stage");
        focus("model-up".to_owned());
    };
    let up = move || {
        if let Some((above, from)) = depth.get_untracked().up() {
            depth.set(above);
            focus(from);
        }
    };
    let on_key = Callback::new(move |event: KeyboardEvent| {
        if event.key() == "Escape" && depth.get_untracked() != Depth::Overview {
            event.prevent_default();
            up();
        }
    });
    // Each is another one: how their numbers come about cannot be compared.
    let stages = Memo::new_with_compare(
        move |_| {
            let picture = |scene: &Option<Scene>| Some(picture(&scene.as_ref()?.inputs()?, walk.step.get()));
            Arc::new(scene.with(picture).unwrap_or_default())
        },
        |_, _| true,
    );
    expect_context::<Fields>().add(
        "opened",
        move || depth.get().seen(&stages.get()).depth().text(),
        move |text| stages.with_untracked(|stages| Depth::read(text, stages)).map(|found| depth.set(found)),
    );
    let shown = move || {
        let stages = stages.get();
        let shared = is_shared.get().then_some(stages.as_slice());
        match depth.get().seen(&stages) {
            Seen::Overview => scene.with(|scene| overview(scene.as_ref(), &stages, shared, walk, deeper)),
            Seen::Layer(place, stage) => layer(place, stage, shared, deeper),
            Seen::Cell(_, _, (_, vector), unit) => cell(vector, unit),
        }
    };
    let path = memo(move || match depth.get().seen(&stages.get()) {
        Seen::Overview => None,
        Seen::Layer(place, stage) => Some((stage.name, place, None)),
        Seen::Cell(place, stage, (_, vector), unit) => Some((stage.name, place, Some(unit_name(vector, unit)))),
    });
    let trail = move || {
        path.get().map(|(name, stage, cell)| {
            let is_layer = cell.is_none();
            let layer = if is_layer {
                view! { <strong>{name}</strong> }.into_any()
            } else {
                view! {
                    <button type="button" class="link" on:click=move |_| depth.set(Depth::Layer(stage))>
                        {name}
                    </button>
                }
                .into_any()
            };
            view! {
                <button type="button" class="link" translate="yes" on:click=move |_| depth.set(Depth::Overview)>
                    {t!("Model")}
                </button>
                " › "
                {layer}
                {cell.map(|cell| view! { " › " <strong>{cell}</strong> }.into_any())}
            }
            .into_any()
        })
    };
    let table = memo(move || {
        let title = walk.titles.with(|titles| titles.get(walk.step.get()).cloned());
        table(&stages.get(), depth.get(), title.map(|title| (walk.step.get() + 1, title)))
    });
    let controls = view! {
        {when(
            move || { walk.count() > 0 },
            move || {
                let after = view! { <SharedScale is_shared=is_shared /> }.into_any();
                view! { <Walker walk=walk after=after on_walk=Callback::new(|()| ()) /> }.into_any()
            },
        )}
        {when(
            move || walk.count() == 0,
            || view! { <p class="empty" translate="yes">{t!("Without clicks there is no step: the network sees the product alone.")}</p> }.into_any(),
        )}
        <Download />
        <nav class="trail" aria-label=t!("Depth")>
            // It stays while the rest of the line changes, and with it the focus.
            {when(
                move || path.with(Option::is_some),
                move || {
                    view! {
                        <button type="button" class="text-tool" id="model-up" data-testid="model-up" translate="yes" title=t!("Up (Escape)") on:click=move |_| up()>
                            {t!("↑ Up")}
                        </button>
                    }
                        .into_any()
                },
            )}
            {move || trail()}
        </nav>
    }
    .into_any();
    view! {
        <Frame entry=entry() controls=controls table=table on_key=on_key>
            {if_none_left(scene)}
            {move || shown()}
        </Frame>
    }
}

/// The name of a unit: "update gate, unit 3", or "score".
fn unit_name(vector: &Vector, unit: usize) -> String {
    if vector.values.len() > 1 {
        t!("{name}, unit {unit}", name = vector.name, unit = unit + 1)
    } else {
        vector.name.to_string()
    }
}

/// The scale of a vector: its own or, where `all` stages share, that of all vectors of such a kind.
fn scale_of(vector: &Vector, all: Option<&[Stage]>) -> Scale {
    let is_signed = !is_sequential(vector.kind);
    match all {
        None => Scale::of(vector.values.iter().copied(), is_signed),
        Some(stages) => {
            let alike = vectors(stages).filter(|one| is_sequential(one.kind) != is_signed);
            Scale::of(alike.flat_map(|one| one.values.iter().copied()), is_signed)
        }
    }
}

/// The vectors of all stages that have colours, which are those of more than one number.
fn vectors(stages: &[Stage]) -> impl Iterator<Item = &Vector> {
    stages.iter().flat_map(|stage| &stage.vectors).filter(|vector| vector.values.len() > 1)
}

/// All stages.
fn overview(
    scene: Option<&Scene>,
    stages: &[Stage],
    shared: Option<&[Stage]>,
    walk: Walk,
    deeper: impl Fn(Depth) + Copy + Send + Sync + 'static,
) -> AnyView {
    let attention =
        scene.and_then(Scene::inspected).map(|inspection| inspection.trace.attention().to_vec()).unwrap_or_default();
    let cards = stages.iter().enumerate().map(|(place, stage)| {
        let vectors = stage.vectors.iter().map(|vector| {
            let value = match vector.values.as_slice() {
                [value] => {
                    view! { <span class="value numbers" title=format::exact(*value)>{format::weight(*value)}</span> }
                        .into_any()
                }
                values => strip(values, scale_of(vector, shared)),
            };
            view! {
                <span class="stage-vector">
                    <span class="letter" inner_html=math(&vector.letter)></span>
                    {value}
                </span>
            }
            .into_any()
        });
        let links = stage.weighs.then(|| links(&attention, walk));
        view! {
            <li>
                <button
                    type="button"
                    class="stage"
                    id=format!("stage-{place}")
                    data-testid="model-stage"
                    title=stage.sentence
                    on:click=move |_| deeper(Depth::Layer(place))
                >
                    <span class="stage-name">{stage.name}</span>
                    {links}
                    {vectors.collect_view()}
                </button>
            </li>
        }
        .into_any()
    });
    // Of all gates and of all others, where they share.
    let legends = shared.map(|stages| {
        let of = |name: &'static str, is_of: fn(&Vector) -> bool| {
            let scale = scale_of(vectors(stages).find(|vector| is_of(vector))?, shared);
            Some(view! { <span>{name} " " <ScaleLegend scale=scale /></span> }.into_any())
        };
        let gates = of(t!("Gates and weights"), |vector| is_sequential(vector.kind));
        let others = of(t!("States and other vectors"), |vector| !is_sequential(vector.kind));
        view! { <p class="quiet legends">{gates} {others}</p> }.into_any()
    });
    view! {
        {legends}
        <ol class="stages" aria-label=t!("Stages of the network, in the order of the computation")>{cards.collect_view()}</ol>
    }
    .into_any()
}

/// Attention as links from the clicks to the product, as strong as their weights.
fn links(attention: &[f32], walk: Walk) -> AnyView {
    let most = attention.iter().fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs()));
    let width = 100.0 / attention.len().max(1) as f32;
    let link = |(t, weight): (usize, &f32)| {
        let (x, share) = ((t as f32 + 0.5) * width, weight.abs() / most);
        view! {
            <path
                class:negative=*weight < 0.0
                class:current=walk.step.get_untracked() == t
                d=format!("M{x:.2} 0C{x:.2} 26 50 22 50 46")
                style=format!("--share:{share:.3}")
            />
        }
        .into_any()
    };
    view! {
        <svg class="links" viewBox="0 0 100 46" preserveAspectRatio="none" aria-hidden="true">
            {attention.iter().enumerate().map(link).collect_view()}
        </svg>
    }
    .into_any()
}

/// One stage: every vector, every number in it.
fn layer(
    place: usize,
    stage: &Stage,
    shared: Option<&[Stage]>,
    deeper: impl Fn(Depth) + Copy + Send + Sync + 'static,
) -> AnyView {
    let vectors = stage.vectors.iter().enumerate().map(|(row, vector)| {
        let (scale, count) = (scale_of(vector, shared), vector.values.len());
        let cells = vector.values.iter().enumerate().map(|(unit, &value)| {
            let shade = || format!("cell {}", scale.class(scale.shade(value)));
            let class = if count > 1 { shade() } else { "cell number numbers".to_owned() };
            let on_key = move |event: KeyboardEvent| {
                if let Some(next) = roving(&event.key(), unit, count) {
                    event.prevent_default();
                    focus(format!("cell-{row}-{next}"));
                }
            };
            view! {
                <button
                    type="button"
                    class=class
                    id=format!("cell-{row}-{unit}")
                    data-testid="model-cell"
                    data-value=format::exact(value)
                    tabindex=if unit == 0 { "0" } else { "-1" }
                    aria-label=format!("{}: {}", unit_name(vector, unit), format::weight(value))
                    title=format!("{}: {}", unit_name(vector, unit), format::exact(value))
                    on:click=move |_| deeper(Depth::Cell { stage: place, vector: row, unit })
                    on:keydown=on_key
                >
                    {(count == 1).then(|| format::weight(value))}
                </button>
            }
            .into_any()
        });
        view! {
            <div class="vector" data-testid="model-vector" data-name=vector.name.to_string()>
                <h4>{format::capital(&vector.name)}</h4>
                <p class="equation" inner_html=math(&vector.equation)></p>
                {(count > 1).then(|| view! { <ScaleLegend scale=scale /> }.into_any())}
                <div class="cells" role="group" aria-label=t!("{name}. Arrow keys move, Enter opens.", name = vector.name)>
                    {cells.collect_view()}
                </div>
            </div>
        }
        .into_any()
    });
    view! {
        <section class="stage-layer" aria-label=stage.name>
            <p class="quiet">{stage.sentence} " " {t!("Choose a number to see how it comes about.")}</p>
            {vectors.collect_view()}
        </section>
    }
    .into_any()
}

/// One number: its equation in letters and in numbers, and every product of its sum.
fn cell(vector: &Vector, unit: usize) -> AnyView {
    let calculation = (vector.explain)(unit);
    let (shown, here) = (vector.values[unit], calculation.value());
    let difference = (shown - here).abs();
    let most = calculation.terms.iter().fold(f64::MIN_POSITIVE, |most, term| most.max(term.product().abs()));
    let terms = calculation.terms.iter().map(|term| {
        let product = term.product();
        let factors: Vec<String> = term.factors.iter().copied().map(format::weight).collect();
        let exact: Vec<String> = term.factors.iter().copied().map(format::exact).collect();
        let share = 50.0 * product / most;
        let bar = format!("left:{:.2}%;width:{:.2}%", 50.0 + share.min(0.0), share.abs());
        view! {
            <tr data-testid="model-term" data-product=product.to_string()>
                <td inner_html=math(&term.letters)></td>
                <td class="numbers" title=exact.join(" · ")>{factors.join(" · ")}</td>
                <td class="numbers" title=product.to_string()>{format::weight(product as f32)}</td>
                <td class="term-bar" aria-hidden="true">
                    <i class=if product < 0.0 { "shade-1" } else { "shade-7" } style=bar></i>
                </td>
            </tr>
        }
        .into_any()
    });
    let between = match &calculation.function {
        Function::Activation(_, _, between) => Some(between.clone()),
        _ => None,
    };
    let letter = if vector.values.len() > 1 { at(&vector.letter, unit) } else { vector.letter.clone() };
    let numbers = math(&format!("{letter} = {} = {}", calculation.numbers(), format::weight(here)));
    view! {
        <section
            class="calculation"
            data-testid="model-calculation"
            data-value=format::exact(here)
            data-shown=format::exact(shown)
            aria-label=unit_name(vector, unit)
        >
            <p class="equation" inner_html=math(&vector.equation)></p>
            <p class="equation with-numbers" inner_html=numbers></p>
            {between.map(|between| view! { <p class="equation" inner_html=math(&between)></p> }.into_any())}
            <p class="result numbers">
                {t!(
                    "Sum S = {sum}. Computed here: <computed>{here}</computed>, by the network: <told>{network}</told> (difference \
                     {difference})",
                    sum = format::weight(calculation.sum() as f32),
                    here = format::weight(here),
                    network = format::weight(shown),
                    computed = strong(here),
                    told = strong(shown),
                    difference = format::difference(difference)
                )}
            </p>
            <div class="view-table" role="region" aria-label=t!("The sum, product by product") tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{sum_title(&calculation)}</th>
                            <th scope="col" translate="yes">{t!("in numbers")}</th>
                            <th scope="col" translate="yes">{t!("product of factors")}</th>
                            <th scope="col" translate="yes"><span class="visually-hidden">{t!("as a bar")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{terms.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// How a number is shown in a sentence: its digits, and all of them on demand.
fn strong(number: f32) -> impl Fn(String) -> AnyView {
    move |digits| view! { <strong title=format::exact(number)>{digits}</strong> }.into_any()
}

fn sum_title(calculation: &Calculation) -> String {
    t!("S is the sum of {count} product" | "S is the sum of {count} products", count = calculation.terms.len())
}

/// Every number of the stages that are seen at the current step or, of one number, every product of its sum.
fn table(stages: &[Stage], depth: Depth, step: Option<(usize, String)>) -> Table {
    let (number, title) =
        step.map_or((Cell::None, Cell::None), |(number, title)| (Cell::Count(number), Cell::Text(title)));
    let about = |stage: &Stage, vector: &Vector, unit: usize| {
        let [stage, quantity] = [stage.name.to_owned(), vector.name.to_string()].map(Cell::Text);
        vec![number.clone(), title.clone(), stage, quantity, Cell::Count(unit + 1)]
    };
    let mut columns: Vec<Column> =
        [t!("step"), t!("click"), t!("stage"), t!("quantity"), t!("unit")].map(Column::new).into();
    let stages = match depth.seen(stages) {
        Seen::Overview => stages,
        Seen::Layer(_, stage) => std::slice::from_ref(stage),
        Seen::Cell(_, stage, (_, vector), unit) => {
            let calculation = (vector.explain)(unit);
            let factors = calculation.terms.iter().map(|term| term.factors.len()).max().unwrap_or_default();
            columns.push(Column::new(t!("term")));
            columns.extend((1..=factors).map(|place| Column::new(t!("factor {place}"))));
            columns.extend([t!("product of factors"), t!("sum so far"), t!("value")].map(Column::new));
            let about = about(stage, vector, unit);
            let rows = sum_rows(&calculation, vector.values[unit], factors);
            return Table { columns, rows: rows.into_iter().map(|row| [about.clone(), row].concat()).collect() };
        }
    };
    columns.push(Column::new(t!("value")));
    let mut rows = Vec::new();
    for stage in stages {
        for vector in &stage.vectors {
            let values = vector.values.iter().enumerate();
            rows.extend(values.map(|(unit, value)| [about(stage, vector, unit), vec![Cell::Number(*value)]].concat()));
        }
    }
    Table { columns, rows }
}

/// A row for each product with the sum up to it, then the sum, what is made of it, and the number that the network computed.
fn sum_rows(calculation: &Calculation, shown: f32, factors: usize) -> Vec<Vec<Cell>> {
    let mut sum = 0.0;
    let product = |term: &Term| {
        sum += term.product();
        let mut row = vec![Cell::Text(term.letters.clone())];
        row.extend(
            (0..factors).map(|place| term.factors.get(place).map_or(Cell::None, |&factor| Cell::Number(factor))),
        );
        row.extend([Cell::Number(term.product() as f32), Cell::Number(sum as f32), Cell::None]);
        row
    };
    let mut rows: Vec<Vec<Cell>> = calculation.terms.iter().map(product).collect();
    let outcomes = [
        Some(("S".to_owned(), calculation.sum() as f32)),
        calculation.of_sum().map(|function| (function, calculation.value())),
        Some((t!("by the network").to_owned(), shown)),
    ];
    rows.extend(outcomes.into_iter().flatten().map(|(what, value)| {
        let mut row = vec![Cell::None; factors + 4];
        row[0] = Cell::Text(what);
        row[factors + 3] = Cell::Number(value);
        row
    }));
    rows
}
