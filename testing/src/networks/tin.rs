//! TIN.

use model::Activation::Prelu;
use model::{Config, NetworkKind, TinConfig};

use crate::tested::Tested;
use crate::variant::{AFFINE_DICE, Variant, config, head};

impl Tested for TinConfig {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::trained("TIN", NetworkKind::Tin.shipped()),
            Variant::new("TIN, odd", [6, 3], Self {}, head(&[5, 3], Prelu, false, true)).in_browser(),
            Variant::new("TIN, large", [60, 21], Self {}, head(&[33], AFFINE_DICE, true, false)),
        ]
    }

    fn options(_: usize) -> Vec<Self> {
        vec![Self {}]
    }

    fn sizes() -> Vec<Config> {
        let sizes = |sizes, max_history| Config { max_history, ..config(sizes, Self {}) };
        vec![
            sizes([16, 8], 50),
            sizes([1, 0], 1),
            // The widest that the head leaves room for.
            sizes([180, 50], 4096),
        ]
    }

    fn shares_of_one(&self) -> bool {
        true
    }

    fn knows_order(&self) -> bool {
        true
    }
}
