//! A training as it goes, and what becomes of it: its losses, its scores and its network.

use std::sync::Arc;

use training::messages::{Evaluated, Started, Stepped};

use super::form::Form;
use super::own::Data;
use crate::explain::card;
use crate::inside::charts::table::{Cell, Column, Table};
use crate::language::t;

/// GAUC against uniform and against popular negatives.
pub type Gauc = [f64; 2];

/// The name of a network's file, and the visitor's own data that it is trained on.
pub type Of = (String, Option<Arc<Data>>);

/// A training.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number on the page, from 1.
    pub number: usize,
    /// What is trained and how.
    pub form: Form,
    /// The visitor's own data that it is trained on; none for the shop's.
    pub data: Option<Arc<Data>>,
    /// Passes over the purchases.
    pub passes: usize,
    /// Steps of a pass; 0 until that is known.
    pub steps: usize,
    /// What the floor scores that knows the products' customers and no history.
    pub floor: Gauc,
    /// Loss of each step's batch.
    pub losses: Vec<f32>,
    /// What it scored, each time after so many steps.
    pub scored: Vec<(usize, Gauc)>,
    /// For fine-tuning the clicks that are trained on, rows of the catalogue, oldest first.
    pub clicks: Vec<u32>,
    /// Of the products that were not clicked, the share that the network ranks below the click held out, each time after so many
    /// steps; empty where none is.
    pub own: Vec<(usize, f64)>,
    /// Whether it is on its way, over, or has failed.
    pub end: End,
    /// The network that came out, safetensors; none as long as nothing has.
    pub weights: Option<Arc<Vec<u8>>>,
    /// Whether its curve is drawn.
    pub is_drawn: bool,
    /// Steps a second, of the last second or more; 0 before the first step.
    pub rate: f64,
    /// Steps since that was told, and the milliseconds that they took.
    pub since: (usize, f64),
    /// Milliseconds that it was at work, pauses left out.
    pub worked: f64,
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It goes on.
    NotYet,
    /// It came to its end.
    Finished,
    /// The visitor stopped it.
    Stopped,
    /// It could not go on: why, in sentences.
    Failed(String),
}

impl Run {
    /// A training before its first step.
    pub fn new(number: usize, form: Form, passes: usize) -> Self {
        Self {
            number,
            form,
            data: None,
            passes,
            steps: 0,
            floor: [f64::NAN; 2],
            losses: Vec::new(),
            scored: Vec::new(),
            clicks: Vec::new(),
            own: Vec::new(),
            end: End::NotYet,
            weights: None,
            is_drawn: true,
            rate: 0.0,
            since: (0, 0.0),
            worked: 0.0,
        }
    }

    /// Takes what is known before the first step.
    pub fn start(&mut self, started: &Started) {
        self.steps = started.steps;
        self.floor = started.popularity.map(|scores| scores.gauc);
    }

    /// Takes steps that were done.
    pub fn step(&mut self, stepped: &Stepped) {
        self.losses.extend(&stepped.losses);
        let (steps, ms) = self.since;
        let took = stepped.losses.len() as f64 * 1000.0 / stepped.rate;
        self.since = (steps + stepped.losses.len(), ms + took);
        // A report before an evaluation may be of a single step, which says little.
        if self.since.1 >= 1000.0 || self.rate == 0.0 {
            self.rate = self.since.0 as f64 * 1000.0 / self.since.1;
            self.since = (0, 0.0);
        }
    }

    /// Takes scores.
    pub fn score(&mut self, evaluated: &Evaluated) {
        let step = self.losses.len();
        self.scored.push((step, evaluated.scores.map(|scores| scores.gauc)));
        self.own.extend(evaluated.own.map(|own| (step, own.gauc)));
    }

    /// Steps of all passes.
    pub fn all_steps(&self) -> usize {
        self.passes * self.steps
    }

    /// Which pass it is in, and which step of it was done last; both from 1.
    pub fn place(&self) -> (usize, usize) {
        let done = self.losses.len();
        let before = done.saturating_sub(1) / self.steps.max(1);
        (before + 1, done - before * self.steps)
    }

