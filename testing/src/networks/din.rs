//! DIN.

use model::Activation::{Prelu, Relu, Sigmoid};
use model::{Activation, Config, DinConfig, LocalActivationConfig, NetworkKind, Normalization};

use crate::tested::Tested;
use crate::variant::{AFFINE_DICE, Variant, config, head, projected, unit};

const DICE: Activation = Activation::DICE;

fn din(attention: LocalActivationConfig, normalization: Normalization) -> DinConfig {
    DinConfig { attention, normalization, padding: false }
}

/// An empty history is one padding item to it.
fn padded(attention: LocalActivationConfig, normalization: Normalization) -> DinConfig {
    DinConfig { padding: true, ..din(attention, normalization) }
}

impl Tested for DinConfig {
    fn variants() -> Vec<Variant> {
        let mut page = NetworkKind::Din.shipped();
        page.head.key_sum = true;
        let softmax = din(unit(&[36], Prelu), Normalization::Softmax);
        let scaled = din(unit(&[7], AFFINE_DICE), Normalization::ScaledSoftmax);
        let large = din(unit(&[66], DICE), Normalization::None);
        let two_layers = padded(unit(&[10, 6], Sigmoid), Normalization::Softmax);
        let three_layers = padded(projected(&[9, 13, 6], AFFINE_DICE), Normalization::None);
        vec![
            Variant::trained("DIN", page),
            Variant::new("DIN softmax", [16, 8], softmax, head(&[64, 32], Prelu, true, false)),
            Variant::new("DIN scaled softmax, odd", [5, 2], scaled, head(&[9], Prelu, false, true)).in_browser(),
            Variant::new("DIN, large", [60, 21], large, head(&[33], DICE, false, false)),
            Variant::new("DIN, two layers of sigmoid, padding", [6, 3], two_layers, head(&[9, 4], Relu, false, true))
                .in_browser(),
            Variant::new(
                "DIN, three layers of Dice, projected query",
                [5, 2],
                three_layers,
                head(&[7], Sigmoid, true, false),
            )
            .in_browser(),
        ]
    }

    fn options(_: usize) -> Vec<Self> {
        vec![
            din(unit(&[5], DICE), Normalization::None),
            din(unit(&[5], DICE), Normalization::Softmax),
            din(unit(&[5], DICE), Normalization::ScaledSoftmax),
            padded(projected(&[9, 5], Sigmoid), Normalization::ScaledSoftmax),
        ]
    }

    fn sizes() -> Vec<Config> {
        let dice = |sizes, units, normalization| config(sizes, din(unit(&[units], DICE), normalization));
        let not_normalised = |sizes, unit| config(sizes, din(unit, Normalization::None));
        vec![
            dice([16, 8], 36, Normalization::None),
            dice([3, 2], 7, Normalization::Softmax),
            dice([1, 0], 1, Normalization::ScaledSoftmax),
            // Too large for workgroup memory, so read from storage.
            dice([60, 20], 80, Normalization::None),
            config([16, 8], din(unit(&[36, 7], Sigmoid), Normalization::Softmax)),
            not_normalised([3, 2], projected(&[5, 6, 7, 8], Relu)),
            // As much as private memory has room for.
            not_normalised([16, 16], unit(&[256, 256, 256], Sigmoid)),
            not_normalised([8, 8], unit(&[512, 16], Sigmoid)),
        ]
    }

    fn shares_of_one(&self) -> bool {
        self.normalization != Normalization::None
    }

    fn knows_order(&self) -> bool {
        false
    }
}
