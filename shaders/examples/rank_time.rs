//! How long a click takes on this machine: `cargo run --release -p shaders --example rank_time -- [items] [history]`.
//! In a browser, `time` of the example `stage_check` says it.

#[cfg(not(target_arch = "wasm32"))]
mod timing;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use shaders::{Choice, Host};

    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (items, length) = (number(2785)?, number(50)?);
    for choice in [Choice::Cpu, Choice::Gpu] {
        let host = match pollster::block_on(Host::open(choice)) {
            Ok(host) => host,
            Err(error) => {
                println!("{error}");
                continue;
            }
        };
        for network in testing::trained() {
            let config = network.weights.config().clone();
            let timing = pollster::block_on(timing::click(&host, config, items, length))?;
            let gpu = timing.gpu_ms.map(|ms| format!(", of which {ms:.2} ms in the passes")).unwrap_or_default();
            let stages: String = timing.stages.iter().map(|time| format!(", {} {:.2}", time.stage, time.ms)).collect();
            println!(
                "{}, {items} items, history {length}, {}: {:.2} ms{gpu}{stages}",
                network.name,
                host.name(),
                timing.total_ms
            );
        }
    }
    Ok(())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
