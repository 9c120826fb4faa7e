// Uses History, Request, hyperbolic_tangent, softmax, step_weights (shared); Extracted (extracted);
// FROM_OLDEST, HIDDEN_BLOCKS, HIDDEN_UNITS, INTERESTS, INTEREST_BLOCKS, POSITIONS, WIDTH, WORKGROUP (constants).
//
// ComiRec-SA's interest extraction by self-attention (Cen et al. 2020, section "Multi-Interest Framework"):
//     x_j = k_j + p_j    (1)
//     s_j = tanh(x_j·W₁ + b)·W₂    (2)
//     A_k = softmax_j(s_jk)    (3)
//     v_k = Σ_j A_kj k_j    (4)
// p_j is a trained vector for the position of click j, which takes part in the attention alone, and 0 for a network without
// positions. As x_j·W₁ + b = k_j·W₁ + (p_j·W₁ + b), each position has a bias of its own. Without history every v_k is 0.
// keys [step, H] -> extracted: interests [interest, H] and their attention [step, interest], for all candidates alike.
// One workgroup: an invocation a step for the attention, then a unit for the sum. Four hidden units lie side by side in a
// vec4, and four interests.

struct InterestExtraction {
    hidden: array<array<vec4<f32>, HIDDEN_BLOCKS>, WIDTH>, // W₁
    bias: array<array<vec4<f32>, HIDDEN_BLOCKS>, POSITIONS>, // p·W₁ + b
    output: array<array<vec4<f32>, INTEREST_BLOCKS>, HIDDEN_UNITS>, // W₂
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: InterestExtraction;
@group(0) @binding(2) var<storage, read> history: History;
@group(0) @binding(3) var<storage, read_write> extracted: Extracted;

// Counted from the oldest click or from the newest; clicks beyond the last position share that.
fn position(step: u32) -> u32 {
    return min(select(request.steps - 1u - step, step, FROM_OLDEST), POSITIONS - 1u);
}

// s_j of the four interests of a block.
fn scores(step: u32, block: u32) -> vec4<f32> {
    var sum = vec4(0.0);
    for (var units = 0u; units < HIDDEN_BLOCKS; units++) {
        var hidden = weights.bias[position(step)][units]; // (1, 2)
        for (var h = 0u; h < WIDTH; h++) {
            hidden += history.keys[step][h] * weights.hidden[h][units]; // (1, 2)
        }
        hidden = hyperbolic_tangent(hidden); // (2)
        for (var unit = 0u; unit < 4u; unit++) {
            sum += hidden[unit] * weights.output[4u * units + unit][block]; // (2)
        }
    }
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn interest_extraction(@builtin(local_invocation_index) lane: u32) {
    for (var block = 0u; block < INTEREST_BLOCKS; block++) {
        for (var step = lane; step < request.steps; step += WORKGROUP) {
            step_weights[step] = scores(step, block); // (2)
        }
        softmax(lane, request.steps, 1.0); // (3)
        workgroupBarrier();

        let first = 4u * block;
        let end = min(first + 4u, INTERESTS);
        for (var step = lane; step < request.steps; step += WORKGROUP) {
            for (var interest = first; interest < end; interest++) {
                extracted.attention[step][interest] = step_weights[step][interest - first];
            }
        }
        for (var unit = lane; unit < WIDTH; unit += WORKGROUP) {
            var sum = vec4(0.0);
            for (var step = 0u; step < request.steps; step++) {
                sum += step_weights[step] * history.keys[step][unit]; // (4)
            }
            for (var interest = first; interest < end; interest++) {
                extracted.interests[interest][unit] = sum[interest - first];
            }
        }
        workgroupBarrier();
    }
}
