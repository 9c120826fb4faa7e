//! The interest evolution layer: AUGRU, and the forms that it is compared with.

use burn::module::Module;
use burn::prelude::*;

use super::gru::{Gates, Gru, write};
use super::tensors::Source;
use crate::networks::dien::{Evolution, Reset};

/// A GRU over interest states h_t whose state h' follows what attention a_t finds relevant to the candidate
/// (DIEN, section "Interest Evolving Layer"). With gates r, u, n of x_t and h'_{t−1} as in [`Gru`]:
///
/// - AUGRU: ũ_t = a_t·u_t;  h'_t = (1−ũ_t) ⊙ h'_{t−1} + ũ_t ⊙ n_t;  x_t = h_t
/// - AGRU:  ũ_t = a_t;      h'_t = (1−ũ_t) ⊙ h'_{t−1} + ũ_t ⊙ n_t;  x_t = h_t
/// - AIGRU: ũ_t = u_t;      h'_t = (1−ũ_t) ⊙ h'_{t−1} + ũ_t ⊙ n_t;  x_t = a_t·h_t
/// - the gate of the authors' code: ũ_t = 1 − (1−a_t)·(1−u_t), which is not the paper's: a_t = 0 leaves u_t as it is;
///   h'_t = (1−ũ_t) ⊙ h'_{t−1} + ũ_t ⊙ n_t;  x_t = h_t
/// - GRU, without attention: ũ_t = u_t;  x_t = h_t
#[derive(Module, Debug)]
pub struct InterestEvolution {
    gru: Gru,
    #[module(skip)]
    evolution: Evolution,
}

/// One step of every candidate, `[batch, candidate, hidden]` each.
#[derive(Debug)]
pub struct EvolutionStep {
    /// r_t.
    pub reset: Tensor<3>,
    /// u_t, before attention.
    pub update: Tensor<3>,
    /// ũ_t, the gate that wrote the state.
    pub attentional_update: Tensor<3>,
    /// n_t.
    pub candidate: Tensor<3>,
    /// h'_t.
    pub state: Tensor<3>,
}

impl InterestEvolution {
    pub(crate) fn new(source: &Source, name: &str, evolution: Evolution, reset: Reset) -> Self {
        Self { gru: Gru::new(source, name, reset), evolution }
    }

    /// The recurrent unit.
    pub fn gru(&self) -> &Gru {
        &self.gru
    }

    /// How attention enters.
    pub fn evolution(&self) -> Evolution {
        self.evolution
    }

    /// One step. `interest` is h_t `[batch, hidden]`, `attention` a_t `[batch, candidate, 1]`, `state` h'_{t−1}
    /// `[batch, candidate, hidden]`. Where `padding` `[batch, 1, 1]` holds, the state stays.
    pub fn step(
        &self,
        interest: Tensor<2>,
        attention: Tensor<3>,
        state: Tensor<3>,
        padding: Tensor<3, Bool>,
    ) -> EvolutionStep {
        let [batch, candidates, d] = state.dims();
        let rows = batch * candidates;
        let each = |tensor: Tensor<2>| {
            let width = tensor.dims()[1];
            tensor.unsqueeze_dim::<3>(1).expand([batch, candidates, width])
        };
        // h_t·W is the same for every candidate, and (a_t·h_t)·W = a_t·(h_t·W).
        let product = each(self.gru.input_product(interest));
        let product = if self.evolution == Evolution::Aigru { product * attention.clone() } else { product };
        let input_half = product.reshape([rows, 3 * d]) + self.gru.input_bias();
        let h = state.clone().reshape([rows, d]);
        let Gates { reset: r, update: u, candidate: n } = self.gru.gates(input_half, h.clone());
        let a = attention.reshape([rows, 1]);
        let attentional_update = match self.evolution {
            Evolution::Augru => a * u.clone(),
            Evolution::AugruAuthors => (-a + 1.0) * (u.clone() - 1.0) + 1.0,
            // One number for all units.
            Evolution::Agru => a.expand([rows, d]),
            Evolution::Aigru | Evolution::Gru => u.clone(),
        };
        let next = write(h, attentional_update.clone(), n.clone());
        let candidate_rows = |tensor: Tensor<2>| tensor.reshape([batch, candidates, d]);
        let next = candidate_rows(next);
        let next = next.mask_where(padding.expand([batch, candidates, d]), state);
        EvolutionStep {
            reset: candidate_rows(r),
            update: candidate_rows(u),
            attentional_update: candidate_rows(attentional_update),
            candidate: candidate_rows(n),
            state: next,
        }
    }

    /// h'_0 = 0, `[batch, candidate, hidden]`.
    pub fn start(&self, batch: usize, candidates: usize, device: &Device) -> Tensor<3> {
        Tensor::zeros([batch, candidates, self.gru.width()], device)
    }
}
