// TIN, the Temporal Interest Network: attention between clicks and candidate that knows how many clicks ago each click was.

import { add, dot, normalize, times, weightedSum } from "./layers.ts";
import type { Network } from "./network.ts";
import { pooled, POOLING } from "./pooling.ts";

export interface Tin {
  name: "tin";
}

export const tin: Network<Tin> = {
  ...POOLING,
  id: "tin",
  name: "TIN",
  interest(layers, _, keys) {
    // p(i) of the click i places back; clicks that are older share the last one.
    const position = (back: number) => layers.row("embedding.position.weight", Math.min(back, layers.weights.config.max_history));
    const timed = keys.map((k, j) => add(k, position(keys.length - j)));
    const now = position(0);
    return (q) => {
      const target = add(q, now);
      const scores = timed.map((k) => dot(k, target) / Math.sqrt(layers.width));
      const attention = normalize("softmax", scores, layers.width);
      return pooled(scores, attention, times(weightedSum(attention, timed, layers.width), target));
    };
  },

  meaning: () => "softmax weight αⱼ",
  facts: () => "TIN: 5 positions, softmax of k̃·q̃/√H;",
  sharesOfOne: () => true,
  weighsAlike: false,
  stages: ["temporal_attention", "ranking_mlp"],

  tensors(maker) {
    maker.add("embedding.position.weight", maker.maxHistory + 1, maker.width);
    return maker.width;
  },
  small: { name: "tin" },
  made: { tin: { options: { name: "tin" } } },
};
