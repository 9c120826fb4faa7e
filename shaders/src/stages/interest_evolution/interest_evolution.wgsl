// Uses Request, hyperbolic_tangent, sigmoid, slots_of (shared); DienTraceStep, Gates, InterestStep, SecondLayer
// (recurrent); AGRU, AIGRU, AUGRU, AUGRU_AUTHORS, EVOLUTION, EVOLUTION_LANES, EVOLUTION_QUADS, HIDDEN, HIDDEN_FITS,
// HIDDEN_ROWS, INTEREST_WIDTH, MAX_STEPS, RESET_BEFORE, RESET_UNITS (constants).
//
// DIEN's interest evolution (Zhou et al. 2019, section "Interest Evolving Layer"), every candidate in one dispatch:
//     r, u = σ(x·W + b + h'·U + c)    (1)
//     n = tanh(x·W + b + r⊙(h'·U + c))    (2)
//     n = tanh(x·W + b + (r⊙h')·U + c) where the reset gate acts before the product    (3)
//     ũ = a_t·u (AUGRU), a_t (AGRU), u (AIGRU), 1 − (1−a_t)·(1−u) (the gate of the authors' code)    (4)
//     h'_t = (1−ũ)⊙h'_{t−1} + ũ⊙n    (5)
//     x = h_t, or a_t·h_t (AIGRU)    (6)
// interest_steps [step] with h_t·W [3·hidden], attentions [row, step] -> interests [row, hidden], and traces. A
// workgroup takes EVOLUTION_QUADS quads through all steps, an invocation a unit; U in workgroup memory where it fits.

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> weights: SecondLayer;
@group(0) @binding(2) var<storage, read> interest_steps: array<InterestStep, MAX_STEPS>;
@group(0) @binding(3) var<storage, read> attentions: array<array<vec4<f32>, MAX_STEPS>>;
@group(0) @binding(4) var<storage, read_write> interests: array<array<vec4<f32>, INTEREST_WIDTH>>;
@group(0) @binding(5) var<storage, read_write> traces: array<array<DienTraceStep, MAX_STEPS>>;

// U, if HIDDEN_FITS; HIDDEN_ROWS is HIDDEN then, else 1.
var<workgroup> hidden_weights: array<Gates, HIDDEN_ROWS>;
// h'_{t−1} and h'_t, in turns.
var<workgroup> states: array<array<array<vec4<f32>, HIDDEN>, EVOLUTION_QUADS>, 2>;
// r⊙h'_{t−1}, if RESET_BEFORE; RESET_UNITS is HIDDEN then, else 1.
var<workgroup> reset_states: array<array<vec4<f32>, RESET_UNITS>, EVOLUTION_QUADS>;

fn hidden_weight(k: u32, unit: u32) -> vec3<f32> {
    if (HIDDEN_FITS) {
        return vec3(hidden_weights[k].reset[unit], hidden_weights[k].update[unit], hidden_weights[k].candidate[unit]);
    }
    return vec3(weights.hidden[k].reset[unit], weights.hidden[k].update[unit], weights.hidden[k].candidate[unit]);
}

// a_t where it scales the input.
fn input_scale(a: vec4<f32>) -> vec4<f32> {
    if (EVOLUTION == AIGRU) {
        return a; // (6)
    }
    return vec4(1.0);
}

// ũ
fn attentional_update(a: vec4<f32>, u: vec4<f32>) -> vec4<f32> {
    if (EVOLUTION == AGRU) {
        return a; // (4)
    }
    if (EVOLUTION == AUGRU) {
        return a * u; // (4)
    }
    if (EVOLUTION == AUGRU_AUTHORS) {
        return 1.0 - (1.0 - a) * (1.0 - u); // (4)
    }
    return u; // (4)
}

// Writes down a unit's gates for the inspected candidates.
fn trace_gates(quad: u32, step: u32, unit: u32, r: vec4<f32>, u: vec4<f32>) {
    let slots = slots_of(request, quad);
    for (var slot = slots.first; slot < slots.end; slot++) {
        traces[slot][step].reset[unit] = r[slot % 4u];
        traces[slot][step].update[unit] = u[slot % 4u];
    }
}

// Writes down what made a unit's state.
fn trace_state(quad: u32, step: u32, unit: u32, gate: vec4<f32>, n: vec4<f32>, state: vec4<f32>) {
    let slots = slots_of(request, quad);
    for (var slot = slots.first; slot < slots.end; slot++) {
        traces[slot][step].attentional_update[unit] = gate[slot % 4u];
        traces[slot][step].candidate[unit] = n[slot % 4u];
        traces[slot][step].state[unit] = state[slot % 4u];
    }
}

