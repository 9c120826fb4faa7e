// Uses History, Request, activate, sigmoid, workgroup_sum (shared); HEAD_FUNCTION, HEAD_WIDTH, INTEREST_PRODUCT,
// INTEREST_WIDTH, KEY_SUM, KEY_SUM_START, LAYERS, PRODUCT_START, QUERY_START, TILE, UNITS, WIDEST_INPUT, WIDEST_UNITS,
// WIDTH, WORKGROUP (constants).
//
// The head:
//     x = [interest, q] and, by configuration, q⊙interest and [Σk, q⊙Σk]    (1)
//     logit = MLP(x)    (2)
//     p = σ(logit)    (3)
// interests [row, interest], queries [quad, H], key_sum [H] -> logits [quad], probabilities [quad].
// A workgroup takes one quad, an invocation a unit; a layer's input and output lie in workgroup memory, in turns. Layers
// are stored as wide as the widest, UNITS says how wide each one is.

struct Layer {
    weight: array<array<f32, WIDEST_UNITS>, WIDEST_INPUT>,
    bias: array<f32, WIDEST_UNITS>,
    alpha: array<f32, WIDEST_UNITS>,
    scale: array<f32, WIDEST_UNITS>,
    shift: array<f32, WIDEST_UNITS>,
}

struct RankingMlp {
    layers: array<Layer, LAYERS>,
    output: array<f32, WIDEST_UNITS>,
    output_bias: f32,
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: RankingMlp;
@group(0) @binding(2) var<storage, read> history: History;
@group(0) @binding(3) var<storage, read> queries: array<array<array<vec4<f32>, TILE>, WIDTH>>;
@group(0) @binding(4) var<storage, read> interests: array<array<vec4<f32>, INTEREST_WIDTH>>;
@group(0) @binding(5) var<storage, read_write> logits: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> probabilities: array<vec4<f32>>;

// A layer's input, and from WIDEST_INPUT on its output; then the other way round.
var<workgroup> values: array<vec4<f32>, WIDEST_INPUT + WIDEST_UNITS>;

@compute @workgroup_size(WORKGROUP)
fn ranking_mlp(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let quad = request.first_quad + row;
    for (var unit = lane; unit < INTEREST_WIDTH; unit += WORKGROUP) {
        values[unit] = interests[row][unit]; // (1)
    }
    for (var h = lane; h < WIDTH; h += WORKGROUP) {
        let q = queries[quad / TILE][h][quad % TILE];
        values[QUERY_START + h] = q; // (1)
        if (INTEREST_PRODUCT) {
            values[PRODUCT_START + h] = q * interests[row][h]; // (1)
        }
        if (KEY_SUM) {
            values[KEY_SUM_START + h] = vec4(history.key_sum[h]); // (1)
            values[KEY_SUM_START + WIDTH + h] = q * history.key_sum[h]; // (1)
        }
    }
    workgroupBarrier();

    var inputs_at = 0u;
    var outputs_at = WIDEST_INPUT;
    var inputs = HEAD_WIDTH;
    for (var layer = 0u; layer < LAYERS; layer++) {
        let units = UNITS[layer];
        for (var unit = lane; unit < units; unit += WORKGROUP) {
            var sum = vec4(weights.layers[layer].bias[unit]); // (2)
            for (var k = 0u; k < inputs; k++) {
                sum += values[inputs_at + k] * weights.layers[layer].weight[k][unit]; // (2)
            }
            values[outputs_at + unit] = activate( // (2)
                sum,
                HEAD_FUNCTION,
                weights.layers[layer].alpha[unit],
                weights.layers[layer].scale[unit],
                weights.layers[layer].shift[unit],
            );
        }
        workgroupBarrier();
        inputs_at = outputs_at;
        outputs_at = WIDEST_INPUT - inputs_at;
        inputs = units;
    }
    var logit = vec4(0.0);
    for (var unit = lane; unit < inputs; unit += WORKGROUP) {
        logit += values[inputs_at + unit] * weights.output[unit]; // (2)
    }
    logit = workgroup_sum(lane, logit) + weights.output_bias; // (2)
    if (lane == 0u) {
        logits[quad] = logit;
        probabilities[quad] = sigmoid(logit); // (3)
    }
}
