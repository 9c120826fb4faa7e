//! Splitting, sampling, training and resuming, on a small generated shop whose customers buy along a ring of items.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::prelude::Device;
use jiff::civil::date;
use model::{
    Activation, Auxiliary, Catalogue, Config, DienConfig, Evolution, HeadConfig, Item, NetworkConfig, NetworkKind,
    Weights,
};
use pollster::block_on;
use training::exam::Exam;
use training::options::TrainConfig;
use training::purchases::{Protocol, bought};
use training::samples::{Negatives, Sampler, questions};
use training::scores::{Scores, score_logits};
use training::sequences::{Event, Sequences, User};
use training::split::{Split, SplitBy};
use training::train::{Begin, Data, Progress, TrainError, Training, train};

const ITEMS: u32 = 24;

fn shop() -> Catalogue {
    Catalogue::new((0..ITEMS).map(|row| {
        let item = Item {
            id: format!("{row:05}"),
            title: format!("Item {row}"),
            category: 0,
            price: Some(1.0),
            popularity: 10 + row,
        };
        (item, format!("Category {}", row / 8))
    }))
}

/// 120 customers; each buys 6 to 9 items that follow one another on the ring, three to an invoice.
fn customers() -> Sequences {
    let time = date(2011, 1, 1).at(12, 0, 0, 0);
    let events = |user: u32| {
        let event = |position: u32| Event { item: (user * 7 + position) % ITEMS, basket: position / 3, time };
        (0..6 + user % 4).map(event).collect()
    };
    Sequences { users: (0..120).map(|user| User { id: format!("customer {user}"), events: events(user) }).collect() }
}

fn split(sequences: &Sequences) -> Split {
    Split::new(sequences, SplitBy::User)
}

fn options() -> TrainConfig {
    TrainConfig {
        seed: 5,
        epochs: 3,
        patience: 3,
        batch: 16,
        negatives: 1,
        learning_rate: 1e-2,
        warmup: 0.0,
        regularization: 1e-2,
        ..TrainConfig::shipped(NetworkKind::Tin)
    }
}

fn config(network: NetworkConfig) -> Config {
    let head = HeadConfig {
        hidden: vec![12, 6],
        activation: Activation::DICE,
        interest_product: true,
        key_sum: false,
        wide: false,
    };
    Config { item_dim: 6, category_dim: 2, max_history: 5, network, head }
}

/// A small one of each network.
fn networks() -> impl Iterator<Item = Config> {
    NetworkKind::ALL.iter().copied().map(small)
}

fn small(kind: NetworkKind) -> Config {
    config(testing::options(kind, 6 + 2).remove(0))
}

/// Remembers the loss of each epoch; asks to stop at a step of an epoch.
#[derive(Default)]
struct Record<'a> {
    losses: Vec<f32>,
    stop: Option<(&'a AtomicBool, usize, usize)>,
    said: Vec<String>,
}

impl Progress for Record<'_> {
    fn step(&mut self, epoch: usize, step: usize, _: usize, _: f32) {
        if let Some((stop, at_epoch, at_step)) = self.stop
            && (epoch, step) == (at_epoch, at_step)
        {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn epoch(&mut self, _: usize, loss: f32, scores: &[Scores], _: bool) {
        assert!(scores.iter().all(|scores| scores.questions > 0));
        self.losses.push(loss);
    }

    fn say(&mut self, text: &str) {
        self.said.push(text.to_owned());
    }
}

fn run(config: &Config, options: &TrainConfig, folder: &std::path::Path, record: &mut Record) -> Weights {
    let never = AtomicBool::new(false);
    let stop = record.stop.map_or(&never, |(stop, ..)| stop);
    train(config, options, (&shop(), &split(&customers())), folder, &Device::flex(), stop, record).unwrap()
}

/// GAUC of the test users' next item, uniform negatives: that of a network, and that of the catalogue's popularity.
fn gauc(weights: &Weights) -> (f64, f64) {
    let catalogue = shop();
    let exam = Exam::new(&catalogue, &split(&customers()).test);
    let network = exam.ask_network(weights, &catalogue.item_categories()).unwrap();
    let customers: Vec<u32> = catalogue.items().iter().map(|item| item.popularity).collect();
    let popularity = exam.ask_popularity(&customers);
    (network.scores()[0].gauc, popularity.scores()[0].gauc)
}

#[test]
fn every_network_learns_the_ring() {
    for config in networks() {
        let folder = tempfile::tempdir().unwrap();
        let auxiliary = if config.network.kind() == NetworkKind::Dien { 0.5 } else { 0.0 };
        let options = TrainConfig { epochs: 8, auxiliary, ..options() };
        let mut record = Record::default();
        let weights = run(&config, &options, folder.path(), &mut record);
        assert!(record.losses[record.losses.len() - 1] < 0.8 * record.losses[0], "{:?}", record.losses);
        let (found, floor) = gauc(&weights);
        assert!(found > floor + 0.2, "{}: GAUC {found}, popularity {floor}", config.network.kind().id());
    }
}

/// The mean loss of each epoch, by seed, as it was before the loop was freed from files and clocks.
#[test]
fn the_losses_of_a_seed_stay_what_they_are() {
    let expected: [(&str, [f32; 3]); 5] = [
        ("embedding-mlp", [1.0394111, 0.95591444, 0.68335944]),
        ("din", [0.99884164, 0.5987907, 0.4221306]),
        ("dien", [1.2942538, 1.0334499, 0.7643119]),
        ("tin", [1.0373861, 0.91441435, 0.698035]),
        ("comirec-sa", [1.0373646, 0.8555078, 0.596396]),
    ];
    for (config, (id, expected)) in networks().zip(expected) {
        assert_eq!(config.network.kind().id(), id);
        let folder = tempfile::tempdir().unwrap();
        let auxiliary = if config.network.kind() == NetworkKind::Dien { 0.5 } else { 0.0 };
        let options =
            TrainConfig { auxiliary, softmax: 0.5, negatives: 3, warmup: 0.1, weight_decay: 0.01, ..options() };
        let mut record = Record::default();
        run(&config, &options, folder.path(), &mut record);
        // The same to the bit on one machine; another rounds a few operations otherwise, which 120 steps of Adam amplify.
        for (found, expected) in record.losses.iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-4, "{id}: {:?}", record.losses);
        }
        assert_eq!(record.losses.len(), expected.len());
    }
}

