//! The page's exercises against the page's weights: the answers are beyond doubt, they are those that the texts were written
//! for, whoever knows them gets full marks, and whoever guesses gets chance.
//!
//! After the weights have changed, `cargo xtask exercises` draws the exercises anew: it runs these tests with `EXERCISES=write`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use model::{Catalogue, Json, NetworkKind, Tensor, Weights};
use serde_json::{Value, json};
use shaders::{Answer, Engine, Host};

use super::draw::{Stock, clarity};
use super::draws::Draws;
use super::judge::{Ask, Guess, Truth, Unanswered, judge, notices, probability};
use super::question::{Exercise, Kind, Question, Task};
use super::score::{TOP, above_chance};
use super::texts::{Texts, Whys};
use crate::explain::networks::Network;
use crate::session::Shopper;
use crate::session::shop::beginning::SHOP_DIGITS;

/// Questions that are drawn until one is beyond doubt.
const TRIES: usize = 200;

/// Every exercise: its kind, and the network of the first question and of the variant. Where they are two, the variant asks the
/// other one the same.
const PLAN: [(&str, Kind, NetworkKind, NetworkKind); 14] = [
    ("order-1", Kind::Order, NetworkKind::Dien, NetworkKind::Dien),
    ("goes-1", Kind::Goes, NetworkKind::Dien, NetworkKind::Dien),
    ("attention-1", Kind::Attention, NetworkKind::Din, NetworkKind::Din),
    ("reordered-1", Kind::Reordered, NetworkKind::Dien, NetworkKind::Dien),
    ("find-1", Kind::Find, NetworkKind::Dien, NetworkKind::Dien),
    ("order-2", Kind::Order, NetworkKind::EmbeddingMlp, NetworkKind::Din),
    ("comes-1", Kind::Comes, NetworkKind::Dien, NetworkKind::Dien),
    ("attention-2", Kind::Attention, NetworkKind::Dien, NetworkKind::Dien),
    ("goes-2", Kind::Goes, NetworkKind::Din, NetworkKind::Dien),
    ("find-2", Kind::Find, NetworkKind::Din, NetworkKind::Din),
    ("order-3", Kind::Order, NetworkKind::Tin, NetworkKind::Dien),
    ("comes-2", Kind::Comes, NetworkKind::EmbeddingMlp, NetworkKind::Din),
    ("attention-3", Kind::Attention, NetworkKind::Tin, NetworkKind::Din),
    ("reordered-2", Kind::Reordered, NetworkKind::Tin, NetworkKind::Tin),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> Vec<u8> {
    std::fs::read(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn parsed(file: &str) -> Value {
    serde_json::from_slice(&read(file)).unwrap()
}

const EXERCISES: &str = "assets/lesson/exercises.json";
/// Not among what the page serves.
const ANSWERS: &str = "app/src/exercises/answers.json";

fn catalogue() -> Catalogue {
    Catalogue::from_csv("catalogue.csv", &read("assets/catalogue.csv")).unwrap()
}

/// The engines of the page's networks, and what they have said.
struct Natives {
    engines: HashMap<usize, Engine>,
    said: HashMap<(usize, Vec<u32>, Vec<u32>), Answer>,
}

impl Natives {
    /// The page's networks, with weights that `change` has made of theirs.
    fn new(catalogue: &Catalogue, change: fn(Weights) -> Weights) -> Self {
        let engine = |network: Network| {
            let weights = change(Weights::from_safetensors(&network.file(), &read(&network.file())).unwrap());
            let engine = async { Engine::new(&Host::before_gpu(), &weights, &catalogue.item_categories()).await };
            (network.index(), pollster::block_on(engine).unwrap())
        };
        Self { engines: Network::shipped().map(engine).collect(), said: HashMap::new() }
    }
}

impl Ask for Natives {
    async fn rank(&mut self, network: Network, history: &[u32], inspected: &[u32]) -> Result<Answer, Unanswered> {
        let key = (network.index(), history.to_vec(), inspected.to_vec());
        if let Some(answer) = self.said.get(&key) {
            return Ok(answer.clone());
        }
        let engine = self.engines.get_mut(&network.index()).unwrap();
        engine.set_history(history)?;
        let answer = engine.rank(inspected).await?;
        self.said.insert(key, answer.clone());
        Ok(answer)
    }
}

/// The prediction of somebody who knows the answer; none where nothing that can be clicked makes a product the first.
async fn solved(ask: &mut Natives, question: &Question) -> Option<Guess> {
    let drawn = Guess::drawn(question, &mut Draws::named("whatever", 0));
    let truth = match &question.task {
        // The first of the offers after which the product is the first.
        Task::Find { product, offers, .. } => {
            for offer in offers {
                let clicks = [&question.history[..], &[*offer]].concat();
                let probabilities = ask.rank(question.network, &clicks, &[]).await.unwrap().probabilities;
                let of = |item: u32| probability(&probabilities, item);
                if (0..probabilities.len() as u32).all(|item| clicks.contains(&item) || of(item) <= of(*product)) {
                    return Some(Guess::Clicks(vec![*offer]));
                }
            }
            return None;
        }
        _ => judge(ask, question, &drawn).await.unwrap().truth,
    };
    Some(match truth {
        Truth::Order(order) => Guess::Order(order.into_iter().map(|(item, _)| item).collect()),
        Truth::Way([before, after]) => Guess::Way(Some(after > before)),
        Truth::Bars(weights, _) => {
            let most = weights.iter().copied().fold(0.0, f32::max);
            Guess::Bars(weights.iter().map(|weight| (weight.max(0.0) / most * TOP as f32).round()).collect())
        }
        Truth::Notice(truth) => Guess::Notice(truth.into_iter().map(notices).collect()),
        Truth::Place { .. } => unreachable!("that was found above"),
    })
}

/// An answer in a form that changes only with what is right.
fn answer(catalogue: &Catalogue, question: &Question, guess: &Guess) -> Value {
    let id = |item: u32| catalogue.items()[item as usize].id.clone();
    match guess {
        Guess::Order(order) => order.iter().map(|item| id(*item)).collect(),
        Guess::Way(way) => json!(if way.unwrap() { "up" } else { "down" }),
        // The click with the most attention.
        Guess::Bars(bars) => {
            let most = bars.iter().copied().fold(0.0, f32::max);
            json!(id(question.history[bars.iter().position(|bar| *bar == most).unwrap()]))
        }
        Guess::Notice(notice) => json!(notice),
        Guess::Clicks(clicks) => clicks.iter().map(|item| id(*item)).collect(),
    }
}

/// A question as data.
fn to_json(catalogue: &Catalogue, question: &Question) -> Value {
    let id = |item: u32| catalogue.items()[item as usize].id.clone();
    let ids = |items: &[u32]| items.iter().map(|item| id(*item)).collect::<Vec<_>>();
    let shop = &catalogue.vocabulary_hash()[..SHOP_DIGITS];
    let history = ids(&question.history).join(",");
    let mut state = format!("network={}&shop={shop}&history={history}", question.network.id());
    if let Some(product) = question.product() {
        state = format!("{state}&inspect={}", id(product));
    }
    match &question.task {
        Task::Order(products) => json!({"state": state, "products": ids(products)}),
        Task::Goes { click, .. } => json!({"state": state, "index": click}),
        Task::Comes { click, .. } => json!({"state": state, "click": id(*click)}),
        Task::Attention(_) => json!({"state": state}),
        Task::Reordered { other, networks, .. } => {
            let networks: Vec<_> = networks.iter().map(|network| network.id()).collect();
            json!({"state": state, "other": ids(other), "networks": networks})
        }
        Task::Find { offers, most, .. } => json!({"state": state, "offers": ids(offers), "most": most}),
    }
}

/// Draws every exercise anew.
async fn drawn(ask: &mut Natives, catalogue: &Catalogue) -> Value {
    let shoppers = parsed("assets/shoppers.json").elements().unwrap();
    let shoppers = shoppers.iter().map(|one| Shopper::from_json(one).unwrap().rows(catalogue)).collect();
    let stock = Stock::new(catalogue, shoppers);
    let all: Vec<Network> = Network::shipped().collect();
    let mut exercises = Vec::new();
    for (id, kind, first, second) in PLAN {
        let networks = [first, second].map(Network::Shipped);
        let mut draws = Draws::named(id, 0);
        let mut find = async || stock.find(ask, kind, networks, &all, (&mut draws, TRIES)).await.unwrap().unwrap().0;
        let question = find().await;
        let variant =
            if first == second { find().await } else { Question { network: networks[1], ..question.clone() } };
        let variants = [question, variant].map(|question| to_json(catalogue, &question));
        exercises.push(json!({"id": id, "kind": kind.id(), "variants": variants}));
    }
    Value::Array(exercises)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

fn exercises(catalogue: &Catalogue) -> Vec<Exercise> {
    let row = |id: &str| catalogue.row(id);
    parsed(EXERCISES).elements().unwrap().iter().map(|one| Exercise::from_json(one, &row).unwrap()).collect()
}

/// The answers to all questions, by their names, and the names of those that are in doubt.
async fn answers(ask: &mut Natives, catalogue: &Catalogue) -> (Value, Vec<String>) {
    let mut answers = serde_json::Map::new();
    let mut doubtful = Vec::new();
    for exercise in exercises(catalogue) {
        for (question, turn) in exercise.variants.iter().zip(1..) {
            let name = format!("{}.{turn}", exercise.id);
            let clear = clarity(ask, question).await.unwrap();
            let guess = solved(ask, question).await;
            let answer = guess.map_or(Value::Null, |guess| answer(catalogue, question, &guess));
            println!("{name}: {clear:.2} times as clear as it must be: {answer}");
            if clear < 1.0 {
                doubtful.push(format!("{name} ({clear:.2})"));
            }
            answers.insert(name, answer);
        }
    }
    (Value::Object(answers), doubtful)
}

#[test]
fn the_answers_are_beyond_doubt_and_as_they_were() {
    let catalogue = catalogue();
    let mut ask = Natives::new(&catalogue, |weights| weights);
    let write = std::env::var_os("EXERCISES").is_some_and(|what| what == "write");
    if write {
        let drawn = pollster::block_on(drawn(&mut ask, &catalogue));
        std::fs::write(root().join(EXERCISES), pretty(&drawn)).unwrap();
    }
    let (answers, doubtful) = pollster::block_on(answers(&mut ask, &catalogue));
    assert!(doubtful.is_empty(), "in doubt: {doubtful:?}; run `cargo xtask exercises`");
    if write {
        std::fs::write(root().join(ANSWERS), pretty(&answers)).unwrap();
    }
    // Where the weights changed an answer, the exercises are drawn anew and their texts read once more.
    assert_eq!(parsed(ANSWERS), answers, "other answers than before; run `cargo xtask exercises`");
}

#[test]
fn weights_that_flip_an_answer_are_found_out() {
    let catalogue = catalogue();
    // What was probable is improbable, and the other way round.
    let negated = |weights: Weights| {
        let last = weights.tensors().iter().filter(|(name, _)| name.starts_with("head.output."));
        let negated = last.map(|(name, tensor)| {
            let values = tensor.values.iter().map(|value| -value).collect();
            (name.clone(), Tensor { shape: tensor.shape.clone(), values })
        });
        let negated: Vec<_> = negated.collect();
        assert_eq!(negated.len(), 2);
        weights.with(negated).unwrap()
    };
    let (flipped, _) = pollster::block_on(answers(&mut Natives::new(&catalogue, negated), &catalogue));
    let before = parsed(ANSWERS);
    for (name, answer) in before.as_object().unwrap() {
        // Attention and what notices an order are the same.
        let stays = name.starts_with("attention") || name.starts_with("reordered");
        assert_eq!(flipped[name] == *answer, stays, "{name}: {answer}");
    }
}

#[test]
fn whoever_knows_gets_full_marks_and_whoever_guesses_gets_chance() {
    const GUESSES: u64 = 60;
    let catalogue = catalogue();
    let mut ask = Natives::new(&catalogue, |weights| weights);
    let mut by_kind: HashMap<&str, Vec<(f64, f64)>> = HashMap::new();
    for exercise in exercises(&catalogue) {
        for question in &exercise.variants {
            let guess = pollster::block_on(solved(&mut ask, question)).unwrap();
            let judged = pollster::block_on(judge(&mut ask, question, &guess)).unwrap();
            assert_eq!(judged.score, 1.0, "{}", exercise.id);
            assert_eq!(above_chance(judged.score, judged.chance), 1.0);
            for turn in 0..GUESSES {
                let guess = Guess::drawn(question, &mut Draws::named(&exercise.id, turn));
                let Ok(judged) = pollster::block_on(judge(&mut ask, question, &guess)) else { panic!("{guess:?}") };
                by_kind.entry(exercise.kind.id()).or_default().push((judged.score, judged.chance));
            }
        }
    }
    for (kind, judged) in by_kind {
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| judged.iter().map(of).sum::<f64>() / judged.len() as f64;
        let (score, chance) = (mean(&|one| one.0), mean(&|one| one.1));
        let spread = mean(&|one| (one.0 - score).powi(2)).sqrt() / (judged.len() as f64).sqrt();
        println!("{kind}: {score:.3} ± {spread:.3} by guessing; chance is {chance:.3}");
        // The chance to find a product is itself an average of some guesses.
        let doubt = if kind == Kind::Find.id() { 0.08 } else { 0.0 };
        assert!((score - chance).abs() < 4.0 * spread + doubt, "{kind}: {score}, {chance}");
    }
}

#[test]
fn the_data_hold_questions_and_no_answers() {
    let catalogue = catalogue();
    let exercises = exercises(&catalogue);
    assert_eq!(exercises.len(), PLAN.len());
    for (exercise, (id, kind, ..)) in exercises.iter().zip(PLAN) {
        assert_eq!((exercise.id.as_str(), exercise.kind, exercise.variants.len()), (id, kind, 2));
    }
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for exercise in parsed(EXERCISES).elements().unwrap() {
        assert_eq!(fields(&exercise), ["id", "kind", "variants"]);
        for variant in exercise.field("variants").unwrap().elements().unwrap() {
            let known = ["click", "index", "most", "networks", "offers", "other", "products", "state"];
            assert!(fields(&variant).iter().all(|field| known.contains(&field.as_str())), "{variant}");
        }
    }
}

#[test]
fn a_model_of_somebody_else_gets_questions_of_its_own() {
    let catalogue = catalogue();
    let mut ask = Natives::new(&catalogue, |weights| weights);
    // A catalogue without shoppers.
    let stock = Stock::new(&catalogue, Vec::new());
    let network = Network::START;
    for kind in Kind::ALL {
        let mut draws = Draws::named(kind.id(), 3);
        let all = [network];
        let found = stock.find(&mut ask, kind, [network; 2], &all, (&mut draws, 6));
        let (question, _) = pollster::block_on(found).unwrap().unwrap();
        let guess = Guess::start(&question);
        pollster::block_on(judge(&mut ask, &question, &guess)).unwrap();
    }
}

/// What stands in braces.
fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    found.sort_unstable();
    found
}

/// The code of the exercises.
fn code() -> String {
    let folder = std::fs::read_dir(root().join("app/src/exercises")).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    let code = files.filter(|path| path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs"));
    code.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn both_languages_say_everything_with_the_same_places_for_names() {
    let [en, zh] = ["en", "zh"]
        .map(|language| Texts::from_json(&parsed(&format!("assets/lesson/exercises.{language}.json"))).unwrap());
    let words = |texts: &Texts| texts.words.keys().cloned().collect::<Vec<_>>();
    assert_eq!(words(&en), words(&zh));
    let code = code();
    for word in en.words.keys() {
        assert!(code.contains(&format!("\"{word}\"")), "nobody says “{word}”");
    }
    for said in [".word(\"", ".say(\""].into_iter().flat_map(|call| code.split(call).skip(1)) {
        let word = said.split('"').next().unwrap();
        assert!(en.words.contains_key(word), "nobody has written “{word}”");
    }
    for (word, text) in &en.words {
        assert_eq!(placeholders(text), placeholders(&zh.words[word]), "{word}");
    }
    let ids = PLAN.map(|(id, ..)| id.to_owned());
    for texts in [&en, &zh] {
        let mut sorted = ids.clone();
        sorted.sort();
        assert_eq!(texts.exercises.keys().cloned().collect::<Vec<_>>(), sorted);
    }
    for id in &ids {
        let (en, zh) = (&en.exercises[id], &zh.exercises[id]);
        assert_eq!(placeholders(&en.question), placeholders(&zh.question), "{id}");
    }
    let [en, zh] = ["en", "zh"]
        .map(|language| Whys::from_json(&parsed(&format!("assets/lesson/explanations.{language}.json"))).unwrap());
    for id in &ids {
        for whys in [&en, &zh] {
            let choices = &whys.0[id].choices;
            assert!(choices.len() >= 3 && choices.iter().filter(|choice| choice.is_right).count() == 1, "{id}");
        }
        let right = |whys: &Whys| whys.0[id].choices.iter().map(|choice| choice.is_right).collect::<Vec<_>>();
        assert_eq!(right(&en), right(&zh), "{id}");
    }
    assert_eq!((en.0.len(), zh.0.len()), (ids.len(), ids.len()));
    // The explanations hold whatever the weights are, and name no product.
    let catalogue = catalogue();
    for why in en.0.values() {
        for choice in &why.choices {
            let told = [&choice.text, &choice.reply];
            assert!(
                !catalogue.items().iter().any(|item| told.iter().any(|text| text.contains(&item.title))),
                "{choice:?}"
            );
        }
    }
}
