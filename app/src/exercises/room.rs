//! What all exercises share while somebody is at them: the data, the texts, the engines that answer, and the results.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Json;
use model::browser::Parsed;
use shaders::Answer;

use super::draw::Stock;
use super::draws::Draws;
use super::judge::{Ask, Guess, Judged, Unanswered, judge};
use super::question::{Exercise, Question};
use super::texts::{Texts, Whys, filled};
use crate::browser::clock::pause;
use crate::browser::load::{self, Transfer};
use crate::explain::networks::Network;
use crate::inside::ask::{Engines, Source};
use crate::language::{self, english};
use crate::session::Session;
use crate::session::shop::products::Products;

/// Questions that are drawn for a visitor's model until one is beyond doubt.
const TRIES: usize = 8;

/// What all exercises share. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Room {
    /// The session whose networks answer.
    pub session: Session,
    /// The exercises and the texts, once they are here, or why they are not.
    pub arrived: RwSignal<Option<Result<Arc<Arrived>, String>>>,
    /// The explanations, once something was committed and they are here.
    pub whys: RwSignal<Option<Arc<Whys>>>,
    /// What became of the predictions so far: of each question the first.
    pub results: RwSignal<Vec<Outcome>>,
    /// The engines, unless they are at work.
    engines: StoredValue<Option<Engines>, LocalStorage>,
}

/// The exercises and the texts.
#[derive(Debug)]
pub struct Arrived {
    /// The exercises in their order.
    pub exercises: Vec<Exercise>,
    /// What they say.
    pub texts: Texts,
}

/// Which question: the index of the exercise and of the variant.
pub type Place = (usize, usize);

/// What became of a prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Which question.
    pub place: Place,
    /// The network that answered.
    pub network: Network,
    /// What the prediction is worth, from 0 to 1.
    pub score: f64,
    /// What a guess is worth on average.
    pub chance: f64,
}

impl Room {
    /// The room, with everything on its way.
    pub fn new(session: Session) -> Self {
        let room = Self {
            session,
            arrived: RwSignal::new(None),
            whys: RwSignal::new(None),
            results: RwSignal::default(),
            engines: StoredValue::new_local(None),
        };
        room.load();
        room
    }

    /// Fetches the exercises and the texts.
    pub fn load(self) {
        self.arrived.set(None);
        spawn_local(async move {
            let arrived = arrived(self.session).await.map(Arc::new);
            self.arrived.try_set(Some(arrived));
        });
    }

    /// Fetches the explanations, unless they are here. Without them there is no “why”.
    pub fn load_whys(self) {
        if self.whys.with_untracked(Option::is_some) {
            return;
        }
        spawn_local(async move {
            let json = json(&format!("assets/lesson/explanations.{}.json", language::now().of_data())).await.ok();
            self.whys.try_set(json.and_then(|json| Whys::from_json(&json)).map(Arc::new));
        });
    }

    /// A word in the visitor's language, with `names` in its places. Not reactive: the words are there before anything of a
    /// room is.
    pub fn say(self, word: &str, names: &[(&str, String)]) -> String {
        self.with(|arrived| arrived.texts.say(word, names)).unwrap_or_default()
    }

    /// A word without places.
    pub fn word(self, word: &str) -> String {
        self.say(word, &[])
    }

    /// Title and question of an exercise, with the names of what `question` is about.
    pub fn asked(self, id: &str, question: &Question) -> (String, String) {
        let title = |item: Option<u32>| item.map(|item| self.session.title(item)).unwrap_or_default();
        let names = [
            ("network", question.network.name().to_owned()),
            ("product", title(question.product())),
            ("click", title(question.click())),
        ];
        let asked = self.with(|arrived| arrived.texts.exercises.get(id).cloned()).flatten();
        asked.map(|asked| (filled(&asked.title, &names), filled(&asked.question, &names))).unwrap_or_default()
    }

    fn with<T>(self, with: impl FnOnce(&Arrived) -> T) -> Option<T> {
        self.arrived.with_untracked(|arrived| arrived.as_ref()?.as_ref().ok().map(|arrived| with(arrived)))
    }

    /// The place that an address means: the number of an exercise or its id, with a dot and the number of the variant behind it,
    /// if it is another than the first. None where there is no such one.
    pub fn place(self, address: &str) -> Option<Place> {
        let (id, variant) = address.split_once('.').unwrap_or((address, "1"));
        self.with(|arrived| {
            let of_id = |(index, exercise): (usize, &Exercise)| {
                let is_meant = exercise.id == id || (index + 1).to_string() == id;
                let variant = (0..exercise.variants.len()).find(|place| (place + 1).to_string() == variant);
                variant.filter(|_| is_meant).map(|variant| (index, variant))
            };
            arrived.exercises.iter().enumerate().find_map(of_id)
        })?
    }

    /// The address of a place.
    pub fn address(self, (exercise, variant): Place) -> String {
        let id = self.exercise(exercise).map(|exercise| exercise.id).unwrap_or_default();
        if variant == 0 { id } else { format!("{id}.{}", variant + 1) }
    }

