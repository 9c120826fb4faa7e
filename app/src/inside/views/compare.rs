//! Side by side: two networks, or one under two settings, on the same history.

use std::sync::Arc;

use leptos::prelude::*;
use model::Inspection;
use shaders::EngineError;

use crate::explain::networks::Network;
use crate::explain::settings::{Choices, Setting, read, written};
use crate::explain::under::{all_settings, caveat, settings, under};
use crate::explain::{CONTRAST, card, labels};
use crate::inside::ask::{Engines, Source, arrival, ask, knows, who_know};
use crate::inside::charts::frame::Frame;
use crate::inside::charts::rank_correlation::kendall_tau;
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::inside::inspected::none_left;
use crate::language::t;
use crate::session::answer::ranks::{Change, Ranks};
use crate::session::answer::scene::{Scene, scene};
use crate::session::{Model, Session};
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::term::with_terms;
use crate::ui::view::memo;

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "compare",
        name: t!("Compare"),
        title: t!("Compare side by side"),
        sentence: t!("Two networks, or one with two settings, on the same history. A is the network of the page."),
        missing: |_| None,
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Compare /> }.into_any()
}

/// Products that are shown of each ranking.
const ROWS: usize = 10;

/// Products of each ranking in the table.
const TABLE_ROWS: usize = 100;

/// What can stand on a side.
#[derive(Clone, Copy, PartialEq)]
enum Choice {
    /// A network of the page, or the visitor's.
    Network(Network),
    /// What came out of the training of this number.
    Trained(usize),
}

impl Choice {
    /// The name in addresses and in the tests.
    fn id(self) -> String {
        match self {
            Self::Network(network) => network.id().to_owned(),
            Self::Trained(number) => format!("training-{number}"),
        }
    }

    /// The network, once it is here. Reactive.
    fn model(self, session: Session) -> Option<Model> {
        match self {
            Self::Network(network) => session.models[network.index()].scoped().with(|model| model.ready().cloned()),
            Self::Trained(number) => session.trained.scoped().with(|trained| {
                trained.iter().find(|trained| trained.number == number).map(|trained| trained.model.clone())
            }),
        }
    }

    /// What it is called. Reactive.
    fn name(self, session: Session) -> String {
        match self {
            Self::Network(network) => network.name().to_owned(),
            Self::Trained(number) => {
                let network = self.model(session).map(|model| card(model.config().network.kind()).name);
                t!("{network}, training {number}", network = network.unwrap_or_default())
            }
        }
    }
}

/// What can stand beside the network of the page: every network that knows its products. Reactive.
fn choices_for(session: Session, scene: &Scene) -> Vec<Choice> {
    let knows = knows(&scene.products);
    let trained = session.trained.scoped().with(|trained| {
        let fitting = trained.iter().filter(|trained| knows(trained.model.weights()));
        fitting.map(|trained| Choice::Trained(trained.number)).collect::<Vec<_>>()
    });
    who_know(session, scene).into_iter().map(Choice::Network).chain(trained).collect()
}

/// One of the two networks that are compared, or of the two settings of one.
#[derive(Clone, PartialEq)]
struct Side {
    /// What it is called.
    name: String,
    /// The network with the weights as they run.
    source: Source,
    /// What [`caveat`] says of the weights as they run.
    caveat: Option<String>,
}

/// What the engines are asked.
#[derive(Clone, PartialEq)]
struct Question {
    scene: Scene,
    sides: [Side; 2],
}

/// What one side says.
#[derive(Clone)]
struct Opinion {
    side: Side,
    /// Click probability of every product, `[items]`.
    probabilities: Arc<Vec<f32>>,
    /// The inspected product.
    inspected: Option<Inspection>,
}

/// What both sides say.
#[derive(Clone)]
struct Answer {
    scene: Scene,
    opinions: [Opinion; 2],
    /// Kendall's τ-b between the two orders of the catalogue.
    tau: Option<f64>,
}

