//! TIN.

use model::Activation::Prelu;
use model::{NetworkConfig, NetworkKind, TinConfig};

use crate::variant::{AFFINE_DICE, Variant, head};

pub fn variants() -> Vec<Variant> {
    let tin = || NetworkConfig::Tin(TinConfig {});
    vec![
        Variant::trained("TIN", NetworkKind::Tin.shipped()),
        Variant::new("TIN, odd", [6, 3], tin(), head(&[5, 3], Prelu, false, true)).in_browser(),
        Variant::new("TIN, large", [60, 21], tin(), head(&[33], AFFINE_DICE, true, false)),
    ]
}
