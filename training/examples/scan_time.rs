//! How long the networks take, forward and backward: 512 histories of 50 items, two candidates each, width 24. Of those with
//! recurrent layers, these as one operation and step by step in plain tensor operations. A measurement, not a test. The id of a
//! network measures that one alone.
#![allow(clippy::unwrap_used, reason = "a measurement fails by panicking")]

use std::time::Instant;

use burn::prelude::*;
use model::reference::{Histories, Network, item_rows};
use model::{NetworkKind, Vocabulary, Weights};

/// As in the program that trains.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let vocabulary = Vocabulary { items: 2784, categories: 15 };
    let categories: Vec<u32> = (0..2784).map(|item| item % 15).collect();
    let device = Device::flex().autodiff();
    let rows: Vec<Vec<u32>> = (0..512).map(|row| (0..50).map(|t| (row * 37 + t * 101) % 2784).collect()).collect();
    let candidates: Vec<u32> = (0..1024).map(|row| (row * 53) % 2784).collect();
    let only = std::env::args().nth(1);
    for kind in NetworkKind::ALL {
        let name = kind.id();
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let weights = Weights::seeded(kind.shipped(), vocabulary, 1).unwrap();
        let network = Network::new(&weights, &categories, &device).unwrap();
        type Run = fn(&Network, &Histories, Tensor<2, Int>) -> model::reference::Output;
        for (how, run, times) in
            [("forward", Network::forward as Run, 10), ("step by step", Network::step_by_step as Run, 2)]
        {
            let mut forward = Vec::new();
            let mut both = Vec::new();
            for _ in 0..=times {
                let began = Instant::now();
                let histories = Histories::new(&rows, &device);
                let ids = item_rows(&candidates, [512, 2], &device);
                let loss = run(&network, &histories, ids).logits.square().mean();
                forward.push(began.elapsed().as_secs_f64() * 1e3);
                std::hint::black_box(loss.backward());
                both.push(began.elapsed().as_secs_f64() * 1e3);
            }
            let median = |mut times: Vec<f64>| {
                times.remove(0);
                times.sort_by(f64::total_cmp);
                times[times.len() / 2]
            };
            println!("{name}, {how}: forward {:.1} ms, with backward {:.1} ms", median(forward), median(both));
        }
    }
}
