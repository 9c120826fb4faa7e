// Training: the time of a step, ours and the peer's in turns and ours natively, and whether our memory stays as it is.

import { open } from "../browser.js";
import {
  BACKENDS,
  CHECKED_STEPS,
  COMPARED,
  GRADIENTS,
  LIMIT_MS,
  LOSS_TOLERANCE,
  NATIVE,
  OURS,
  QUICK,
  ROUNDS,
  TRAINED,
  peerName,
} from "../src/training/sizes.js";
import { median } from "../sums.js";
import { watchMemory } from "./memory.js";
import { trainNatively } from "./native.js";
import { begin, epoch } from "./pages.js";

/** All of it; natively, where there is a command for it: see native.js. */
export async function timeTraining({ launch, address, quick, native, progress }) {
  const trials = [];
  const losses = [];
  const times = [];
  for (const network of TRAINED) {
    const tried = [];
    for (const peer of COMPARED.includes(network) ? peersToTry(launch, quick) : []) {
      const trial = { network, ...peer, ...(await tryPeer(launch, address, network, peer)) };
      progress(
        `${network}, ${peerName(peer)}: ${trial.error ?? (trial.ms ? `${trial.ms.toFixed(0)} ms a step` : "too slow")}`,
      );
      tried.push(trial);
    }
    trials.push(...tried);
    const peers = fastest(tried);
    if (peers.length) {
      const compared = await compareLosses(launch, address, network, peers, quick ? QUICK.checkedSteps : CHECKED_STEPS);
      progress(`${network}: the losses of ${compared.ours.length} steps are within ${compared.apart.toExponential(1)}`);
      losses.push(compared);
    }
    const timed = await takeTurns(launch, address, network, peers, native, quick ? QUICK.rounds : ROUNDS);
    progress(`${network}: ${timed.map(({ engine, ms }) => `${engine} ${ms.toFixed(1)}`).join(", ")} ms a step`);
    times.push(...timed);
  }
  const memory = await watchMemory(launch, address, quick ? QUICK.memory : "timed");
  progress("memory of ten trainings");
  return { trials, losses, times, memory };
}

/** An emulated GPU and plain JavaScript are no match, take long, and are left out of a quick run. */
function peersToTry({ gpu }, quick) {
  const backends = quick && !gpu ? ["wasm"] : BACKENDS;
  return backends.flatMap((backend) => {
    return (gpu || backend === "wasm" ? GRADIENTS : ["own"]).map((gradients) => ({ backend, gradients }));
  });
}

/** The milliseconds of a step in a short epoch, after another one; none where it takes too long; or the error. */
async function tryPeer(launch, address, network, peer) {
  // A browser of its own: a page that computes without end cannot be closed.
  const browser = await open(launch);
  const train = async () => {
    const page = await begin(browser, address, "trial", network, peer);
    await epoch(page);
    return epoch(page);
  };
  try {
    const trained = await Promise.race([train(), new Promise((resolve) => setTimeout(resolve, LIMIT_MS))]);
    return trained ? { ms: trained.ms / trained.losses.length } : {};
  } catch (error) {
    return {
      error: String(error.message ?? error)
        .split("\n")[0]
        .slice(0, 300),
    };
  } finally {
    await browser.close();
  }
}

/** The fastest peer with each kind of gradients. */
function fastest(trials) {
  const ran = trials.filter(({ ms }) => ms).sort((a, b) => a.ms - b.ms);
  return GRADIENTS.map((gradients) => ran.find((trial) => trial.gradients === gradients)).filter(Boolean);
}

/**
 * The losses of `count` steps in which nothing is left to chance. Whoever computes the same network, loss and step has the same
 * ones.
 */
async function compareLosses(launch, address, network, peers, count) {
  const browser = await open(launch);
  const train = async (peer) => {
    const page = await begin(browser, address, "check", network, peer);
    const losses = [];
    while (losses.length < count) losses.push(...(await epoch(page)).losses);
    await page.close();
    return losses;
  };
  try {
    const ours = await train();
    let apart = 0;
    for (const peer of peers) {
      const losses = await train(peer);
      const most = Math.max(...losses.map((loss, step) => Math.abs(loss - ours[step])));
      if (!(most <= LOSS_TOLERANCE)) {
        throw new Error(`${peerName(peer)} trains ${network} with the losses ${losses}, ours are ${ours}`);
      }
      apart = Math.max(apart, most);
    }
    return { network, ours, apart };
  } finally {
    await browser.close();
  }
}

/** The milliseconds of a step of ours, of the peers and of the native trainer, who take turns of an epoch. */
async function takeTurns(launch, address, network, peers, native, rounds) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const browser = await open(launch);
  try {
    const engines = [];
    for (const peer of [undefined, ...peers]) {
      const page = await begin(browser, address, "timed", network, peer);
      const losses = [];
      const turn = async () => {
        const trained = await epoch(page);
        losses.push(mean(trained.losses));
        return trained.ms / trained.losses.length;
      };
      // Not counted: much is compiled in it.
      await turn();
      engines.push({ engine: peer ? peerName(peer) : OURS, losses, turn });
    }
    if (native) engines.push({ engine: NATIVE, turn: async () => mean(await trainNatively(native, network)) });
    const times = engines.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (let place = 0; place < engines.length; place++) {
        const which = (round + place) % engines.length;
        times[which].push(await engines[which].turn());
      }
    }
    return engines.map(({ engine, losses }, which) => {
      return { network, engine, ms: median(times[which]), rounds: times[which], losses };
    });
  } finally {
    await browser.close();
  }
}
