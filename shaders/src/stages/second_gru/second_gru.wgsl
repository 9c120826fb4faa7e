// Uses Request, hyperbolic_tangent, sigmoid (shared); InterestStep, SecondLayer (recurrent); HIDDEN, MAX_STEPS,
// RESET_BEFORE, RESET_UNITS, WORKGROUP (constants).
//
// DIEN's second recurrent layer where attention does not enter it (Zhou et al. 2019, section "Experiments", two layer
// GRU + attention):
//     r, u = σ(x·W + b + h'·U + c)    (1)
//     n = tanh(x·W + b + r⊙(h'·U + c))    (2)
//     n = tanh(x·W + b + (r⊙h')·U + c) where the reset gate acts before the product    (3)
//     h'_t = (1−u)⊙h'_{t−1} + u⊙n    (4)
// with x = h_t.
// interest_steps [step] with h_t·W [3·hidden] -> second_steps [step]: h'_t, r_t, u_t, n_t [hidden]. They are the same for
// every candidate, so that one workgroup runs from the first step that changed, as in interest_extractor.

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: SecondLayer;
@group(0) @binding(2) var<storage, read> interest_steps: array<InterestStep, MAX_STEPS>;
@group(0) @binding(3) var<storage, read_write> second_steps: array<InterestStep, MAX_STEPS>;

// h'_{t−1}, then h'_t
var<workgroup> state: array<f32, HIDDEN>;
// r⊙h'_{t−1}, if RESET_BEFORE; RESET_UNITS is HIDDEN then, else 1.
var<workgroup> reset_state: array<f32, RESET_UNITS>;

// x·W + b of n
fn candidate_input(step: u32, unit: u32) -> f32 {
    return interest_steps[step].gates.candidate[unit] + weights.input_bias.candidate[unit]; // (2, 3)
}

@compute @workgroup_size(WORKGROUP)
fn second_gru(@builtin(local_invocation_index) lane: u32) {
    for (var unit = lane; unit < HIDDEN; unit += WORKGROUP) {
        if (request.first_step == 0u) {
            state[unit] = 0.0;
        } else {
            state[unit] = second_steps[request.first_step - 1u].state[unit];
        }
    }
    workgroupBarrier();
    for (var step = request.first_step; step < request.steps; step++) {
        for (var unit = lane; unit < HIDDEN; unit += WORKGROUP) {
            // h'·U + c of r, u and n.
            var hidden = vec3(weights.hidden_bias.reset[unit], weights.hidden_bias.update[unit], weights.hidden_bias.candidate[unit]); // (1, 2)
            for (var k = 0u; k < HIDDEN; k++) {
                hidden += state[k] // (1, 2)
                    * vec3(weights.hidden[k].reset[unit], weights.hidden[k].update[unit], weights.hidden[k].candidate[unit]); // (1, 2)
            }
            let input_r = interest_steps[step].gates.reset[unit] + weights.input_bias.reset[unit]; // (1)
            let input_u = interest_steps[step].gates.update[unit] + weights.input_bias.update[unit]; // (1)
            let gates = sigmoid(vec4(input_r + hidden.x, input_u + hidden.y, 0.0, 0.0)); // (1)
            second_steps[step].gates.reset[unit] = gates.x;
            second_steps[step].gates.update[unit] = gates.y;
            if (RESET_BEFORE) {
                reset_state[unit] = gates.x * state[unit]; // (3)
            } else {
                let n = hyperbolic_tangent(vec4(candidate_input(step, unit) + gates.x * hidden.z)).x; // (2)
                second_steps[step].gates.candidate[unit] = n;
            }
        }
        workgroupBarrier();
        for (var unit = lane; unit < HIDDEN; unit += WORKGROUP) {
            if (RESET_BEFORE) {
                var hidden = weights.hidden_bias.candidate[unit]; // (3)
                for (var k = 0u; k < HIDDEN; k++) {
                    hidden += reset_state[k] * weights.hidden[k].candidate[unit]; // (3)
                }
                let n = hyperbolic_tangent(vec4(candidate_input(step, unit) + hidden)).x; // (3)
                second_steps[step].gates.candidate[unit] = n;
            }
            let u = second_steps[step].gates.update[unit];
            let n = second_steps[step].gates.candidate[unit];
            state[unit] = (1.0 - u) * state[unit] + u * n; // (4)
            second_steps[step].state[unit] = state[unit];
        }
        workgroupBarrier();
    }
}