async fn answer(session: Session, engines: &mut Engines, question: Question) -> Result<Answer, EngineError> {
    let Question { scene, sides: [a, b] } = question;
    let history: Vec<u32> = scene.clicks().map(|(item, _)| item).collect();
    let items: Vec<u32> = scene.inspected().map(|inspection| inspection.item).into_iter().collect();
    let mut opinion = async |side: Side| -> Result<Opinion, EngineError> {
        if side.source == Source::shown(&scene) {
            // The page has asked it already.
            let (probabilities, inspected) = (scene.answer.now.probabilities.clone(), scene.inspected().cloned());
            return Ok(Opinion { side, probabilities, inspected });
        }
        let answer = engines.rank(session, &side.source, &history, &items).await?;
        let inspected = answer.inspections.into_iter().next();
        Ok(Opinion { side, probabilities: answer.probabilities.into(), inspected })
    };
    let opinions = [opinion(a).await?, opinion(b).await?];
    let [a, b] = &opinions;
    let tau = kendall_tau(&a.probabilities, &b.probabilities);
    Ok(Answer { scene, opinions, tau })
}

/// The view.
#[component]
pub fn Compare() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let fitting =
        memo(move || scene.with(|scene| scene.as_ref().map(|scene| choices_for(session, scene)).unwrap_or_default()));
    let chosen = RwSignal::new(None::<Choice>);
    // The one side is the page's network. The other is another one, until somebody chooses.
    let first = memo(move || scene.with(|scene| scene.as_ref().map(|scene| Choice::Network(scene.answer.now.network))));
    let second = memo(move || {
        let (first, chosen) = (first.get(), chosen.get());
        fitting.with(|fitting| {
            let fits = chosen.filter(|chosen| fitting.contains(chosen));
            let other = CONTRAST.map(|kind| Choice::Network(Network::Shipped(kind))).into_iter();
            let mut other = other.filter(|other| Some(*other) != first && fitting.contains(other));
            fits.or_else(|| other.next()).or(first)
        })
    });
    expect_context::<Fields>().add(
        "with",
        // Of what was trained here, another visit knows nothing.
        move || {
            let chosen = chosen.get().filter(|chosen| Some(*chosen) == second.get())?;
            matches!(chosen, Choice::Network(_)).then(|| chosen.id())
        },
        move |id| {
            let found = fitting.with_untracked(|fitting| fitting.iter().find(|choice| choice.id() == id).copied())?;
            chosen.set(Some(found));
            Some(())
        },
    );
    let choices = [RwSignal::new(Choices::new()), RwSignal::new(Choices::new())];
    let side = move |of: Memo<Option<Choice>>, choices: RwSignal<Choices>| {
        memo(move || {
            let of = of.get()?;
            let products = scene.with(|scene| scene.as_ref().map(|scene| scene.products.clone()))?;
            let mut source = Source::trained(&of.model(session)?, products);
            let (config, _) = choices.with(|choices| under(source.weights.config(), choices));
            let caveat = caveat(source.weights.config(), &config);
            if caveat.is_some() {
                // Only options that need no other tensors are offered.
                source.weights = source.weights.under(config).ok()?.into();
            }
            Some(Side { name: of.name(session), source, caveat })
        })
    };
    let sides = [side(first, choices[0]), side(second, choices[1])];
    let question = memo(move || {
        let scene = scene.get()?;
        Some(Question { scene, sides: [sides[0].get()?, sides[1].get()?] })
    });
    let asked =
        ask(question, async move |engines: &mut Engines, question: Question| answer(session, engines, question).await);
    let answer = asked.answer;
    let ranks = memo(move || {
        let hide_clicked = session.hide_clicked.scoped().get();
        answer.with(|answer| {
            answer.as_ref().map(|Answer { scene, opinions, .. }| {
                let clicked: Vec<u32> =
                    if hide_clicked { scene.clicks().map(|(item, _)| item).collect() } else { Vec::new() };
                opinions.each_ref().map(|opinion| Arc::new(Ranks::new(&opinion.probabilities, &clicked)))
            })
        })
    });
    let table = memo(move || {
        let ranks = ranks.get();
        answer.with(|answer| {
            answer.as_ref().zip(ranks).map(|(answer, ranks)| table(session, answer, &ranks)).unwrap_or_default()
        })
    });
    let choose_network = view! {
        <select
            data-testid="compare-network"
            aria-label=t!("Network to compare with")
            on:change=move |event| {
                let id = event_target_value(&event);
                choices[1].set(Choices::new());
                chosen.set(fitting.with_untracked(|fitting| fitting.iter().find(|choice| choice.id() == id).copied()));
            }
        >
            {move || {
                let now = second.get();
                let option = |choice: Choice| {
                    view! { <option value=choice.id() prop:selected=Some(choice) == now>{choice.name(session)}</option> }.into_any()
                };
                fitting.get().into_iter().map(option).collect_view()
            }}
        </select>
    };
    let name = view! { <strong>{move || first.get().map(|first| first.name(session))}</strong> };
    let trained_of = move |of: Memo<Option<Choice>>| {
        memo(move || {
            let model = of.get().and_then(|of| of.model(session));
            model.map(|model| settings(model.config())).unwrap_or_default()
        })
    };
    let controls = view! {
        <div class="sides">
            <SideHead place=0 name=name.into_any() trained=trained_of(first) choices=choices[0] side=sides[0] />
            <SideHead place=1 name=choose_network.into_any() trained=trained_of(second) choices=choices[1] side=sides[1] />
        </div>
        {arrival(
            session,
            memo(move || match second.get() {
                Some(Choice::Network(network)) => vec![network],
                Some(Choice::Trained(_)) | None => Vec::new(),
            }),
        )}
        {asked.failure()}
    };
    let agreement = move || {
        let tau =
            answer.with(|answer| answer.as_ref().map(|answer| (answer.tau, answer.opinions[0].probabilities.len())));
        match tau {
            None => String::new(),
            Some((None, 1)) => t!("There is one product, so there is no order to compare.").to_owned(),
            Some((None, _)) => {
                t!("One of the two gives every product the same probability: there is no order to compare.").to_owned()
            }
            Some((Some(tau), items)) => t!(
                "Kendall’s τ = {tau} between the two orders of all {items} products: 1 is the same order, 0 no relation, −1 the \
                 reverse.",
                tau = format::weight(tau as f32),
                items = format::count(items)
            ),
        }
    };
    view! {
        <Frame entry=entry() controls=controls.into_any() table=table>
            <p
                class="agreement numbers"
                data-testid="kendall-tau"
                data-tau=move || answer.with(|answer| answer.as_ref().and_then(|answer| answer.tau).map(|tau| tau.to_string()))
                aria-live="polite"
            >
                {move || with_terms(&agreement())}
            </p>
            {move || {
                let ranks = ranks.get();
                answer.with(|answer| answer.as_ref().zip(ranks).map(|(answer, ranks)| both(session, answer, &ranks)))
            }}
        </Frame>
    }
}

