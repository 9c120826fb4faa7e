// What trains, and what of it is measured.

/** The networks that are trained. */
export const TRAINED = ["embedding-mlp", "tin", "din", "dien"];
/** And those of them that the peer trains, too. */
export const COMPARED = ["embedding-mlp", "tin", "din"];

/** The peer's backends. */
export const BACKENDS = ["wasm", "webgpu", "webgl", "cpu"];
/** How the gradients of its layers come about: gradients.js. */
export const GRADIENTS = ["own", "derived"];

export const OURS = "ours";
export const NATIVE = "ours, native";
/** What a peer is called. */
export const peerName = ({ backend, gradients }) => `TensorFlow.js ${backend}, ${gradients} gradients`;

/** Steps of the epoch that is timed, and of the one that is tried with every backend. */
export const STEPS = { timed: 12, trial: 2 };
/** How many steps are compared by their losses. */
export const CHECKED_STEPS = 5;
/** How far the peer's may be from ours: less than a fault in Dice's statistics or in Adam's moments would make. */
export const LOSS_TOLERANCE = 2e-5;
/** How often everybody has a turn of an epoch, after one that is not counted. */
export const ROUNDS = 7;
/** Trainings after one another, in which memory is watched. */
export const RUNS = 10;
/** What is left of it in a quick run. */
export const QUICK = { rounds: 3, checkedSteps: 2, memory: "trial" };
/** For how long a backend may begin and train two short epochs; the slow ones would take minutes. */
export const LIMIT_MS = 20_000;
