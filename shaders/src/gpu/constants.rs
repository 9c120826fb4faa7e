//! Every size that the shaders know, and whether WebGPU's default limits allow it.

use std::fmt::Write;

use model::{Evolution, Normalization, Pooling, Reset};

use crate::description::SourceFile;
use crate::error::EngineError;
use crate::network::{Attention, Dien, Function, Interest, LocalActivation, Network};
use crate::question::{MAX_BEST, MAX_HISTORY};

/// Invocations of a workgroup, in the stages that do not say otherwise.
pub(super) const WORKGROUP: usize = 64;
/// Candidates side by side in a vec4.
pub(super) const GROUP: usize = 4;
/// Groups side by side in the queries.
pub(super) const TILE: usize = 16;
/// Groups that one dispatch takes at most.
pub(super) const BATCH: usize = 4096;
/// Invocations of the one workgroup of `best_candidates`.
const BEST_WORKGROUP: usize = INVOCATIONS;

/// Name and text of a file of WGSL.
pub(super) type File = (&'static str, &'static str);

/// The [`File`] with this name.
macro_rules! wgsl {
    ($folder:literal, $name:literal) => {
        (concat!($name, ".wgsl"), include_str!(concat!("../stages/", $folder, "/", $name, ".wgsl")))
    };
}
pub(super) use wgsl;

/// One value of each candidate of a tile.
pub(super) type Tile = [f32; TILE * GROUP];

