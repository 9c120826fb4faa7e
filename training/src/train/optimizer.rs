//! AdamW on all parameters that are trained as one vector: tensor by tensor, a GPU would be asked for a dozen operations of each.

use std::collections::BTreeMap;

use burn::grad_clipping::{GradientClipping, GradientClippingConfig};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, GradientsParams, Optimizer as _};
use burn::prelude::*;
use model::reference::{Network, Part, collect, read};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use super::error::TrainError;
use crate::options::TrainConfig;

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", ICLR), the gradient of each
/// tensor clipped to a norm of 5.
pub(super) struct Optimizer {
    adam: AdamW,
    clipping: GradientClipping,
    /// The parameters that are trained, in the order of the vector.
    parts: Vec<Part>,
    state: AdamWState<1>,
}

impl std::fmt::Debug for Optimizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdamW")
    }
}

impl Optimizer {
    /// For the parameters of `network` but for those that are `frozen`, with the moments of a checkpoint, if there is one.
    ///
    /// # Errors
    /// [`TrainError::Checkpoint`] where the moments are not what [`Optimizer::moments`] wrote of these parameters.
    pub fn new(
        network: &Network,
        frozen: &[ParamId],
        train: &TrainConfig,
        moments: Option<&[u8]>,
    ) -> Result<Self, TrainError> {
        let (mut parts, all) = collect(network);
        parts.retain(|part| part.is_trained && !frozen.contains(&part.id));
        let size = parts.iter().map(Part::size).sum();
        let (time, [first, second]) = match moments {
            Some(bytes) => read_moments(bytes, &parts)?,
            None => (0, [vec![0.0; size], vec![0.0; size]]),
        };
        let device = all.inner().device();
        let [first, second] = [first, second].map(|values| Tensor::from_data(TensorData::new(values, [size]), &device));
        let adam = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(train.weight_decay).build();
        let state = AdamWState::new(AdaptiveMomentumState::new(time, first, second));
        Ok(Self { adam, clipping: GradientClippingConfig::Norm(5.0).init(), parts, state })
    }

    /// The network after a step of this size along the gradients.
    pub fn step(&mut self, network: Network, step_size: f64, gradients: GradientsParams) -> Network {
        let ids: Vec<ParamId> = self.parts.iter().map(|part| part.id).collect();
        let mut flat =
            Flat { ids: &ids, of: gradients, clipping: &self.clipping, values: Vec::new(), gradients: Vec::new() };
        network.visit(&mut flat);
        let (values, gradients) = (Tensor::cat(flat.values, 0), Tensor::cat(flat.gradients, 0));
        let (values, state) = self.adam.step(step_size, values, gradients, Some(self.state.clone()));
        if let Some(state) = state {
            self.state = state;
        }
        network.map(&mut Taken { ids: &ids, values, from: 0 })
    }

    /// The moments, safetensors: of every parameter NAME two tensors of its shape, NAME.moment_1 and NAME.moment_2, and as a note the
    /// number of steps.
    ///
    /// # Errors
    /// [`TrainError::Checkpoint`] where they cannot be written.
    pub async fn moments(&self) -> Result<Vec<u8>, TrainError> {
        let AdaptiveMomentumState { time, moment_1, moment_2, .. } = self.state.momentum.clone();
        let moments = [("moment_1", read(moment_1).await), ("moment_2", read(moment_2).await)];
        let mut tensors: Vec<(String, TensorView)> = Vec::new();
        for (moment, values) in &moments {
            let mut bytes: &[u8] = bytemuck::cast_slice(values);
            for part in &self.parts {
                let (of_part, rest) = bytes.split_at(4 * part.size());
                bytes = rest;
                let view = TensorView::new(Dtype::F32, part.shape.clone(), of_part).map_err(wrong)?;
                tensors.push((format!("{}.{moment}", part.name), view));
            }
        }
        let notes = [(STEPS.to_owned(), time.to_string())].into();
        serialize(tensors, Some(notes)).map_err(wrong)
    }
}

/// The note with the number of steps.
const STEPS: &str = "steps";

/// The number of steps and both moments of `parts`, one after the other.
fn read_moments(bytes: &[u8], parts: &[Part]) -> Result<(usize, [Vec<f32>; 2]), TrainError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
    let notes = header.metadata().clone().unwrap_or_default();
    let steps = notes.get(STEPS).and_then(|steps| steps.parse().ok());
    let steps = steps.ok_or_else(|| wrong(format!("there is no number in the note {STEPS}")))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(wrong)?;
    let tensors: BTreeMap<String, TensorView> = tensors.tensors().into_iter().collect();
    let moment = |moment: &str| -> Result<Vec<f32>, TrainError> {
        let mut values = Vec::new();
        for part in parts {
            let name = format!("{}.{moment}", part.name);
            let fits = |view: &&TensorView| view.dtype() == Dtype::F32 && view.shape() == part.shape;
            let view = tensors.get(&name).filter(fits);
            let view = view.ok_or_else(|| wrong(format!("there is no tensor {name} of shape {:?}", part.shape)))?;
            values.extend(bytemuck::pod_collect_to_vec::<u8, f32>(view.data()));
        }
        Ok(values)
    };
    Ok((steps, [moment("moment_1")?, moment("moment_2")?]))
}

fn wrong(problem: impl ToString) -> TrainError {
    TrainError::Checkpoint { file: "the optimizer's state".to_owned(), problem: problem.to_string() }
}

/// The parameters of these ids and their gradients, those without one being 0.
struct Flat<'a> {
    ids: &'a [ParamId],
    of: GradientsParams,
    clipping: &'a GradientClipping,
    values: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
}

impl ModuleVisitor for Flat<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !self.ids.contains(&param.id) {
            return;
        }
        let value = param.val().inner();
        let gradient = self.of.remove::<D>(param.id).map(|gradient| self.clipping.clip_gradient(gradient));
        let gradient = gradient.unwrap_or_else(|| value.zeros_like());
        self.values.push(value.flatten(0, D - 1));
        self.gradients.push(gradient.flatten(0, D - 1));
    }
}

/// Values that the parameters of these ids take.
struct Taken<'a> {
    ids: &'a [ParamId],
    values: Tensor<1>,
    from: usize,
}

impl ModuleMapper for Taken<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !self.ids.contains(&param.id) {
            return param;
        }
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let size = shape.iter().product();
        let taken = self.values.clone().narrow(0, self.from, size).reshape(shape);
        self.from += size;
        Param::from_mapped_value(id, Tensor::from_inner(taken).require_grad(), mapper)
    }
}
