// Uses Request (shared); BEST_WORKGROUP, MAX_BEST (constants).
//
// The best candidates by click probability, found where they are so that they alone are read. Of two candidates of the same
// probability the one that comes first is the better.
// Radix selection: a candidate's key is the bits of p, which order as p ≥ 0 does, then those of ~i, i its place. Digit after
// digit from the highest, a histogram of the keys that agree with the threshold so far tells the threshold's next digit; the
// best keys are those from the threshold on, and each one's rank is how many of them are greater.
// probabilities [quad] -> best [rank]. One workgroup, each invocation every BEST_WORKGROUP-th candidate.

struct BestCandidate {
    candidate: u32, // i
    probability: f32, // p
}

@group(0) @binding(0) var<uniform> request: Request;
@group(0) @binding(1) var<storage, read> probabilities: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> best: array<BestCandidate, MAX_BEST>;

const DIGITS = 256u;
// How many keys have each digit.
var<workgroup> histogram: array<atomic<u32>, DIGITS>;
var<workgroup> threshold: vec2<u32>;
// How many keys are still wanted from among those that agree with the threshold.
var<workgroup> wanted: u32;
// The best keys in no order, and how many there are.
var<workgroup> found: array<vec2<u32>, MAX_BEST>;
var<workgroup> found_count: atomic<u32>;

fn key(candidate: u32) -> vec2<u32> {
    return vec2(bitcast<u32>(probabilities[candidate / 4u][candidate % 4u]), ~candidate);
}

fn greater(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.x > b.x || (a.x == b.x && a.y > b.y);
}

@compute @workgroup_size(BEST_WORKGROUP)
fn best_candidates(@builtin(local_invocation_index) lane: u32) {
    if (lane == 0u) {
        threshold = vec2(0u);
        wanted = request.best;
    }
    // The digits of the threshold that are known.
    var known = vec2(0u);
    for (var word = 0u; word < 2u; word++) {
        for (var shift = 32u; shift > 0u; ) {
            shift -= 8u;
            for (var digit = lane; digit < DIGITS; digit += BEST_WORKGROUP) {
                atomicStore(&histogram[digit], 0u);
            }
            workgroupBarrier();
            let prefix = threshold;
            for (var candidate = lane; candidate < request.candidates; candidate += BEST_WORKGROUP) {
                let key = key(candidate);
                if (all((key & known) == prefix)) {
                    atomicAdd(&histogram[(key[word] >> shift) % DIGITS], 1u);
                }
            }
            workgroupBarrier();
            if (lane == 0u) {
                var digit = DIGITS - 1u;
                while (digit > 0u && atomicLoad(&histogram[digit]) < wanted) {
                    wanted -= atomicLoad(&histogram[digit]);
                    digit--;
                }
                threshold[word] |= digit << shift;
            }
            known[word] |= (DIGITS - 1u) << shift;
            workgroupBarrier();
        }
    }

    for (var candidate = lane; candidate < request.candidates; candidate += BEST_WORKGROUP) {
        let key = key(candidate);
        if (!greater(threshold, key)) {
            found[atomicAdd(&found_count, 1u)] = key;
        }
    }
    workgroupBarrier();
    for (var index = lane; index < request.best; index += BEST_WORKGROUP) {
        var rank = 0u;
        for (var other = 0u; other < request.best; other++) {
            rank += u32(greater(found[other], found[index]));
        }
        best[rank] = BestCandidate(~found[index].y, bitcast<f32>(found[index].x));
    }
}
