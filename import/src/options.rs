//! What tensors cannot tell, as whoever imports says it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use model::UnknownName;

/// What tensors cannot tell about a network. What is not said here comes from the file's metadata, and then it is an open
/// [`Question`](crate::Question), which the library's default answers.
///
/// The options by name: `evolution`, `normalization`, `attention-type`, `attention-activation`, `attention-output`,
/// `head-activation`, `auxiliary-activation`, `features`, `query`, `clicks`, `numbers`, `user-features`, `head-input`, `item`,
/// `category`, `items`, `first-row`, `pooling`, `positions`, `state-dict`. The metadata entries are `evolution` ("AUGRU"),
/// `attention_normalization` ("softmax", "none"), `attention`,
/// `top_mlp` and `auxiliary` (of which the activations' names count, as in "8 sigmoid -> 4 sigmoid -> 1"), `top_mlp_input`
/// ("[final state, user, query]"), `item` and `category` (the features' names), `items` (a number).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// What was said, by the name of the option. One that the network does not have is refused by the import.
    pub answers: BTreeMap<String, String>,
    /// Values of the user's and the context's features: a row of the feature's embedding table, or a number. Without one it
    /// is the mean of the table's rows, or 0.
    pub context: Context,
    /// For the user's and the context's features of several values, by name: their rows in the feature's table.
    pub context_rows: BTreeMap<String, Vec<u32>>,
    /// For further features of the products, by name: the rows of each product in the feature's table, `[items][values]`. See
    /// [`feature_rows`](crate::feature_rows).
    pub feature_rows: FeatureRows,
}

/// Values of context features by name: a row of the feature's embedding table, or a number.
pub type Context = BTreeMap<String, f64>;

/// Rows of the products in the tables of further features, `[items][values]` each, by the feature's name.
pub type FeatureRows = BTreeMap<String, Vec<Vec<u32>>>;

impl Options {
    /// Answers an option.
    pub fn set(&mut self, option: &str, answer: &str) {
        self.answers.insert(option.to_owned(), answer.to_owned());
    }

    /// The options with one more answer.
    #[must_use]
    pub fn with(mut self, option: &str, answer: &str) -> Self {
        self.set(option, answer);
        self
    }

    /// Says the value of a feature of the user or the context: a number, a row of its table, or several such as "3+7+9".
    ///
    /// # Errors
    /// In words, what is no number.
    pub fn set_context(&mut self, name: &str, value: &str) -> Result<(), String> {
        let failed = |error: &dyn Display| format!("{name}={value}: {error}");
        match value.trim().parse() {
            Err(_) if value.contains('+') => {
                let rows: Result<Vec<u32>, _> = value.split('+').map(|row| row.trim().parse()).collect();
                self.context_rows.insert(name.to_owned(), rows.map_err(|error| failed(&error))?);
            }
            number => {
                self.context.insert(name.to_owned(), number.map_err(|error| failed(&error))?);
            }
        }
        Ok(())
    }

    /// What was said about an option.
    pub fn get(&self, option: &str) -> Option<&str> {
        self.answers.get(option).map(String::as_str)
    }
}

/// An activation without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// max(s, 0).
    Relu,
    /// σ(s).
    Sigmoid,
    /// tanh(s).
    Tanh,
    /// s.
    Linear,
    /// s, or 0.01·s below zero.
    LeakyRelu,
    /// s·σ(s).
    Silu,
}

impl FromStr for Plain {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name.to_ascii_lowercase().as_str() {
            "relu" => Ok(Self::Relu),
            "sigmoid" => Ok(Self::Sigmoid),
            "tanh" => Ok(Self::Tanh),
            "linear" => Ok(Self::Linear),
            "leaky-relu" | "leakyrelu" => Ok(Self::LeakyRelu),
            "silu" | "swish" => Ok(Self::Silu),
            _ => Err(UnknownName::new(
                name,
                "relu, sigmoid, tanh, linear, leaky-relu, silu; a network of another activation, such as GELU, which no others \
                 give, must be trained anew with one of these",
            )),
        }
    }
}

/// One activation for all layers, or one for each, with commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Activations(pub Vec<Plain>);

impl FromStr for Activations {
    type Err = UnknownName;

    fn from_str(names: &str) -> Result<Self, UnknownName> {
        names.split(',').map(|name| name.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

/// Names with commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names(pub Vec<String>);

impl FromStr for Names {
    type Err = std::convert::Infallible;

    fn from_str(names: &str) -> Result<Self, Self::Err> {
        let names = names.trim().trim_start_matches('[').trim_end_matches(']');
        Ok(Self(names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()))
    }
}
