// Uses Request, activate (shared); ATTENTION_BLOCKS, ATTENTION_FUNCTION, ATTENTION_LAYERS, FURTHER_INPUTS,
// FURTHER_LAYERS, KEYS_START, KEYS_STRIDE, KEY_WIDTH, LAYER_FITS, LAYER_ROWS, MAX_STEPS, ODD_VALUES, OUTPUT_BLOCKS,
// TILE, UNIT_BLOCKS, VALUES, WIDEST_BLOCKS, WORKGROUP (constants).
//
// The local activation unit (Zhou et al. 2018, figure 2):
//     score_j = MLP([q, k_j, q−k_j, q⊙k_j])    (1)
// The keys k_j are DIN's history items, or DIEN's states; q is the query, or by configuration PReLU(q·W + b).
// For a key k the first hidden layer is a dense layer in the query, a quarter of the work:
//     q·(W₁ + W₃ + diag(k)·W₄)    (2)
//     + (k·(W₂ − W₃) + b)    (3)
// queries [quad, key], keys [step, key] -> scores [row, step]. A workgroup takes one key: it builds that layer in
// workgroup memory, then each invocation scores one quad, four units at a time.

struct LocalActivation {
    query: array<array<vec4<f32>, UNIT_BLOCKS>, KEY_WIDTH>, // W₁ + W₃, units in blocks of four
    key: array<array<vec4<f32>, UNIT_BLOCKS>, KEY_WIDTH>, // W₂ − W₃
    product: array<array<vec4<f32>, UNIT_BLOCKS>, KEY_WIDTH>, // W₄
    bias: array<vec4<f32>, UNIT_BLOCKS>,
    alpha: array<vec4<f32>, UNIT_BLOCKS>,
    scale: array<vec4<f32>, UNIT_BLOCKS>,
    shift: array<vec4<f32>, UNIT_BLOCKS>,
    further: array<FurtherLayer, FURTHER_LAYERS>, // not used if ATTENTION_LAYERS is 1
    output: array<vec4<f32>, OUTPUT_BLOCKS>,
    output_bias: f32,
}

// A hidden layer after the first. All are stored as wide as the widest, ATTENTION_BLOCKS says how wide each layer is.
struct FurtherLayer {
    weight: array<array<vec4<f32>, WIDEST_BLOCKS>, FURTHER_INPUTS>,
    bias: array<vec4<f32>, WIDEST_BLOCKS>,
    alpha: array<vec4<f32>, WIDEST_BLOCKS>,
    scale: array<vec4<f32>, WIDEST_BLOCKS>,
    shift: array<vec4<f32>, WIDEST_BLOCKS>,
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: LocalActivation;
// History or array<InterestStep, MAX_STEPS>, where each key begins KEYS_STRIDE values after the one before.
@group(0) @binding(2) var<storage, read> keys: array<f32>;
@group(0) @binding(3) var<storage, read> queries: array<array<array<vec4<f32>, TILE>, KEY_WIDTH>>;
@group(0) @binding(4) var<storage, read_write> scores: array<array<vec4<f32>, MAX_STEPS>>;

// W₁ + W₃ + diag(k)·W₄, if LAYER_FITS; LAYER_ROWS is KEY_WIDTH then, else 1.
var<workgroup> layer: array<array<vec4<f32>, UNIT_BLOCKS>, LAYER_ROWS>;
// k·(W₂ − W₃) + b
var<workgroup> layer_bias: array<vec4<f32>, UNIT_BLOCKS>;
// A hidden layer of one quad, and from ODD_VALUES on the next; then the other way round. One entry if ATTENTION_LAYERS is 1.
var<private> values: array<vec4<f32>, VALUES>;

fn key(step: u32, h: u32) -> f32 {
    return keys[KEYS_START + step * KEYS_STRIDE + h];
}

fn layer_weight(step: u32, h: u32, block: u32) -> vec4<f32> {
    return weights.query[h][block] + key(step, h) * weights.product[h][block]; // (2)
}

// A column a unit, a row a candidate.
fn block_of(bias: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(vec4(bias.x), vec4(bias.y), vec4(bias.z), vec4(bias.w));
}

fn outer_product(x: vec4<f32>, weight: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(x * weight.x, x * weight.y, x * weight.z, x * weight.w);
}

fn activate_block(s: mat4x4<f32>, alpha: vec4<f32>, scale: vec4<f32>, shift: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        activate(s[0], ATTENTION_FUNCTION, alpha.x, scale.x, shift.x),
        activate(s[1], ATTENTION_FUNCTION, alpha.y, scale.y, shift.y),
        activate(s[2], ATTENTION_FUNCTION, alpha.z, scale.z, shift.z),
        activate(s[3], ATTENTION_FUNCTION, alpha.w, scale.w, shift.w),
    );
}

