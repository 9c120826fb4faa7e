//! Proves an import with predictions of the library's own: of the ways to read a file, the one that gives them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::answers::Answer;
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::options::{Context, Options};
use crate::question::{Choice, Question};
use crate::rows::Rows;
use crate::source::Source;
use crate::{Imported, for_catalogue, from_checkpoint};
use model::{Catalogue, Inspection, Weights};

/// The largest difference of a click probability that proves an import. The libraries compute in float32 as we do: a few
/// hundred roundings of 6e-8 in another order leave two orders of magnitude of room.
pub const TOLERANCE: f64 = 1e-5;

/// Computes what a network answers for a candidate: from weights, the category of each item, the history and the candidate.
pub type Engine<'a> = dyn FnMut(&Weights, &[u32], &[u32], u32) -> Result<Inspection, String> + 'a;

/// More ways to read a file are not tried.
const MOST: usize = 50_000;

/// A network that gives the answers that it should.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The network. Its metadata say how it was proved. Questions are open still where the answers do not tell choices apart,
    /// which are all that these questions have.
    pub imported: Imported,
    /// The options with the answers to all questions that were open.
    pub options: Options,
    /// What was open and is settled by the answers, such as "normalization: softmax".
    pub settled: Vec<String>,
    /// The largest difference of a probability.
    pub off: f64,
    /// How many ways to read the file were tried.
    pub tried: usize,
}

/// The products that the answers name, as a catalogue of their own: what is tried many times stays small.
struct Asked {
    /// Place of each among the catalogue's products.
    products: Vec<usize>,
    /// The answers, whose items are these places.
    answers: Vec<Expected>,
}

/// What a network should answer.
struct Expected {
    history: Vec<u32>,
    candidate: u32,
    probability: f64,
    trace: BTreeMap<String, Vec<f64>>,
}

impl Asked {
    fn new(file: &str, catalogue: &Catalogue, answers: &[Answer]) -> Result<Self, ImportError> {
        let row = |id: &String| {
            let problem = || format!("names \"{id}\", which the catalogue does not have");
            catalogue.row(id).ok_or_else(|| ImportError::Answers { file: file.to_owned(), problem: problem() })
        };
        let mut rows = BTreeSet::new();
        for answer in answers {
            for id in answer.history.iter().chain([&answer.candidate]) {
                rows.insert(row(id)?);
            }
        }
        let places: BTreeMap<u32, u32> = rows.iter().copied().zip(0..).collect();
        let place = |id: &String| row(id).map(|row| places[&row]);
        let expected = |answer: &Answer| {
            Ok(Expected {
                history: answer.history.iter().map(place).collect::<Result<_, _>>()?,
                candidate: place(&answer.candidate)?,
                probability: answer.probability,
                trace: answer.trace.clone(),
            })
        };
        let mut answers: Vec<Expected> = answers.iter().map(expected).collect::<Result<_, ImportError>>()?;
        // The longest history first: most of what is wrong shows in it.
        answers.sort_by_key(|answer| std::cmp::Reverse(answer.history.len()));
        Ok(Self { products: rows.into_iter().map(|row| row as usize).collect(), answers })
    }

    /// The rows of these products alone.
    fn rows(&self, rows: &Rows) -> Rows {
        let of =
            |all: &[u32]| self.products.iter().filter_map(|&product| all.get(product).copied()).collect::<Vec<u32>>();
        Rows {
            items: of(&rows.items),
            categories: rows.categories.clone(),
            item_categories: of(&rows.item_categories),
            more: rows.more.iter().map(|(name, rows)| (name.clone(), of(rows))).collect(),
        }
    }

    /// Where what a network computes parts from the traces of the answers: the first part, in the order of the computation, that
    /// differs by more than [`TOLERANCE`] of its greatest value, in words; none where no answer has a trace.
    fn parting(
        &self,
        file: &str,
        weights: &Weights,
        item_categories: &[u32],
        answer: &mut Engine,
    ) -> Result<Option<String>, ImportError> {
        let failed = |problem: String| ImportError::Answers { file: file.to_owned(), problem };
        let mut traced = self.answers.iter().filter(|answer| !answer.trace.is_empty()).peekable();
        if traced.peek().is_none() {
            return Ok(None);
        }
        for Expected { history, candidate, trace, .. } in traced {
            let found = answer(weights, item_categories, history, *candidate).map_err(failed)?;
            let parts = found.trace.parts().iter().map(|part| (part.name(), part.values()));
            let logit = [found.logit];
            let parts: Vec<(&str, &[f32])> = parts.chain([("logit", logit.as_slice())]).collect();
            let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
            if let Some(other) = trace.keys().find(|name| !names.contains(&name.as_str())) {
                let known = names.join(", ");
                return Err(failed(format!("a trace has \"{other}\", and this network's parts are {known}")));
            }
            let mut agreed: Vec<&str> = Vec::new();
            for (name, found) in parts {
                let Some(expected) = trace.get(name) else { continue };
                if expected.len() != found.len() {
                    let (expected, found) = (expected.len(), found.len());
                    return Err(failed(format!(
                        "a trace has {expected} values of \"{name}\", and the network {found}"
                    )));
                }
                let greatest = expected.iter().fold(1.0, |greatest: f64, value| greatest.max(value.abs()));
                let apart = expected.iter().zip(found).map(|(expected, found)| (expected - f64::from(*found)).abs());
                let apart = apart.fold(0.0, f64::max);
                if apart > TOLERANCE * greatest {
                    let agreed = if agreed.is_empty() { "nothing".to_owned() } else { agreed.join(", ") };
                    return Ok(Some(format!("they part at \"{name}\", by {apart:.1e}; before it {agreed} agrees")));
                }
                agreed.push(name);
            }
        }
        Ok(Some("every part of the traces agrees".to_owned()))
    }
}

