// DIEN's interest evolution (Zhou et al. 2019, section "Interest Evolving Layer"), every candidate in one dispatch:
//     r, u = σ(x·W + b + h'·U + c)    n = tanh(x·W + b + r⊙(h'·U + c))    h'_t = (1−ũ)⊙h'_{t−1} + ũ⊙n
// with x = h_t and ũ = a_t·u (AUGRU) or ũ = a_t (AGRU), or x = a_t·h_t and ũ = u (AIGRU);
// or ũ = 1 − (1−a_t)·(1−u) (the gate of the authors' code).
// interest_steps [step] with h_t·W [3·hidden], attentions [group, step] -> interests [group, hidden], and traces. A
// workgroup takes EVOLUTION_GROUPS groups through all steps, an invocation a unit; U in workgroup memory where it fits.

struct InterestEvolution {
    hidden: array<Gates, HIDDEN>, // U
    hidden_bias: Gates, // c
    input_bias: Gates, // b
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: InterestEvolution;
@group(0) @binding(2) var<storage, read> interest_steps: array<InterestStep, MAX_STEPS>;
@group(0) @binding(3) var<storage, read> attentions: array<array<vec4<f32>, MAX_STEPS>>;
@group(0) @binding(4) var<storage, read_write> interests: array<array<vec4<f32>, INTEREST_WIDTH>>;
@group(0) @binding(5) var<storage, read_write> traces: array<array<DienTraceStep, MAX_STEPS>>;

// U, if HIDDEN_FITS; HIDDEN_ROWS is HIDDEN then, else 1.
var<workgroup> hidden_weights: array<Gates, HIDDEN_ROWS>;
// h'_{t−1} and h'_t, in turns.
var<workgroup> states: array<array<array<vec4<f32>, HIDDEN>, EVOLUTION_GROUPS>, 2>;

fn hidden_weight(k: u32, unit: u32) -> vec3<f32> {
    if (HIDDEN_FITS) {
        return vec3(hidden_weights[k].reset[unit], hidden_weights[k].update[unit], hidden_weights[k].candidate[unit]);
    }
    return vec3(weights.hidden[k].reset[unit], weights.hidden[k].update[unit], weights.hidden[k].candidate[unit]);
}

@compute @workgroup_size(EVOLUTION_LANES, EVOLUTION_GROUPS)
fn interest_evolution(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_id) invocation: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = invocation.y;
    // A workgroup that reaches over the end computes its last group more than once.
    let group = min(workgroup.x * EVOLUTION_GROUPS + slot, request.groups - 1u);
    if (HIDDEN_FITS) {
        for (var index = lane; index < HIDDEN * HIDDEN; index += EVOLUTION_LANES * EVOLUTION_GROUPS) {
            let k = index / HIDDEN;
            let unit = index % HIDDEN;
            hidden_weights[k].reset[unit] = weights.hidden[k].reset[unit];
            hidden_weights[k].update[unit] = weights.hidden[k].update[unit];
            hidden_weights[k].candidate[unit] = weights.hidden[k].candidate[unit];
        }
    }
    for (var unit = invocation.x; unit < HIDDEN; unit += EVOLUTION_LANES) {
        states[0][slot][unit] = vec4(0.0);
    }
    workgroupBarrier();

    var now = 0u;
    for (var step = 0u; step < request.steps; step++) {
        let a = attentions[group][step];
        for (var unit = invocation.x; unit < HIDDEN; unit += EVOLUTION_LANES) {
            // h'·U + c of r, u and n, for four candidates.
            var hidden_r = vec4(weights.hidden_bias.reset[unit]);
            var hidden_u = vec4(weights.hidden_bias.update[unit]);
            var hidden_n = vec4(weights.hidden_bias.candidate[unit]);
            for (var k = 0u; k < HIDDEN; k++) {
                let h = states[now][slot][k];
                let weight = hidden_weight(k, unit);
                hidden_r += h * weight.x;
                hidden_u += h * weight.y;
                hidden_n += h * weight.z;
            }
            var x = vec4(1.0);
            if (EVOLUTION == AIGRU) {
                x = a;
            }
            let input_r = x * interest_steps[step].input.reset[unit] + weights.input_bias.reset[unit];
            let input_u = x * interest_steps[step].input.update[unit] + weights.input_bias.update[unit];
            let input_n = x * interest_steps[step].input.candidate[unit] + weights.input_bias.candidate[unit];
            let r = sigmoid(input_r + hidden_r);
            let u = sigmoid(input_u + hidden_u);
            let n = hyperbolic_tangent(input_n + r * hidden_n);
            var write = u;
            if (EVOLUTION == AGRU) {
                write = a;
            } else if (EVOLUTION == AUGRU) {
                write = a * u;
            } else if (EVOLUTION == AUGRU_AUTHORS) {
                write = 1.0 - (1.0 - a) * (1.0 - u);
            }
            let state = (1.0 - write) * states[now][slot][unit] + write * n;
            states[1u - now][slot][unit] = state;
            if (group >= request.first_inspected) {
                for (var candidate = 0u; candidate < 4u; candidate++) {
                    let row = (group - request.first_inspected) * 4u + candidate;
                    if (row < request.inspected) {
                        traces[row][step].reset[unit] = r[candidate];
                        traces[row][step].update[unit] = u[candidate];
                        traces[row][step].attentional_update[unit] = write[candidate];
                        traces[row][step].candidate[unit] = n[candidate];
                        traces[row][step].state[unit] = state[candidate];
                    }
                }
            }
        }
        workgroupBarrier();
        now = 1u - now;
    }
    for (var unit = invocation.x; unit < HIDDEN; unit += EVOLUTION_LANES) {
        interests[group][unit] = states[now][slot][unit];
    }
}
