//! Writes what the benchmark page runs, DIN and DIEN of the page's sizes with seeded weights and the categories of their
//! items: `cargo run -p shaders --example bench_fixture -- <folder>`

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::{fs, path::PathBuf};

    use model::{
        Activation, Config, DienConfig, DinConfig, Evolution, HeadConfig, LocalActivationConfig, NetworkConfig,
        Normalization, Vocabulary, Weights,
    };

    const ITEMS: usize = 5000;
    const CATEGORIES: usize = 40;
    const SEED: u64 = 5;

    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: bench_fixture <folder to write to>")?);
    fs::create_dir_all(&folder)?;
    let attention = LocalActivationConfig::new([36], Activation::DICE);
    let din = DinConfig { attention, normalization: Normalization::None, padding: false };
    let dien = DienConfig::new(24, Evolution::Augru);
    let networks = [("din", NetworkConfig::Din(din), false), ("dien", NetworkConfig::Dien(dien), true)];
    for (name, network, key_sum) in networks {
        let hidden = vec![64, 32];
        let head = HeadConfig { hidden, activation: Activation::DICE, interest_product: true, key_sum, wide: false };
        let config = Config { item_dim: 16, category_dim: 8, max_history: 100, network, head };
        let weights = Weights::seeded(config, Vocabulary { items: ITEMS, categories: CATEGORIES }, SEED)?;
        fs::write(folder.join(name).with_extension("safetensors"), weights.to_safetensors()?)?;
    }
    let categories: Vec<usize> = (0..ITEMS).map(|item| item % CATEGORIES).collect();
    fs::write(folder.join("categories.json"), serde_json::to_vec(&categories)?)?;
    println!("{}: DIN and DIEN, {ITEMS} items", folder.display());
    Ok(())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
