// DIN, the Deep Interest Network: a local activation unit weighs each click for each candidate.

import { type LocalActivation, normalize, type Normalization, weightedSum } from "./layers.ts";
import type { Network } from "./network.ts";
import { pooled, POOLING } from "./pooling.ts";

export interface Din {
  name: "din";
  attention: LocalActivation;
  normalization: Normalization;
  padding?: boolean;
}

/** A local activation unit with few units. */
export const UNIT: LocalActivation = { hidden: [6], activation: { name: "prelu" }, query_projection: false };
const SMALL: Din = { name: "din", attention: UNIT, normalization: "none" };

export const din: Network<Din> = {
  ...POOLING,
  id: "din",
  name: "DIN",
  interest(layers, { attention: unit, normalization, padding }, keys) {
    // A padding item may stand for an empty history; its weight is nobody's.
    const padded = keys.length === 0 && padding ? [layers.vector("embedding.padding")] : keys;
    return (q) => {
      const scores = layers.localActivation(unit, q, padded);
      const attention = normalize(normalization, scores, layers.width);
      const interest = weightedSum(attention, padded, layers.width);
      return pooled(scores.slice(0, keys.length), attention.slice(0, keys.length), interest);
    };
  },

  meaning: ({ normalization }) => (normalization === "none" ? "unnormalised score wⱼ" : "softmax weight wⱼ"),
  facts({ normalization }) {
    const words = { none: "not normalised", softmax: "softmax", "scaled-softmax": "softmax of score/√H" }[normalization];
    return `DIN: local activation unit 6 PReLU, ${words};`;
  },
  sharesOfOne: ({ normalization }) => normalization !== "none",
  weighsAlike: false,
  stages: ["local_activation", "weighted_pooling", "ranking_mlp"],

  tensors(maker, { attention, padding }) {
    if (padding) maker.add("embedding.padding", maker.width);
    maker.localActivation(attention, maker.width, maker.width);
    return maker.width;
  },
  small: SMALL,
  made: {
    "din-none": { options: SMALL, fixed: { "attention.output.bias": () => -1.5 } },
    "din-softmax": { options: { ...SMALL, normalization: "softmax" }, only: "labels" },
    "din-scaled-softmax": { options: { ...SMALL, normalization: "scaled-softmax" } },
    "din-every-size": {
      options: { ...SMALL, normalization: "scaled-softmax" },
      sizes: { item_dim: 5, category_dim: 3, max_history: 9, head: [12, 11] },
      only: "views",
    },
    "din-padding": { options: { ...SMALL, normalization: "softmax", padding: true }, only: "labels" },
  },
};