/// What one side is.
#[component]
fn SideHead(
    /// Which side.
    place: usize,
    /// The network of the side, or the choice of it.
    name: AnyView,
    /// The settings that the network was trained with.
    trained: Memo<Vec<Setting>>,
    /// What was chosen in place of them.
    choices: RwSignal<Choices>,
    /// The side as it is now.
    side: Memo<Option<Side>>,
) -> impl IntoView {
    expect_context::<Fields>().add(
        ["a", "b"][place],
        move || {
            let mut choices = choices.get();
            trained.with(|trained| {
                choices.retain(|id, place| trained.iter().any(|setting| setting.id == *id && setting.place != *place));
            });
            (!choices.is_empty()).then(|| written(&choices))
        },
        move |text| {
            choices.set(read(text, &all_settings())?);
            Some(())
        },
    );
    let session = expect_context::<Session>();
    let setting = move |Setting { id, label, options, place: trained, .. }: Setting| {
        let option = move |(place, name): (usize, String)| {
            let name = if place == trained { t!("{name}, as trained") } else { name };
            let is_now = move || choices.with(|choices| choices.get(id).copied()).unwrap_or(trained) == place;
            view! { <option value=place prop:selected=is_now>{name}</option> }.into_any()
        };
        let choose = move |event| {
            if let Ok(place) = event_target_value(&event).parse() {
                choices.update(|choices| {
                    choices.insert(id, place);
                });
                session.did("setting");
            }
        };
        view! {
            <label class="quiet">
                {label} " "
                <select data-testid=format!("compare-{id}") on:change=choose>
                    {options.into_iter().enumerate().map(option).collect_view()}
                </select>
            </label>
        }
        .into_any()
    };
    let caveat = move || side.with(|side| side.as_ref().map(|side| side.caveat.clone()));
    view! {
        <div class="side-head" class:second=place == 1 data-testid="compare-side" role="group" aria-label=t!("Side {letter}", letter = ["A", "B"][place])>
            <p class="side-name"><span class="side-letter">{["A", "B"][place]}</span>{name}</p>
            {move || trained.get().into_iter().map(setting).collect_view()}
            <p class="quiet caveat" class:untrained=move || caveat().flatten().is_some() data-testid="compare-caveat">
                {move || caveat().map(|caveat| caveat.unwrap_or_else(|| t!("With its weights as they were trained.").to_owned()))}
            </p>
        </div>
    }
}

