// Uses History, Request, softmax, step_weights (shared); PoolingTrace, trace_interest, trace_step (pooling);
// INTEREST_WIDTH, MAX_STEPS, MEAN, SCORED, SCORE_SCALE, SOFTMAX, WIDTH, WORKGROUP (constants).
//
// Weighted sum pooling; without history v is 0. DIN (Zhou et al. 2018, equation 3) has scores, Embedding & MLP, the same
// paper's base model, has none:
//     w_j = score_j (DIN), 1 (sum pooling) or 1/T (mean pooling)    (1)
//     w_j = softmax_j(score_j) or softmax_j(score_j/√H), by configuration    (2)
//     v = Σ_j w_j k_j    (3)
// scores [row, step], keys [step, H] -> interests [row, H], and traces of the inspected candidates.
// A workgroup takes one quad: an invocation a step for the weights, then an invocation a unit for the sum.

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> history: History;
@group(0) @binding(2) var<storage, read> scores: array<array<vec4<f32>, MAX_STEPS>>;
@group(0) @binding(3) var<storage, read_write> interests: array<array<vec4<f32>, INTEREST_WIDTH>>;
@group(0) @binding(4) var<storage, read_write> traces: array<PoolingTrace>;

fn score(row: u32, step: u32) -> vec4<f32> {
    if (SCORED) {
        return scores[row][step]; // (1)
    }
    return vec4(select(1.0, 1.0 / f32(request.steps), MEAN)); // (1)
}

@compute @workgroup_size(WORKGROUP)
fn weighted_pooling(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let quad = request.first_quad + row;
    for (var step = lane; step < request.steps; step += WORKGROUP) {
        step_weights[step] = score(row, step); // (1)
    }
    if (SOFTMAX) {
        softmax(lane, request.steps, SCORE_SCALE); // (2)
    }
    for (var step = lane; step < request.steps; step += WORKGROUP) {
        trace_step(quad, step, score(row, step), step_weights[step]);
    }
    workgroupBarrier();

    for (var unit = lane; unit < WIDTH; unit += WORKGROUP) {
        var interest = vec4(0.0);
        for (var step = 0u; step < request.steps; step++) {
            interest += step_weights[step] * history.keys[step][unit]; // (3)
        }
        interests[row][unit] = interest; // (3)
        trace_interest(quad, unit, interest);
    }
}
