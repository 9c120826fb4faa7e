// What the results say of training.

import { COMPARED, LIMIT_MS, NATIVE, OURS, RUNS, TRAINED, peerName } from "../src/training/sizes.js";
import { timesAsLong } from "../sums.js";
import { ms, number, table } from "../tables.js";

const NAMES = { "embedding-mlp": "Embedding & MLP", tin: "TIN", din: "DIN", dien: "DIEN" };
/** How many times as fast as the peer's our step is to be. */
const FASTER = { din: 3, tin: 4, "embedding-mlp": 4 };
/** How many times as long as natively it may take in the browser. */
const NATIVELY = { din: 1.5, dien: 2 };
/** How many times the memory after the second training that after the last may be. */
const GROWN = 1.1;

const timeOf = (times, network, engine) => times.find((time) => time.network === network && time.engine === engine);

/** The peers' times of a network, the fastest first. */
function peersOf(times, network) {
  const peers = times.filter((time) => time.network === network && ![OURS, NATIVE].includes(time.engine));
  return peers.sort((a, b) => a.ms - b.ms);
}

/** How many times the memory after the second training, when all that is needed is there, that after the last is. */
const growth = (bytes) => bytes.at(-1) / bytes[1];

/** The goals, as those of report.js. */
export function trainingGoals({ times, memory }) {
  const list = [];
  for (const [network, least] of Object.entries(FASTER)) {
    const [mine, [best, ...others]] = [timeOf(times, network, OURS), peersOf(times, network)];
    if (!best) continue;
    const ratio = timesAsLong(best, mine);
    const compared = [best, ...others].map((peer) => {
      return `${number(timesAsLong(peer, mine))} times (medians ${ms(mine.ms)} against ${ms(peer.ms)} of ${peer.engine})`;
    });
    const goal = `A training step in the browser against the fastest of TensorFlow.js, ${NAMES[network]}`;
    list.push({ goal, asked: `at least ${least} times as fast`, found: compared.join("; "), met: ratio >= least });
  }
  for (const [network, most] of Object.entries(NATIVELY)) {
    const [mine, native] = [timeOf(times, network, OURS), timeOf(times, network, NATIVE)];
    if (!native) continue;
    const ratio = timesAsLong(mine, native);
    const found = `${number(ratio)} times (medians ${ms(mine.ms)} against ${ms(native.ms)})`;
    const goal = `A training step in the browser against the native one on one thread, ${NAMES[network]}`;
    list.push({ goal, asked: `at most ${most} times as long`, found, met: ratio <= most });
  }
  const places = [
    ["in one worker", memory.oneWorker],
    ["in a worker each", memory.ownWorkers],
  ].filter(([, bytes]) => bytes);
  const grown = places.map(([place, bytes]) => `${number(growth(bytes))} times ${place}`);
  list.push({
    goal: `Memory after ${RUNS} trainings of ${NAMES[memory.network]} against that after the second`,
    asked: `at most ${GROWN} times`,
    found: grown.join(", "),
    met: places.every(([, bytes]) => growth(bytes) <= GROWN),
  });
  return list;
}

/** The section's parts. */
export function trainingSection({ trials, losses, times, memory }) {
  const engines = [...new Set(times.map(({ engine }) => engine))];
  const rows = TRAINED.map((network) => {
    const mine = timeOf(times, network, OURS);
    const cells = engines.map((engine) => {
      const time = timeOf(times, network, engine);
      if (!time) return "–";
      return engine === OURS ? number(time.ms) : `${number(time.ms)} (${number(timesAsLong(time, mine))})`;
    });
    return [NAMES[network], ...cells];
  });
  const mebibytes = (bytes) => (bytes ? bytes.map((value) => (value / 2 ** 20).toFixed(0)).join(", ") : "–");
  const tried = trials.map(({ network, error, ...trial }) => {
    const found = error
      ? `failed: ${error}`
      : trial.ms
        ? number(trial.ms)
        : `two short epochs took more than ${LIMIT_MS / 1000} s`;
    return [NAMES[network], peerName(trial), found];
  });
  const apart = Math.max(...losses.map((compared) => compared.apart));
  const steps = Math.min(...losses.map(({ ours }) => ours.length));
  return [
    "Milliseconds of a step of 256 histories, median of epochs in which all took turns, and in brackets how many times ours they are. Ours is the trainer in its worker, as in the app.",
    table(["", ...engines], rows),
    `Both train the same: in ${steps} steps from the same weights, in which nothing is left to chance, the losses of ${COMPARED.map((network) => NAMES[network]).join(", ")} are within ${apart.toExponential(0)} of ours. All backends of TensorFlow.js that were tried, shortly and one after the other:`,
    table(["", "peer", "ms a step"], tried),
    `Memory in MiB after each of ${RUNS} trainings of ${NAMES[memory.network]}: the wasm's, all in one worker, ${mebibytes(memory.oneWorker)}; of the browser's processes with pages, each in a worker of its own, ${mebibytes(memory.ownWorkers)}.`,
  ];
}