/// Reads the network whose answers are given: the open questions and the user's features that nobody named take every value
/// that fits, until the probabilities that `answer` computes are those of `answers` to within [`TOLERANCE`]. `file` names the
/// answers in errors.
///
/// # Errors
/// [`ImportError::NotReproduced`] where none does, [`ImportError::Answers`] for products that are not in the catalogue and for
/// what `answer` says, and what [`from_checkpoint`] says.
pub fn check(
    checkpoint: &Checkpoint,
    catalogue: &Catalogue,
    options: &Options,
    file: &str,
    answers: &[Answer],
    answer: &mut Engine,
) -> Result<Checked, ImportError> {
    let asked = Asked::new(file, catalogue, answers)?;
    let mut search = Search { file, catalogue, asked, answer, tried: 0, best: None, left_alone: Vec::new() };
    let mut questions: BTreeMap<&str, Question> = BTreeMap::new();
    // A file that cannot be read at all says why.
    for_catalogue(checkpoint.clone(), catalogue, options)?;
    let mut unread: BTreeSet<String> = BTreeSet::new();
    let mut waiting = VecDeque::from([options.clone()]);
    while let Some(options) = waiting.pop_back() {
        // An answer to one question may not go with one to another.
        let (source, rows) = match for_catalogue(checkpoint.clone(), catalogue, &options) {
            Ok((source, rows, _)) => (source, rows),
            Err(ImportError::Unsupported { problem, .. }) => {
                unread.insert(problem);
                continue;
            }
            Err(_) => continue,
        };
        match source.questions.first() {
            Some(question) => {
                questions.insert(question.option, question.clone());
                // The last one is tried first.
                for choice in question.choices.iter().rev() {
                    waiting.push_back(options.clone().with(question.option, &choice.answer));
                }
            }
            None => {
                search.try_contexts(&source, &rows, &options)?;
                // When everything usual was tried.
                for question in &source.rare {
                    for choice in question.choices.iter().skip(1) {
                        waiting.push_front(options.clone().with(question.option, &choice.answer));
                    }
                }
            }
        }
        if search.best.as_ref().is_some_and(|best| best.off <= TOLERANCE) || search.tried >= MOST {
            break;
        }
    }
    let tried = search.tried;
    let Some(Best { off, options: found }) = search.best.take() else {
        // Why no network can be made, where none can.
        from_checkpoint(checkpoint.clone(), catalogue, options)?;
        let (file, nearest) = (checkpoint.file().to_owned(), "no network at all".to_owned());
        return Err(ImportError::NotReproduced { file, tried, off: 1.0, nearest });
    };
    let settled = settled(options, &found);
    if off > TOLERANCE {
        let mut nearest = if settled.is_empty() { "nothing left open".to_owned() } else { settled.join(", ") };
        let (source, rows, _) = for_catalogue(checkpoint.clone(), catalogue, &found)?;
        let rows = search.asked.rows(&rows);
        let (weights, _) = source.weights(&rows, &found.context, catalogue.vocabulary_hash())?;
        if let Some(parting) = search.asked.parting(file, &weights, &rows.item_categories, search.answer)? {
            nearest = format!("{nearest} ({parting})");
        }
        let (file, left_alone) = (checkpoint.file().to_owned(), search.left_alone.join(", "));
        let mut unread: Vec<String> = unread.into_iter().collect();
        if !unread.is_empty() && !left_alone.is_empty() {
            unread.push(format!("the answers are of a user who is not said: --context NAME=VALUE for {left_alone}"));
        }
        return Err(match left_alone.as_str() {
            _ if !unread.is_empty() => {
                ImportError::CannotBeRead { file, tried, off, nearest, problem: unread.join("; or ") }
            }
            "" => ImportError::NotReproduced { file, tried, off, nearest },
            _ => ImportError::ContextNotNamed { file, tried, off, nearest, features: left_alone },
        });
    }
    let mut imported = from_checkpoint(checkpoint.clone(), catalogue, &found)?;
    for question in questions.into_values() {
        let taken = |choice: &&Choice| found.get(question.option) == Some(choice.answer.as_str());
        let mut choices: Vec<Choice> = question.choices.iter().filter(taken).cloned().collect();
        for choice in question.choices.iter().filter(|choice| !taken(choice)) {
            let other = found.clone().with(question.option, &choice.answer);
            if let Ok((source, rows, _)) = for_catalogue(checkpoint.clone(), catalogue, &other) {
                search.best = None;
                if search.is_proved(&source, &search.asked.rows(&rows), &found.context, &other)? {
                    choices.push(choice.clone());
                }
            }
        }
        if choices.len() > 1 {
            let why = "and the predictions do not tell it from the others".to_owned();
            imported.questions.push(Question { choices, why, ..question });
        }
    }
    imported.prove(answers.len(), off);
    Ok(Checked { imported, options: found, settled, off, tried })
}

