// What is measured.

export const NETWORKS = ["din", "dien"];
/** Clicks in the history, T. */
export const LENGTHS = [10, 50, 100];
/** Candidates, N. */
export const COUNTS = [1, 100, 1000, 5000];
/** What is left of it in a quick run. */
export const QUICK = { lengths: [50], counts: [100, 1000] };
/** The first ranking after a navigation. */
export const FIRST = { history: 50, candidates: 100 };
/** The app's own page among them. */
export const WHOLE_PAGE = "Interest Lens, the whole page";
/** A page that fetches the files of our engine's network, and computes nothing. */
export const NO_ENGINE = "no engine, the files alone";
/** How far a probability or a weight of attention may be from ours. */
export const TOLERANCE = 1e-4;

/** Numbers of candidates whose times are compared, ours, the smaller one first. */
export const GROWTH = [1000, 5000];

/** Each engine: its page and, for ours, its backend, and the device that it is compared on. */
export const ENGINES = {
  "ours cpu": { ours: true, page: ["ours", "cpu"], device: "wasm" },
  "ours gpu": { ours: true, page: ["ours", "gpu"], device: "webgpu" },
  "ours auto": { ours: true, page: ["ours", "auto"] },
  "ONNX Runtime Web webgpu": { page: ["onnxruntime-webgpu"], device: "webgpu" },
  "ONNX Runtime Web wasm": { page: ["onnxruntime-wasm"], device: "wasm" },
  "TensorFlow.js webgpu": { page: ["tensorflow-webgpu"], device: "webgpu" },
  "TensorFlow.js wasm": { page: ["tensorflow-wasm"], device: "wasm" },
};

/** The files of the models folder that a page needs to open a network for histories of this length. */
export function modelFiles(page, network, steps) {
  const [library, provider] = page.split("-");
  if (library !== "onnxruntime") return [`${network}.safetensors`, "categories.json"];
  // On webgpu DIEN is unrolled, so it is another file for each length of history.
  const unrolled = network === "dien" && provider === "webgpu";
  return [`${network}-${provider}${unrolled ? `-${steps}` : ""}.onnx`];
}