fn keep(at: u32, units: mat4x4<f32>) {
    values[at] = units[0];
    values[at + 1u] = units[1];
    values[at + 2u] = units[2];
    values[at + 3u] = units[3];
}

// The hidden layers after the first, whose units are in values, and the score without its bias.
fn further_layers() -> vec4<f32> {
    var score = vec4(0.0);
    var inputs_at = 0u;
    var outputs_at = ODD_VALUES;
    for (var index = 1u; index < ATTENTION_LAYERS; index++) {
        let inputs = 4u * ATTENTION_BLOCKS[index - 1u];
        for (var block = 0u; block < ATTENTION_BLOCKS[index]; block++) {
            var units = block_of(weights.further[index - 1u].bias[block]);
            for (var k = 0u; k < inputs; k++) {
                units += outer_product(values[inputs_at + k], weights.further[index - 1u].weight[k][block]);
            }
            units = activate_block(
                units,
                weights.further[index - 1u].alpha[block],
                weights.further[index - 1u].scale[block],
                weights.further[index - 1u].shift[block],
            );
            if (index == ATTENTION_LAYERS - 1u) {
                score += units * weights.output[block]; // (1)
            } else {
                keep(outputs_at + 4u * block, units);
            }
        }
        inputs_at = outputs_at;
        outputs_at = ODD_VALUES - inputs_at;
    }
    return score;
}

@compute @workgroup_size(WORKGROUP)
fn local_activation(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let step = workgroup.y;
    if (LAYER_FITS) {
        for (var index = lane; index < KEY_WIDTH * UNIT_BLOCKS; index += WORKGROUP) {
            let h = index / UNIT_BLOCKS;
            let block = index % UNIT_BLOCKS;
            layer[h][block] = layer_weight(step, h, block); // (2)
        }
    }
    for (var block = lane; block < UNIT_BLOCKS; block += WORKGROUP) {
        var sum = weights.bias[block]; // (3)
        for (var h = 0u; h < KEY_WIDTH; h++) {
            sum += key(step, h) * weights.key[h][block]; // (3)
        }
        layer_bias[block] = sum; // (3)
    }
    workgroupBarrier();

    let row = workgroup.x * WORKGROUP + lane;
    if (row >= request.quads) {
        return;
    }
    let quad = request.first_quad + row;
    var score = vec4(weights.output_bias); // (1)
    for (var block = 0u; block < UNIT_BLOCKS; block++) {
        var units = block_of(layer_bias[block]); // (3)
        for (var h = 0u; h < KEY_WIDTH; h++) {
            let q = queries[quad / TILE][h][quad % TILE];
            var weight: vec4<f32>;
            if (LAYER_FITS) {
                weight = layer[h][block];
            } else {
                weight = layer_weight(step, h, block);
            }
            units += outer_product(q, weight); // (2)
        }
        units = activate_block(units, weights.alpha[block], weights.scale[block], weights.shift[block]); // (1)
        if (ATTENTION_LAYERS == 1u) {
            score += units * weights.output[block]; // (1)
        } else {
            keep(4u * block, units);
        }
    }
    if (ATTENTION_LAYERS > 1u) {
        score += further_layers(); // (1)
    }
    scores[row][step] = score; // (1)
}
