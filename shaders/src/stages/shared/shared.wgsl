// Uses DICE, LOWEST, MAX_STEPS, SIGMOID, WIDTH, WORKGROUP (constants).
//
// What all stages share. The constants, such as WIDTH and HIDDEN, are written above this: each stage's mod.rs gives its own.
// A stage's file begins with what it takes from elsewhere, then come its equations, which are numbered, and the lines that compute one end in its number.
//
// A quad is four candidates side by side in a vec4. The quads of the ranked candidates come first; after them, from
// request.first_inspected on, come the inspected candidates once more, so that a stage computes both alike and leaves a
// trace of the latter. A tile is TILE quads, so that neighbouring invocations read neighbouring queries.
//
// A dispatch takes one batch of at most BATCH quads. What a stage leaves for the next, scores and interests, has a row for
// each quad of a batch alone, so that its memory does not grow with the catalogue.

// src/gpu/spec.rs writes it.
struct Request {
    steps: u32, // T, items in the history
    first_step: u32, // the first step that changed since the last ranking
    first_quad: u32, // the first quad of this batch
    quads: u32, // quads of this batch
    first_inspected: u32, // the first quad of inspected candidates
    inspected: u32, // inspected candidates
    candidates: u32, // ranked candidates
    best: u32, // how many of them are read, best first
}

struct History {
    key_sum: array<f32, WIDTH>, // Σ_j k_j
    keys: array<array<f32, WIDTH>, MAX_STEPS>, // k_j
}

// Where the candidates of a quad lie in traces: from first on and before end, candidate slot % 4 of the quad each; nowhere
// unless they are inspected.
struct Slots {
    first: u32,
    end: u32,
}

fn slots_of(request: Request, quad: u32) -> Slots {
    if (quad < request.first_inspected) {
        return Slots(0u, 0u);
    }
    let first = (quad - request.first_inspected) * 4u;
    return Slots(first, min(first + 4u, request.inspected));
}

// WGSL leaves open what an overflow gives, so that the arguments of exp are kept where it has none.
fn sigmoid(x: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp(-clamp(x, vec4(-80.0), vec4(80.0))));
}

// The built-in tanh may be off by 1e-5 on some devices.
fn hyperbolic_tangent(x: vec4<f32>) -> vec4<f32> {
    return 1.0 - 2.0 / (1.0 + exp(2.0 * clamp(x, vec4(-20.0), vec4(20.0))));
}

// f(s) = s·(α + (1−α)·p); p is 1 or 0 by the sign of s (PRELU; α is 0 for ReLU) or σ(scale·s + shift) (DICE);
// or f(s) = σ(s) (SIGMOID).
fn activate(s: vec4<f32>, kind: u32, alpha: f32, scale: f32, shift: f32) -> vec4<f32> {
    if (kind == DICE) {
        return s * (alpha + (1.0 - alpha) * sigmoid(scale * s + shift));
    }
    if (kind == SIGMOID) {
        return sigmoid(s);
    }
    return select(alpha * s, s, s > vec4(0.0));
}

var<workgroup> partial: array<vec4<f32>, WORKGROUP>;

// The greatest of all invocations' values.
fn workgroup_max(lane: u32, value: vec4<f32>) -> vec4<f32> {
    partial[lane] = value;
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (lane < half) {
            partial[lane] = max(partial[lane], partial[lane + half]);
        }
    }
    return workgroupUniformLoad(&partial[0]);
}

// The sum of all invocations' values.
fn workgroup_sum(lane: u32, value: vec4<f32>) -> vec4<f32> {
    partial[lane] = value;
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (lane < half) {
            partial[lane] += partial[lane + half];
        }
    }
    return workgroupUniformLoad(&partial[0]);
}

// Of one quad, each step's score and then its weight.
var<workgroup> step_weights: array<vec4<f32>, MAX_STEPS>;

// step_weights = softmax(scale·step_weights). An invocation reads and writes its own steps alone, every WORKGROUP-th.
fn softmax(lane: u32, steps: u32, scale: f32) {
    var highest = vec4(LOWEST);
    for (var step = lane; step < steps; step += WORKGROUP) {
        highest = max(highest, step_weights[step]);
    }
    highest = workgroup_max(lane, highest);
    var sum = vec4(0.0);
    for (var step = lane; step < steps; step += WORKGROUP) {
        let power = exp((step_weights[step] - highest) * scale);
        step_weights[step] = power;
        sum += power;
    }
    let share = 1.0 / workgroup_sum(lane, sum);
    for (var step = lane; step < steps; step += WORKGROUP) {
        step_weights[step] *= share;
    }
}
