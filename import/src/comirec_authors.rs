//! The code of the ComiRec paper's authors (github.com/THUDM/ComiRec, TensorFlow 1): its ComiRec-SA.
//!
//! It is a matching network: what it says of a product is ⟨v, q⟩, the inner product of the interest that fits it best with the
//! product. Our network says that by a head of two units: ReLU(s) − ReLU(−s) = s, where s is the sum of q⊙v.

use crate::asked::Asked;
use crate::body::{Body, SelfAttention};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::{Dense, Mlp, Units};
use crate::options::Plain;
use crate::question::{Choice, Question};
use crate::rows::Zero;
use crate::source::{Field, HeadPart, Of, Source, Table};
use crate::tensorflow::kernel;

/// What its attention is named.
pub(super) const MARK: &str = "self_atten/";
const LIBRARY: &str = "the ComiRec authors";

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let item = Table::new("mid", checkpoint.take("mid_embedding_var", [None, None])?);
    // The sampled softmax takes a bias for each item, which is not trained and 0.
    if checkpoint.has("bias_lookup_table") {
        let bias = checkpoint.vector("bias_lookup_table", Some(item.rows))?;
        if bias.iter().any(|bias| *bias != 0.0) {
            return Err(checkpoint
                .unsupported("tensor \"bias_lookup_table\" is not 0, but the page's network has no bias an item"));
        }
    }
    let width = item.dim;
    let hidden = kernel(checkpoint, "self_atten/dense/", "", Some(width), None)?;
    let output = kernel(checkpoint, "self_atten/dense_1/", "", Some(hidden.to), None)?;
    let positions = if checkpoint.has("position_embedding") || asked.ask::<String>(positions())? == "missing" {
        checkpoint.take("position_embedding", [Some(1), None, Some(width)])?.values
    } else {
        Vec::new()
    };
    let query = vec![Field { table: item, of_clicks: None, of: Of::Item }];
    let features = Features::known(query, Vec::new(), Zero::Padding);
    let body = Body::ComirecSa(SelfAttention { hidden, output: output.weight, positions });
    let parts = vec![HeadPart::Interest(0..width), HeadPart::Query(0..width), HeadPart::InterestProduct];
    features.source(checkpoint, asked, LIBRARY, body, inner_product(width), parts)
}

/// Whether the network has positions, where the file has no tensor of them.
fn positions() -> Question {
    Question {
        option: "positions",
        topic: "Positions".to_owned(),
        asks: "Does attention know where in the history a click stands? The file has no tensor for it.".to_owned(),
        choices: vec![
            Choice::new("none", "It does not: a history in another order has the same interests."),
            Choice::new("missing", "It does, and the tensor is missing from the file."),
        ],
        why: "which alone has no tensor".to_owned(),
        code: "Model_ComiRec_SA(add_pos=…)",
    }
}

/// Σ_i q_i v_i of [v, q, q⊙v].
fn inner_product(width: usize) -> Mlp {
    let weight = [vec![0.0; 2 * 2 * width], [1.0, -1.0].repeat(width)].concat();
    let first = Dense { from: 3 * width, to: 2, weight, bias: vec![0.0; 2] };
    Mlp {
        hidden: vec![(first, Units::Plain(Plain::Relu))],
        output: Dense { from: 2, to: 1, weight: vec![1.0, -1.0], bias: vec![0.0] },
    }
}
