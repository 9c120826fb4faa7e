// What networks share whose interest is a weighted sum over the clicks.

import type { Inspected } from "../page.ts";
import type { Vector } from "./layers.ts";
import type { Answer, Interest } from "./network.ts";

/** What such a network computes for a candidate. */
export const pooled = (scores: Vector, attention: Vector, interest: Vector): Interest => ({
  scores,
  attention,
  interest,
  evolution: null,
  parts: { scores, attention, interest },
});

export const POOLING = {
  evolution: null,
  compared: ({ scores, attention, interest }: Inspected): [string, number[]][] => [
    ["Scores s", scores],
    ["Weights of the clicks", attention],
    ["Interest v", interest!],
  ],
  steps: () => ({}),
  vectors: (t: number, { scores, attention, interest }: Answer) => ({
    "Attention: score": [scores[t]!],
    "Attention: weight": [attention[t]!],
    "Pooling: interest": interest,
  }),
};
