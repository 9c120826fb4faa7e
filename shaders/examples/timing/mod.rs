//! How long a click takes, in the examples that say it.
#![allow(clippy::expect_used, reason = "a configuration that makes no sense stops the example")]

use model::{Config, Vocabulary, Weights};
use shaders::{Engine, EngineError, Host, Timing};

/// Rankings of which the median is taken, after a first one that is not counted.
const CLICKS: u32 = 9;

/// The median time of a click, where the last of `length` history items is another one each time and one candidate is
/// inspected, in a seeded network of `config` with a catalogue of `items`.
pub async fn click(host: &Host, config: Config, items: usize, length: usize) -> Result<Timing, EngineError> {
    let weights = Weights::seeded(config, Vocabulary { items, categories: 16 }, 1).expect("it makes sense");
    let categories: Vec<u32> = (0..items as u32).map(|item| item % 16).collect();
    let mut engine = Engine::new(host, &weights, &categories).await?;
    let history: Vec<u32> = (0..length.max(1) as u32).map(|step| step * 7 % items as u32).collect();
    engine.set_history(&history)?;
    engine.rank(&[0]).await?;
    let mut timings = Vec::new();
    for click in 0..CLICKS {
        engine.remove(history.len() - 1)?;
        engine.push(click % items as u32)?;
        timings.push(engine.rank(&[0]).await?.timing);
    }
    timings.sort_by(|a, b| a.total_ms.total_cmp(&b.total_ms));
    Ok(timings.swap_remove(timings.len() / 2))
}
