// Uses HIDDEN (constants).
//
// What the stages of DIEN share.

// The three gates of a recurrent layer.
struct Gates {
    reset: array<f32, HIDDEN>, // r
    update: array<f32, HIDDEN>, // u, 1 writes and 0 keeps
    candidate: array<f32, HIDDEN>, // n
}

// The second recurrent layer, second_gru or interest_evolution, without the W of its input: what that gives is in InterestStep.
struct SecondLayer {
    hidden: array<Gates, HIDDEN>, // U
    hidden_bias: Gates, // c
    input_bias: Gates, // b
}

// What one step of the history leaves for every candidate.
struct InterestStep {
    state: array<f32, HIDDEN>, // h_t; h'_t of a second GRU
    gates: Gates, // h_t·W of the second layer's input, without its bias; r_t, u_t, n_t of a second GRU
}

// What DIEN computed for one inspected candidate at one step.
struct DienTraceStep {
    score: f32,
    attention: f32,
    reset: array<f32, HIDDEN>,
    update: array<f32, HIDDEN>,
    attentional_update: array<f32, HIDDEN>,
    candidate: array<f32, HIDDEN>,
    state: array<f32, HIDDEN>,
}