#[test]
fn a_resumed_training_ends_where_an_unbroken_one_does() {
    for config in networks() {
        let (unbroken, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let expected = run(&config, &options(), unbroken.path(), &mut Record::default());
        let stop = AtomicBool::new(false);
        run(&config, &options(), broken.path(), &mut Record { stop: Some((&stop, 2, 7)), ..Record::default() });
        let mut record = Record::default();
        let found = run(&config, &options(), broken.path(), &mut record);
        assert!(record.said[0].contains("going on from"), "{:?}", record.said);
        assert_eq!(record.losses.len(), 2, "epoch 2 is gone on with, not begun again");
        // How long it took is all that may differ.
        assert!(found.tensors() == expected.tensors(), "the same weights");
    }
}

/// Whoever drives the loop may leave it at any step, in an epoch or between two, and begin again from the checkpoint alone.
#[test]
fn a_training_driven_by_hand_goes_on_from_any_checkpoint_with_the_same_losses_to_the_bit() {
    let (catalogue, split) = (shop(), split(&customers()));
    let (users, validation) = (split.train.purchases(), split.validation.purchases());
    let data =
        Data { catalogue: &catalogue, train: &users, validation: &validation, own: &[], hash: "of these customers" };
    for config in networks() {
        let auxiliary = if config.network.kind() == NetworkKind::Dien { 0.5 } else { 0.0 };
        let options = TrainConfig { epochs: 2, auxiliary, ..options() };
        let begin = |begin| Training::new(&config, &options, &data, begin, &Device::flex()).unwrap();
        // One step, or the end of an epoch: its loss, or its GAUC.
        let advance = |training: &mut Training| {
            if !training.epoch_is_over() {
                return f64::from(block_on(training.step()).unwrap()[0].loss);
            }
            let now = block_on(training.now()).unwrap();
            let scores = training.scores(&now).unwrap();
            training.close_epoch(now, &scores);
            scores[0].gauc
        };
        let mut unbroken = begin(Begin::Seed);
        let steps = unbroken.steps();
        let mut expected = Vec::new();
        while !unbroken.is_over() {
            expected.push(advance(&mut unbroken));
        }
        assert_eq!(expected.len(), 2 * (steps + 1));
        let mut broken = begin(Begin::Seed);
        let mut found = Vec::new();
        while !broken.is_over() {
            if [1, 13, steps, steps + 1, steps + 2].contains(&found.len()) {
                broken = begin(Begin::Checkpoint(Box::new(block_on(broken.checkpoint()).unwrap())));
            }
            found.push(advance(&mut broken));
        }
        assert_eq!(
            found.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
            expected.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        );
        assert!(broken.best().tensors() == unbroken.best().tensors(), "the same weights");
    }
}

#[test]
fn a_loss_that_is_no_number_ends_training_and_keeps_the_best_weights() {
    let (catalogue, split) = (shop(), split(&customers()));
    let (users, validation) = (split.train.purchases(), split.validation.purchases());
    let data = Data { catalogue: &catalogue, train: &users, validation: &validation, own: &[], hash: "" };
    // Steps so large that the squares in a dense layer are beyond float32.
    let options = TrainConfig { learning_rate: 1e30, ..options() };
    let mut training = Training::new(&small(NetworkKind::Din), &options, &data, Begin::Seed, &Device::flex()).unwrap();
    let error = loop {
        if let Err(error) = block_on(training.step()) {
            break error;
        }
    };
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
    assert!(error.to_string().contains("try a smaller learning rate"), "{error}");
    assert!(training.best().values("head.output.weight").iter().all(|weight| weight.is_finite()));
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [embedding_mlp, din] = [NetworkKind::EmbeddingMlp, NetworkKind::Din].map(small);
    let once = TrainConfig { epochs: 1, ..options() };
    run(&embedding_mlp, &once, folder.path(), &mut Record::default());
    let refused = |config: &Config, options: &TrainConfig, sequences: &Sequences| {
        let never = AtomicBool::new(false);
        let record = &mut Record::default();
        train(config, options, (&shop(), &split(sequences)), folder.path(), &Device::flex(), &never, record)
            .unwrap_err()
            .to_string()
    };
    let mut fewer = customers();
    fewer.users.pop();
    for (error, what) in [
        (refused(&din, &once, &customers()), "another network or sizes"),
        (refused(&embedding_mlp, &TrainConfig { seed: 6, ..once.clone() }, &customers()), "other training options"),
        (refused(&embedding_mlp, &once, &fewer), "other sequences"),
    ] {
        assert!(error.contains("state.json") && error.contains(what), "{error}");
    }
}

#[test]
fn the_auxiliary_loss_needs_equal_widths_or_a_perceptron() {
    let run = |auxiliary| {
        let folder = tempfile::tempdir().unwrap();
        let dien = DienConfig { auxiliary, ..DienConfig::new(5, Evolution::Augru) };
        let mut config = config(NetworkConfig::Dien(dien));
        config.head.interest_product = false;
        let options = TrainConfig { auxiliary: 0.5, epochs: 1, ..options() };
        let never = AtomicBool::new(false);
        train(
            &config,
            &options,
            (&shop(), &split(&customers())),
            folder.path(),
            &Device::flex(),
            &never,
            &mut Record::default(),
        )
    };
    let error = run(Auxiliary::InnerProduct).unwrap_err();
    let expected =
        "the auxiliary loss by inner product needs network.hidden to be the width of an item, but they are 5 and 8";
    assert!(matches!(&error, TrainError::Auxiliary(problem) if problem == expected), "{error}");
    let trained = run(Auxiliary::Mlp { hidden: vec![6, 3], activation: Activation::Sigmoid }).unwrap();
    assert_eq!(trained.tensors()["auxiliary.hidden.0.weight"].shape, [13, 6]);
}

#[test]
fn no_user_is_in_two_parts_and_shares_are_as_documented() {
    let mut sequences = customers();
    let event = sequences.users[0].events.clone();
    sequences.users = (0..10_000).map(|user| User { id: user.to_string(), events: event.clone() }).collect();
    let split = split(&sequences);
    let ids = |part: &Sequences| part.users.iter().map(|user| user.id.clone()).collect::<Vec<_>>();
    let all: HashSet<String> = [&split.train, &split.validation, &split.test].map(ids).concat().into_iter().collect();
    assert_eq!(all.len(), 10_000);
    // Binomial: six standard deviations of 40 users.
    assert!(split.test.users.len().abs_diff(2_000) < 240, "{}", split.test.users.len());
    assert!(split.validation.users.len().abs_diff(500) < 132, "{}", split.validation.users.len());
}

#[test]
fn questions_keep_to_their_protocol() {
    let (catalogue, sequences) = (shop(), customers());
    let users = sequences.purchases();
    let sampler = Sampler::new(&catalogue);
    for negatives in [Negatives::Uniform, Negatives::Popularity] {
        for protocol in [Protocol::NextItem, Protocol::NextBasket] {
            let ask = |seed| questions(&users, &sampler, (protocol, negatives), (1, 12), 5, seed);
            let asked = ask(1);
            assert_eq!(asked, ask(1), "the same seed asks the same");
            assert_ne!(asked, ask(2), "another seed asks something else");
            assert_eq!(asked.len(), sequences.users.len());
            for ((user, purchases), question) in sequences.users.iter().zip(&users).zip(&asked) {
                let last = user.events[user.events.len() - 1];
                let known: Vec<u32> = match protocol {
                    Protocol::NextItem => user.events[..user.events.len() - 1].iter().map(|event| event.item).collect(),
                    Protocol::NextBasket => {
                        user.events.iter().filter(|event| event.basket < last.basket).map(|event| event.item).collect()
                    }
                };
                assert_eq!(question.history, known[known.len().saturating_sub(5)..]);
                assert_eq!(question.candidates[0], last.item);
                assert_eq!(question.candidates.len(), 13);
                let bought = bought(purchases);
                assert!(question.candidates[1..].iter().all(|item| !bought.contains(item)));
                assert_eq!(question.candidates.iter().collect::<HashSet<_>>().len(), 13, "no candidate comes twice");
            }
        }
    }
}

#[test]
fn popular_negatives_follow_popularity() {
    let catalogue = Catalogue::new((0..3).map(|row| {
        let item =
            Item { id: row.to_string(), title: String::new(), category: 0, price: None, popularity: [1, 0, 3][row] };
        (item, String::new())
    }));
    let sampler = Sampler::new(&catalogue);
    let mut rng = rand::SeedableRng::seed_from_u64(1);
    let mut counts = [0; 3];
    for _ in 0..10_000 {
        counts[sampler.draw(Negatives::Popularity, &Default::default(), &mut rng).unwrap() as usize] += 1;
    }
    // Six standard deviations of a binomial with p = 1/4: 6·√(10000·3/16) = 260.
    assert_eq!(counts[1], 0);
    assert!(i32::abs(counts[0] - 2_500) < 260, "{counts:?}");
}

#[test]
fn scores_of_two_questions_by_hand() {
    // In the first question the item beats both negatives, in the second one of two.
    let scores = score_logits(&[vec![2.0, 0.0, -1.0], vec![0.5, 1.0, 0.0]]);
    assert!((scores.gauc - (1.0 + 0.5) / 2.0).abs() < 1e-12);
    // Positives 2 and 0.5 against negatives 0, −1, 1, 0: 4 + 3 of 8.
    assert!((scores.auc - 7.0 / 8.0).abs() < 1e-12);
    let softplus = |x: f64| (1.0 + x.exp()).ln();
    let expected = (softplus(-2.0) + softplus(0.0) + softplus(-0.5) + softplus(1.0)) / 4.0;
    assert!((scores.logloss - expected).abs() < 1e-6);
    assert_eq!(scores.questions, 2);
}

#[test]
fn weight_decay_shrinks_every_parameter() {
    let norms = |weight_decay| {
        let folder = tempfile::tempdir().unwrap();
        let options = TrainConfig { epochs: 1, regularization: 0.0, weight_decay, ..options() };
        let weights = run(&small(NetworkKind::Din), &options, folder.path(), &mut Record::default());
        ["embedding.item.weight", "head.hidden.0.weight"]
            .map(|name| weights.values(name).iter().map(|w| w * w).sum::<f32>())
    };
    let (with, without) = (norms(2.0), norms(0.0));
    assert!(with.iter().zip(without).all(|(with, without)| *with < 0.7 * without), "{with:?} and {without:?}");
}

#[test]
fn a_warm_up_keeps_the_first_steps_small() {
    let after_one_step = |warmup| {
        let (folder, stop) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
        let options = TrainConfig { warmup, ..options() };
        let config = small(NetworkKind::EmbeddingMlp);
        run(&config, &options, folder.path(), &mut Record { stop: Some((&stop, 1, 1)), ..Record::default() });
        let read = |name: &str| {
            let file = folder.path().join(name);
            Weights::from_safetensors(name, &std::fs::read(file).unwrap()).unwrap().values("head.output.bias")[0]
        };
        // Before the first epoch has ended, the best weights are those of the start.
        (read("now.safetensors") - read("best.safetensors")).abs()
    };
    // Adam's first step is the step size itself, but for its ε: 1e-2, and with 3 epochs of some 40 steps far less.
    let (without, with) = (after_one_step(0.0), after_one_step(1.0));
    assert!((without - 1e-2).abs() < 1e-5 && with > 0.0 && with < 2e-4, "{without} and {with}");
}

#[test]
fn the_softmax_loss_learns_the_ring() {
    let folder = tempfile::tempdir().unwrap();
    let options = TrainConfig { epochs: 8, negatives: 4, softmax: 0.5, ..options() };
    let mut record = Record::default();
    let weights = run(&small(NetworkKind::Din), &options, folder.path(), &mut record);
    assert!(record.losses[record.losses.len() - 1] < 0.8 * record.losses[0], "{:?}", record.losses);
    let (found, floor) = gauc(&weights);
    assert!(found > floor + 0.2, "GAUC {found}, popularity {floor}");
}

#[test]
fn regularization_shrinks_what_a_batch_looks_up() {
    let norm = |regularization| {
        let folder = tempfile::tempdir().unwrap();
        let options = TrainConfig { epochs: 1, regularization, ..options() };
        let weights = run(&small(NetworkKind::Din), &options, folder.path(), &mut Record::default());
        weights.values("embedding.item.weight").iter().map(|w| w * w).sum::<f32>()
    };
    assert!(norm(1.0) < 0.7 * norm(0.0), "{} and {}", norm(1.0), norm(0.0));
}
