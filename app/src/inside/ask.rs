//! What a view asks engines of its own, beside the page's.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Inspection, Weights};
use shaders::{Answer, Engine, EngineError, Warm};

use crate::browser::lazy::under_way;
use crate::browser::load::Transfer;
use crate::explain::networks::Network;
use crate::language::t;
use crate::session::answer::scene::Scene;
use crate::session::shop::products::Products;
use crate::session::{Model, Session};
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::progress::{Failure, Progress};
use crate::ui::scoped::Scoped;
use crate::ui::view::when;

/// A network with the products that it ranks.
#[derive(Clone)]
pub struct Source {
    /// Name of the network's file, for errors.
    pub file: Arc<str>,
    /// Which network.
    pub weights: Arc<Weights>,
    /// The products.
    pub products: Arc<Products>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.weights, &other.weights) && Arc::ptr_eq(&self.products, &other.products)
    }
}

impl Source {
    /// A network with its weights as they were trained.
    pub fn trained(model: &Model, products: Arc<Products>) -> Self {
        Self { file: model.file.clone(), weights: model.weights().clone(), products }
    }

    /// The network that gave the answer on the page.
    pub fn shown(scene: &Scene) -> Self {
        Self::trained(&scene.model, scene.products.clone())
    }

    /// A network that is here, to be asked about the products on the page. Reactive.
    pub fn of(session: Session, scene: &Scene, network: Network) -> Option<Self> {
        let model = session.models[network.index()].scoped();
        model.with(|model| model.ready().map(|model| Self::trained(model, scene.products.clone())))
    }

    /// What an engine said of the network; where its numbers are to blame, with the name of its file.
    fn said<T>(&self, result: Result<T, EngineError>) -> Result<T, EngineError> {
        result.map_err(|error| match error {
            EngineError::Overflow(why) => EngineError::Overflow(format!("{}: {why}", self.file)),
            error => error,
        })
    }
}

/// Whether weights know these products: with another catalogue they mean nothing to them.
pub fn knows(products: &Products) -> impl Fn(&Weights) -> bool {
    let (vocabulary, hash) = (products.vocabulary(), products.vocabulary_hash());
    move |weights| weights.check_vocabulary("", vocabulary, &hash).is_ok()
}

/// Every network that knows the products on the page: with another catalogue they mean nothing to it. The networks that come
/// with the page all know the same ones, so that they are told apart before their weights are here. Reactive.
pub fn who_know(session: Session, scene: &Scene) -> Vec<Network> {
    let fits = knows(&scene.products);
    let knows = |network: Network| Some(fits(&Source::of(session, scene, network)?.weights));
    let shipped = Network::shipped().find_map(knows) == Some(true);
    let shipped = Network::shipped().filter(|_| shipped);
    shipped.chain((knows(Network::Yours) == Some(true)).then_some(Network::Yours)).collect()
}

/// Asks for the weights of these networks: what is under way or failed, and nothing once all are here.
pub fn arrival(session: Session, networks: Memo<Vec<Network>>) -> AnyView {
    Effect::new(move || networks.with(|networks| networks.iter().for_each(|network| session.want(*network))));
    let one = move |network: Network| match session.models[network.index()].scoped().with(Transfer::arrival) {
        Transfer::UnderWay { received, total } => {
            view! { <Progress what=t!("the network’s weights") received=received total=total /> }.into_any()
        }
        Transfer::Failed(why) => {
            view! { <Failure why=why retry=Box::new(move || session.load_model(network)) /> }.into_any()
        }
        Transfer::Ready(()) => ().into_any(),
    };
    view! { {move || networks.get().into_iter().map(one).collect_view()} }.into_any()
}

/// The engines that a view made.
#[derive(Default)]
pub struct Engines(Vec<Own>);

/// An engine of a view.
struct Own {
    source: Source,
    engine: Engine,
    /// What it is to go on with.
    warm: Rc<RefCell<Option<Warm>>>,
}

impl Engines {
    /// How many engines are kept, the one made last at the end.
    const MOST: usize = 4;

