// Our trainer, as the app's page uses it: a wasm in a worker, which is told what to do and tells what it did
// (training/src/messages.rs).

import { offer } from "./contract.js";
import { bytes, trainingOf } from "./files.js";

const TRAINER = "../trainer/";

offer(async (set, network) => {
  const wasm = new Uint8Array(await bytes(`${TRAINER}trainer_bg.wasm`));
  const { config, train, ...files } = await trainingOf(set, network);
  const [training, catalogue, validation, from] = ["users", "catalogue", "validation", "weights"].map((file) => {
    return new Uint8Array(files[file]);
  });
  const start = { config, train, catalogue, training, validation, from, evaluate_every: null, own: [], checkpoint: null };

  const worker = new Worker(`${TRAINER}trainer_worker.js`);
  let epochs;
  let waiting;
  /** Until there is what `is` looks for. */
  const until = (is) =>
    new Promise((resolve, reject) => {
      waiting = { is, resolve, reject };
      if (is()) resolve();
    });
  let finished;
  worker.onerror = ({ message }) => waiting.reject(new Error(message));
  worker.onmessage = ({ data }) => {
    const [[kind, report]] = Object.entries(data);
    if (kind === "failed") waiting.reject(new Error(report.problem));
    if (kind === "step") {
      // Reports tell of all steps, and are made before and after whatever is no step.
      const epoch = (epochs[report.epoch] ??= { ms: 0, losses: [] });
      epoch.ms += (report.losses.length / report.rate) * 1000;
      epoch.losses.push(...report.losses);
    }
    // What the network can before the first epoch is evaluated, too, and is no best.
    if (kind === "evaluated" && typeof report.best === "boolean") {
      ask("pause");
      epochs[report.epoch].isOver = true;
    }
    if (kind === "finished") finished = true;
    if (waiting.is()) waiting.resolve();
  };
  const ask = (command, wasm = null) => worker.postMessage([wasm, command]);
  const begin = (wasm) => {
    [epochs, finished] = [[undefined], false];
    ask({ start }, wasm);
    ask("pause");
  };
  begin(wasm);
  let number = 0;
  return {
    async epoch() {
      number += 1;
      ask("resume");
      await until(() => epochs[number]?.isOver);
      const { ms, losses } = epochs[number];
      return { ms, losses };
    },
    async again() {
      ask("stop");
      await until(() => finished);
      number = 0;
      begin(null);
    },
    close() {
      worker.terminate();
    },
  };
});
