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

/// Every float tensor of `module` by its path of field names.
pub(crate) fn collect(module: &impl Module) -> BTreeMap<String, crate::Tensor> {
    let mut collector = Collector::default();
    module.visit(&mut collector);
    collector.tensors
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    tensors: BTreeMap<String, crate::Tensor>,
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
        let shape = tensor.dims().to_vec();
        self.tensors.insert(self.path.join("."), crate::Tensor { shape, values: values(tensor) });
    }
}

/// All values of a float tensor in row order.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