/// Both rankings, and what both say of the inspected product.
fn both(session: Session, answer: &Answer, ranks: &[Arc<Ranks>; 2]) -> AnyView {
    let place_of = |place: Option<u32>| place.map_or_else(|| "–".to_owned(), |place| format::count(place as usize));
    let list = |side: usize| {
        let (opinion, ranks, other) = (&answer.opinions[side], &ranks[side], &ranks[1 - side]);
        let row = |&item: &u32| {
            let probability = opinion.probabilities.get(item as usize).copied().unwrap_or_default();
            let change = ranks.change(Some(other.as_ref()), item);
            let (text, of) = match change {
                Change::None => ("=".to_owned(), ""),
                Change::New => (t!("new").to_owned(), ""),
                Change::Up(places) => (format!("▲{}", format::count(places as usize)), "up"),
                Change::Down(places) => (format!("▼{}", format::count(places as usize)), "down"),
            };
            view! {
                <li class="compared-row" data-testid="compare-row" data-item=session.id(item) data-probability=format::exact(probability)>
                    <span class="numbers quiet">{place_of(ranks.place(item))}</span>
                    <span class="compared-title" title=session.title(item)>{session.title(item)}</span>
                    <span class="numbers">{format::percent(probability)}</span>
                    <span class=format!("change {of}") title=t!("place {place} on the other side", place = place_of(other.place(item)))>
                        {text}
                    </span>
                </li>
            }
            .into_any()
        };
        view! {
            <section class="side" class:second=side == 1 data-testid="compare-ranking" aria-label=t!("Ranking of side {letter}", letter = ["A", "B"][side])>
                <h3>{t!("{network} would show next", network = opinion.side.name)}</h3>
                <p class="quiet">{t!("▲▼ places against the other side")}</p>
                {ranks.order().is_empty().then(|| view! { <p class="empty">{none_left()}</p> }.into_any())}
                <ol>{ranks.order().iter().take(ROWS).map(row).collect_view()}</ol>
            </section>
        }
        .into_any()
    };
    let [a, b] = &answer.opinions;
    let inspected = a.inspected.as_ref().zip(b.inspected.as_ref()).map(|(a, b)| {
        let figure = |side: usize, inspection: &Inspection| {
            let place = place_of(ranks[side].place(inspection.item));
            view! {
                <div class="side" class:second=side == 1>
                    <dt>{format!("{} {}", ["A", "B"][side], answer.opinions[side].side.name)}</dt>
                    <dd data-testid="compare-probability" data-probability=format::exact(inspection.probability) data-place=place.clone()>
                        {format::percent(inspection.probability)}
                        <small>{t!("place {place}")}</small>
                    </dd>
                </div>
            }
            .into_any()
        };
        view! {
            <section class="compare-inspected">
                <h3>{t!("{title}, the inspected product", title = session.title(a.item))}</h3>
                <dl class="figures numbers">{figure(0, a)}{figure(1, b)}</dl>
                {attention(session, answer, [a, b])}
            </section>
        }
        .into_any()
    });
    view! {
        <div class="sides">{list(0)}{list(1)}</div>
        {inspected}
    }
    .into_any()
}

