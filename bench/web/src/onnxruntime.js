// ONNX Runtime Web on its pages. The build sets PROVIDER to "webgpu" or "wasm"; "onnxruntime" is the package's part for it.

import { InferenceSession, Tensor, env } from "onnxruntime";
import { offer } from "./contract.js";

env.logLevel = "error";
env.wasm.numThreads = 1;
env.wasm.wasmPaths = { wasm: new URL(WASM_FILE, location.href).href };

offer({
  // The session brings it up.
  async init() {},
  async open(_, model) {
    const session = await InferenceSession.create(new Uint8Array(model), {
      executionProviders: [PROVIDER],
      graphOptimizationLevel: "all",
    });
    const rows = (values) => new Tensor("int32", Int32Array.from(values), [values.length]);
    return async (history, candidates) => {
      const { answer } = await session.run({ history: rows(history), candidates: rows(candidates) });
      const values = await answer.getData();
      const [p, attention] = [values.slice(0, candidates.length), values.slice(candidates.length)];
      answer.dispose();
      return { p, attention };
    };
  },
});
