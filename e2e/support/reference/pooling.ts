// What networks share whose interest is a weighted sum over the clicks.

import type { Inspected } from "../page.ts";
import type { Answer } from "./network.ts";

export const POOLING = {
  evolution: null,
  compared: ({ scores, attention, interest }: Inspected): [string, number[]][] => [
    ["Attention scores, before normalisation", scores],
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
