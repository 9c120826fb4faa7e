//! The part between embeddings and head: gated recurrent units and attention, and how our tensors are made of them.

use std::collections::BTreeMap;

use crate::error::ImportError;
use crate::layers::{Dense, Mlp};
use model::{
    Auxiliary, ComirecSaConfig, DienAttention, DienConfig, DinConfig, Evolution, LocalActivationConfig, NetworkConfig,
    Normalization, Positions, Readout, Reset, Tensor,
};

/// The longest history of an import: its files do not say, and recurrent layers and weighted sums have no limit.
pub(super) const MAX_HISTORY: usize = 200;

/// A gated recurrent unit in our order r, u, n, where u writes.
#[derive(Debug, Clone)]
pub(super) struct Gru {
    pub input: Dense,
    pub hidden: Dense,
}

/// In which order a library stores the gates, and whether its second gate writes or keeps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gates {
    /// PyTorch's GRU: r, z, n, where z keeps.
    ResetKeep,
    /// r, u, n, where u writes: DeepCTR-Torch's and RecBole's cells.
    ResetUpdate,
    /// u, r, n, where u writes: FuxiCTR's cells.
    UpdateReset,
}

impl Gru {
    /// From two layers whose outputs are three gates side by side.
    pub fn new(mut input: Dense, mut hidden: Dense, gates: Gates) -> Self {
        for layer in [&mut input, &mut hidden] {
            let d = layer.to / 3;
            let (order, sign) = match gates {
                Gates::ResetKeep => ([0, 1, 2], [1.0, -1.0, 1.0]),
                Gates::ResetUpdate => ([0, 1, 2], [1.0; 3]),
                Gates::UpdateReset => ([1, 0, 2], [1.0; 3]),
            };
            for row in layer.weight.chunks_exact_mut(3 * d).chain(std::iter::once(layer.bias.as_mut_slice())) {
                let gates: Vec<f32> = (0..3)
                    .flat_map(|gate| (0..d).map(move |unit| (gate, unit)))
                    // 1 − σ(s) = σ(−s).
                    .map(|(gate, unit)| sign[gate] * row[order[gate] * d + unit])
                    .collect();
                row.copy_from_slice(&gates);
            }
        }
        Self { input, hidden }
    }

    fn write(self, name: &str, tensors: &mut BTreeMap<String, Tensor>) {
        for (part, dense) in [("input", self.input), ("hidden", self.hidden)] {
            dense.write(&format!("{name}.{part}"), tensors);
        }
    }
}

/// A local activation unit.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// q' = PReLU(q·W + b) with its α, where the query is projected.
    pub query: Option<(Dense, Vec<f32>)>,
    pub mlp: Mlp,
}

impl Unit {
    fn write(self, file: &str, tensors: &mut BTreeMap<String, Tensor>) -> Result<LocalActivationConfig, ImportError> {
        let query_projection = self.query.is_some();
        if let Some((dense, alpha)) = self.query {
            dense.write("attention.query", tensors);
            tensors.insert("attention.query.alpha".to_owned(), Tensor { shape: vec![alpha.len()], values: alpha });
        }
        let (hidden, activation) = self.mlp.write(file, "attention", tensors)?;
        Ok(LocalActivationConfig { hidden, activation, query_projection })
    }
}

/// The part between embeddings and head.
#[derive(Debug, Clone)]
#[cfg_attr(target_pointer_width = "64", expect(clippy::large_enum_variant, reason = "there is one a network"))]
pub(super) enum Body {
    Din {
        attention: Unit,
        normalization: Normalization,
    },
    Dien {
        extractor: Gru,
        attention: Attention,
        normalization: Normalization,
        evolution: Evolution,
        second: Gru,
        reset: Reset,
        auxiliary: Option<Mlp>,
    },
    ComirecSa(SelfAttention),
}

/// ComiRec-SA's self-attention.
#[derive(Debug, Clone)]
pub(super) struct SelfAttention {
    /// W₁ and b.
    pub hidden: Dense,
    /// W₂, `[hidden, interest]`; its bias is the same for every click and drops out of the softmax.
    pub output: Vec<f32>,
    /// p from the oldest click on, `[position, H]`; none without positions.
    pub positions: Vec<f32>,
}

/// Where DIEN's scores come from.
#[derive(Debug, Clone)]
pub(super) enum Attention {
    /// W, `[hidden, H]`.
    Bilinear(Vec<f32>),
    Unit(Unit),
    None,
}

impl Attention {
    /// The inner product h·q: bilinear with W = 1.
    pub fn inner_product(width: usize) -> Self {
        Self::Bilinear((0..width * width).map(|index| if index % (width + 1) == 0 { 1.0 } else { 0.0 }).collect())
    }
}

impl Body {
    /// Width of the vectors that an item is for the body.
    pub fn width(&self) -> usize {
        match self {
            Self::Din { attention, .. } => attention.mlp.inputs() / 4,
            Self::Dien { extractor, .. } => extractor.input.from,
            Self::ComirecSa(attention) => attention.hidden.from,
        }
    }

