// Embedding & MLP, the base model of the papers: every click counts alike.

import { weightedSum } from "./layers.ts";
import type { Network } from "./network.ts";
import { pooled, POOLING } from "./pooling.ts";

export interface EmbeddingMlp {
  name: "embedding-mlp";
  pooling: "sum" | "mean";
}

export const embeddingMlp: Network<EmbeddingMlp> = {
  ...POOLING,
  id: "embedding-mlp",
  name: "Embedding & MLP",
  interest({ width }, { pooling }, keys) {
    const attention = keys.map(() => (pooling === "sum" ? 1 : 1 / keys.length));
    const interest = weightedSum(attention, keys, width);
    return () => pooled(attention, attention, interest);
  },

  meaning: () => "equal weight wⱼ",
  facts: ({ pooling }) => `Embedding & MLP: ${pooling} of the clicks;`,
  sharesOfOne: ({ pooling }) => pooling === "mean",
  weighsAlike: true,
  stages: ["weighted_pooling", "ranking_mlp"],

  tensors: ({ width }) => width,
  small: { name: "embedding-mlp", pooling: "sum" },
  made: {
    "embedding-mlp-sum": { options: { name: "embedding-mlp", pooling: "sum" } },
  },
};
