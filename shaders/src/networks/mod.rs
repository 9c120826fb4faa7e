//! The part of each network between the embeddings and the head: one file a network, and one line in the list at the end.

mod comirec_sa;
mod dien;
mod din;
mod embedding_mlp;
mod tin;

use std::fmt::Debug;
use std::sync::Arc;

use model::{LocalActivationConfig, NetworkConfig, Weights};

use crate::catalogue::Catalogue;
use crate::cpu::lanes::Vector;
use crate::cpu::queries::Query;
use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::spec::NetworkSpec;
use crate::layers::Layer;

/// A network with what depends on its weights alone, computed once for both backends, and how a GPU runs it.
trait Folded: Debug + Sized {
    /// The network's options.
    type Options;

    /// The network of `weights`, which has these options.
    fn new(weights: &Weights, options: &Self::Options) -> Self;

    /// What makes of a query what attention sees in its place, a layer from `[H]` to `[key]`; none where attention sees the
    /// query itself.
    fn attention_query(&self) -> Option<&Layer> {
        None
    }

    /// The key that stands for an empty history, `[H]`, if any does.
    fn padding(&self) -> Option<&[f32]> {
        None
    }

    /// What a GPU runs, where `width` is H.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`].
    fn spec(&self, constants: &mut Constants, width: usize) -> Result<NetworkSpec, EngineError>;

    /// The values of each part of the trace, in the order that `model` gives the parts, after `steps` clicks: from the filled
    /// part of each traced [`KeptBuffer`](crate::gpu::spec::KeptBuffer), and from what the candidate took in
    /// [`Buffer::Traces`](crate::gpu::spec::Buffer::Traces).
    fn read_trace(&self, steps: usize, kept: &[&[f32]], candidate: &[f32]) -> Vec<Vec<f32>>;
}

/// A network on the CPU, with what it keeps of the history.
///
/// What `run` calls must be inlined, so that it is compiled for the vectors' instructions: no trait object comes between.
trait OnCpu<V: Vector>: Debug + Sized {
    /// What both backends share.
    type Folded;

    /// The network after no clicks.
    fn new(zero: V, folded: &Arc<Self::Folded>) -> Self;

    /// Brings what is kept of the history up to date: its first `kept` steps are as they were.
    fn follow(&mut self, catalogue: &Catalogue, history: &[u32], kept: usize);

    /// The interest of each candidate of a block `[interest]`, from their queries. `inspected` asks for all that
    /// [`OnCpu::trace`] tells.
    fn run(&mut self, query: Query<'_, V>, interest: &mut [V], inspected: bool);

    /// The values of each part of the trace, in the order that `model` gives the parts, of one candidate of the block that
    /// was run last, after `steps` clicks.
    fn trace(&self, interest: &[V], steps: usize, lane: usize) -> Vec<Vec<f32>>;
}

/// PReLU(q·W + b), which the local activation unit sees in place of a query q, where it is configured so.
fn projected_query(weights: &Weights, unit: &LocalActivationConfig) -> Option<Layer> {
    unit.query_projection.then(|| Layer::prelu(weights, "attention.query"))
}

/// From the list of networks, an enumeration of what is folded and one of what runs on the CPU.
macro_rules! networks {
    ($($network:ident => $file:ident),* $(,)?) => {
        /// Any network with what depends on its weights alone.
        #[derive(Debug, Clone)]
        pub(crate) enum Body {
            $(
                #[doc = concat!("See `", stringify!($file), ".rs`.")]
                $network(Arc<$file::$network>),
            )*
        }

        /// Any network on the CPU.
        #[derive(Debug)]
        pub(crate) enum Live<V> {
            $(
                #[doc = concat!("See `", stringify!($file), ".rs`.")]
                $network($file::Live<V>),
            )*
        }

        impl Body {
            /// The network of `weights`.
            pub fn new(weights: &Weights) -> Self {
                match &weights.config().network {
                    $(NetworkConfig::$network(options) => Self::$network(Arc::new(Folded::new(weights, options))),)*
                }
            }

            /// What makes of a query what attention sees in its place, if anything.
            pub fn attention_query(&self) -> Option<&Layer> {
                match self {
                    $(Self::$network(network) => network.attention_query(),)*
                }
            }

            /// The key that stands for an empty history, `[H]`, if any does.
            pub fn padding(&self) -> Option<&[f32]> {
                match self {
                    $(Self::$network(network) => network.padding(),)*
                }
            }

            /// What a GPU runs, where `width` is H.
            ///
            /// # Errors
            /// [`EngineError::TooLarge`].
            pub fn spec(&self, constants: &mut Constants, width: usize) -> Result<NetworkSpec, EngineError> {
                match self {
                    $(Self::$network(network) => network.spec(constants, width),)*
                }
            }

            /// The values of each part of the trace from what a GPU wrote down after `steps` clicks.
            pub fn read_trace(&self, steps: usize, kept: &[&[f32]], candidate: &[f32]) -> Vec<Vec<f32>> {
                match self {
                    $(Self::$network(network) => network.read_trace(steps, kept, candidate),)*
                }
            }
        }

        impl<V: Vector> Live<V> {
            /// The network after no clicks.
            pub fn new(zero: V, body: &Body) -> Self {
                match body {
                    $(Body::$network(network) => Self::$network(OnCpu::new(zero, network)),)*
                }
            }

            /// Brings what is kept of the history up to date: its first `kept` steps are as they were.
            pub fn follow(&mut self, catalogue: &Catalogue, history: &[u32], kept: usize) {
                match self {
                    $(Self::$network(network) => network.follow(catalogue, history, kept),)*
                }
            }

            /// The interest of each candidate of a block, `[interest]`.
            #[inline(always)]
            pub fn run(&mut self, query: Query<'_, V>, interest: &mut [V], inspected: bool) {
                match self {
                    $(Self::$network(network) => network.run(query, interest, inspected),)*
                }
            }

            /// The values of each part of the trace of one candidate of the block that was run last.
            pub fn trace(&self, interest: &[V], steps: usize, lane: usize) -> Vec<Vec<f32>> {
                match self {
                    $(Self::$network(network) => network.trace(interest, steps, lane),)*
                }
            }
        }

        /// The file of each network.
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($file)),*];
    };
}

networks! {
    EmbeddingMlp => embedding_mlp,
    Din => din,
    Dien => dien,
    Tin => tin,
    ComirecSa => comirec_sa,
}

#[cfg(test)]
mod tests {
    use model::NetworkKind;

    #[test]
    fn the_list_is_that_of_model_and_a_file_has_the_network_s_id() {
        let ids: Vec<String> = NetworkKind::ALL.iter().map(|kind| kind.id().replace('-', "_")).collect();
        assert_eq!(super::FILES, ids);
    }
}
