// DIEN, the Deep Interest Evolution Network: a GRU extracts an interest state a click, attention to the candidate steers a second one.

import type { Inspected } from "../page.ts";
import { UNIT } from "./din.ts";
import { dot, type Layers, type LocalActivation, normalize, type Normalization, type Reset, scale, subtract, type Vector, weightedSum, write, zeros } from "./layers.ts";
import type { Answer, Network } from "./network.ts";

/** GRU with attentional update gate, and what else the second layer may be. */
export type EvolutionLayer = "gru" | "aigru" | "agru" | "augru" | "augru-authors";

export interface Dien {
  name: "dien";
  hidden: number;
  attention: { name: "bilinear" } | { name: "none" } | ({ name: "local-activation" } & LocalActivation);
  normalization: Normalization;
  evolution: EvolutionLayer;
  reset: Reset;
}

const SMALL: Dien = {
  name: "dien",
  hidden: 5,
  attention: { name: "bilinear" },
  normalization: "softmax",
  evolution: "augru",
  reset: "after",
};

/** Every step of the evolution layer over x_t·W + b with attention a_t. */
function evolve(layers: Layers, { evolution, hidden, reset }: Dien, inputs: Vector[], attention: Vector) {
  let state = zeros(hidden);
  return inputs.map((input, t) => {
    const a = attention[t]!;
    const { r, u, n } = layers.gates(input, state, "evolution", reset);
    const uTilde = {
      gru: () => u,
      aigru: () => u,
      agru: () => u.map(() => a),
      augru: () => scale(a, u),
      "augru-authors": () => u.map((u) => 1 - (1 - a) * (1 - u)),
    }[evolution]();
    state = write(state, uTilde, n);
    return { r, u, uTilde, n, state };
  });
}

function interest(layers: Layers, options: Dien, keys: Vector[]) {
  const zero = zeros(options.hidden);
  let h = zero;
  const extractor = keys.map((k) => {
    const step = layers.gates(layers.dense(k, "extractor.input"), h, "extractor", options.reset);
    h = write(h, step.u, step.n);
    return { ...step, h };
  });
  const interestStates = extractor.map((step) => step.h);
  // What no candidate is in, is computed once: x_t·W + b unless attention scales x_t, h_t·W of the score, and the second layer where
  // attention has no part in it but looks at its states.
  const inputs = interestStates.map((x) => layers.dense(x, "evolution.input"));
  const plain = options.evolution === "gru" ? evolve(layers, options, inputs, keys.map(() => 1)) : null;
  const seen = plain ? plain.map((step) => step.state) : interestStates;
  const bilinear = options.attention.name === "bilinear" ? seen.map((h) => layers.matmul(h, "attention.weight")) : [];

  const scoresOf = (q: Vector): Vector => {
    if (options.attention.name === "none") return seen.map(() => 0);
    if (options.attention.name === "bilinear") return bilinear.map((hW) => dot(hW, q));
    return layers.localActivation(options.attention, q, seen);
  };
  const project = (h: Vector): [number, number] => {
    const centred = subtract(h, layers.vector("projection.mean"));
    const { values } = layers.tensor("projection.components");
    const along = (axis: number) => dot(centred, centred.map((_, unit) => values[2 * unit + axis]!));
    return [along(0), along(1)];
  };
  return (q: Vector) => {
    const scores = scoresOf(q);
    const attention =
      options.attention.name === "none"
        ? seen.map((_, t) => (t === seen.length - 1 ? 1 : 0))
        : normalize(options.normalization, scores, options.hidden);
    const scaled = () => interestStates.map((x, t) => layers.dense(scale(attention[t]!, x), "evolution.input"));
    const steps = plain ?? evolve(layers, options, options.evolution === "aigru" ? scaled() : inputs, attention);
    const states = steps.map((step) => step.state);
    const evolution = {
      interestStates,
      extractor,
      reset: steps.map((step) => step.r),
      update: steps.map((step) => step.u),
      attentionalUpdate: steps.map((step) => step.uTilde),
      candidate: steps.map((step) => step.n),
      states,
      path: layers.has("projection.mean") ? [zero, ...states].map(project) : null,
    };
    const interest = plain ? weightedSum(attention, states, options.hidden) : (states.at(-1) ?? zero);
    const parts = {
      interest_states: interestStates,
      scores,
      attention,
      reset: evolution.reset,
      update: evolution.update,
      attentional_update: evolution.attentionalUpdate,
      candidate: evolution.candidate,
      evolution_states: states,
    };
    return { scores, attention, interest, evolution, parts };
  };
}

