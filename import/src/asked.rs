//! What tensors cannot tell, as the options, the file's metadata or else the library's default answer it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use crate::error::ImportError;
use crate::layers::Mlp;
use crate::options::{Activations, Names, Options, Plain};
use crate::question::{Choice, Question};
use model::{Catalogue, Evolution, Normalization};

/// [`Options`] with the file's metadata, and what they left open.
pub(super) struct Asked<'a> {
    pub options: &'a Options,
    pub catalogue: Option<&'a Catalogue>,
    pub file: String,
    pub metadata: BTreeMap<String, String>,
    pub questions: Vec<Question>,
    /// What hardly a model has another answer to than the first: nobody is asked, and predictions alone say otherwise.
    pub rare: Vec<Question>,
    /// What was assumed that no answer depends on.
    pub notes: Vec<String>,
    /// The options that the network has.
    known: BTreeSet<&'static str>,
}

/// A way in which attention enters the second recurrent layer.
pub(super) fn evolution(kind: Evolution) -> Choice {
    match kind {
        Evolution::Gru => Choice::new("GRU", "A plain GRU over the interest states; attention has no part in it."),
        Evolution::Aigru => Choice::new("AIGRU", "Attention weighs the interest states before a plain GRU takes them."),
        Evolution::Agru => Choice::new("AGRU", "Attention replaces the update gate."),
        Evolution::Augru => Choice::new("AUGRU", "Attention scales the update gate."),
        Evolution::AugruAuthors => Choice::new("AUGRU-authors", "1 − attention scales the gate that keeps."),
    }
}

/// A way from scores to weights.
pub(super) fn normalization(kind: Normalization) -> Choice {
    match kind {
        Normalization::None => Choice::new("none", "Scores are the weights, as in DIN's paper."),
        Normalization::Softmax => Choice::new("softmax", "Weights are a softmax of the scores, and add up to 1."),
        Normalization::ScaledSoftmax => {
            Choice::new("scaled-softmax", "Weights are a softmax of the scores divided by the root of their inputs.")
        }
    }
}

impl<'a> Asked<'a> {
    pub fn new(options: &'a Options, catalogue: Option<&'a Catalogue>, file: &str) -> Self {
        let (metadata, known) = (BTreeMap::new(), BTreeSet::new());
        let (file, questions, rare, notes) = (file.to_owned(), Vec::new(), Vec::new(), Vec::new());
        Self { options, catalogue, file, metadata, questions, rare, notes, known }
    }

    pub fn refused(&self, option: &str, problem: impl Into<String>) -> ImportError {
        ImportError::Option { file: self.file.clone(), option: option.to_owned(), problem: problem.into() }
    }

    fn parsed<T: FromStr<Err: Display>>(&self, option: &str, answer: &str) -> Result<T, ImportError> {
        answer.parse().map_err(|error| self.refused(option, format!("cannot be read: {error}")))
    }

    /// What options or metadata say about an option, which the network then has.
    pub fn said<T: FromStr<Err: Display>>(&mut self, option: &'static str) -> Result<Option<T>, ImportError> {
        self.known.insert(option);
        let key = match option {
            "normalization" => "attention_normalization",
            "head-input" => "top_mlp_input",
            other => other,
        };
        let answer = self.options.get(option).or_else(|| self.metadata.get(key).map(String::as_str));
        answer.map(|answer| self.parsed(option, answer)).transpose()
    }

    /// The answer to a question, which must be one of its choices; the first choice where nobody answers.
    pub fn ask<T: FromStr<Err: Display> + PartialEq>(&mut self, question: Question) -> Result<T, ImportError> {
        let (answer, is_open) = self.answer(&question)?;
        self.questions.extend(Some(question).filter(|_| is_open));
        Ok(answer)
    }

    /// As [`Asked::ask`], for [`Asked::rare`].
    pub fn ask_rarely<T: FromStr<Err: Display> + PartialEq>(&mut self, question: Question) -> Result<T, ImportError> {
        let (answer, is_open) = self.answer(&question)?;
        self.rare.extend(Some(question).filter(|_| is_open));
        Ok(answer)
    }

    /// The answer to a question, and whether nobody gave it and there are others.
    fn answer<T: FromStr<Err: Display> + PartialEq>(&mut self, question: &Question) -> Result<(T, bool), ImportError> {
        let choices = question.choices.iter().map(|choice| self.parsed::<T>(question.option, &choice.answer));
        let mut choices = choices.collect::<Result<Vec<T>, ImportError>>()?;
        match self.said::<T>(question.option)? {
            Some(answer) if choices.contains(&answer) => Ok((answer, false)),
            Some(_) => {
                let fitting: Vec<&str> = question.choices.iter().map(|choice| choice.answer.as_str()).collect();
                let given = self.options.get(question.option).unwrap_or_default();
                let problem = format!("is \"{given}\", but the tensors allow: {}", fitting.join("; "));
                Err(self.refused(question.option, problem))
            }
            None => {
                let is_open = choices.len() > 1;
                Ok((choices.swap_remove(0), is_open))
            }
        }
    }

    /// How attention enters the second recurrent layer, which these kinds have the tensors for.
    pub fn evolution(
        &mut self,
        kinds: [Evolution; 2],
        why: &str,
        code: &'static str,
    ) -> Result<Evolution, ImportError> {
        self.ask(Question {
            option: "evolution",
            topic: "Evolution".to_owned(),
            asks: "How does attention enter the second recurrent layer? Both kinds have these tensors.".to_owned(),
            choices: kinds.map(evolution).into(),
            why: why.to_owned(),
            code,
        })
    }

