//! Writes burn's answers for seeded networks as JSON, for the example `stage_check` to compare with in a browser:
//! `cargo run -p shaders --example stage_fixture -- fixture.json`

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use testing::fixture::{Case, INSPECTED, Values};

    let path = std::env::args().nth(1).ok_or("usage: stage_fixture <file to write>")?;
    let catalogue: Vec<u32> = (0..testing::ITEMS as u32).collect();
    let mut cases = Vec::new();
    for network in testing::networks().iter().filter(|network| network.in_browser) {
        for history in testing::LENGTHS.map(testing::history) {
            let answer = model::reference::inspect(&network.weights, &network.categories, &history, &catalogue)?;
            cases.push(Case {
                network: network.name.to_owned(),
                history,
                probabilities: answer.iter().map(|inspection| inspection.probability).collect(),
                inspections: INSPECTED.iter().map(|&item| Values::new(&answer[item as usize])).collect(),
            });
        }
    }
    std::fs::write(&path, serde_json::to_vec(&cases)?)?;
    println!("{path}: {} cases", cases.len());
    Ok(())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
