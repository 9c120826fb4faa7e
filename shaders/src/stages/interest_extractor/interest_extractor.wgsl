// Uses History, Request, hyperbolic_tangent, sigmoid (shared); Gates, InterestStep (recurrent); HIDDEN, MAX_STEPS,
// RESET_BEFORE, RESET_UNITS, WIDTH, WORKGROUP (constants).
//
// DIEN's interest extractor (Zhou et al. 2019, section "Interest Extractor Layer"; two biases):
//     r, u = σ(x·W + b + h·U + c)    (1)
//     n = tanh(x·W + b + r⊙(h·U + c))    (2)
//     n = tanh(x·W + b + (r⊙h)·U + c) where the reset gate acts before the product    (3)
//     h_t = (1−u)⊙h_{t−1} + u⊙n    (4)
// keys [step, H] -> interest_steps [step]: h_t [hidden], and what depends on it alone, h_t·W of the second recurrent
// layer's input [3·hidden]. One workgroup runs from the first step that changed, so that a click costs one step; an
// invocation a unit.

struct InterestExtractor {
    input: array<Gates, WIDTH>, // W
    input_bias: Gates, // b
    hidden: array<Gates, HIDDEN>, // U
    hidden_bias: Gates, // c
    second_input: array<Gates, HIDDEN>, // W of the second layer
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: InterestExtractor;
@group(0) @binding(2) var<storage, read> history: History;
@group(0) @binding(3) var<storage, read_write> interest_steps: array<InterestStep, MAX_STEPS>;

// h_{t−1}, then h_t
var<workgroup> state: array<f32, HIDDEN>;
// r⊙h_{t−1}, u, and x·W + b of n, if RESET_BEFORE; RESET_UNITS is HIDDEN then, else 1.
var<workgroup> gated: array<vec3<f32>, RESET_UNITS>;

@compute @workgroup_size(WORKGROUP)
fn interest_extractor(@builtin(local_invocation_index) lane: u32) {
    for (var unit = lane; unit < HIDDEN; unit += WORKGROUP) {
        if (request.first_step == 0u) {
            state[unit] = 0.0;
        } else {
            state[unit] = interest_steps[request.first_step - 1u].state[unit];
        }
    }
    workgroupBarrier();
    for (var step = request.first_step; step < request.steps; step++) {
        for (var unit = lane; unit < HIDDEN; unit += WORKGROUP) {
            // x·W + b and h·U + c, of r, u and n.
            var input = vec3(weights.input_bias.reset[unit], weights.input_bias.update[unit], weights.input_bias.candidate[unit]); // (1, 2, 3)
            for (var k = 0u; k < WIDTH; k++) {
                input += history.keys[step][k] // (1, 2, 3)
                    * vec3(weights.input[k].reset[unit], weights.input[k].update[unit], weights.input[k].candidate[unit]); // (1, 2, 3)
            }
            var hidden = vec3(weights.hidden_bias.reset[unit], weights.hidden_bias.update[unit], weights.hidden_bias.candidate[unit]); // (1, 2)
            for (var k = 0u; k < HIDDEN; k++) {
                hidden += state[k] // (1, 2)
                    * vec3(weights.hidden[k].reset[unit], weights.hidden[k].update[unit], weights.hidden[k].candidate[unit]); // (1, 2)
            }
            let gates = sigmoid(vec4(input.xy + hidden.xy, 0.0, 0.0)); // (1)
            let r = gates.x; // (1)
            let u = gates.y; // (1)
            if (RESET_BEFORE) {
                gated[unit] = vec3(r * state[unit], u, input.z); // (3)
            } else {
                let n = hyperbolic_tangent(vec4(input.z + r * hidden.z)).x; // (2)
                interest_steps[step].state[unit] = (1.0 - u) * state[unit] + u * n; // (4)
            }
        }
        workgroupBarrier();
        for (var unit = lane; unit < HIDDEN; unit += WORKGROUP) {
            if (RESET_BEFORE) {
                var hidden = weights.hidden_bias.candidate[unit]; // (3)
                for (var k = 0u; k < HIDDEN; k++) {
                    hidden += gated[k].x * weights.hidden[k].candidate[unit]; // (3)
                }
                let u = gated[unit].y;
                let n = hyperbolic_tangent(vec4(gated[unit].z + hidden)).x; // (3)
                interest_steps[step].state[unit] = (1.0 - u) * state[unit] + u * n; // (4)
            }
            state[unit] = interest_steps[step].state[unit];
        }
        workgroupBarrier();
        for (var unit = lane; unit < HIDDEN; unit += WORKGROUP) {
            var sum = vec3(0.0);
            for (var k = 0u; k < HIDDEN; k++) {
                sum += state[k] * vec3(
                    weights.second_input[k].reset[unit],
                    weights.second_input[k].update[unit],
                    weights.second_input[k].candidate[unit],
                );
            }
            interest_steps[step].gates.reset[unit] = sum.x;
            interest_steps[step].gates.update[unit] = sum.y;
            interest_steps[step].gates.candidate[unit] = sum.z;
        }
    }
}
