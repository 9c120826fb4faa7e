// Uses History, Request, softmax, step_weights (shared); PoolingTrace, trace_interest, trace_step (pooling);
// INTEREST_WIDTH, OLDEST, POSITIONS, SCORE_SCALE, TILE, WIDTH, WORKGROUP (constants).
//
// The Temporal Interest Network (Zhou et al. 2024): target-aware temporal encoding, attention and representation:
//     k̃_j = k_j + p(T−j+1)    (1)
//     q̃ = q + p(0)    (2)
//     α = softmax_j(k̃_j·q̃/√H)    (3)
//     v = Σ_j α_j (k̃_j ⊙ q̃)    (4)
// p(i) is a trained vector for each position counted back from the candidate; 1 is the newest click, and all from OLDEST on
// share the last vector. q̃ comes out of the sum. Without history v is 0.
// queries [quad, H], keys [step, H] -> interests [row, H], and traces of the inspected candidates.
// A workgroup takes one quad: an invocation a unit for q̃, a step for the attention, and again a unit for the sum.
// A new click moves every other one back by a position, so that no k̃_j is kept.

struct TemporalAttention {
    positions: array<array<f32, WIDTH>, POSITIONS>, // p
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: TemporalAttention;
@group(0) @binding(2) var<storage, read> history: History;
@group(0) @binding(3) var<storage, read> queries: array<array<array<vec4<f32>, TILE>, WIDTH>>;
@group(0) @binding(4) var<storage, read_write> interests: array<array<vec4<f32>, INTEREST_WIDTH>>;
@group(0) @binding(5) var<storage, read_write> traces: array<PoolingTrace>;

// q̃
var<workgroup> query: array<vec4<f32>, WIDTH>;

// k̃_j
fn key(step: u32, unit: u32) -> f32 {
    return history.keys[step][unit] + weights.positions[min(request.steps - step, OLDEST)][unit]; // (1)
}

// k̃_j·q̃/√H
fn score(step: u32) -> vec4<f32> {
    var sum = vec4(0.0);
    for (var h = 0u; h < WIDTH; h++) {
        sum += key(step, h) * query[h]; // (3)
    }
    return sum * SCORE_SCALE; // (3)
}

@compute @workgroup_size(WORKGROUP)
fn temporal_attention(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let quad = request.first_quad + row;
    for (var h = lane; h < WIDTH; h += WORKGROUP) {
        query[h] = queries[quad / TILE][h][quad % TILE] + weights.positions[0][h]; // (2)
    }
    workgroupBarrier();

    for (var step = lane; step < request.steps; step += WORKGROUP) {
        step_weights[step] = score(step); // (3)
    }
    softmax(lane, request.steps, 1.0); // (3)
    if (quad >= request.first_inspected) {
        for (var step = lane; step < request.steps; step += WORKGROUP) {
            trace_step(quad, step, score(step), step_weights[step]);
        }
    }
    workgroupBarrier();

    for (var unit = lane; unit < WIDTH; unit += WORKGROUP) {
        var interest = vec4(0.0);
        for (var step = 0u; step < request.steps; step++) {
            interest += step_weights[step] * key(step, unit); // (4)
        }
        interest *= query[unit]; // (4)
        interests[row][unit] = interest;
        trace_interest(quad, unit, interest);
    }
}