    /// Milliseconds until the end at the pace so far; none before there is one.
    pub fn left(&self) -> Option<f64> {
        let (done, all) = (self.losses.len(), self.all_steps());
        (done > 0 && all >= done).then(|| self.worked / done as f64 * (all - done) as f64)
    }

    /// The last GAUC.
    pub fn gauc(&self) -> Option<Gauc> {
        self.scored.last().map(|(_, gauc)| *gauc)
    }

    /// The name of its network.
    pub fn name(&self) -> &'static str {
        card(self.form.kind).name
    }

    /// The name of its network's file.
    pub fn file(&self) -> String {
        format!("trained-{}-{}.safetensors", self.form.kind.id(), self.number)
    }

    /// The same, with the data.
    pub fn of(&self) -> Of {
        (self.file(), self.data.clone())
    }

    /// The loss as a line: so many points at most, each the mean of as many steps, at the last of them.
    pub fn loss_line(&self, most: usize) -> Vec<(usize, f32)> {
        // By all steps, so that the points stay where they are while it goes on.
        let together = self.all_steps().max(self.losses.len()).div_ceil(most).max(1);
        let mean = |(place, losses): (usize, &[f32])| {
            (place * together + losses.len(), losses.iter().sum::<f32>() / losses.len() as f32)
        };
        self.losses.chunks(together).enumerate().map(mean).collect()
    }
}

/// A row for each of the levels that the curves are held against, by their names; then one for each step of these trainings, with its
/// loss, and with the GAUC where it was asked for.
pub fn table(levels: &[(String, Gauc)], runs: &[Run]) -> Table {
    let columns = [
        t!("training"),
        t!("network"),
        t!("step"),
        t!("loss"),
        t!("GAUC, uniform negatives"),
        t!("GAUC, popular negatives"),
        t!("products below your last click, share"),
    ];
    let level = |(name, gauc): &(String, Gauc)| {
        let [uniform, popular] = gauc.map(|gauc| Cell::Number(gauc as f32));
        vec![Cell::None, Cell::Text(name.clone()), Cell::None, Cell::None, uniform, popular, Cell::None]
    };
    let of_run = |run: &Run| -> Vec<Vec<Cell>> {
        let own = |step: usize| {
            let found = run.own.iter().rev().find(|(of, _)| *of == step);
            found.map_or(Cell::None, |(_, share)| Cell::Number(*share as f32))
        };
        // What the network was before its first step.
        let begun = run.scored.first().filter(|(step, _)| *step == 0).map(|(_, gauc)| {
            let [uniform, popular] = gauc.map(|gauc| Cell::Number(gauc as f32));
            let name = Cell::Text(run.name().to_owned());
            vec![Cell::Count(run.number), name, Cell::Count(0), Cell::None, uniform, popular, own(0)]
        });
        let mut scored = run.scored.iter().filter(|(step, _)| *step > 0).peekable();
        let row = |(place, loss): (usize, &f32)| {
            let gauc = scored.next_if(|(step, _)| *step == place + 1).map(|(_, gauc)| *gauc);
            // Scores a step apart from the one before are those of a pass' end.
            while scored.next_if(|(step, _)| *step <= place + 1).is_some() {}
            let score = |which: usize| gauc.map_or(Cell::None, |gauc| Cell::Number(gauc[which] as f32));
            vec![
                Cell::Count(run.number),
                Cell::Text(run.name().to_owned()),
                Cell::Count(place + 1),
                Cell::Number(*loss),
                score(0),
                score(1),
                own(place + 1),
            ]
        };
        begun.into_iter().chain(run.losses.iter().enumerate().map(row)).collect()
    };
    let rows = levels.iter().map(level).chain(runs.iter().flat_map(of_run)).collect();
    Table { columns: columns.map(Column::new).into(), rows }
}

#[cfg(test)]
mod tests {
    use training::scores::Scores;

    use super::*;