// A quad at one step: where its values lie, and its attention a_t.
struct Place {
    quad: u32,
    slot: u32, // in the workgroup
    step: u32,
    now: u32, // which of the states is h'_{t−1}
    a: vec4<f32>,
}

// x·W + b of n.
fn candidate_input(at: Place, unit: u32) -> vec4<f32> {
    return input_scale(at.a) * interest_steps[at.step].gates.candidate[unit] // (2, 3, 6)
        + weights.input_bias.candidate[unit]; // (2, 3)
}

// Makes h'_t of a unit out of u and n.
fn renew_state(at: Place, unit: u32, u: vec4<f32>, n: vec4<f32>) {
    let gate = attentional_update(at.a, u); // (4)
    let state = (1.0 - gate) * states[at.now][at.slot][unit] + gate * n; // (5)
    states[1u - at.now][at.slot][unit] = state;
    trace_state(at.quad, at.step, unit, gate, n, state);
}

// The second half of a step where the reset gate acts before the product, for n takes r⊙h' of all units. Since the first
// half u has lain in the place of the unit's new state.
fn renew_after_reset(at: Place, first_unit: u32) {
    for (var unit = first_unit; unit < HIDDEN; unit += EVOLUTION_LANES) {
        // (r⊙h')·U + c of n.
        var hidden_n = vec4(weights.hidden_bias.candidate[unit]); // (3)
        for (var k = 0u; k < HIDDEN; k++) {
            hidden_n += reset_states[at.slot][k] * hidden_weight(k, unit).z; // (3)
        }
        let n = hyperbolic_tangent(candidate_input(at, unit) + hidden_n); // (3)
        renew_state(at, unit, states[1u - at.now][at.slot][unit], n);
    }
}

@compute @workgroup_size(EVOLUTION_LANES, EVOLUTION_QUADS)
fn interest_evolution(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_id) invocation: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = invocation.y;
    // A workgroup that reaches over the end computes its last quad more than once.
    let row = min(workgroup.x * EVOLUTION_QUADS + slot, request.quads - 1u);
    let quad = request.first_quad + row;
    if (HIDDEN_FITS) {
        for (var index = lane; index < HIDDEN * HIDDEN; index += EVOLUTION_LANES * EVOLUTION_QUADS) {
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
        let at = Place(quad, slot, step, now, attentions[row][step]);
        for (var unit = invocation.x; unit < HIDDEN; unit += EVOLUTION_LANES) {
            // h'·U + c of r, u and n, for four candidates.
            var hidden_r = vec4(weights.hidden_bias.reset[unit]); // (1)
            var hidden_u = vec4(weights.hidden_bias.update[unit]); // (1)
            var hidden_n = vec4(weights.hidden_bias.candidate[unit]); // (2)
            for (var k = 0u; k < HIDDEN; k++) {
                let h = states[now][slot][k];
                let weight = hidden_weight(k, unit);
                hidden_r += h * weight.x; // (1)
                hidden_u += h * weight.y; // (1)
                if (!RESET_BEFORE) {
                    hidden_n += h * weight.z; // (2)
                }
            }
            let x = input_scale(at.a); // (6)
            let input_r = x * interest_steps[step].gates.reset[unit] + weights.input_bias.reset[unit]; // (1)
            let input_u = x * interest_steps[step].gates.update[unit] + weights.input_bias.update[unit]; // (1)
            let r = sigmoid(input_r + hidden_r); // (1)
            let u = sigmoid(input_u + hidden_u); // (1)
            trace_gates(quad, step, unit, r, u);
            if (RESET_BEFORE) {
                reset_states[slot][unit] = r * states[now][slot][unit]; // (3)
                states[1u - now][slot][unit] = u;
            } else {
                renew_state(at, unit, u, hyperbolic_tangent(candidate_input(at, unit) + r * hidden_n)); // (2)
            }
        }
        if (RESET_BEFORE) {
            workgroupBarrier();
            renew_after_reset(at, invocation.x);
        }
        workgroupBarrier();
        now = 1u - now;
    }
    for (var unit = invocation.x; unit < HIDDEN; unit += EVOLUTION_LANES) {
        interests[row][unit] = states[now][slot][unit];
    }
}
