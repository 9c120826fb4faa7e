// The lines of "Prove it".

import type { State } from "./page.ts";
import type { AnyNetwork } from "./reference/index.ts";

/** Every line about an answer of a network, in order: its name and the numbers that it is about. */
export function proofLines(network: AnyNetwork, { inspected, probabilities }: State): [string, number[]][] {
  return [
    ...network.compared(inspected!),
    ["Logit", [inspected!.logit]],
    ["Click probability", [inspected!.probability]],
    ["Click probabilities of the whole catalogue", Object.values(probabilities)],
  ];
}