    fn run() -> Run {
        let mut run = Run::new(2, Form::default(), 2);
        let scores = |gauc| Scores { auc: 0.5, gauc, logloss: 0.7, questions: 9 };
        run.start(&Started { steps: 3, popularity: [0.7, 0.5].map(scores) });
        for (epoch, step, losses) in [(1, 2, vec![0.7, 0.6]), (1, 3, vec![0.5])] {
            run.step(&Stepped { epoch, step, losses, mean: 0.6, rate: 20.0 });
        }
        run.score(&Evaluated { epoch: 1, step: 3, scores: [0.8, 0.6].map(scores), own: None, best: Some(true) });
        run.step(&Stepped { epoch: 2, step: 1, losses: vec![0.4], mean: 0.4, rate: 10.0 });
        run
    }

    #[test]
    fn it_knows_where_it_is_and_how_long_it_still_takes() {
        let mut run = run();
        assert_eq!((run.all_steps(), run.place(), run.gauc()), (6, (2, 1), Some([0.8, 0.6])));
        assert_eq!(run.left(), Some(0.0));
        run.worked = 400.0;
        assert_eq!(run.left(), Some(200.0));
        assert_eq!(Run::new(1, Form::default(), 1).left(), None);
        run.losses.truncate(3);
        assert_eq!(run.place(), (1, 3));
    }

    #[test]
    fn the_rate_is_of_a_second_at_least() {
        let mut run = run();
        let step = |losses: usize, rate| Stepped { epoch: 1, step: losses, losses: vec![0.5; losses], mean: 0.5, rate };
        // The first report of all is taken as it is; then 0.55 s have passed, in four steps.
        assert!((run.rate - 20.0).abs() < 1e-9, "{}", run.rate);
        run.step(&step(1, 500.0));
        assert!((run.rate - 20.0).abs() < 1e-9, "{}", run.rate);
        run.step(&step(9, 10.0));
        let expected = 12.0 / (0.05 + 0.1 + 0.002 + 0.9);
        assert!((run.rate - expected).abs() < 1e-9, "{} and {expected}", run.rate);
    }

    #[test]
    fn the_line_has_means_of_steps_that_follow_one_another() {
        let run = run();
        assert_eq!(run.loss_line(6), [(1, 0.7), (2, 0.6), (3, 0.5), (4, 0.4)]);
        let [(first, a), (second, b)] = run.loss_line(3)[..] else { unreachable!() };
        assert_eq!((first, second), (2, 4));
        assert!((a - 0.65).abs() < 1e-6 && (b - 0.45).abs() < 1e-6);
    }

    #[test]
    fn the_table_has_every_step_and_the_scores_where_they_were_asked_for() {
        let table = table(&[("floor".to_owned(), [0.7, 0.5])], &[run()]);
        assert_eq!(table.rows.len(), 5);
        assert_eq!(table.rows[0][3..], [Cell::None, Cell::Number(0.7), Cell::Number(0.5), Cell::None]);
        assert_eq!(table.rows[2][4], Cell::None);
        assert_eq!(
            table.rows[3][2..],
            [Cell::Count(3), Cell::Number(0.5), Cell::Number(0.8), Cell::Number(0.6), Cell::None]
        );
    }

    #[test]
    fn the_table_of_fine_tuning_begins_before_the_first_step() {
        let mut run = Run::new(1, Form::default(), 1);
        let scores = |gauc| Scores { auc: 0.5, gauc, logloss: 0.7, questions: 9 };
        let evaluated = |step, own| Evaluated {
            epoch: 1,
            step,
            scores: [0.8, 0.6].map(scores),
            own: Some(scores(own)),
            best: None,
        };
        run.start(&Started { steps: 1, popularity: [0.7, 0.5].map(scores) });
        run.score(&evaluated(0, 0.25));
        run.step(&Stepped { epoch: 1, step: 1, losses: vec![0.5], mean: 0.5, rate: 20.0 });
        run.score(&evaluated(1, 0.75));
        let rows = table(&[], &[run]).rows;
        let ends = rows.iter().map(|row| (row[2].clone(), row[4].clone(), row[6].clone())).collect::<Vec<_>>();
        let expected =
            [(0, 0.25), (1, 0.75)].map(|(step, own)| (Cell::Count(step), Cell::Number(0.8), Cell::Number(own)));
        assert_eq!(ends, expected);
    }
}
