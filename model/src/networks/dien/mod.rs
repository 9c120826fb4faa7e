//! Deep Interest Evolution Network: Zhou et al., "Deep Interest Evolution Network for Click-Through Rate Prediction",
//! AAAI 2019.

#[cfg(feature = "burn")]
pub(crate) mod reference;
mod trace;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::definition::{Definition, Family, Variant};
use crate::config::activation::Activation;
use crate::config::attention::{LocalActivationConfig, Normalization};
use crate::config::head::HeadConfig;
use crate::config::json::{Fields, Json, UnknownName, missing, unknown};
use crate::config::tensors::{Sizes, Tensors, layers_problem};
use crate::trace::PartSpec;

pub use trace::DienTrace;

/// Options of DIEN.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DienConfig {
    /// Width of the interest state h_t and of the evolution state h'_t.
    pub hidden: usize,
    /// Where attention comes from.
    pub attention: DienAttention,
    /// What turns attention scores into a_t.
    pub normalization: Normalization,
    /// How attention enters the second recurrent layer.
    pub evolution: Evolution,
    /// Where the reset gate of both recurrent layers acts.
    pub reset: Reset,
    /// What tells the next click from another item.
    pub auxiliary: Auxiliary,
}

/// Where DIEN's attention scores come from.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum DienAttention {
    /// h_t·W·q, as in the paper.
    #[default]
    Bilinear,
    /// DIN's local activation unit on `[q, h_t, q−h_t, q⊙h_t]`, as in the authors' code. Needs hidden = H, or a projected
    /// query.
    LocalActivation(LocalActivationConfig),
    /// None: a_t is 1 at the last step and 0 before. Needs [`Evolution::Gru`], whose last state is the interest then.
    None,
}

/// Where the reset gate of a recurrent unit acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// On the product of state and weights: cuDNN's and PyTorch's form.
    #[default]
    After,
    /// On the state: TensorFlow's `GRUCell`.
    Before,
}

/// The classifier of DIEN's auxiliary task: from the interest state h_t and an item's representation e the logit that e is
/// clicked next.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Auxiliary {
    /// h_t·e. Needs hidden = H.
    #[default]
    InnerProduct,
    /// MLP(`[h_t, e]`), as in the authors' code.
    Mlp {
        /// Units of each hidden layer; one logit follows.
        hidden: Vec<usize>,
        /// Activation of the hidden layers.
        activation: Activation,
    },
}

/// How attention a_t enters the interest evolution layer (DIEN, section "Interest Evolving Layer").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evolution {
    /// It does not: a second plain GRU, whose states are what attention looks at, and the interest Σ_t a_t h'_t. The
    /// paper's "two layer GRU + attention", to compare with.
    Gru,
    /// GRU with attentional input: x_t = a_t·h_t.
    Aigru,
    /// Attention based GRU: a_t takes the place of the update gate.
    Agru,
    /// GRU with attentional update gate: ũ_t = a_t·u_t.
    Augru,
    /// The gate of the authors' code in place of the paper's: ũ_t = 1 − (1−a_t)·(1−u_t).
    AugruAuthors,
}

impl DienConfig {
    /// The paper's other options: bilinear attention, softmax, reset after the product, and the inner product as auxiliary
    /// classifier.
    pub fn new(hidden: usize, evolution: Evolution) -> Self {
        Self {
            hidden,
            attention: DienAttention::Bilinear,
            normalization: Normalization::Softmax,
            evolution,
            reset: Reset::After,
            auxiliary: Auxiliary::InnerProduct,
        }
    }
}

impl DienAttention {
    fn read<J: Json>(mut fields: Fields<J>) -> Result<Self, String> {
        fields.read(|fields| match fields.name()?.as_str() {
            "bilinear" => Ok(Self::Bilinear),
            "local-activation" => Ok(Self::LocalActivation(LocalActivationConfig::read(fields)?)),
            "none" => Ok(Self::None),
            other => Err(unknown("attention", other)),
        })
    }
}

impl Auxiliary {
    fn read<J: Json>(mut fields: Fields<J>) -> Result<Self, String> {
        fields.read(|fields| match fields.name()?.as_str() {
            "inner-product" => Ok(Self::InnerProduct),
            "mlp" => Ok(Self::Mlp {
                hidden: fields.sizes("hidden")?,
                activation: Activation::read(fields.object("activation")?)?,
            }),
            other => Err(unknown("auxiliary", other)),
        })
    }
}

/// The names of papers and libraries, in any case.
impl FromStr for Evolution {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name.to_ascii_lowercase().as_str() {
            "gru" => Ok(Self::Gru),
            "aigru" => Ok(Self::Aigru),
            "agru" => Ok(Self::Agru),
            "augru" => Ok(Self::Augru),
            "augru-authors" => Ok(Self::AugruAuthors),
            _ => Err(UnknownName::new(name, "GRU, AIGRU, AGRU, AUGRU, AUGRU-authors")),
        }
    }
}

impl Definition for DienConfig {
    fn family() -> Family {
        Family::Evolution
    }

    fn shipped() -> Self {
        Self::new(32, Evolution::Augru)
    }

    /// As in the authors' code, the head also sees the sum of the keys.
    fn shipped_head() -> HeadConfig {
        HeadConfig { key_sum: true, ..HeadConfig::shipped() }
    }