    /// The body for items that are wider vectors: the query is their first numbers, and a click the `width` of them from `key`
    /// on. A sentence's end where the body cannot take them.
    pub fn spread(&mut self, key: usize, to: usize) -> Result<(), String> {
        let width = self.width();
        match self {
            Self::Din { attention, .. } => {
                if attention.query.is_some() {
                    return Err("projects the query, which items of further features cannot be".to_owned());
                }
                attention.mlp.first().spread(4, width, to, key);
                attention.query = (key > 0).then(|| (Dense::selector(to, to, width, key), vec![1.0; to]));
            }
            Self::Dien { extractor, attention, auxiliary, .. } => {
                let hidden = extractor.hidden.from;
                extractor.input.spread(1, width, to, key);
                match attention {
                    Attention::Bilinear(values) => {
                        let rows = values.chunks_exact(width);
                        *values = rows.flat_map(|row| row.iter().copied().chain(vec![0.0; to - width])).collect();
                    }
                    Attention::Unit(Unit { query: Some(_), .. }) => {
                        return Err("projects the query, which items of further features cannot be".to_owned());
                    }
                    Attention::Unit(unit) => {
                        unit.query = Some((Dense::selector(to, hidden, width, 0), vec![1.0; hidden]));
                    }
                    Attention::None => {}
                }
                if let Some(mlp) = auxiliary {
                    // [h_t, e_{t+1}]: only the click is wider.
                    let first = mlp.first();
                    let mut of_click = first.clone();
                    let states = hidden * first.to;
                    (of_click.weight, of_click.from) = (first.weight.split_off(states), width);
                    of_click.spread(1, width, to, key);
                    first.weight.extend(of_click.weight);
                    first.from = hidden + to;
                }
            }
            Self::ComirecSa(_) => return Err("takes items of one table".to_owned()),
        }
        Ok(())
    }

    /// What our configuration says of the body; the body's tensors go into `tensors`. `padding` is padding's representation,
    /// where it is not 0.
    pub fn write(
        self,
        file: &str,
        padding: Option<Vec<f32>>,
        tensors: &mut BTreeMap<String, Tensor>,
    ) -> Result<NetworkConfig, ImportError> {
        match self {
            Self::Din { attention, normalization } => {
                let padding = padding.filter(|_| normalization != Normalization::None);
                let has_padding = padding.is_some();
                if let Some(values) = padding {
                    tensors.insert("embedding.padding".to_owned(), Tensor { shape: vec![values.len()], values });
                }
                let attention = attention.write(file, tensors)?;
                Ok(NetworkConfig::Din(DinConfig { attention, normalization, padding: has_padding }))
            }
            Self::ComirecSa(SelfAttention { hidden, output, mut positions }) => {
                let (width, units) = (hidden.from, hidden.to);
                let interests = output.len() / units.max(1);
                let is_ordered = !positions.is_empty();
                if is_ordered {
                    // Clicks beyond the last position share it, which the library never has.
                    let last = positions[positions.len() - width..].to_vec();
                    while positions.len() < MAX_HISTORY * width {
                        positions.extend_from_slice(&last);
                    }
                    positions.truncate(MAX_HISTORY * width);
                    let tensor = Tensor { shape: vec![MAX_HISTORY, width], values: positions };
                    tensors.insert("embedding.position.weight".to_owned(), tensor);
                }
                hidden.write("attention.hidden", tensors);
                let tensor = Tensor { shape: vec![units, interests], values: output };
                tensors.insert("attention.output.weight".to_owned(), tensor);
                Ok(NetworkConfig::ComirecSa(ComirecSaConfig {
                    interests,
                    hidden: units,
                    positions: if is_ordered { Positions::Oldest } else { Positions::None },
                    readout: Readout::Argmax,
                }))
            }
            Self::Dien { extractor, attention, normalization, evolution, second, reset, auxiliary } => {
                let hidden = second.hidden.from;
                extractor.write("extractor", tensors);
                second.write("evolution", tensors);
                let attention = match attention {
                    Attention::Bilinear(values) => {
                        let shape = vec![hidden, values.len() / hidden.max(1)];
                        tensors.insert("attention.weight".to_owned(), Tensor { shape, values });
                        DienAttention::Bilinear
                    }
                    Attention::Unit(unit) => DienAttention::LocalActivation(unit.write(file, tensors)?),
                    Attention::None => DienAttention::None,
                };
                let auxiliary = match auxiliary {
                    Some(mlp) => {
                        let (hidden, activation) = mlp.write(file, "auxiliary", tensors)?;
                        Auxiliary::Mlp { hidden, activation }
                    }
                    None => Auxiliary::InnerProduct,
                };
                Ok(NetworkConfig::Dien(DienConfig { hidden, attention, normalization, evolution, reset, auxiliary }))
            }
        }
    }
}
