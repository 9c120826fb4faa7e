//! `verify FILE...`: compares every implementation with what independent libraries computed, and prints a table.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;
use verify::{Fixture, Row, TOLERANCE, VerifyError, adapter, check};

#[derive(Parser)]
#[command(
    name = "cargo xtask verify",
    bin_name = "cargo xtask verify",
    about = "Compare burn, the CPU engine and the WGSL engine with what other libraries compute from the same weights",
    long_about = "Compare burn, the CPU engine and the WGSL engine with what other libraries compute from the same \
                  weights.\n\nA fixture is a safetensors file with weights.* (the library's state dict under its own \
                  names), inputs.* (ids of the rows of the embedding tables; 0 after a history's end), expected.y (the \
                  click probability that the library computed), expected.aux (its auxiliary loss), derived.* (att, gru, \
                  augru, logit) and metadata (peer, model, evolution, attention_normalization, top_mlp_input and so on). \
                  bench/peers/fixtures.py writes such files. The exit code is 1 where any probability differs by more \
                  than 1e-5 or a file cannot be read."
)]
struct Arguments {
    /// Fixtures, or folders of them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write the table as JSON here too
    #[arg(long)]
    output: Option<PathBuf>,
}

/// What `--output` writes.
#[derive(Serialize)]
struct Table<'a> {
    date: String,
    tolerance: f64,
    /// What the WGSL engine ran on; null where there was no adapter.
    adapter: Option<&'a str>,
    fixtures: &'a [Row],
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, VerifyError> {
    let files = files(&arguments.files)?;
    let adapter = adapter();
    match &adapter {
        Some(host) => println!("WGSL runs on {}.", host.name()),
        None => println!("There is no GPU adapter, so WGSL is left out."),
    }
    println!("Largest absolute difference of the click probability y, and of what the fixture has beside it:\n");
    let width = files.iter().map(|file| stem(file).chars().count()).max().unwrap_or(0);
    println!("{:width$}     y burn    y CPU   y WGSL      aux  attention   states", "fixture");
    let mut rows = Vec::new();
    let mut failed = 0;
    for file in &files {
        match Fixture::open(file).and_then(|fixture| check(&fixture, adapter.as_ref())) {
            Ok(report) => {
                let mark = if report.passes() { "ok  " } else { "FAIL" };
                failed += usize::from(!report.passes());
                let row = report.row();
                println!("{:width$} {mark} {}", row.name, columns(&row));
                rows.push(row);
            }
            Err(error) => {
                failed += 1;
                println!("{:width$} FAIL {error}", stem(file));
            }
        }
    }
    println!("\n{} of {} within {TOLERANCE:e}.", files.len() - failed, files.len());
    if let Some(path) = &arguments.output {
        let date = jiff::Zoned::now().date().to_string();
        let table =
            Table { date, tolerance: TOLERANCE, adapter: adapter.as_ref().map(|host| host.name()), fixtures: &rows };
        let failed = |source: std::io::Error| VerifyError::Read { file: path.display().to_string(), source };
        let text = serde_json::to_string_pretty(&table).map_err(|error| failed(error.into()))?;
        std::fs::write(path, text + "\n").map_err(failed)?;
    }
    Ok(failed == 0)
}

/// The differences of a row as columns.
fn columns(row: &Row) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| format!("{:>8}", "–"), |value| format!("{value:>8.1e}"));
    let attention = format!("  {}", number(row.attention));
    [number(Some(row.burn)), number(Some(row.cpu)), number(row.wgsl), number(row.aux), attention, number(row.states)]
        .join(" ")
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The files that are named, and the safetensors files of folders that are, in order.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, VerifyError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let read = |source| VerifyError::Read { file: path.display().to_string(), source };
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|extension| extension == "safetensors") {
                inside.push(path);
            }
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}
