//! Between [`Weights`] and burn's modules: tensors by name, both ways.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::nn::Linear;
use burn::prelude::*;
use sha2::{Digest, Sha256};

use crate::weights::Weights;

/// Where modules take their tensors from.
#[derive(Debug)]
pub struct Source<'a> {
    /// The tensors by name.
    pub weights: &'a Weights,
    /// Where the modules compute.
    pub device: &'a Device,
}

impl Source<'_> {
    /// The tensor of this name.
    pub fn tensor<const D: usize>(&self, name: &str) -> Tensor<D> {
        let tensor = &self.weights.tensors()[name];
        Tensor::from_data(TensorData::new(tensor.values.clone(), tensor.shape.clone()), self.device)
    }

    /// The tensor of this name, to be trained. Its id is made of the name, so that an optimizer's state finds it again
    /// after a restart.
    pub fn param<const D: usize>(&self, name: &str) -> Param<Tensor<D>> {
        let tensor = Param::from_tensor(self.tensor(name)).into_value();
        let digest = Sha256::digest(name);
        let id = u64::from_le_bytes(std::array::from_fn(|byte| digest[byte]));
        Param::initialized(ParamId::from(id), tensor)
    }

    /// A dense layer y = x·W + b from `name`.weight `[in, out]` and `name`.bias `[out]`.
    pub fn linear(&self, name: &str) -> Linear {
        Linear { weight: self.param(&format!("{name}.weight")), bias: Some(self.param(&format!("{name}.bias"))) }
    }
}

/// A float tensor of a module.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its path of field names.
    pub name: String,
    /// By which burn knows it.
    pub id: ParamId,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether it is a parameter, and no average that moves by itself.
    pub is_trained: bool,
}

impl Part {
    /// Number of its values.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Every float tensor of `module`, in its order, and their values one after the other: read together, so that for a GPU one waits
/// once.
pub fn collect(module: &impl Module) -> (Vec<Part>, Tensor<1>) {
    let mut collector = Collector::default();
    module.visit(&mut collector);
    (collector.parts, Tensor::cat(collector.values, 0))
}

/// The values of [`collect`], each with its part's name.
pub(crate) fn named(parts: Vec<Part>, values: &[f32]) -> BTreeMap<String, crate::Tensor> {
    let mut left = values;
    let tensor = |part: Part| {
        let (values, rest) = left.split_at(part.size());
        left = rest;
        (part.name, crate::Tensor { shape: part.shape, values: values.to_vec() })
    };
    parts.into_iter().map(tensor).collect()
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    parts: Vec<Part>,
    values: Vec<Tensor<1>>,
}

impl Collector {
    /// Which network it is stands in the configuration, so neither `body` nor an enum's variant is part of a name, nor
    /// what a layer is made of: the interest evolution layer of a GRU, the head of a perceptron.
    fn names(name: &str, container: &str) -> bool {
        !["body", "gru", "mlp", "linear", "prelu"].contains(&name) && !container.starts_with("Enum:")
    }
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, container: &str) {
        if Self::names(name, container) {
            self.path.push(name.to_owned());
        }
    }

    fn exit_module(&mut self, name: &str, container: &str) {
        if Self::names(name, container) {
            self.path.pop();
        }
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let (name, shape) = (self.path.join("."), tensor.dims().to_vec());
        self.parts.push(Part { name, id: param.id, shape, is_trained: param.is_require_grad() });
        self.values.push(tensor.detach().flatten(0, D - 1));
    }
}

/// All values of a float tensor in row order.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// The same of a tensor on a device that takes its time.
///
/// # Panics
/// Where the device is lost.
#[allow(clippy::expect_used, reason = "without its device a network is lost, and its values with it")]
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data_async().await.expect("the device is there").iter::<f32>().collect()
}
