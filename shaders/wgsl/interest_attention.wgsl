// DIEN's attention (Zhou et al. 2019, section "Interest Evolving Layer"): a_t = softmax_t(h_t·W·q).
// queries [group, H], interest_steps [step] with h_t·W [H] -> attentions [group, step], and traces of the inspected
// candidates. A workgroup takes one group, an invocation a step.

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> queries: array<array<array<vec4<f32>, TILE>, WIDTH>>;
@group(0) @binding(2) var<storage, read> interest_steps: array<InterestStep, MAX_STEPS>;
@group(0) @binding(3) var<storage, read_write> attentions: array<array<vec4<f32>, MAX_STEPS>>;
@group(0) @binding(4) var<storage, read_write> traces: array<array<DienTraceStep, MAX_STEPS>>;

fn score(group: u32, step: u32) -> vec4<f32> {
    var sum = vec4(0.0);
    for (var h = 0u; h < WIDTH; h++) {
        sum += queries[group / TILE][h][group % TILE] * interest_steps[step].attention[h];
    }
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn interest_attention(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let group = workgroup.x;
    for (var step = lane; step < request.steps; step += WORKGROUP) {
        step_weights[step] = score(group, step);
    }
    softmax(lane, request.steps, 1.0);
    for (var step = lane; step < request.steps; step += WORKGROUP) {
        let attention = step_weights[step];
        attentions[group][step] = attention;
        if (group >= request.first_inspected) {
            let score = score(group, step);
            for (var candidate = 0u; candidate < 4u; candidate++) {
                let slot = (group - request.first_inspected) * 4u + candidate;
                if (slot < request.inspected) {
                    traces[slot][step].score = score[candidate];
                    traces[slot][step].attention = attention[candidate];
                }
            }
        }
    }
}
