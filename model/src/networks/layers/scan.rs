//! A recurrent layer over a whole history as one burn operation with its own backward pass.
//!
//! Step by step in tensor operations, [`Gru`](super::gru::Gru) and [`InterestEvolution`](super::interest_evolution::InterestEvolution) cost a dozen small tensors a step and as many
//! nodes in the graph of derivatives. This is the same computation for training: all steps of sixteen sequences side by
//! side, and backpropagation through time written out ([`kernels::scan`], with the equations). It runs where tensors live on burn's CPU backend.

use std::sync::Arc;

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::prelude::*;
use kernels::scan::{self as kernel, Gate};

use crate::networks::dien::Evolution;

pub use kernels::scan::Keep;

/// The tensors of a recurrent layer over histories.
#[derive(Debug, Clone)]
pub struct Scan {
    /// x_t·W without b, `[batch, step, 3·hidden]`; the same for every candidate.
    pub product: Tensor<3>,
    /// b, `[3·hidden]`.
    pub input_bias: Tensor<1>,
    /// U, `[hidden, 3·hidden]`.
    pub hidden: Tensor<2>,
    /// c, `[3·hidden]`.
    pub hidden_bias: Tensor<1>,
    /// a_t, `[batch, candidate, step]`. [`Evolution::Gru`] takes the number of candidates from it, and nothing else.
    pub attention: Tensor<3>,
}

impl Scan {
    /// The states: all of them, `[batch, candidate, step, hidden]`, or the last, `[batch, candidate, 1, hidden]`. The state
    /// before the first step is 0; after the `lengths` `[batch]` of a history it stays what it is.
    ///
    /// None where the tensors are not float32 on burn's CPU backend.
    pub fn states(self, evolution: Evolution, keep: Keep, lengths: &[usize]) -> Option<Tensor<4>> {
        let Self { product, input_bias, hidden, hidden_bias, attention } = self;
        if product.device().is_autodiff() {
            return Some(Tensor::from_primitive::<Autodiff<Flex>>(tracked(
                [
                    product.try_into_primitive::<Autodiff<Flex>>().ok()?,
                    input_bias.try_into_primitive::<Autodiff<Flex>>().ok()?,
                    hidden.try_into_primitive::<Autodiff<Flex>>().ok()?,
                    hidden_bias.try_into_primitive::<Autodiff<Flex>>().ok()?,
                    attention.try_into_primitive::<Autodiff<Flex>>().ok()?,
                ],
                (evolution, keep, lengths),
            )?));
        }
        let inputs = Inputs::new(
            [
                product.try_into_primitive::<Flex>().ok()?,
                input_bias.try_into_primitive::<Flex>().ok()?,
                hidden.try_into_primitive::<Flex>().ok()?,
                hidden_bias.try_into_primitive::<Flex>().ok()?,
                attention.try_into_primitive::<Flex>().ok()?,
            ],
            (evolution, keep, lengths),
        );
        let (states, _) = kernel::forward(&inputs.layer()?, false);
        Some(Tensor::from_primitive::<Flex>(inputs.output(states)))
    }
}

/// What a scan works on, in memory order.
#[derive(Debug, Clone)]
struct Inputs {
    product: FlexTensor,
    input_bias: FlexTensor,
    hidden: FlexTensor,
    hidden_bias: FlexTensor,
    attention: FlexTensor,
    evolution: Evolution,
    keep: Keep,
    lengths: Arc<[usize]>,
}

impl Inputs {
    fn new(tensors: [FlexTensor; 5], (evolution, keep, lengths): (Evolution, Keep, &[usize])) -> Self {
        let [product, input_bias, hidden, hidden_bias, attention] = tensors.map(|tensor| tensor.to_contiguous());
        Self { product, input_bias, hidden, hidden_bias, attention, evolution, keep, lengths: lengths.into() }
    }

    /// The same as plain slices. None where a tensor is not float32.
    fn layer(&self) -> Option<kernel::Layer<'_>> {
        let [batch, steps, gates] = self.product.layout().shape().dims();
        let [_, candidates, _] = self.attention.layout().shape().dims();
        assert_eq!(self.lengths.len(), batch, "one length a history");
        Some(kernel::Layer {
            d: gates / 3,
            steps,
            candidates,
            x: self.product.as_slice()?,
            b: self.input_bias.as_slice()?,
            u: self.hidden.as_slice()?,
            c: self.hidden_bias.as_slice()?,
            a: self.attention.as_slice()?,
            scales_input: self.evolution == Evolution::Aigru,
            gate: match self.evolution {
                Evolution::Gru | Evolution::Aigru => Gate::Update,
                Evolution::Agru => Gate::Attention,
                Evolution::Augru => Gate::Product,
                Evolution::AugruAuthors => Gate::Either,
            },
            keep: self.keep,
            lengths: &self.lengths,
        })
    }

    fn output(&self, states: Vec<f32>) -> FlexTensor {
        let [batch, steps, gates] = self.product.layout().shape().dims();
        let [_, candidates, _] = self.attention.layout().shape().dims();
        let steps = if self.keep == Keep::All { steps } else { 1 };
        FlexTensor::from_data(TensorData::new(states, [batch, candidates, steps, gates / 3]))
    }
}

type Tracked = <Autodiff<Flex> as burn::backend::BackendTypes>::FloatTensorPrimitive;

/// The scan as a node of the graph of derivatives.
fn tracked(tensors: [Tracked; 5], options: (Evolution, Keep, &[usize])) -> Option<Tracked> {
    let nodes = tensors.each_ref().map(|tensor| tensor.node());
    let inputs = Inputs::new(tensors.map(|tensor| tensor.into_primitive()), options);
    let layer = inputs.layer()?;
    Some(match ScanBackward.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(preparation) => {
            let (states, saved) = kernel::forward(&layer, true);
            let output = inputs.output(states);
            preparation.finish((inputs, Arc::new(saved)), output)
        }
        OpsKind::UnTracked(preparation) => {
            let output = inputs.output(kernel::forward(&layer, false).0);
            preparation.finish(output)
        }
    })
}

/// Backpropagation through time.
#[derive(Debug)]
struct ScanBackward;

impl Backward<Flex, 5> for ScanBackward {
    type State = (Inputs, Arc<kernel::Saved>);

    fn backward(self, ops: Ops<Self::State, 5>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (inputs, saved) = ops.state;
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let (Some(layer), Some(gradient)) = (inputs.layer(), gradient.as_slice()) else {
            unreachable!("the forward pass has read the same tensors");
        };
        let found = kernel::backward(&layer, &saved, gradient);
        let like = [&inputs.product, &inputs.input_bias, &inputs.hidden, &inputs.hidden_bias, &inputs.attention];
        let values = [found.x, found.b, found.u, found.c, found.a];
        register(gradients, ops.parents.map(|parent| parent.map(|parent| parent.id)), like, values);
    }
}

/// Hands the derivatives by the inputs of an operation on: `values` of the shapes of `like`, to those of `parents` that
/// want one.
pub(super) fn register<const N: usize>(
    gradients: &mut Gradients,
    parents: [Option<NodeId>; N],
    like: [&FlexTensor; N],
    values: [Vec<f32>; N],
) {
    for ((parent, like), values) in parents.into_iter().zip(like).zip(values) {
        if let Some(parent) = parent {
            let shape = like.layout().shape().clone();
            gradients.register::<Flex>(parent, FlexTensor::from_data(TensorData::new(values, shape)));
        }
    }
}
