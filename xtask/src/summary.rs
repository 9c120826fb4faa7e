//! Counting tests: what cargo and Playwright report, added up to one line.

use std::process::ExitCode;

use serde_json::Value;

use crate::step::Error;

/// How many tests passed and failed. A check that is not a test, such as formatting, counts where it fails.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Tests that passed.
    pub passed: u64,
    /// Tests and checks that failed.
    pub failed: u64,
}

impl Summary {
    /// Adds another count to this one.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// These tests, unless their program failed without a failing test.
    ///
    /// # Errors
    /// That of the program.
    pub fn or_failed(self, outcome: Result<(), Error>) -> Result<Self, Error> {
        match outcome {
            Err(error) if self.failed == 0 => Err(error),
            _ => Ok(self),
        }
    }

    /// Prints the last line and gives the exit code that goes with it.
    pub fn finish(self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 && self.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// Reads a line such as `test result: ok. 12 passed; 0 failed; …` of Rust's test harness.
    pub fn of_cargo_line(line: &str) -> Option<Self> {
        let counts = line.trim_start().strip_prefix("test result: ")?.split_once(". ")?.1;
        let count = |word| {
            let part = counts.split(';').find(|part| part.trim().ends_with(word))?;
            part.trim().strip_suffix(word)?.trim().parse().ok()
        };
        Some(Self { passed: count("passed")?, failed: count("failed")? })
    }

    /// Reads the statistics of Playwright's JSON report. A test that passes only when it is repeated has failed.
    pub fn of_playwright_report(report: &str) -> Option<Self> {
        let report: Value = serde_json::from_str(report).ok()?;
        let count = |name: &str| report["stats"][name].as_u64();
        // Errors outside tests: a file that does not compile, a configuration that does not load.
        let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
        Some(Self { passed: count("expected")?, failed: count("unexpected")? + count("flaky")? + errors })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_lines_are_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(Summary::of_cargo_line(line), Some(Summary { passed: 12, failed: 3 }));
        let line = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(Summary::of_cargo_line(line), Some(Summary::default()));
        assert_eq!(Summary::of_cargo_line("test weights::round_trip ... ok"), None);
        assert_eq!(Summary::of_cargo_line("test result: something else"), None);
    }

    #[test]
    fn playwright_reports_are_counted() {
        let report = r#"{"errors": [], "stats": {"expected": 20, "unexpected": 1, "flaky": 2, "skipped": 0}}"#;
        assert_eq!(Summary::of_playwright_report(report), Some(Summary { passed: 20, failed: 3 }));
        let report = r#"{"errors": [{"message": "x"}], "stats": {"expected": 0, "unexpected": 0, "flaky": 0}}"#;
        assert_eq!(Summary::of_playwright_report(report), Some(Summary { passed: 0, failed: 1 }));
        assert_eq!(Summary::of_playwright_report("not json"), None);
    }

    #[test]
    fn nothing_tested_is_no_success() {
        assert_eq!(format!("{:?}", Summary::default().finish()), format!("{:?}", ExitCode::FAILURE));
    }
}
