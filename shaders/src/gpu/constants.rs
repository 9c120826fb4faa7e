//! The sizes and options of one network, which are written above its WGSL as constants.

use model::Normalization;

use super::limits::{TILE, WORKGROUP};
use super::spec::Keys;
use crate::layers::Function;
use crate::question::MAX_HISTORY;

/// Name and declaration of each constant, in the order in which they were first asked for.
#[derive(Debug, Clone)]
pub(crate) struct Constants(Vec<(&'static str, String)>);

impl Constants {
    /// Those of every network, where `width` is H.
    pub fn new(width: usize, interest_width: usize) -> Self {
        let mut constants = Self(Vec::new());
        constants.number("MAX_STEPS", MAX_HISTORY);
        constants.number("WORKGROUP", WORKGROUP);
        constants.number("TILE", TILE);
        constants.number("WIDTH", width);
        constants.number("INTEREST_WIDTH", interest_width);
        for (name, function) in [("PRELU", Function::Prelu), ("DICE", Function::Dice), ("SIGMOID", Function::Sigmoid)] {
            constants.function(name, function);
        }
        // A float32 below every score.
        constants.constant("LOWEST", "f32", "-3.4e38");
        constants
    }

    /// A size, or an option out of several.
    pub fn number(&mut self, name: &'static str, value: usize) {
        self.constant(name, "u32", &format!("{value}u"));
    }

    /// Several sizes.
    pub fn list(&mut self, name: &'static str, values: &[usize]) {
        let list: Vec<String> = values.iter().map(|value| format!("{value}u")).collect();
        self.constant(name, &format!("array<u32, {}>", list.len()), &format!("array({})", list.join(", ")));
    }

    /// An option that is on or off.
    pub fn flag(&mut self, name: &'static str, value: bool) {
        self.constant(name, "bool", if value { "true" } else { "false" });
    }

    /// An activation, as the shaders compare it.
    pub fn function(&mut self, name: &'static str, function: Function) {
        self.number(name, function as usize);
    }

    /// Where the keys lie in the buffer that attention reads them from, in values.
    pub fn keys(&mut self, keys: Keys) {
        self.number("KEY_WIDTH", keys.width);
        self.number("KEYS_START", keys.start);
        self.number("KEYS_STRIDE", keys.stride);
    }

    /// How weights are made of scores; `width` is that of a key.
    pub fn normalization(&mut self, normalization: Normalization, width: usize) {
        self.flag("SOFTMAX", normalization != Normalization::None);
        let scaled = normalization == Normalization::ScaledSoftmax;
        let scale = if scaled { 1.0 / (width as f32).sqrt() } else { 1.0 };
        self.constant("SCORE_SCALE", "f32", &format!("{scale:?}"));
    }

    /// What is written above the WGSL.
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, declaration)| declaration.as_str()).collect()
    }

    /// Stages share a constant where they give it the same value.
    fn constant(&mut self, name: &'static str, kind: &str, value: &str) {
        let declaration = format!("const {name}: {kind} = {value};\n");
        match self.0.iter().find(|(known, _)| *known == name) {
            Some((_, known)) => debug_assert_eq!(*known, declaration, "two stages disagree"),
            None => self.0.push((name, declaration)),
        }
    }
}
