//! Writes what the benchmarks run, DIN and DIEN of the page's sizes with seeded weights and the categories of their items,
//! and what the CPU engine answers for one history: `cargo run -p shaders --example bench_fixture -- <folder>`

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::{fs, path::PathBuf};

    use pollster::block_on;
    use serde_json::json;
    use shaders::{Choice, Engine, Host};
    use testing::page::{CANDIDATES, ITEMS, STEPS, categories, history, networks};

    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: bench_fixture <folder to write to>")?);
    fs::create_dir_all(&folder)?;
    let host = block_on(Host::open(Choice::Cpu))?;
    let (history, inspected) = (history(0, STEPS), [0, 1, CANDIDATES - 1]);
    for (name, weights) in networks()? {
        fs::write(folder.join(format!("{name}.safetensors")), weights.to_safetensors()?)?;
        let mut engine = block_on(Engine::new(&host, &weights, &categories()))?;
        engine.set_candidates(&(0..CANDIDATES).collect::<Vec<_>>())?;
        engine.set_history(&history)?;
        let answer = block_on(engine.rank(&inspected))?;
        let attention: Vec<_> = answer.inspections.iter().map(|inspection| inspection.trace.attention()).collect();
        let answer = json!({
            "history": history,
            "probabilities": answer.probabilities,
            "inspected": inspected,
            "attention": attention,
        });
        fs::write(folder.join(format!("{name}.answer.json")), answer.to_string())?;
    }
    fs::write(folder.join("categories.json"), serde_json::to_vec(&categories())?)?;
    println!("{}: DIN and DIEN, {ITEMS} items", folder.display());
    Ok(())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
