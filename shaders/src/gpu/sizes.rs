//! Every size that the shaders know, and whether WebGPU's default limits allow it.

use std::fmt::Write;

use model::{Activation, Evolution, Normalization, Pooling};

use crate::network::{Interest, Network};
use crate::{EngineError, MAX_HISTORY};

/// Invocations of a workgroup, in the stages that do not say otherwise.
pub(super) const WORKGROUP: usize = 64;
/// Candidates side by side in a vec4.
pub(super) const GROUP: usize = 4;
/// Groups side by side in the queries.
pub(super) const TILE: usize = 16;

/// What WebGPU guarantees everywhere; a device is asked for no more.
const WORKGROUP_MEMORY: usize = 16 << 10;
const INVOCATIONS: usize = 256;
const BINDING: u64 = 128 << 20;
const WORKGROUPS: usize = 65_535;

const F32: usize = size_of::<f32>();
const VEC4: usize = 4 * F32;

/// Sizes of one network, in numbers unless a name says bytes.
#[derive(Debug, Clone)]
pub(crate) struct Sizes {
    pub width: usize,
    pub interest_width: usize,
    pub head_width: usize,
    /// Units of each hidden layer of the head.
    pub head_units: Vec<usize>,
    /// Units of DIN's local activation unit; 0 for others.
    pub attention_units: usize,
    /// Width of DIEN's states; 0 for others.
    pub hidden: usize,
    constants: String,
}

impl Sizes {
    /// # Errors
    /// [`EngineError::TooLarge`] where the network needs more than the limits allow.
    pub fn new(network: &Network) -> Result<Self, EngineError> {
        let config = &network.config;
        let mut sizes = Self {
            width: config.width(),
            interest_width: config.interest_width(),
            head_width: config.head_width(),
            head_units: config.head.hidden.clone(),
            attention_units: 0,
            hidden: 0,
            constants: String::new(),
        };
        sizes.number("MAX_STEPS", MAX_HISTORY);
        sizes.number("WORKGROUP", WORKGROUP);
        sizes.number("TILE", TILE);
        sizes.number("WIDTH", sizes.width);
        sizes.number("INTEREST_WIDTH", sizes.interest_width);
        // A float32 below every score.
        sizes.constant("LOWEST", "f32", "-3.4e38");
        match &network.interest {
            Interest::EmbeddingMlp(pooling) => sizes.weighted_pooling(Normalization::None, Some(*pooling)),
            Interest::Din(din) => {
                sizes.attention_units = din.output.len();
                sizes.local_activation(din.activation.kind)?;
                sizes.weighted_pooling(din.normalization, None);
            }
            Interest::Dien(dien) => {
                sizes.hidden = dien.hidden;
                sizes.interest_evolution(dien.kind)?;
            }
            Interest::Tin(tin) => {
                let positions = tin.positions.rows().len();
                sizes.number("POSITIONS", positions);
                sizes.number("OLDEST", positions - 1);
                sizes.score_scale(true);
            }
        }
        sizes.ranking_mlp(network)?;
        let groups = sizes.catalogue_groups(network.items());
        within("the catalogue", groups, "workgroups", WORKGROUPS)?;
        for (what, width) in [
            ("the catalogue's attention", MAX_HISTORY),
            ("the catalogue's queries", sizes.width),
            ("the catalogue's interests", sizes.interest_width),
        ] {
            binding_fits(what, (groups * width * VEC4) as u64)?;
        }
        Ok(sizes)
    }

    /// Groups of the catalogue, in whole tiles.
    pub fn catalogue_groups(&self, items: usize) -> usize {
        items.div_ceil(GROUP).next_multiple_of(TILE)
    }

    /// The queries of `items` as the shaders read them: [tile][H][group in tile][candidate], filled up with zeros.
    pub fn tiles(&self, network: &Network, items: impl ExactSizeIterator<Item = u32>) -> Vec<[f32; TILE * GROUP]> {
        network.queries(items)
    }

    /// Units of DIN's local activation unit in blocks of four.
    pub fn unit_blocks(&self) -> usize {
        self.attention_units.div_ceil(4)
    }

    /// Width of the widest hidden layer of the head.
    pub fn widest_units(&self) -> usize {
        self.head_units.iter().copied().max().unwrap_or(0)
    }

    /// Width of the widest input of a layer of the head.
    pub fn widest_input(&self) -> usize {
        self.widest_units().max(self.head_width)
    }

    /// Groups that a workgroup of `interest_evolution` takes: the most that leave room, so that weights are shared.
    pub fn evolution_groups(&self) -> usize {
        let fits = |groups: &usize| {
            groups * self.evolution_lanes() <= INVOCATIONS && self.evolution_bytes(*groups) <= WORKGROUP_MEMORY
        };
        [4, 2].into_iter().find(fits).unwrap_or(1)
    }

    /// Units that a workgroup of `interest_evolution` computes side by side.
    fn evolution_lanes(&self) -> usize {
        self.hidden.min(WORKGROUP)
    }

    /// Workgroup memory of `interest_evolution` for the states and one row of weights.
    fn evolution_bytes(&self, groups: usize) -> usize {
        2 * groups * self.hidden * VEC4 + 3 * self.hidden * F32
    }

