//! Names and shapes of tensors, in the order of the computation.

use super::activation::Activation;

/// What a network's tensors depend on besides the network's own options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// H, the width of the query and of a key.
    pub width: usize,
    /// The longest history seen in training, in items.
    pub max_history: usize,
}

/// Names and shapes of a network's tensors, in the order of the computation.
#[derive(Debug, Default)]
pub(crate) struct Tensors {
    /// Each tensor's name and shape.
    pub list: Vec<(String, Vec<usize>)>,
}

impl Tensors {
    /// One tensor.
    pub fn add<const D: usize>(&mut self, name: &str, shape: [usize; D]) {
        self.list.push((name.to_owned(), shape.to_vec()));
    }

    /// A dense layer y = x·W + b.
    pub fn dense(&mut self, name: &str, from: usize, to: usize) {
        self.add(&format!("{name}.weight"), [from, to]);
        self.add(&format!("{name}.bias"), [to]);
    }

    /// The parameters and running statistics of an activation.
    pub fn activation(&mut self, name: &str, kind: Activation, units: usize) {
        if matches!(kind, Activation::Prelu | Activation::Dice { .. }) {
            self.add(&format!("{name}.alpha"), [units]);
        }
        if let Activation::Dice { affine, .. } = kind {
            if affine {
                self.add(&format!("{name}.gamma"), [units]);
                self.add(&format!("{name}.beta"), [units]);
            }
            self.add(&format!("{name}.mean"), [units]);
            self.add(&format!("{name}.variance"), [units]);
        }
    }

    /// A multilayer perceptron: hidden layers with an activation, then one unit without.
    pub fn mlp(&mut self, name: &str, mut from: usize, hidden: &[usize], activation: Activation) {
        for (layer, &units) in hidden.iter().enumerate() {
            self.dense(&format!("{name}.hidden.{layer}"), from, units);
            self.activation(&format!("{name}.activation.{layer}"), activation, units);
            from = units;
        }
        self.dense(&format!("{name}.output"), from, 1);
    }

    /// A gated recurrent unit: x·W + b and h·U + c.
    pub fn gru(&mut self, name: &str, from: usize, hidden: usize) {
        self.dense(&format!("{name}.input"), from, 3 * hidden);
        self.dense(&format!("{name}.hidden"), hidden, 3 * hidden);
    }
}

/// What is wrong with the number of hidden layers of a perceptron, if anything.
pub(crate) fn layers_problem(field: &str, hidden: &[usize]) -> Option<String> {
    (hidden.is_empty() || hidden.len() > 8).then(|| format!("{field} has {} layers, not 1 to 8", hidden.len()))
}
