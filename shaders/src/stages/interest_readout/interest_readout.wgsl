// Uses Request, slots_of (shared); Extracted (extracted); ARGMAX, INTERESTS, INTEREST_WIDTH, LOWEST, MAX_STEPS, TILE, WIDTH,
// WORKGROUP (constants).
//
// What a candidate reads of the interests (Cen et al. 2020, section "Aggregation Module"):
//     f_k = v_k·q    (1)
//     c = 1 for the first k of the greatest f_k, and 0 for all others    (2)
//     c = softmax_k(f_k) where a candidate reads all    (3)
//     v = Σ_k c_k v_k    (4)
//     α_j = Σ_k c_k A_kj    (5)
// so that v = Σ_j α_j k_j: α says how much of each click an inspected candidate reads.
// extracted: interests [interest, H] and their attention [step, interest]; queries [quad, H] -> interests [row, H], and
// traces of the inspected candidates. An invocation takes one quad.

// mod.rs reads it.
struct ReadoutTrace {
    interest: array<f32, INTEREST_WIDTH>, // v
    scores: array<f32, INTERESTS>, // f
    choice: array<f32, INTERESTS>, // c
    attention: array<f32, MAX_STEPS>, // α
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> extracted: Extracted;
@group(0) @binding(2) var<storage, read> queries: array<array<array<vec4<f32>, TILE>, WIDTH>>;
@group(0) @binding(3) var<storage, read_write> interests: array<array<vec4<f32>, INTEREST_WIDTH>>;
@group(0) @binding(4) var<storage, read_write> traces: array<ReadoutTrace>;

@compute @workgroup_size(WORKGROUP)
fn interest_readout(@builtin(global_invocation_id) invocation: vec3<u32>) {
    let row = invocation.x;
    if (row >= request.quads) {
        return;
    }
    let quad = request.first_quad + row;
    let slots = slots_of(request, quad);
    var scores: array<vec4<f32>, INTERESTS>;
    var choice: array<vec4<f32>, INTERESTS>;
    var highest = vec4(LOWEST);
    for (var k = 0u; k < INTERESTS; k++) {
        var score = vec4(0.0);
        for (var h = 0u; h < WIDTH; h++) {
            score += extracted.interests[k][h] * queries[quad / TILE][h][quad % TILE]; // (1)
        }
        scores[k] = score; // (1)
        highest = max(highest, score);
    }
    var sum = vec4(0.0);
    for (var k = 0u; k < INTERESTS; k++) {
        if (ARGMAX) {
            choice[k] = select(vec4(0.0), vec4(1.0) - sum, scores[k] == highest); // (2)
        } else {
            choice[k] = exp(scores[k] - highest); // (3)
        }
        sum += choice[k];
    }
    for (var k = 0u; k < INTERESTS; k++) {
        choice[k] /= sum; // (2, 3)
        for (var slot = slots.first; slot < slots.end; slot++) {
            traces[slot].scores[k] = scores[k][slot % 4u];
            traces[slot].choice[k] = choice[k][slot % 4u];
        }
    }

    for (var unit = 0u; unit < WIDTH; unit++) {
        var interest = vec4(0.0);
        for (var k = 0u; k < INTERESTS; k++) {
            interest += choice[k] * extracted.interests[k][unit]; // (4)
        }
        interests[row][unit] = interest;
        for (var slot = slots.first; slot < slots.end; slot++) {
            traces[slot].interest[unit] = interest[slot % 4u];
        }
    }
    for (var slot = slots.first; slot < slots.end; slot++) {
        for (var step = 0u; step < request.steps; step++) {
            var attention = 0.0;
            for (var k = 0u; k < INTERESTS; k++) {
                attention += choice[k][slot % 4u] * extracted.attention[step][k]; // (5)
            }
            traces[slot].attention[step] = attention;
        }
    }
}
