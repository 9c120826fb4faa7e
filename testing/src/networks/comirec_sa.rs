//! ComiRec-SA.

use model::Activation::Prelu;
use model::{ComirecSaConfig, Config, NetworkKind, Positions, Readout};

use crate::tested::Tested;
use crate::variant::{AFFINE_DICE, Variant, config, head};

const fn comirec(interests: usize, hidden: usize, positions: Positions, readout: Readout) -> ComirecSaConfig {
    ComirecSaConfig { interests, hidden, positions, readout }
}

impl Tested for ComirecSaConfig {
    fn variants() -> Vec<Variant> {
        let odd = comirec(3, 7, Positions::Oldest, Readout::Argmax);
        let large = comirec(9, 130, Positions::None, Readout::Softmax);
        vec![
            Variant::trained("ComiRec-SA", NetworkKind::ComirecSa.shipped()),
            Variant::new("ComiRec-SA, odd", [6, 3], odd, head(&[5, 3], Prelu, false, true)).in_browser(),
            Variant::new("ComiRec-SA, large", [60, 21], large, head(&[33], AFFINE_DICE, true, false)),
        ]
    }

    fn options(_: usize) -> Vec<Self> {
        vec![
            comirec(3, 4, Positions::Newest, Readout::Softmax),
            comirec(3, 4, Positions::Oldest, Readout::Argmax),
            comirec(2, 5, Positions::None, Readout::Softmax),
        ]
    }

    fn sizes() -> Vec<Config> {
        vec![
            config([16, 8], comirec(4, 96, Positions::Newest, Readout::Softmax)),
            config([3, 2], comirec(3, 7, Positions::Oldest, Readout::Argmax)),
            config([1, 0], comirec(1, 1, Positions::None, Readout::Argmax)),
            // As many interests as private memory has room for, and the widest that the head leaves room for.
            config([180, 50], comirec(256, 300, Positions::None, Readout::Softmax)),
        ]
    }

    fn shares_of_one(&self) -> bool {
        true
    }

    fn knows_order(&self) -> bool {
        self.positions != Positions::None
    }
}
