//! DIN.

use model::Activation::{Prelu, Relu, Sigmoid};
use model::{Activation, DinConfig, LocalActivationConfig, NetworkConfig, NetworkKind, Normalization};

use crate::variant::{AFFINE_DICE, Variant, head, projected, unit};

pub fn variants() -> Vec<Variant> {
    let dice = Activation::DICE;
    let din = |units: usize, activation, normalization| {
        NetworkConfig::Din(DinConfig { attention: unit(&[units], activation), normalization, padding: false })
    };
    // An empty history is one padding item to it.
    let padded = |attention: LocalActivationConfig, normalization| {
        NetworkConfig::Din(DinConfig { attention, normalization, padding: true })
    };
    let mut page = NetworkKind::Din.shipped();
    page.head.key_sum = true;
    let softmax = din(36, Prelu, Normalization::Softmax);
    let scaled = din(7, AFFINE_DICE, Normalization::ScaledSoftmax);
    let large = din(66, dice, Normalization::None);
    let two_layers = padded(unit(&[10, 6], Sigmoid), Normalization::Softmax);
    let three_layers = padded(projected(&[9, 13, 6], AFFINE_DICE), Normalization::None);
    vec![
        Variant::trained("DIN", page),
        Variant::new("DIN softmax", [16, 8], softmax, head(&[64, 32], Prelu, true, false)),
        Variant::new("DIN scaled softmax, odd", [5, 2], scaled, head(&[9], Prelu, false, true)).in_browser(),
        Variant::new("DIN, large", [60, 21], large, head(&[33], dice, false, false)),
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