    /// The engine that runs `source`, after `history`.
    ///
    /// # Errors
    /// The errors of [`Engine::new`] and [`Engine::set_history`].
    async fn after(&mut self, session: Session, source: &Source, history: &[u32]) -> Result<&mut Engine, EngineError> {
        let kept = self.0.iter().position(|own| own.source == *source);
        let mut own = match kept {
            Some(place) => self.0.remove(place),
            None => {
                let engine = session.engine(&source.weights, &source.products.item_categories()).await?;
                Own { source: source.clone(), engine, warm: Rc::default() }
            }
        };
        if let Some(warm) = own.warm.take() {
            own.engine.adopt(warm);
        }
        own.engine.set_history(history)?;
        let warm = own.warm.clone();
        session.warm_up(&mut own.engine, move |ready| drop(warm.replace(Some(ready))));
        if self.0.len() >= Self::MOST {
            self.0.remove(0);
        }
        Ok(&mut self.0.push_mut(own).engine)
    }

    /// The click probabilities of all products after `history`, with everything computed for those `inspected`.
    ///
    /// # Errors
    /// The errors of [`Engine::new`], [`Engine::set_history`] and [`Engine::rank`].
    pub async fn rank(
        &mut self,
        session: Session,
        source: &Source,
        history: &[u32],
        inspected: &[u32],
    ) -> Result<Answer, EngineError> {
        source.said(self.after(session, source, history).await?.rank(inspected).await)
    }

    /// The click probability of `item` without each click of `history`, `[history]`.
    ///
    /// # Errors
    /// The errors of [`Engine::new`], [`Engine::set_history`] and [`Engine::leave_one_out`].
    pub async fn leave_one_out(
        &mut self,
        session: Session,
        source: &Source,
        history: &[u32],
        item: u32,
    ) -> Result<Vec<f32>, EngineError> {
        source.said(self.after(session, source, history).await?.leave_one_out(item).await)
    }

    /// The click probability of `item` after `history`, with everything computed for it.
    ///
    /// # Errors
    /// The errors of [`Engine::new`], [`Engine::set_history`] and [`Engine::inspect`].
    pub async fn inspect(
        &mut self,
        session: Session,
        source: &Source,
        history: &[u32],
        item: u32,
    ) -> Result<Option<Inspection>, EngineError> {
        let inspected = self.after(session, source, history).await?.inspect(&[item]).await;
        Ok(source.said(inspected)?.0.into_iter().next())
    }
}

/// The newest answer to a question that changes.
pub struct Asked<A> {
    /// The answer; none before the first one, and where there is no question.
    pub answer: RwSignal<Option<A>>,
    /// Why there is no answer, in a sentence.
    problem: RwSignal<Option<String>>,
}

impl<A> Clone for Asked<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Asked<A> {}

impl<A> Asked<A> {
    /// The sentence in place of an answer, where there is one.
    pub fn failure(self) -> AnyView {
        let problem = self.problem;
        when(
            move || problem.with(Option::is_some),
            move || {
                view! { <p class="failure" role="alert">{move || problem.get().map(|why| format::sentence(&why))}</p> }
                    .into_any()
            },
        )
    }
}

/// Lets `answer` answer `question` whenever that changes, for as long as the view is there. While it does, only the newest
/// question counts.
pub fn ask<Q, A>(
    question: Memo<Option<Q>>,
    answer: impl AsyncFn(&mut Engines, Q) -> Result<A, EngineError> + 'static,
) -> Asked<A>
where
    Q: Clone + PartialEq + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
{
    let asked = Asked { answer: RwSignal::new(None), problem: RwSignal::new(None) };
    // None while they are at work.
    let engines = StoredValue::new_local(Some(Engines::default()));
    let answer = std::rc::Rc::new(answer);
    Effect::new(move || {
        if question.with(Option::is_none) {
            asked.answer.set(None);
            return;
        }
        let Some(mut own) = engines.try_update_value(Option::take).flatten() else { return };
        let answer = answer.clone();
        spawn_local(under_way(async move {
            while let Some(now) = question.try_get_untracked().flatten() {
                let result = answer(&mut own, now.clone()).await;
                if question.try_get_untracked().flatten().as_ref() != Some(&now) {
                    continue;
                }
                let (found, problem) = match result {
                    Ok(found) => (Some(found), None),
                    Err(error) => (None, Some(error.to_string())),
                };
                // The view may be gone.
                asked.answer.try_set(found);
                asked.problem.try_set(problem);
                break;
            }
            engines.try_set_value(Some(own));
        }));
    });
    asked
}
