// DIN's local activation unit (Zhou et al. 2018, figure 2): score_j = MLP([q, k_j, q−k_j, q⊙k_j]).
// For a history item k its hidden layer is a dense layer in the query, a quarter of the work:
//     q·(W₁ + W₃ + diag(k)·W₄) + (k·(W₂ − W₃) + b)
// queries [group, H], keys [step, H] -> scores [group, step]. A workgroup takes one history item: it builds that layer in
// workgroup memory, then each invocation scores one group, four units at a time.

struct LocalActivation {
    query: array<array<vec4<f32>, UNIT_BLOCKS>, WIDTH>, // W₁ + W₃, units in blocks of four
    key: array<array<vec4<f32>, UNIT_BLOCKS>, WIDTH>, // W₂ − W₃
    product: array<array<vec4<f32>, UNIT_BLOCKS>, WIDTH>, // W₄
    bias: array<vec4<f32>, UNIT_BLOCKS>,
    alpha: array<vec4<f32>, UNIT_BLOCKS>,
    scale: array<vec4<f32>, UNIT_BLOCKS>,
    shift: array<vec4<f32>, UNIT_BLOCKS>,
    output: array<vec4<f32>, UNIT_BLOCKS>,
    output_bias: f32,
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: LocalActivation;
@group(0) @binding(2) var<storage, read> history: History;
@group(0) @binding(3) var<storage, read> queries: array<array<array<vec4<f32>, TILE>, WIDTH>>;
@group(0) @binding(4) var<storage, read_write> scores: array<array<vec4<f32>, MAX_STEPS>>;

// W₁ + W₃ + diag(k)·W₄, if LAYER_FITS; LAYER_ROWS is H then, else 1.
var<workgroup> layer: array<array<vec4<f32>, UNIT_BLOCKS>, LAYER_ROWS>;
// k·(W₂ − W₃) + b
var<workgroup> layer_bias: array<vec4<f32>, UNIT_BLOCKS>;

fn layer_weight(step: u32, h: u32, block: u32) -> vec4<f32> {
    return weights.query[h][block] + history.keys[step][h] * weights.product[h][block];
}

@compute @workgroup_size(WORKGROUP)
fn local_activation(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let step = workgroup.y;
    if (LAYER_FITS) {
        for (var index = lane; index < WIDTH * UNIT_BLOCKS; index += WORKGROUP) {
            let h = index / UNIT_BLOCKS;
            let block = index % UNIT_BLOCKS;
            layer[h][block] = layer_weight(step, h, block);
        }
    }
    for (var block = lane; block < UNIT_BLOCKS; block += WORKGROUP) {
        var sum = weights.bias[block];
        for (var h = 0u; h < WIDTH; h++) {
            sum += history.keys[step][h] * weights.key[h][block];
        }
        layer_bias[block] = sum;
    }
    workgroupBarrier();

    let group = workgroup.x * WORKGROUP + lane;
    if (group >= request.groups) {
        return;
    }
    var score = vec4(weights.output_bias);
    for (var block = 0u; block < UNIT_BLOCKS; block++) {
        let bias = layer_bias[block];
        // A column a unit, a row a candidate.
        var units = mat4x4<f32>(vec4(bias.x), vec4(bias.y), vec4(bias.z), vec4(bias.w));
        for (var h = 0u; h < WIDTH; h++) {
            let q = queries[group / TILE][h][group % TILE];
            var weight: vec4<f32>;
            if (LAYER_FITS) {
                weight = layer[h][block];
            } else {
                weight = layer_weight(step, h, block);
            }
            units += mat4x4<f32>(q * weight.x, q * weight.y, q * weight.z, q * weight.w);
        }
        let alpha = weights.alpha[block];
        let scale = weights.scale[block];
        let shift = weights.shift[block];
        let output = weights.output[block];
        score += activate(units[0], ATTENTION_DICE, alpha.x, scale.x, shift.x) * output.x;
        score += activate(units[1], ATTENTION_DICE, alpha.y, scale.y, shift.y) * output.y;
        score += activate(units[2], ATTENTION_DICE, alpha.z, scale.z, shift.z) * output.z;
        score += activate(units[3], ATTENTION_DICE, alpha.w, scale.w, shift.w) * output.w;
    }
    scores[group][step] = score;
}