    /// What turns scores into weights: one of these, the library's default first.
    pub fn normalization(
        &mut self,
        kinds: [Normalization; 2],
        why: &str,
        code: &'static str,
    ) -> Result<Normalization, ImportError> {
        self.ask(Question {
            option: "normalization",
            topic: "Attention's normalisation".to_owned(),
            asks: "What turns attention scores into weights? It has no tensors.".to_owned(),
            choices: kinds.map(normalization).into(),
            why: why.to_owned(),
            code,
        })
    }

    /// The activation of the layers of `mlp` that have no tensors for one: what `option` says, or what the metadata entry
    /// `key` names, or ReLU. `what` names the perceptron.
    fn settle(
        &mut self,
        mlp: &mut Mlp,
        option: &'static str,
        key: &str,
        what: &str,
        code: &'static str,
    ) -> Result<(), ImportError> {
        let layers = mlp.unknown();
        if layers == 0 {
            return Ok(());
        }
        // "… -> 8 sigmoid -> 4 sigmoid -> 1".
        let named = |text: &String| -> Vec<Plain> {
            text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter_map(|word| word.parse().ok()).collect()
        };
        let text = self.metadata.get(key).filter(|_| self.options.get(option).is_none());
        if let Some(text) = text.filter(|text| text.chars().any(char::is_alphabetic) && named(text).is_empty()) {
            let known = "relu, sigmoid, tanh, leaky-relu, silu, linear";
            let problem =
                format!("is \"{text}\" by the file, expected one of {known}; train the network with one of these");
            return Err(self.refused(option, problem));
        }
        // The last name may be the output's.
        let of_metadata = self.metadata.get(key).map(named).filter(|names| !names.is_empty()).map(|mut names| {
            let same = names.iter().take(layers).all(|name| *name == names[0]);
            names.truncate(if same { 1 } else { layers });
            Activations(names)
        });
        let activations = match self.said::<Activations>(option)?.or(of_metadata) {
            Some(activations) => activations,
            None => {
                self.questions.push(Question {
                    option,
                    topic: format!("Activation of {what}"),
                    asks: format!(
                        "Which activation do the hidden layers of {what} have? It has no tensors. Several names with commas \
                         stand for one a layer."
                    ),
                    choices: vec![
                        Choice::new("relu", "max(s, 0)"),
                        Choice::new("sigmoid", "1 / (1 + exp(−s))"),
                        Choice::new("tanh", "The hyperbolic tangent."),
                        Choice::new("leaky-relu", "s, or 0.01·s below zero, PyTorch's default."),
                        Choice::new("silu", "s / (1 + exp(−s)), also called Swish."),
                        Choice::new("linear", "None: s itself."),
                    ],
                    why: "as usual".to_owned(),
                    code,
                });
                Activations(vec![Plain::Relu])
            }
        };
        if !mlp.settle(&activations.0) {
            let found = activations.0.len();
            return Err(
                self.refused(option, format!("names {found} activations, but {layers} layers have no tensors for one"))
            );
        }
        Ok(())
    }

    /// The activation of a local activation unit, where it has no tensors.
    pub fn settle_attention(&mut self, mlp: &mut Mlp, code: &'static str) -> Result<(), ImportError> {
        self.settle(mlp, "attention-activation", "attention", "the local activation unit", code)
    }

    /// The activation of the head, where it has no tensors.
    pub fn settle_head(&mut self, mlp: &mut Mlp, code: &'static str) -> Result<(), ImportError> {
        self.settle(mlp, "head-activation", "top_mlp", "the head", code)
    }

    /// The activation of the auxiliary classifier, which only training uses.
    pub fn settle_auxiliary(&mut self, mlp: &mut Mlp, code: &'static str) -> Result<(), ImportError> {
        let open = self.questions.len();
        self.settle(mlp, "auxiliary-activation", "auxiliary", "the auxiliary classifier", code)?;
        // No click probability depends on it.
        self.notes.extend(self.questions.drain(open..).map(|question| question.note()));
        Ok(())
    }

    /// What the library makes of the logit, where it is told to: a click probability, as nearly always, or the logit itself.
    ///
    /// # Errors
    /// [`ImportError::Option`] where the file says the latter.
    pub fn task(&mut self) -> Result<(), ImportError> {
        match self.metadata.get("task").map(String::as_str) {
            Some("binary") => {}
            Some(task) => {
                let problem = format!("is \"{task}\" by the file, whose output is no click probability; train with \"binary\"");
                return Err(self.refused("task", problem));
            }
            None => self.notes.push(
                "Output: a click probability, σ of the logit, as of task=\"binary\"; of a network of task=\"regression\" the library \
                 gives the logit itself."
                    .to_owned(),
            ),
        }
        Ok(())
    }

    /// The parts of the head's input.
    pub fn head_input(&mut self) -> Result<Option<Vec<String>>, ImportError> {
        Ok(self.said::<Names>("head-input")?.map(|names| names.0))
    }

    /// Checks that the network has every option that was answered, and its features every value of the context.
    pub fn finish(&self, network: &str) -> Result<(), ImportError> {
        match self.options.answers.iter().find(|(option, _)| !self.known.contains(option.as_str())) {
            Some((option, _)) => {
                let known: Vec<&str> = self.known.iter().copied().collect();
                let problem = format!("is not one that {network} leaves open; those are: {}", known.join(", "));
                Err(self.refused(option, problem))
            }
            None => Ok(()),
        }
    }
}
