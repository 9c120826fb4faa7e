//! A small generated shop whose customers buy along a ring of items, and how to train on it.

use std::ops::Range;

use model::{Activation, Catalogue, Config, HeadConfig, Item, NetworkKind};
use training::messages::Start;
use training::options::TrainConfig;
use training::packed::pack;
use training::purchases::Purchase;

const ITEMS: u32 = 24;

/// The products of the ring, in three categories.
pub fn shop() -> Catalogue {
    Catalogue::new((0..ITEMS).map(|row| {
        let id = format!("{row:05}");
        let item = Item { title: format!("Item {row}"), id, category: 0, price: Some(1.0), popularity: 10 + row };
        (item, format!("Category {}", row / 8))
    }))
}

/// The training customers and the validation customers, who buy 6 to 9 items that follow one another, three to a basket.
pub fn data() -> [Vec<Vec<Purchase>>; 2] {
    let purchase = |user: u32, position: u32| Purchase { item: (user * 7 + position) % ITEMS, basket: position / 3 };
    let user = |user: u32| (0..6 + user % 4).map(|position| purchase(user, position)).collect();
    let customers = |users: Range<u32>| users.map(user).collect();
    [customers(0..90), customers(90..100)]
}

/// Two epochs of some forty steps.
pub fn options() -> TrainConfig {
    TrainConfig {
        seed: 5,
        epochs: 2,
        patience: 2,
        batch: 16,
        negatives: 1,
        learning_rate: 1e-2,
        warmup: 0.0,
        ..TrainConfig::shipped(NetworkKind::Tin)
    }
}

/// A small network of a kind.
pub fn small(kind: NetworkKind) -> Config {
    let head = HeadConfig {
        hidden: vec![12, 6],
        activation: Activation::DICE,
        interest_product: true,
        key_sum: false,
        wide: false,
    };
    let network = testing::options(kind, 8).remove(0);
    Config { item_dim: 6, category_dim: 2, max_history: 5, network, head }
}

/// The command that begins a training on the ring.
pub fn start(config: Config, train: TrainConfig) -> Start {
    let catalogue = shop();
    let [training, validation] =
        data().map(|users| pack("", &users, &catalogue, ["a ring", "CC BY 4.0"]).expect("the ring fits the format"));
    let catalogue = catalogue.to_csv().expect("the ring's products are plain").into_bytes();
    Start {
        config,
        train,
        catalogue,
        training,
        validation,
        evaluate_every: None,
        from: None,
        own: Vec::new(),
        checkpoint: None,
    }
}