    fn variants() -> Vec<Variant<Self>> {
        let hidden = Self::shipped().hidden;
        let rung = |name, about, evolution| Variant::new(name, about, Self::new(hidden, evolution)).ablation();
        let unit = LocalActivationConfig::new([36], Activation::DICE);
        let by_unit = Self { attention: DienAttention::LocalActivation(unit), ..Self::shipped() };
        let authors = Self::new(hidden, Evolution::AugruAuthors);
        vec![
            rung("gru-attention", "two layers of GRU, attention on the second", Evolution::Gru),
            rung("aigru", "GRU with attentional input", Evolution::Aigru),
            rung("agru", "attention in place of the update gate", Evolution::Agru),
            rung("augru", "attentional update gate", Evolution::Augru),
            rung("dien", "DIEN: AUGRU + auxiliary loss", Evolution::Augru).auxiliary(AUXILIARY).seeds(5),
            Variant::new("dien-authors-gate", "DIEN, the gate of the authors' code", authors).auxiliary(AUXILIARY),
            Variant::new("dien-local-activation", "DIEN, attention by the local activation unit", by_unit)
                .auxiliary(AUXILIARY),
            Variant::new("dien-last-state", "DIEN, no sum of the keys in the head", Self::shipped())
                .head(|head| head.key_sum = false)
                .auxiliary(AUXILIARY),
        ]
    }

    fn read<J: Json>(fields: &mut Fields<J>) -> Result<Self, String> {
        Ok(Self {
            hidden: fields.size("hidden")?,
            attention: fields
                .optional_object("attention")?
                .map_or(Ok(DienAttention::default()), DienAttention::read)?,
            normalization: fields.choice("normalization")?.unwrap_or_default(),
            evolution: fields.choice("evolution")?.ok_or_else(|| missing("evolution"))?,
            reset: fields.choice("reset")?.unwrap_or_default(),
            auxiliary: fields.optional_object("auxiliary")?.map_or(Ok(Auxiliary::default()), Auxiliary::read)?,
        })
    }

    fn interest_width(&self, _: usize) -> usize {
        self.hidden
    }

    fn facts(&self) -> Vec<&'static str> {
        let evolution = match self.evolution {
            Evolution::Gru => "GRU",
            Evolution::Aigru => "AIGRU",
            Evolution::Agru => "AGRU",
            Evolution::Augru => "AUGRU",
            Evolution::AugruAuthors => "AUGRU, the authors' gate",
        };
        let attention = match self.attention {
            DienAttention::Bilinear => "bilinear attention",
            DienAttention::LocalActivation(_) => "local activation unit",
            DienAttention::None => "no attention",
        };
        let normalization = (self.attention != DienAttention::None).then(|| self.normalization.words());
        let reset = (self.reset == Reset::Before).then_some("reset before the product");
        [evolution, attention].into_iter().chain(normalization).chain(reset).collect()
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        let mut sizes = vec![("network.hidden", self.hidden)];
        if let DienAttention::LocalActivation(unit) = &self.attention {
            sizes.extend(unit.sizes());
        }
        if let Auxiliary::Mlp { hidden, .. } = &self.auxiliary {
            sizes.extend(hidden.iter().map(|&units| ("network.auxiliary.hidden", units)));
        }
        sizes
    }

    fn problem(&self, width: usize) -> Option<String> {
        let hidden = self.hidden;
        let attention = match &self.attention {
            DienAttention::LocalActivation(unit) if !unit.query_projection && hidden != width => Some(format!(
                "the local activation unit needs network.hidden to be the width of an item, but they are {hidden} and {width}"
            )),
            DienAttention::LocalActivation(unit) => unit.problem(),
            DienAttention::None if self.evolution != Evolution::Gru => {
                Some("network.attention none needs network.evolution gru".to_owned())
            }
            DienAttention::Bilinear | DienAttention::None => None,
        };
        attention.or_else(|| match &self.auxiliary {
            Auxiliary::Mlp { hidden, activation } => layers_problem("network.auxiliary.hidden", hidden)
                .or_else(|| activation.problem("network.auxiliary.activation")),
            Auxiliary::InnerProduct => None,
        })
    }

    fn auxiliary_problem(&self, width: usize) -> Option<String> {
        let hidden = self.hidden;
        (self.auxiliary == Auxiliary::InnerProduct && hidden != width).then(|| {
            format!(
                "the auxiliary loss by inner product needs network.hidden to be the width of an item, but they are {hidden} \
                 and {width}"
            )
        })
    }

    fn parts(&self) -> &'static [PartSpec] {
        DienTrace::PARTS
    }

    /// What writes in place of the update gate is beyond 1 where attention is.
    fn grows(&self) -> bool {
        let writes = matches!(self.evolution, Evolution::Agru | Evolution::Augru | Evolution::AugruAuthors);
        writes && self.normalization == Normalization::None
    }

    fn tensors(&self, sizes: Sizes, tensors: &mut Tensors) {
        let (width, hidden) = (sizes.width, self.hidden);
        tensors.gru("extractor", width, hidden);
        match &self.attention {
            DienAttention::Bilinear => tensors.add("attention.weight", [hidden, width]),
            DienAttention::LocalActivation(unit) => unit.tensors(width, hidden, tensors),
            DienAttention::None => {}
        }
        tensors.gru("evolution", hidden, hidden);
        if let Auxiliary::Mlp { hidden: units, activation } = &self.auxiliary {
            tensors.mlp("auxiliary", hidden + width, units, *activation);
        }
    }
}

/// Weight of the auxiliary loss.
const AUXILIARY: f32 = 0.5;
