//! DIEN.

use model::Activation::{Prelu, Relu, Sigmoid};
use model::DienAttention::{Bilinear, LocalActivation};
use model::Normalization::{ScaledSoftmax, Softmax};
use model::{Activation, Auxiliary, Config, DienAttention, DienConfig, Evolution, NetworkKind, Normalization, Reset};

use crate::tested::Tested;
use crate::variant::{AFFINE_DICE, Variant, config, head, projected, unit};

const DICE: Activation = Activation::DICE;

fn dien_with(
    hidden: usize,
    evolution: Evolution,
    attention: DienAttention,
    normalization: Normalization,
    reset: Reset,
) -> DienConfig {
    DienConfig { attention, normalization, reset, ..DienConfig::new(hidden, evolution) }
}

impl Tested for DienConfig {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::trained("DIEN", NetworkKind::Dien.shipped()),
            Variant::new(
                "DIEN AIGRU, odd",
                [6, 3],
                Self::new(7, Evolution::Aigru),
                head(&[5, 3, 2], Prelu, false, false),
            )
            .in_browser(),
            Variant::new(
                "DIEN AGRU, no category",
                [11, 0],
                Self::new(11, Evolution::Agru),
                head(&[13, 7], DICE, true, false),
            ),
            Variant::new(
                "DIEN, authors' gate",
                [16, 8],
                Self::new(24, Evolution::AugruAuthors),
                head(&[64, 32], DICE, true, true),
            ),
            Variant::new("DIEN, large", [32, 9], Self::new(45, Evolution::Augru), head(&[70], Prelu, false, true)),
            Variant::new(
                "DIEN, two layers of ReLU",
                [8, 4],
                dien_with(12, Evolution::Augru, LocalActivation(unit(&[10, 6], Relu)), Softmax, Reset::After),
                head(&[9], Relu, true, false),
            )
            .in_browser(),
            Variant::new(
                "DIEN, projected query, reset before, authors' gate",
                [6, 3],
                dien_with(10, Evolution::AugruAuthors, LocalActivation(projected(&[7], DICE)), Softmax, Reset::Before),
                head(&[8, 5], DICE, false, true),
            )
            .in_browser(),
            Variant::new(
                "DIEN AUGRU, scores not normalised",
                [6, 3],
                dien_with(
                    9,
                    Evolution::Augru,
                    LocalActivation(unit(&[7, 5], Sigmoid)),
                    Normalization::None,
                    Reset::After,
                ),
                head(&[8], Prelu, false, false),
            ),
            Variant::new(
                "DIEN AIGRU, local activation",
                [5, 2],
                dien_with(7, Evolution::Aigru, LocalActivation(unit(&[6], Prelu)), ScaledSoftmax, Reset::After),
                head(&[8], Sigmoid, false, false),
            ),
            Variant::new(
                "DIEN AGRU, local activation, reset before",
                [5, 2],
                dien_with(6, Evolution::Agru, LocalActivation(projected(&[6, 5, 9, 4], Relu)), Softmax, Reset::Before),
                head(&[8], Relu, false, true),
            )
            .in_browser(),
            Variant::new(
                "DIEN, reset before, large",
                [32, 9],
                dien_with(45, Evolution::Augru, Bilinear, ScaledSoftmax, Reset::Before),
                head(&[30], Prelu, false, true),
            ),
            Variant::new(
                "DIEN GRU, bilinear",
                [6, 3],
                dien_with(7, Evolution::Gru, Bilinear, ScaledSoftmax, Reset::After),
                head(&[8], Prelu, false, false),
            )
            .in_browser(),
            Variant::new(
                "DIEN GRU, local activation, reset before",
                [6, 3],
                dien_with(
                    8,
                    Evolution::Gru,
                    LocalActivation(projected(&[8, 5], Sigmoid)),
                    Normalization::None,
                    Reset::Before,
                ),
                head(&[8], DICE, false, true),
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

    fn options(width: usize) -> Vec<Self> {
        use Evolution::{Agru, Aigru, Augru, AugruAuthors, Gru};
        let evolutions = [Augru, AugruAuthors, Agru, Aigru, Gru].map(|evolution| Self::new(width, evolution));
        let resets = |one: Self| [Reset::After, Reset::Before].map(|reset| Self { reset, ..one.clone() });
        let mut all: Vec<Self> = evolutions.into_iter().flat_map(resets).collect();
        let auxiliary = Auxiliary::Mlp { hidden: vec![4, 3], activation: Sigmoid };
        let with =
            |evolution, attention, normalization, reset| dien_with(width, evolution, attention, normalization, reset);
        all.extend([
            with(Augru, LocalActivation(unit(&[5], AFFINE_DICE)), Softmax, Reset::After),
            Self {
                auxiliary,
                ..with(AugruAuthors, LocalActivation(projected(&[5, 3], Sigmoid)), Softmax, Reset::Before)
            },
            with(Agru, LocalActivation(unit(&[5, 3], Relu)), Normalization::None, Reset::After),
            with(Gru, DienAttention::None, Softmax, Reset::After),
        ]);
        all
    }

    fn sizes() -> Vec<Config> {
        use Evolution::{Agru, Aigru, Augru, AugruAuthors, Gru};
        let dien = |sizes, hidden, evolution| config(sizes, Self::new(hidden, evolution));
        let with = |sizes, hidden, evolution, attention, reset| {
            config(sizes, dien_with(hidden, evolution, attention, Softmax, reset))
        };
        let two_layers = || LocalActivation(unit(&[36, 7], Sigmoid));
        vec![
            dien([16, 8], 24, Augru),
            dien([6, 3], 7, Agru),
            dien([1, 0], 1, Aigru),
            dien([32, 16], 96, Augru),
            dien([64, 64], 300, Augru),
            with([16, 8], 24, Augru, two_layers(), Reset::After),
            with([16, 8], 20, AugruAuthors, LocalActivation(projected(&[9], Prelu)), Reset::Before),
            with([64, 64], 200, Agru, Bilinear, Reset::Before),
            with([16, 8], 24, Gru, two_layers(), Reset::After),
            with([6, 3], 7, Gru, Bilinear, Reset::Before),
            with([1, 0], 1, Gru, DienAttention::None, Reset::After),
            // The widest that the head leaves room for.
            with([8, 8], 800, Gru, DienAttention::None, Reset::Before),
        ]
    }

    fn shares_of_one(&self) -> bool {
        self.attention == DienAttention::None || self.normalization != Normalization::None
    }

    fn knows_order(&self) -> bool {
        true
    }
}