/// What WebGPU guarantees everywhere; a device is asked for no more.
const WORKGROUP_MEMORY: usize = 16 << 10;
const INVOCATIONS: usize = 256;
const BINDING: u64 = 128 << 20;
const PRIVATE_MEMORY: usize = 8 << 10;

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
    /// Width of what attention looks at: H, or DIEN's hidden width.
    pub key_width: usize,
    /// Units of each hidden layer of the local activation unit, in blocks of four; none without such a unit.
    pub unit_blocks: Vec<usize>,
    /// Width of DIEN's states; 0 for others.
    pub hidden: usize,
    reset: Reset,
    /// Whether attention sees something else of a candidate than its query.
    pub own_attention: bool,
    /// Whether DIEN's second recurrent layer is the same for every candidate.
    pub second_gru: bool,
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
            key_width: config.width(),
            unit_blocks: Vec::new(),
            hidden: 0,
            reset: Reset::After,
            own_attention: network.attention_query.is_some(),
            second_gru: false,
            constants: String::new(),
        };
        sizes.number("MAX_STEPS", MAX_HISTORY);
        sizes.number("WORKGROUP", WORKGROUP);
        sizes.number("TILE", TILE);
        sizes.number("MAX_BEST", MAX_BEST);
        sizes.number("BEST_WORKGROUP", BEST_WORKGROUP);
        sizes.number("WIDTH", sizes.width);
        sizes.number("INTEREST_WIDTH", sizes.interest_width);
        for (name, function) in [("PRELU", Function::Prelu), ("DICE", Function::Dice), ("SIGMOID", Function::Sigmoid)] {
            sizes.function(name, function);
        }
        // A float32 below every score.
        sizes.constant("LOWEST", "f32", "-3.4e38");
        match &network.interest {
            Interest::EmbeddingMlp(pooling) => sizes.weighted_pooling(Normalization::None, Some(*pooling)),
            Interest::Din(din) => {
                // After Σ_j k_j in `History`.
                sizes.keys(sizes.width, sizes.width);
                sizes.local_activation(&din.unit)?;
                sizes.weighted_pooling(din.normalization, None);
            }
            Interest::Dien(dien) => sizes.dien(dien)?,
            Interest::Tin(tin) => {
                let positions = tin.positions.rows().len();
                sizes.number("POSITIONS", positions);
                sizes.number("OLDEST", positions - 1);
                sizes.score_scale(Normalization::ScaledSoftmax);
            }
        }
        sizes.ranking_mlp(network)?;
        Ok(sizes)
    }

    /// Whether the buffers for so many ranked and so many inspected candidates are small enough.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`].
    pub fn candidates_fit(&self, candidates: usize, inspected: usize, trace_bytes: u64) -> Result<(), EngineError> {
        let groups = self.groups(candidates) + self.groups(inspected);
        let bytes = groups as u64 * self.width.max(self.key_width) as u64 * VEC4 as u64;
        binding_fits("the candidates' queries", bytes)?;
        binding_fits("the inspected candidates", trace_bytes)
    }

    /// Groups of so many candidates, in whole tiles.
    pub fn groups(&self, candidates: usize) -> usize {
        candidates.div_ceil(GROUP).next_multiple_of(TILE)
    }

    /// The queries of `items` as the shaders read them: [tile][H][group in tile][candidate], filled up with zeros.
    pub fn tiles(&self, network: &Network, items: impl ExactSizeIterator<Item = u32>) -> Vec<Tile> {
        network.queries(items)
    }

    /// What attention sees in place of these queries, in tiles of [key] likewise.
    pub fn attention_tiles(&self, network: &Network, items: impl ExactSizeIterator<Item = u32>) -> Option<Vec<Tile>> {
        network.attention_queries(items)
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
        groups * (2 * self.hidden + self.reset_units()) * VEC4 + 3 * self.hidden * F32
    }

    /// Units for which a recurrent stage keeps what the reset gate makes of the state: none where it acts after the product,
    /// but an array has at least one entry.
    fn reset_units(&self) -> usize {
        match self.reset {
            Reset::After => 1,
            Reset::Before => self.hidden,
        }
    }

    /// WGSL of a stage, file by file: the constants, what stages share, the stage's own files.
    pub fn files(&self, stage: Vec<File>) -> Vec<SourceFile> {
        let recurrent = (self.hidden > 0).then_some(wgsl!("shared", "recurrent"));
        let written = [wgsl!("shared", "shared")].into_iter().chain(recurrent).chain(stage);
        let written = written.map(|(name, text)| SourceFile { name, text: text.to_owned() });
        std::iter::once(SourceFile { name: "", text: self.constants.clone() }).chain(written).collect()
    }

    /// All of it.
    pub fn source(&self, stage: Vec<File>) -> String {
        self.files(stage).into_iter().map(|file| file.text).collect()
    }

    /// Where the keys lie in the buffer that attention reads them from, in values.
    fn keys(&mut self, start: usize, stride: usize) {
        self.number("KEY_WIDTH", self.key_width);
        self.number("KEYS_START", start);
        self.number("KEYS_STRIDE", stride);
    }

    /// As the shaders compare it.
    fn function(&mut self, name: &str, function: Function) {
        self.number(name, function as usize);
    }

    /// Width in blocks of the widest of the unit's hidden layers where it has several; else 1, for an array has at least one
    /// entry.
    pub fn widest_blocks(&self) -> usize {
        if self.unit_blocks.len() > 1 { self.unit_blocks.iter().copied().max().unwrap_or(1) } else { 1 }
    }

    /// Hidden layers of the unit after the first one, and each one's inputs; 1 where there is none, as above.
    pub fn further_layers(&self) -> (usize, usize) {
        match self.unit_blocks.len() {
            0 | 1 => (1, 1),
            layers => (layers - 1, 4 * self.widest_blocks()),
        }
    }

    fn local_activation(&mut self, unit: &LocalActivation) -> Result<(), EngineError> {
        self.unit_blocks = unit.units().iter().map(|units| units.div_ceil(4)).collect();
        let first = self.unit_blocks[0];
        let fits = (self.key_width + 1) * first * VEC4 <= WORKGROUP_MEMORY;
        let rows = if fits { self.key_width } else { 1 };
        let bytes = (rows + 1) * first * VEC4;
        within("the local activation unit", bytes, "bytes of workgroup memory", WORKGROUP_MEMORY)?;
        // Every layer but the last is kept while the next is computed, in two places in turns.
        let (_, kept) = self.unit_blocks.split_last().unwrap_or((&0, &[]));
        let place = |first: usize| 4 * kept.iter().skip(first).step_by(2).copied().max().unwrap_or(0);
        let (even, values) = (place(0), (place(0) + place(1)).max(1));
        within("the local activation unit", values * VEC4, "bytes of private memory", PRIVATE_MEMORY)?;
        self.number("UNIT_BLOCKS", first);
        self.flag("LAYER_FITS", fits);
        self.number("LAYER_ROWS", rows);
        self.function("ATTENTION_FUNCTION", unit.activation.function);
        let (further, inputs) = self.further_layers();
        self.number("ATTENTION_LAYERS", self.unit_blocks.len());
        self.list("ATTENTION_BLOCKS", &self.unit_blocks.clone());
        self.number("FURTHER_LAYERS", further);
        self.number("FURTHER_INPUTS", inputs);
        self.number("WIDEST_BLOCKS", self.widest_blocks());
        self.number("OUTPUT_BLOCKS", self.unit_blocks.last().copied().unwrap_or(1));
        self.number("ODD_VALUES", even);
        self.number("VALUES", values);
        Ok(())
    }

    /// `equal` says how keys are pooled that have no scores.
    fn weighted_pooling(&mut self, normalization: Normalization, equal: Option<Pooling>) {
        self.flag("SCORED", equal.is_none());
        self.flag("MEAN", equal == Some(Pooling::Mean));
        self.flag("SOFTMAX", normalization != Normalization::None);
        self.score_scale(normalization);
    }

    /// 1/√(width of a key) where scores are scaled.
    fn score_scale(&mut self, normalization: Normalization) {
        let scaled = normalization == Normalization::ScaledSoftmax;
        let scale = if scaled { 1.0 / (self.key_width as f32).sqrt() } else { 1.0 };
        self.constant("SCORE_SCALE", "f32", &format!("{scale:?}"));
    }

    fn dien(&mut self, dien: &Dien) -> Result<(), EngineError> {
        self.hidden = dien.hidden;
        // Without attention the queries are bound as they are, and not read.
        if !matches!(dien.attention, Attention::None) {
            self.key_width = dien.hidden;
        }
        self.reset = dien.extractor.reset;
        self.number("HIDDEN", self.hidden);
        self.flag("RESET_BEFORE", self.reset == Reset::Before);
        self.number("RESET_UNITS", self.reset_units());
        for (name, value) in [
            ("GRU", Evolution::Gru),
            ("AIGRU", Evolution::Aigru),
            ("AGRU", Evolution::Agru),
            ("AUGRU", Evolution::Augru),
            ("AUGRU_AUTHORS", Evolution::AugruAuthors),
        ] {
            self.number(name, value as usize);
        }
        self.number("EVOLUTION", dien.kind as usize);
        // Of a state in f32 and r⊙h, u, x·W + b in a vec3.
        let bytes = self.hidden * F32 + self.reset_units() * VEC4;
        within("the interest extractor", bytes, "bytes of workgroup memory", WORKGROUP_MEMORY)?;

        // `InterestStep` begins with the state.
        self.keys(0, 4 * self.hidden);
        if let Attention::LocalActivation(unit) = &dien.attention {
            self.local_activation(unit)?;
        }
        self.flag("BILINEAR", matches!(dien.attention, Attention::Bilinear));
        self.flag("SCORED", !matches!(dien.attention, Attention::None));
        self.flag("SOFTMAX", dien.normalization != Normalization::None);
        self.score_scale(dien.normalization);
        self.second_gru = dien.kind == Evolution::Gru;
        if self.second_gru { Ok(()) } else { self.interest_evolution() }
    }

    fn interest_evolution(&mut self) -> Result<(), EngineError> {
        let groups = self.evolution_groups();
        let bytes = self.evolution_bytes(groups);
        within("the interest evolution layer", bytes, "bytes of workgroup memory", WORKGROUP_MEMORY)?;
        let fits = bytes + 3 * self.hidden * (self.hidden - 1) * F32 <= WORKGROUP_MEMORY;
        self.number("EVOLUTION_LANES", self.evolution_lanes());
        self.number("EVOLUTION_GROUPS", groups);
        self.flag("HIDDEN_FITS", fits);
        self.number("HIDDEN_ROWS", if fits { self.hidden } else { 1 });
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
        self.function("HEAD_FUNCTION", Function::of(head.activation));
        self.number("LAYERS", self.head_units.len());
        self.list("UNITS", &self.head_units.clone());
        self.number("WIDEST_UNITS", self.widest_units());
        self.number("WIDEST_INPUT", self.widest_input());
        Ok(())
    }

    fn number(&mut self, name: &str, value: usize) {
        self.constant(name, "u32", &format!("{value}u"));
    }

    fn list(&mut self, name: &str, values: &[usize]) {
        let list: Vec<String> = values.iter().map(|value| format!("{value}u")).collect();
        self.constant(name, &format!("array<u32, {}>", list.len()), &format!("array({})", list.join(", ")));
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
