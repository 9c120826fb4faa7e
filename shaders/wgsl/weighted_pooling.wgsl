// DIN's weighted sum pooling (Zhou et al. 2018, equation 3): v = Σ_j w_j k_j, where w_j is the score, softmax(score) or
// softmax(score/√H), by configuration. Without history v is 0.
// scores [group, step], keys [step, H] -> interests [group, H], and traces of the inspected candidates.
// A workgroup takes one group: an invocation a step for the weights, then an invocation a unit for the sum.

// src/gpu/buffers.rs reads it.
struct PoolingTrace {
    interest: array<f32, WIDTH>, // v
    steps: array<DinTraceStep, MAX_STEPS>,
}

struct DinTraceStep {
    score: f32,
    weight: f32,
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> history: History;
@group(0) @binding(2) var<storage, read> scores: array<array<vec4<f32>, MAX_STEPS>>;
@group(0) @binding(3) var<storage, read_write> interests: array<array<vec4<f32>, INTEREST_WIDTH>>;
@group(0) @binding(4) var<storage, read_write> traces: array<PoolingTrace>;

// w_j
var<workgroup> step_weights: array<vec4<f32>, MAX_STEPS>;

@compute @workgroup_size(WORKGROUP)
fn weighted_pooling(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let group = workgroup.x;
    var highest = vec4(LOWEST);
    var share = vec4(1.0);
    if (SOFTMAX) {
        for (var step = lane; step < request.steps; step += WORKGROUP) {
            highest = max(highest, scores[group][step]);
        }
        highest = workgroup_max(lane, highest);
        var sum = vec4(0.0);
        for (var step = lane; step < request.steps; step += WORKGROUP) {
            sum += exp((scores[group][step] - highest) * SCORE_SCALE);
        }
        share = 1.0 / workgroup_sum(lane, sum);
    }
    for (var step = lane; step < request.steps; step += WORKGROUP) {
        let score = scores[group][step];
        var weight = score;
        if (SOFTMAX) {
            weight = exp((score - highest) * SCORE_SCALE) * share;
        }
        step_weights[step] = weight;
        if (group >= request.first_inspected) {
            for (var candidate = 0u; candidate < 4u; candidate++) {
                let slot = (group - request.first_inspected) * 4u + candidate;
                if (slot < request.inspected) {
                    traces[slot].steps[step] = DinTraceStep(score[candidate], weight[candidate]);
                }
            }
        }
    }
    workgroupBarrier();

    for (var unit = lane; unit < WIDTH; unit += WORKGROUP) {
        var interest = vec4(0.0);
        for (var step = 0u; step < request.steps; step++) {
            interest += step_weights[step] * history.keys[step][unit];
        }
        interests[group][unit] = interest;
        if (group >= request.first_inspected) {
            for (var candidate = 0u; candidate < 4u; candidate++) {
                let slot = (group - request.first_inspected) * 4u + candidate;
                if (slot < request.inspected) {
                    traces[slot].interest[unit] = interest[candidate];
                }
            }
        }
    }
}