export const dien: Network<Dien> = {
  id: "dien",
  name: "DIEN",
  interest,

  meaning({ attention, normalization }) {
    if (attention.name === "none") return "weight aₜ, 1 at the last step,";
    return normalization === "none" ? "unnormalised score aₜ" : "softmax weight aₜ";
  },
  facts({ attention, evolution, hidden, normalization, reset }) {
    const layer = {
      gru: "two GRUs, attention on the second",
      aigru: "AIGRU",
      agru: "AGRU",
      augru: "AUGRU",
      "augru-authors": "AUGRU with the gate of the authors’ code",
    }[evolution];
    const unit = attention.name === "local-activation" && attention;
    const score = unit ? `local activation unit 6 PReLU${unit.query_projection ? " on a projected query" : ""}` : "bilinear attention";
    const weight = { none: "not normalised", softmax: "softmax", "scaled-softmax": "softmax of score/√d" }[normalization];
    const words = attention.name === "none" ? "no attention" : `${score}, ${weight}`;
    return `DIEN: ${layer}, hidden ${hidden}${reset === "before" ? ", reset before the product" : ""}, ${words};`;
  },
  sharesOfOne: ({ attention, normalization }) => attention.name === "none" || normalization !== "none",
  weighsAlike: false,
  evolution: {
    hidden: ({ hidden }) => hidden,
    charts({ attention, evolution, normalization }) {
      const mean = "mean over hidden units";
      const writes = `${mean}; 1 writes, 0 keeps`;
      const softmax = {
        none: "scores, not normalised",
        softmax: "softmax over the steps",
        "scaled-softmax": "softmax of score/√d over the steps, d hidden units",
      }[normalization];
      // What u does alone, where attention has a part in what writes.
      const update: Record<EvolutionLayer, string> = {
        augru: `${mean}; attention scales it`,
        "augru-authors": `${mean}; attention adds to it`,
        agru: `${mean}; without effect: attention takes its place`,
        aigru: writes,
        gru: writes,
      };
      const gates: Record<EvolutionLayer, [string, string]> = {
        augru: ["Attentional update gate ũ = a·u", writes],
        "augru-authors": ["Attentional update gate ũ = 1 − (1−a)(1−u)", writes],
        agru: ["Gate that writes, ũ = a", "attention takes the update gate’s place"],
        aigru: ["Gate that writes, ũ = u", `${mean}; attention scales the input`],
        gru: ["Gate that writes, ũ = u", `${mean}; attention weighs the states`],
      };
      return [
        ["Attention a", attention.name === "none" ? "1 at the last step" : softmax],
        ["Update gate u", update[evolution]],
        gates[evolution],
      ];
    },
    gate: ({ evolution }) => (evolution.startsWith("augru") ? "attentional update gate" : "gate that writes"),
  },

  stages: ["interest_extractor", "interest_attention", "interest_evolution", "ranking_mlp"],
  compared({ scores, attention, evolution }: Inspected) {
    const { interestStates, reset, update, attentionalUpdate, candidate, states } = evolution!;
    return [
      ["Interest states h", interestStates.flat()],
      ["Scores s", scores],
      ["Attention a", attention],
      ["Reset gate r", reset.flat()],
      ["Update gate u", update.flat()],
      ["Gate that writes, ũ", attentionalUpdate.flat()],
      ["Candidate state n", candidate.flat()],
      ["Evolution states h′", states.flat()],
      ["Final state h′", states.at(-1)!],
    ];
  },
  steps({ evolution }: Answer) {
    const { extractor, interestStates, reset, update, attentionalUpdate, candidate, states } = evolution!;
    return {
      "Interest extractor: reset gate r": extractor.map((step) => step.r),
      "Interest extractor: update gate u": extractor.map((step) => step.u),
      "Interest extractor: candidate state n": extractor.map((step) => step.n),
      "Interest extractor: interest state h": interestStates,
      "Interest evolution: reset gate r": reset,
      "Interest evolution: update gate u": update,
      ũ: attentionalUpdate,
      "Interest evolution: candidate state n": candidate,
      "Interest evolution: evolution state h′": states,
    };
  },
  vectors(t, { evolution, scores, attention, interest }: Answer) {
    const { extractor, interestStates, reset, update, attentionalUpdate, candidate, states } = evolution!;
    return {
      "Interest extractor: reset gate": extractor[t]!.r,
      "Interest extractor: update gate": extractor[t]!.u,
      "Interest extractor: candidate state": extractor[t]!.n,
      "Interest extractor: interest state": interestStates[t]!,
      "Attention: score": [scores[t]!],
      "Attention: attention": [attention[t]!],
      "Interest evolution: reset gate": reset[t]!,
      "Interest evolution: update gate": update[t]!,
      "Interest evolution: attentional update gate": attentionalUpdate[t]!,
      "Interest evolution: gate that writes": attentionalUpdate[t]!,
      "Interest evolution: candidate state": candidate[t]!,
      "Interest evolution: evolution state": states[t]!,
      "Head: final evolution state": interest,
      "Head: interest": interest,
    };
  },

  tensors(maker, { attention, hidden }) {
    for (const [name, from] of [["extractor", maker.width], ["evolution", hidden]] as const) {
      maker.dense(`${name}.input`, from, 3 * hidden);
      maker.dense(`${name}.hidden`, hidden, 3 * hidden);
    }
    if (attention.name === "bilinear") maker.add("attention.weight", hidden, maker.width);
    if (attention.name === "local-activation") maker.localActivation(attention, maker.width, hidden);
    if (maker.projected) {
      maker.add("projection.mean", hidden);
      maker.add("projection.components", hidden, 2);
    }
    return hidden;
  },
  small: SMALL,
  made: {
    "dien-gru": { options: { ...SMALL, evolution: "gru" } },
    "dien-aigru": { options: { ...SMALL, evolution: "aigru" }, only: "labels" },
    "dien-agru": { options: { ...SMALL, evolution: "agru" }, only: "labels" },
    "dien-augru": { options: SMALL },
    "dien-augru-authors": { options: { ...SMALL, evolution: "augru-authors" }, only: "labels" },
    // Scores that are far from shares: after fifty clicks the states are huge.
    "dien-augru-none": {
      options: { ...SMALL, normalization: "none" },
      fixed: { "attention.weight": (index) => Math.sin(5 * index) },
      only: "labels",
    },
    "dien-augru-scaled-softmax": { options: { ...SMALL, normalization: "scaled-softmax" }, only: "labels" },
    "dien-reset-before": { options: { ...SMALL, reset: "before" }, projected: false, only: "labels" },
    "dien-last-state": { options: { ...SMALL, evolution: "gru", attention: { name: "none" } }, only: "labels" },
    "dien-local-activation": {
      options: { ...SMALL, hidden: 6, attention: { name: "local-activation", ...UNIT } },
      only: "labels",
    },
    "dien-local-activation-none": {
      options: { ...SMALL, hidden: 6, normalization: "none", attention: { name: "local-activation", ...UNIT, query_projection: true } },
      fixed: { "attention.output.bias": () => 0.5 },
      only: "labels",
    },
    // No two sizes are the same, so that a label with the wrong one shows.
    "dien-every-size": {
      options: { ...SMALL, hidden: 7, normalization: "scaled-softmax" },
      sizes: { item_dim: 5, category_dim: 3, max_history: 9, head: [12, 11] },
    },
    "dien-no-category": { options: SMALL, sizes: { category_dim: 0 }, only: "labels" },
    "dien-aigru-reset-before": { options: { ...SMALL, evolution: "aigru", reset: "before" }, only: "views" },
    "dien-agru-scaled-softmax": { options: { ...SMALL, evolution: "agru", normalization: "scaled-softmax" }, only: "views" },
    "dien-augru-authors-projected-query": {
      options: { ...SMALL, hidden: 6, evolution: "augru-authors", attention: { name: "local-activation", ...UNIT, query_projection: true } },
      only: "views",
    },
  },
};
