//! The part of a network between the embeddings and the head, whichever network it is.

use burn::module::Module;
use burn::prelude::*;

use crate::networks::layers::embedding::Histories;
use crate::networks::layers::reference::{Computed, NextClicks, Reference};
use crate::networks::layers::tensors::Source;
use crate::networks::{NetworkConfig, networks};

macro_rules! define_body {
    ($( $(#[$about:meta])* $id:literal => $Kind:ident($Options:ident) in $folder:ident, )+) => {
        $( pub use crate::networks::$folder::reference::$Kind; )+

        /// The computation between the embeddings and the head.
        #[derive(Module, Debug)]
        #[expect(clippy::large_enum_variant, reason = "there is one body a network, and never many networks")]
        pub enum Body {
            $( $(#[$about])* $Kind($Kind), )+
        }

        /// What a [`Body`] computed for a batch.
        #[derive(Debug)]
        #[allow(clippy::large_enum_variant, reason = "there is one a batch, and on 32 bits it is smaller")]
        pub enum BodyOutput {
            $( $(#[$about])* $Kind(<$Kind as Reference>::Output), )+
        }

        impl Body {
            pub(super) fn new(source: &Source, config: &NetworkConfig) -> Self {
                match config { $( NetworkConfig::$Kind(options) => Self::$Kind(Reference::new(source, options)), )+ }
            }

            /// `keys` `[batch, step, H]` and `query` `[batch, candidate, H]` to the interest of each candidate.
            pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> BodyOutput {
                match self { $( Self::$Kind(body) => BodyOutput::$Kind(body.forward(keys, query, histories)), )+ }
            }

            /// The interest of each candidate with every step of recurrent layers kept, in plain tensor operations.
            pub fn step_by_step(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> BodyOutput {
                match self { $( Self::$Kind(body) => BodyOutput::$Kind(body.step_by_step(keys, query, histories)), )+ }
            }

            /// The auxiliary loss of a network that has one, from what it computed itself.
            pub fn auxiliary_loss(
                &self,
                output: &BodyOutput,
                next: &NextClicks,
                histories: &Histories,
            ) -> Option<Tensor<1>> {
                match (self, output) {
                    $( (Self::$Kind(body), BodyOutput::$Kind(output)) => {
                        Reference::auxiliary_loss(body, output, next, histories)
                    } )+
                    // The output of another network.
                    _ => None,
                }
            }
        }

        impl BodyOutput {
            fn computed(&self) -> &dyn Computed {
                match self { $( Self::$Kind(output) => output, )+ }
            }
        }
    };
}
networks!(define_body);

impl BodyOutput {
    /// The interest that goes into the head, `[batch, candidate, interest]`.
    pub fn interest(&self) -> Tensor<3> {
        self.computed().interest()
    }

    /// The values of each part of one candidate's trace, in the order of [`NetworkConfig::parts`], for a batch of one history
    /// of `steps` items that was computed step by step.
    pub fn parts(&self, candidate: usize, steps: usize) -> Vec<Vec<f32>> {
        self.computed().parts(candidate, steps)
    }
}
