//! Questions that a file leaves open.

/// Something that a file cannot say and that changes what the network answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The option that answers it, such as "normalization".
    pub option: &'static str,
    /// What it is about, in a word or two.
    pub topic: String,
    /// What is asked, in a sentence.
    pub asks: String,
    /// The answers that fit, the one taken without an answer first.
    pub choices: Vec<Choice>,
    /// Why the first is taken.
    pub why: String,
    /// The library's code that decides it.
    pub code: &'static str,
}

/// An answer that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the option is set to.
    pub answer: String,
    /// What it means, in a sentence.
    pub meaning: String,
}

impl Question {
    /// What was assumed where nobody answers.
    pub fn note(&self) -> String {
        let answer = self.choices.first().map_or("", |choice| choice.answer.as_str());
        format!("{}: {answer}, {}; the file does not say.", self.topic, self.why)
    }
}

impl Choice {
    pub(super) fn new(answer: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { answer: answer.into(), meaning: meaning.into() }
    }
}