    /// WGSL of a stage: the constants, what stages share, the stage.
    pub fn source(&self, stage: &str) -> String {
        let recurrent = if self.hidden > 0 { include_str!("../../wgsl/recurrent.wgsl") } else { "" };
        [&self.constants, include_str!("../../wgsl/shared.wgsl"), recurrent, stage].concat()
    }

    fn local_activation(&mut self, activation: Activation) -> Result<(), EngineError> {
        let blocks = self.unit_blocks();
        let fits = (self.width + 1) * blocks * VEC4 <= WORKGROUP_MEMORY;
        let rows = if fits { self.width } else { 1 };
        let bytes = (rows + 1) * blocks * VEC4;
        within("the local activation unit", bytes, "bytes of workgroup memory", WORKGROUP_MEMORY)?;
        self.number("UNIT_BLOCKS", blocks);
        self.flag("LAYER_FITS", fits);
        self.number("LAYER_ROWS", rows);
        self.flag("ATTENTION_DICE", activation != Activation::Prelu);
        Ok(())
    }

    /// `equal` says how keys are pooled that have no scores.
    fn weighted_pooling(&mut self, normalization: Normalization, equal: Option<Pooling>) {
        self.flag("SCORED", equal.is_none());
        self.flag("MEAN", equal == Some(Pooling::Mean));
        self.flag("SOFTMAX", normalization != Normalization::None);
        self.score_scale(normalization == Normalization::ScaledSoftmax);
    }

    /// 1/√H where scores are scaled.
    fn score_scale(&mut self, scaled: bool) {
        let scale = if scaled { 1.0 / (self.width as f32).sqrt() } else { 1.0 };
        self.constant("SCORE_SCALE", "f32", &format!("{scale:?}"));
    }

    fn interest_evolution(&mut self, kind: Evolution) -> Result<(), EngineError> {
        let groups = self.evolution_groups();
        let bytes = self.evolution_bytes(groups);
        within("the interest evolution layer", bytes, "bytes of workgroup memory", WORKGROUP_MEMORY)?;
        let fits = bytes + 3 * self.hidden * (self.hidden - 1) * F32 <= WORKGROUP_MEMORY;
        self.number("HIDDEN", self.hidden);
        self.number("EVOLUTION_LANES", self.evolution_lanes());
        self.number("EVOLUTION_GROUPS", groups);
        self.flag("HIDDEN_FITS", fits);
        self.number("HIDDEN_ROWS", if fits { self.hidden } else { 1 });
        for (name, value) in [
            ("AIGRU", Evolution::Aigru),
            ("AGRU", Evolution::Agru),
            ("AUGRU", Evolution::Augru),
            ("AUGRU_AUTHORS", Evolution::AugruAuthors),
        ] {
            self.number(name, value as usize);
        }
        self.number("EVOLUTION", kind as usize);
        Ok(())
    }

    fn ranking_mlp(&mut self, network: &Network) -> Result<(), EngineError> {
        let head = &network.config.head;
        let bytes = (self.widest_input() + self.widest_units() + WORKGROUP) * VEC4;
        within("the head", bytes, "bytes of workgroup memory", WORKGROUP_MEMORY)?;
        let product_start = self.interest_width + self.width;
        let key_sum_start = product_start + if head.interest_product { self.interest_width } else { 0 };
        self.number("HEAD_WIDTH", self.head_width);
        self.number("QUERY_START", self.interest_width);
        self.flag("INTEREST_PRODUCT", head.interest_product);
        self.number("PRODUCT_START", product_start);
        self.flag("KEY_SUM", head.key_sum);
        self.number("KEY_SUM_START", key_sum_start);
        self.flag("HEAD_DICE", head.activation != Activation::Prelu);
        self.number("LAYERS", self.head_units.len());
        let units: Vec<String> = self.head_units.iter().map(|units| format!("{units}u")).collect();
        self.constant("UNITS", &format!("array<u32, {}>", units.len()), &format!("array({})", units.join(", ")));
        self.number("WIDEST_UNITS", self.widest_units());
        self.number("WIDEST_INPUT", self.widest_input());
        Ok(())
    }

    fn number(&mut self, name: &str, value: usize) {
        self.constant(name, "u32", &format!("{value}u"));
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.constant(name, "bool", if value { "true" } else { "false" });
    }

    fn constant(&mut self, name: &str, kind: &str, value: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.constants, "const {name}: {kind} = {value};");
    }
}

/// Refuses a buffer that no shader could be given.
pub(super) fn binding_fits(what: &'static str, bytes: u64) -> Result<(), EngineError> {
    if bytes > BINDING {
        return Err(EngineError::TooLarge { what, needed: bytes, unit: "bytes in a buffer", limit: BINDING });
    }
    Ok(())
}

fn within(what: &'static str, needed: usize, unit: &'static str, limit: usize) -> Result<(), EngineError> {
    if needed > limit {
        return Err(EngineError::TooLarge { what, needed: needed as u64, unit, limit: limit as u64 });
    }
    Ok(())
}