/// Compares a network of our own, which can be read in one way only, with the answers that it should give.
///
/// # Errors
/// As [`check`].
pub(super) fn own(
    file: &str,
    weights: Weights,
    catalogue: &Catalogue,
    (answers_file, answers): (&str, &[Answer]),
    answer: &mut Engine,
) -> Result<Checked, ImportError> {
    let asked = Asked::new(answers_file, catalogue, answers)?;
    let categories = catalogue.item_categories();
    let mut off: f64 = 0.0;
    for Expected { history, candidate, probability, .. } in &asked.answers {
        let row = |&place: &u32| asked.products[place as usize] as u32;
        let history: Vec<u32> = history.iter().map(row).collect();
        let found = answer(&weights, &categories, &history, row(candidate))
            .map_err(|problem| ImportError::Answers { file: answers_file.to_owned(), problem })?;
        let apart = (f64::from(found.probability) - probability).abs();
        // A number that is none is as far off as can be.
        off = off.max(if apart.is_nan() { 1.0 } else { apart });
    }
    if off > TOLERANCE {
        let nearest = "nothing left open".to_owned();
        return Err(ImportError::NotReproduced { file: file.to_owned(), tried: 1, off, nearest });
    }
    let mut imported = Imported::own(weights);
    imported.prove(answers.len(), off);
    Ok(Checked { imported, options: Options::default(), settled: Vec::new(), off, tried: 1 })
}

/// What `found` says and `given` did not.
fn settled(given: &Options, found: &Options) -> Vec<String> {
    let answers = found.answers.iter().filter(|(option, _)| given.get(option).is_none());
    let context = found.context.iter().filter(|(name, _)| !given.context.contains_key(*name));
    answers
        .map(|(option, answer)| format!("{option}: {answer}"))
        .chain(context.map(|(name, value)| format!("context: {name}={value}")))
        .collect()
}

struct Best {
    off: f64,
    options: Options,
}

struct Search<'a> {
    file: &'a str,
    catalogue: &'a Catalogue,
    asked: Asked,
    answer: &'a mut Engine<'a>,
    tried: usize,
    best: Option<Best>,
    /// Features of the user whose values nobody named and that are not tried: numbers, and those of too many rows.
    left_alone: Vec<String>,
}

impl Search<'_> {
    /// Tries a network with every value of the user's features that nobody named, where these are not too many.
    fn try_contexts(&mut self, source: &Source, rows: &Rows, options: &Options) -> Result<(), ImportError> {
        let rows = self.asked.rows(rows);
        let open: Vec<(&str, usize)> = source
            .context_rows()
            .filter(|(name, _)| !options.context.contains_key(*name))
            .filter_map(|(name, rows)| Some((name, rows?)))
            .collect();
        let count = open.iter().try_fold(1usize, |count, (_, rows)| count.checked_mul(*rows));
        let count = count.filter(|&count| !open.is_empty() && count <= MOST / 4).unwrap_or(0);
        let named = |(name, rows): (&str, Option<usize>)| {
            let is_tried = count > 0 && rows.is_some();
            (!options.context.contains_key(name) && !is_tried).then(|| name.to_owned())
        };
        self.left_alone = source.context_rows().filter_map(named).collect();
        let contexts = (0..count).map(|mut index| {
            let mut context = options.context.clone();
            for (name, rows) in &open {
                context.insert((*name).to_owned(), (index % rows) as f64);
                index /= rows;
            }
            context
        });
        // First as an import without a word on the user has it.
        for context in [options.context.clone()].into_iter().chain(contexts) {
            if self.is_proved(source, &rows, &context, options)? || self.tried >= MOST {
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_proved(
        &mut self,
        source: &Source,
        rows: &Rows,
        context: &Context,
        options: &Options,
    ) -> Result<bool, ImportError> {
        self.tried += 1;
        let Ok((weights, _)) = source.weights(rows, context, self.catalogue.vocabulary_hash()) else {
            return Ok(false);
        };
        let nearest = self.best.as_ref().map_or(f64::INFINITY, |best| best.off);
        let mut off: f64 = 0.0;
        for Expected { history, candidate, probability, .. } in &self.asked.answers {
            let found = (self.answer)(&weights, &rows.item_categories, history, *candidate)
                .map_err(|problem| ImportError::Answers { file: self.file.to_owned(), problem })?;
            off = off.max((f64::from(found.probability) - probability).abs());
            // One answer is enough to know that another way came nearer.
            if off.is_nan() || off >= nearest {
                return Ok(false);
            }
        }
        self.best = Some(Best { off, options: Options { context: context.clone(), ..options.clone() } });
        Ok(off <= TOLERANCE)
    }
}
