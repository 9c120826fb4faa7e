// ComiRec-SA, the Controllable Multi-Interest Framework by self-attention: several interests of one history, of which a candidate
// reads what it fits.

import { add, dot, normalize, type Vector, weightedSum } from "./layers.ts";
import type { Answer, Network } from "./network.ts";

export interface ComirecSa {
  name: "comirec-sa";
  interests: number;
  hidden: number;
  positions: "none" | "newest" | "oldest";
  readout: "argmax" | "softmax";
}

const SMALL: ComirecSa = { name: "comirec-sa", interests: 3, hidden: 6, positions: "newest", readout: "softmax" };

export const comirecSa: Network<ComirecSa> = {
  id: "comirec-sa",
  name: "ComiRec-SA",
  interest(layers, { interests, positions, readout }, keys) {
    const last = layers.weights.config.max_history - 1;
    const position = (j: number) => Math.min(positions === "oldest" ? j : keys.length - 1 - j, last);
    // s_j, a number an interest. Positions take part in the attention alone.
    const scores = keys.map((k, j) => {
      const x = positions === "none" ? k : add(k, layers.row("embedding.position.weight", position(j)));
      return layers.matmul(layers.dense(x, "attention.hidden").map(Math.tanh), "attention.output.weight");
    });
    const every = Array.from({ length: interests }, (_, k) => k);
    const attentions = every.map((k) => normalize("softmax", scores.map((s) => s[k]!), layers.width));
    const vectors = attentions.map((attention) => weightedSum(attention, keys, layers.width));
    return (q) => {
      const fits = vectors.map((v) => dot(v, q));
      const best = fits.indexOf(Math.max(...fits));
      const choice = readout === "argmax" ? every.map((k) => Number(k === best)) : normalize("softmax", fits, layers.width);
      const attention: Vector = keys.map((_, j) => dot(choice, attentions.map((attention) => attention[j]!)));
      const interest = weightedSum(choice, vectors, layers.width);
      const parts = { interest_attention: attentions, interests: vectors, interest_scores: fits, choice, attention, interest };
      return { scores: [], attention, interest, evolution: null, parts };
    };
  },

  meaning: () => "share αⱼ of the interest that is read",
  facts({ interests, hidden, positions, readout }) {
    const read = { argmax: "one of them read", softmax: "softmax over them" }[readout];
    const place = { none: "no positions", newest: "positions from the newest click", oldest: "positions from the oldest click" };
    return `ComiRec-SA: ${interests} interests, ${read}, ${place[positions]}, hidden ${hidden};`;
  },
  sharesOfOne: () => true,
  weighsAlike: false,
  evolution: null,
  stages: ["interest_extraction", "interest_readout", "ranking_mlp"],
  // The page's own network has four interests. They are compared with one another alone, so how many numbers they are is enough.
  compared: ({ attention, interest }) => [
    ["Interest attention A", Array<number>(4 * attention.length)],
    ["Interests v", Array<number>(4 * interest!.length)],
    ["Interest scores f", Array<number>(4)],
    ["Choice c", Array<number>(4)],
    ["Weights of the clicks", attention],
    ["Interest v", interest!],
  ],
  steps: () => ({}),
  vectors: (t: number, { attention, interest, parts }: Answer) => ({
    "Interest extraction: share of each interest": (parts.interest_attention as Vector[]).map((attention) => attention[t]!),
    "Interest readout: product with each interest": parts.interest_scores as Vector,
    "Interest readout: choice among the interests": parts.choice as Vector,
    "Interest readout: weight of the click": [attention[t]!],
    "Interest readout: interest": interest,
  }),

  tensors(maker, { hidden, interests, positions }) {
    if (positions !== "none") maker.add("embedding.position.weight", maker.maxHistory, maker.width);
    maker.dense("attention.hidden", maker.width, hidden);
    maker.add("attention.output.weight", hidden, interests);
    return maker.width;
  },
  small: SMALL,
  made: {
    "comirec-sa": { options: SMALL },
    "comirec-sa-argmax": { options: { ...SMALL, positions: "oldest", readout: "argmax" } },
    "comirec-sa-every-size": {
      options: { ...SMALL, interests: 7, hidden: 10 },
      sizes: { item_dim: 5, category_dim: 3, max_history: 9, head: [12, 11] },
    },
    "comirec-sa-plain": { options: { ...SMALL, positions: "none" }, only: "labels" },
  },
};