/// The attention that the inspected product gives each click, on both sides.
fn attention(session: Session, answer: &Answer, inspections: [&Inspection; 2]) -> AnyView {
    let weights = inspections.map(|inspection| inspection.trace.attention());
    let most = weights.map(|weights| weights.iter().fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs())));
    let rows = answer.scene.answer.now.clicks.iter().enumerate().map(|(at, click)| {
        let side = |side: usize| {
            let weight = weights[side].get(at).copied().unwrap_or_default();
            view! {
                <span class=format!("left-out-bar {}", ["first", "second"][side]) class:negative=weight < 0.0>
                    <i style=format!("width:{}%", 100.0 * weight.abs() / most[side])></i>
                </span>
                <span class="numbers" data-testid="compare-attention" data-side=["a", "b"][side] data-attention=format::exact(weight)>
                    {format::weight(weight)}
                </span>
            }
            .into_any()
        };
        view! {
            <li class="left-out">
                <span class="numbers quiet">{at + 1}</span>
                <span class="left-out-title" title=session.title(click.item)>{session.title(click.item)}</span>
                {side(0)}
                {side(1)}
            </li>
        }
        .into_any()
    });
    let label = |side: usize| {
        t!(
            "{side}: {attention}",
            side = ["A", "B"][side],
            attention = labels(&answer.opinions[side].side.source.weights.config().network).attention()
        )
    };
    if weights[0].is_empty() {
        return view! { <p class="empty" translate="yes">{t!("Without clicks there is nothing to pay attention to.")}</p> }
            .into_any();
    }
    view! {
        <p class="left-out left-out-head quiet">
            <span class="left-out-click" translate="yes">{t!("click")}</span>
            <span class="left-out-attention">{with_terms(&label(0))}</span>
            <span class="left-out-delta">{with_terms(&label(1))}</span>
        </p>
        <ol aria-label=t!("Attention to each click, on both sides")>{rows.collect_view()}</ol>
        <p class="quiet" translate="yes">{t!("Bars of each side are drawn to its own greatest weight.")}</p>
    }
    .into_any()
}

/// A row for each click, and for each of the best products of either side.
fn table(session: Session, answer: &Answer, ranks: &[Arc<Ranks>; 2]) -> Table {
    let sides = answer.opinions.each_ref().map(|opinion| opinion.side.name.as_str());
    let columns = ["id", t!("product"), t!("step")]
        .map(str::to_owned)
        .into_iter()
        .chain([t!("attention"), t!("probability"), t!("place")].into_iter().flat_map(|what| {
            ["A", "B"].into_iter().zip(sides).map(move |(letter, name)| t!("{what}, {letter} ({name})"))
        }))
        .map(Column::new)
        .collect();
    let attention = |side: usize, at: usize| {
        let inspected = answer.opinions[side].inspected.as_ref();
        inspected
            .and_then(|inspected| inspected.trace.attention().get(at))
            .map_or(Cell::None, |weight| Cell::Number(*weight))
    };
    let numbers = |item: u32| {
        let probability = |side: usize| {
            let probabilities = &answer.opinions[side].probabilities;
            probabilities.get(item as usize).map_or(Cell::None, |probability| Cell::Number(*probability))
        };
        let place = |side: usize| ranks[side].place(item).map_or(Cell::None, |place| Cell::Count(place as usize));
        [probability(0), probability(1), place(0), place(1)]
    };
    let names = |item: u32| [session.id(item), session.title(item)].map(Cell::Text);
    let row = |step: Cell, item: u32, attention: [Cell; 2]| {
        names(item).into_iter().chain([step]).chain(attention).chain(numbers(item)).collect()
    };
    let clicks = answer.scene.answer.now.clicks.iter().enumerate();
    let clicks = clicks.map(|(at, click)| row(Cell::Count(at + 1), click.item, [attention(0, at), attention(1, at)]));
    let best = ranks.each_ref().map(|ranks| &ranks.order()[..ranks.order().len().min(TABLE_ROWS)]);
    let others = best[1].iter().filter(|item| !best[0].contains(item));
    let products = best[0].iter().chain(others).map(|&item| row(Cell::None, item, [Cell::None, Cell::None]));
    Table { columns, rows: clicks.chain(products).collect() }
}