    /// The exercise at an index.
    pub fn exercise(self, index: usize) -> Option<Exercise> {
        self.with(|arrived| arrived.exercises.get(index).cloned()).flatten()
    }

    /// How many exercises there are.
    pub fn count(self) -> usize {
        self.with(|arrived| arrived.exercises.len()).unwrap_or_default()
    }

    /// The question at a place: the page's own or, where a model of the visitor's answers, one that is drawn for it.
    pub async fn question(self, (exercise, variant): Place) -> Result<Question, Unanswered> {
        let missing = || Unanswered::Missing(english!("There is no such exercise.").to_owned());
        let exercise = self.exercise(exercise).ok_or_else(missing)?;
        if self.session.network.get_untracked() != Network::Yours {
            return exercise.variants.into_iter().nth(variant).ok_or_else(missing);
        }
        let source = source(self.session, Network::Yours).await?;
        let shoppers = self.session.shop_untracked().shoppers.get_untracked();
        let shoppers = shoppers.iter().map(|shopper| shopper.rows(&source.products)).collect();
        let stock = Stock::new(&source.products, shoppers);
        let mut draws = Draws::named(&exercise.id, variant as u64);
        let (networks, all) = ([Network::Yours; 2], [Network::Yours]);
        let found =
            self.asking(async |ask| stock.find(ask, exercise.kind, networks, &all, (&mut draws, TRIES)).await).await?;
        found.map(|(question, _)| question).ok_or_else(missing)
    }

    /// Asks the network, and keeps what became of the prediction.
    pub async fn judge(self, place: Place, question: &Question, guess: &Guess) -> Result<Judged, Unanswered> {
        let judged = self.asking(async |ask| judge(ask, question, guess).await).await?;
        let outcome = Outcome { place, network: question.network, score: judged.score, chance: judged.chance };
        self.results.try_update(|results| {
            if results.iter().all(|known| (known.place, known.network) != (outcome.place, outcome.network)) {
                results.push(outcome);
            }
        });
        Ok(judged)
    }

    async fn asking<T>(self, ask: impl AsyncFnOnce(&mut Asking) -> T) -> T {
        let engines = self.engines.try_update_value(Option::take).flatten().unwrap_or_default();
        let mut asking = Asking { session: self.session, engines };
        let answer = ask(&mut asking).await;
        self.engines.try_set_value(Some(asking.engines));
        answer
    }
}

/// Engines that the page's networks run on, beside the page's own.
struct Asking {
    session: Session,
    engines: Engines,
}

impl Ask for Asking {
    async fn rank(&mut self, network: Network, history: &[u32], inspected: &[u32]) -> Result<Answer, Unanswered> {
        let source = source(self.session, network).await?;
        Ok(self.engines.rank(self.session, &source, history, inspected).await?)
    }
}

/// A network with the products that it ranks, waited for.
async fn source(session: Session, network: Network) -> Result<Source, Unanswered> {
    const POLL_MS: i32 = 50;
    let model = session.models[network.index()];
    session.want(network);
    if model.with_untracked(|model| matches!(model, Transfer::Failed(_))) {
        session.load_model(network);
    }
    let missing = || Unanswered::Missing(english!("The catalogue did not arrive.").to_owned());
    let products = session.awaited_products().await.ok_or_else(missing)?;
    loop {
        match model.get_untracked() {
            Transfer::Ready(model) => return Ok(Source::trained(&model, products)),
            Transfer::Failed(why) => return Err(Unanswered::Missing(why)),
            Transfer::UnderWay { .. } => pause(POLL_MS).await,
        }
    }
}

/// The exercises and the texts, fetched.
async fn arrived(session: Session) -> Result<Arrived, String> {
    let texts = json(&format!("assets/lesson/exercises.{}.json", language::now().of_data())).await?;
    let exercises = json("assets/lesson/exercises.json").await?;
    let products = products(session).await.ok_or(english!("The catalogue did not arrive."))?;
    let row = |id: &str| products.row(id);
    let exercises = exercises.elements().unwrap_or_default();
    let exercises = exercises.iter().map(|exercise| Exercise::from_json(exercise, &row)).collect::<Option<Vec<_>>>();
    let damaged = || english!("the exercises are damaged, or of another version of the page").to_owned();
    let exercises = exercises.filter(|exercises| !exercises.is_empty()).ok_or_else(damaged)?;
    Ok(Arrived { exercises, texts: Texts::from_json(&texts).ok_or_else(damaged)? })
}

/// The products of the page's own shop, waited for.
async fn products(session: Session) -> Option<Arc<Products>> {
    const POLL_MS: i32 = 50;
    while session.demo.catalogue.with_untracked(|catalogue| matches!(catalogue, Transfer::UnderWay { .. })) {
        pause(POLL_MS).await;
    }
    session.demo.products()
}

async fn json(file: &str) -> Result<Parsed, String> {
    let json = load::json(file).await.map_err(|error| error.to_string())?;
    json.ok_or_else(|| format!("{file} is no JSON"))
}
