// Uses Request, slots_of, softmax, step_weights (shared); DienTraceStep, InterestStep (recurrent); BILINEAR, EVOLUTION,
// GRU, HIDDEN, INTEREST_WIDTH, KEY_WIDTH, MAX_STEPS, SCORED, SCORE_SCALE, SOFTMAX, TILE, WORKGROUP (constants).
//
// DIEN's attention (Zhou et al. 2019, section "Interest Evolving Layer"):
//     score_t = s_t·W·q    (1)
//     a_t = softmax_t(score_t)    (2)
//     v = Σ_t a_t h'_t after a second GRU    (3)
// where s_t is the interest state h_t, or h'_t of a second GRU. By configuration the score is that of local_activation, and
// a_t the score, softmax(score) or softmax(score/√hidden); without attention a_t is 1 at the last step and 0 before.
// Without history v is 0.
// queries [quad, hidden] with W·q, steps [step], scores [row, step] -> attentions [row, step] in place of the scores,
// interests [row, hidden] of a second GRU, and traces of the inspected candidates. A workgroup takes one quad: an
// invocation a step for the attention, then a unit for the sum.

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> queries: array<array<array<vec4<f32>, TILE>, KEY_WIDTH>>;
@group(0) @binding(2) var<storage, read> steps: array<InterestStep, MAX_STEPS>;
@group(0) @binding(3) var<storage, read_write> attentions: array<array<vec4<f32>, MAX_STEPS>>;
@group(0) @binding(4) var<storage, read_write> interests: array<array<vec4<f32>, INTEREST_WIDTH>>;
@group(0) @binding(5) var<storage, read_write> traces: array<array<DienTraceStep, MAX_STEPS>>;

fn score(quad: u32, row: u32, step: u32) -> vec4<f32> {
    if (!SCORED) {
        return vec4(0.0);
    }
    if (!BILINEAR) {
        return attentions[row][step];
    }
    var sum = vec4(0.0);
    for (var unit = 0u; unit < HIDDEN; unit++) {
        sum += queries[quad / TILE][unit][quad % TILE] * steps[step].state[unit]; // (1)
    }
    return sum;
}

// What the second GRU computed, the same for every candidate.
fn trace_second_gru(slot: u32, step: u32) {
    for (var unit = 0u; unit < HIDDEN; unit++) {
        traces[slot][step].reset[unit] = steps[step].gates.reset[unit];
        traces[slot][step].update[unit] = steps[step].gates.update[unit];
        traces[slot][step].attentional_update[unit] = steps[step].gates.update[unit];
        traces[slot][step].candidate[unit] = steps[step].gates.candidate[unit];
        traces[slot][step].state[unit] = steps[step].state[unit];
    }
}

@compute @workgroup_size(WORKGROUP)
fn interest_attention(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let quad = request.first_quad + row;
    for (var step = lane; step < request.steps; step += WORKGROUP) {
        if (SCORED) {
            step_weights[step] = score(quad, row, step); // (1)
        } else {
            step_weights[step] = vec4(select(0.0, 1.0, step + 1u == request.steps));
        }
    }
    if (SCORED && SOFTMAX) {
        softmax(lane, request.steps, SCORE_SCALE); // (2)
    }
    for (var step = lane; step < request.steps; step += WORKGROUP) {
        let attention = step_weights[step]; // (2)
        let slots = slots_of(request, quad);
        if (slots.first < slots.end) {
            let score = score(quad, row, step);
            for (var slot = slots.first; slot < slots.end; slot++) {
                traces[slot][step].score = score[slot % 4u];
                traces[slot][step].attention = attention[slot % 4u];
                if (EVOLUTION == GRU) {
                    trace_second_gru(slot, step);
                }
            }
        }
        attentions[row][step] = attention;
    }
    if (EVOLUTION == GRU) {
        workgroupBarrier();
        for (var unit = lane; unit < HIDDEN; unit += WORKGROUP) {
            var interest = vec4(0.0);
            for (var step = 0u; step < request.steps; step++) {
                interest += step_weights[step] * steps[step].state[unit]; // (3)
            }
            interests[row][unit] = interest;
        }
    }
}
