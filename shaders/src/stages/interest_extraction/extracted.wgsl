// Uses INTERESTS, MAX_STEPS, WIDTH (constants).
//
// What ComiRec-SA's stages share.

// interest_extraction/mod.rs reads it.
struct Extracted {
    interests: array<array<f32, WIDTH>, INTERESTS>, // v_k
    attention: array<array<f32, INTERESTS>, MAX_STEPS>, // A_kj
}
