// What the stages share that make the interest a weighted sum of the keys.

// src/gpu/buffers.rs reads it.
struct PoolingTrace {
    interest: array<f32, WIDTH>, // v
    steps: array<PoolingTraceStep, MAX_STEPS>,
}

struct PoolingTraceStep {
    score: f32,
    weight: f32,
}

// Writes down a step of the inspected candidates.
fn trace_step(group: u32, step: u32, score: vec4<f32>, weight: vec4<f32>) {
    if (group >= request.first_inspected) {
        for (var candidate = 0u; candidate < 4u; candidate++) {
            let slot = (group - request.first_inspected) * 4u + candidate;
            if (slot < request.inspected) {
                traces[slot].steps[step] = PoolingTraceStep(score[candidate], weight[candidate]);
            }
        }
    }
}

// Writes down a unit of the inspected candidates' interest.
fn trace_interest(group: u32, unit: u32, interest: vec4<f32>) {
    if (group >= request.first_inspected) {
        for (var candidate = 0u; candidate < 4u; candidate++) {
            let slot = (group - request.first_inspected) * 4u + candidate;
            if (slot < request.inspected) {
                traces[slot].interest[unit] = interest[candidate];
            }
        }
    }
}
