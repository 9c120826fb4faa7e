// Uses slots_of (shared); request, traces (stage); MAX_STEPS, WIDTH (constants).
//
// What the stages share that make the interest a weighted sum of the keys.

// pooling.rs reads it.
struct PoolingTrace {
    interest: array<f32, WIDTH>, // v
    steps: array<PoolingTraceStep, MAX_STEPS>,
}

struct PoolingTraceStep {
    score: f32,
    weight: f32,
}

// Writes down a step of the inspected candidates.
fn trace_step(quad: u32, step: u32, score: vec4<f32>, weight: vec4<f32>) {
    let slots = slots_of(request, quad);
    for (var slot = slots.first; slot < slots.end; slot++) {
        traces[slot].steps[step] = PoolingTraceStep(score[slot % 4u], weight[slot % 4u]);
    }
}

// Writes down a unit of the inspected candidates' interest.
fn trace_interest(quad: u32, unit: u32, interest: vec4<f32>) {
    let slots = slots_of(request, quad);
    for (var slot = slots.first; slot < slots.end; slot++) {
        traces[slot].interest[unit] = interest[slot % 4u];
    }
}
