//! DIEN.

use model::Activation::{Prelu, Relu, Sigmoid};
use model::{Activation, DienAttention, DienConfig, Evolution, NetworkConfig, NetworkKind, Normalization, Reset};

use crate::variant::{Variant, head, projected, unit};

pub fn variants() -> Vec<Variant> {
    use Normalization::{None as NotNormalised, ScaledSoftmax, Softmax};
    let dice = Activation::DICE;
    let dien = |hidden, evolution| NetworkConfig::Dien(DienConfig::new(hidden, evolution));
    let dien_with = |hidden, evolution, attention, normalization, reset| {
        let config = DienConfig::new(hidden, evolution);
        NetworkConfig::Dien(DienConfig { attention, normalization, reset, ..config })
    };
    let (bilinear, by_unit) = (DienAttention::Bilinear, DienAttention::LocalActivation);
    vec![
        Variant::trained("DIEN", NetworkKind::Dien.shipped()),
        Variant::new("DIEN AIGRU, odd", [6, 3], dien(7, Evolution::Aigru), head(&[5, 3, 2], Prelu, false, false))
            .in_browser(),
        Variant::new("DIEN AGRU, no category", [11, 0], dien(11, Evolution::Agru), head(&[13, 7], dice, true, false)),
        Variant::new(
            "DIEN, authors' gate",
            [16, 8],
            dien(24, Evolution::AugruAuthors),
            head(&[64, 32], dice, true, true),
        ),
        Variant::new("DIEN, large", [32, 9], dien(45, Evolution::Augru), head(&[70], Prelu, false, true)),
        Variant::new(
            "DIEN, two layers of ReLU",
            [8, 4],
            dien_with(12, Evolution::Augru, by_unit(unit(&[10, 6], Relu)), Softmax, Reset::After),
            head(&[9], Relu, true, false),
        )
        .in_browser(),
        Variant::new(
            "DIEN, projected query, reset before, authors' gate",
            [6, 3],
            dien_with(10, Evolution::AugruAuthors, by_unit(projected(&[7], dice)), Softmax, Reset::Before),
            head(&[8, 5], dice, false, true),
        )
        .in_browser(),
        Variant::new(
            "DIEN AUGRU, scores not normalised",
            [6, 3],
            dien_with(9, Evolution::Augru, by_unit(unit(&[7, 5], Sigmoid)), NotNormalised, Reset::After),
            head(&[8], Prelu, false, false),
        ),
        Variant::new(
            "DIEN AIGRU, local activation",
            [5, 2],
            dien_with(7, Evolution::Aigru, by_unit(unit(&[6], Prelu)), ScaledSoftmax, Reset::After),
            head(&[8], Sigmoid, false, false),
        ),
        Variant::new(
            "DIEN AGRU, local activation, reset before",
            [5, 2],
            dien_with(6, Evolution::Agru, by_unit(projected(&[6, 5, 9, 4], Relu)), Softmax, Reset::Before),
            head(&[8], Relu, false, true),
        )
        .in_browser(),
        Variant::new(
            "DIEN, reset before, large",
            [32, 9],
            dien_with(45, Evolution::Augru, bilinear.clone(), ScaledSoftmax, Reset::Before),
            head(&[30], Prelu, false, true),
        ),
        Variant::new(
            "DIEN GRU, bilinear",
            [6, 3],
            dien_with(7, Evolution::Gru, bilinear, ScaledSoftmax, Reset::After),
            head(&[8], Prelu, false, false),
        )
        .in_browser(),
        Variant::new(
            "DIEN GRU, local activation, reset before",
            [6, 3],
            dien_with(8, Evolution::Gru, by_unit(projected(&[8, 5], Sigmoid)), NotNormalised, Reset::Before),
            head(&[8], dice, false, true),
        )
        .in_browser(),
        Variant::new(
            "DIEN GRU, without attention",
            // More units than a workgroup has invocations. llvmpipe, the tests' GPU, ends all loops of an invocation after
            // 65535 rounds together, so that 200 steps leave room for little more.
            [5, 2],
            dien_with(66, Evolution::Gru, DienAttention::None, Softmax, Reset::After),
            head(&[8], Relu, false, false),
        )
        .in_browser(),
    ]
}
