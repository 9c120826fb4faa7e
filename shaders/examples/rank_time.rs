//! How long a click takes: `cargo run --release -p shaders --example rank_time -- [items] [history]`.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use model::{
        Activation, Config, DienConfig, DinConfig, Evolution, HeadConfig, NetworkConfig, Normalization, Vocabulary,
        Weights,
    };
    use shaders::{Choice, Engine, Host};

    const CLICKS: usize = 11;
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (items, length) = (number(2785)?, number(50)?);
    let head = HeadConfig { hidden: vec![64, 32], activation: Activation::Dice, interest_product: true, key_sum: true };
    let attention =
        DinConfig { attention_hidden: 36, activation: Activation::Dice, normalization: Normalization::None };
    let networks =
        [NetworkConfig::Din(attention), NetworkConfig::Dien(DienConfig { hidden: 24, evolution: Evolution::Augru })];
    for choice in [Choice::Cpu, Choice::Gpu] {
        let host = match pollster::block_on(Host::open(choice)) {
            Ok(host) => host,
            Err(error) => {
                println!("{error}");
                continue;
            }
        };
        for network in networks.clone() {
            let name = network.name();
            let config = Config { item_dim: 16, category_dim: 8, max_history: 50, network, head: head.clone() };
            let weights = Weights::seeded(config, Vocabulary { items, categories: 16 }, 1)?;
            let categories: Vec<u32> = (0..items as u32).map(|item| item % 16).collect();
            let mut engine = pollster::block_on(Engine::new(&host, &weights, &categories))?;
            engine.set_history(&(0..length as u32).map(|step| step * 7 % items as u32).collect::<Vec<_>>())?;
            let mut timings = Vec::new();
            for click in 0..CLICKS {
                // Warm from the second on; each click changes the last item.
                engine.remove(length - 1)?;
                engine.push(click as u32)?;
                timings.push(pollster::block_on(engine.rank(&[0]))?.timing);
            }
            timings.sort_by(|a, b| a.total_ms.total_cmp(&b.total_ms));
            let median = timings[CLICKS / 2];
            let gpu = median.gpu_ms.map(|ms| format!(", of which {ms:.2} ms in the pass")).unwrap_or_default();
            println!("{name} on {}, {items} items, history {length}: {:.2} ms{gpu}", host.name(), median.total_ms);
        }
    }
    Ok(())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
