// Our engine on its page: ?backend=gpu, cpu or auto.

import load, { Device, Network } from "bench_engine";
import { offer } from "./contract.js";

const backend = new URLSearchParams(location.search).get("backend") ?? "auto";
let device;

offer({
  async init() {
    await load();
    device = await Device.open(backend);
  },
  async open(network, weights, categories) {
    const rows = Uint32Array.from(categories);
    const engine = await Network.load(device, `${network}.safetensors`, new Uint8Array(weights), rows);
    let ranked;
    let warm;
    return async (history, candidates) => {
      if (warm) engine.adopt(warm);
      warm = undefined;
      if (candidates !== ranked) engine.set_candidates(candidates);
      const first = !ranked;
      ranked = candidates;
      const ranking = await engine.rank(history, candidates[0]);
      const { p, attention, backend: on, gpu_ms: gpuMs, stages: names, stage_ms: times } = ranking;
      ranking.free();
      // The CPU has answered at once. When the answer is out, a GPU is made ready, and it takes over.
      if (first && backend === "auto") {
        const stages = new Promise((resolve) => setTimeout(resolve)).then(() => engine.warm_up().run());
        window.warm = stages.then((made) => (warm = made), console.error);
      }
      return { p, attention, on, gpuMs, stages: names.map((stage, index) => ({ stage, ms: times[index] })) };
    };
  },
});
