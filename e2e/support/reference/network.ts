// What the tests know of one network: its equations, and the words and numbers that the page shows of it. Each network has a file
// beside this one, and a line in `index.ts`.

import type { Fixed, Maker, Sizes } from "../made_models.ts";
import type { Inspected } from "../page.ts";
import type { Layers, Vector } from "./layers.ts";

/** What a network computes for one candidate before the ranking MLP; steps are the clicks, oldest first. */
export interface Interest {
  /** Before normalisation, [step]. */
  scores: Vector;
  /** The weight of each click, [step]. */
  attention: Vector;
  /** v, [H], or DIEN's final state. */
  interest: Vector;
  evolution: Evolution | null;
  /** The parts of the trace by their names in the code, as `window.interestLens.trace()` tells them, in their order. */
  parts: Record<string, Vector | Vector[]>;
}

/** Everything about one candidate. */
export interface Answer extends Interest {
  logit: number;
  probability: number;
}

/** DIEN's second layer, [step][hidden]. */
export interface Evolution {
  interestStates: Vector[];
  /** The gates and candidate states of the extractor, the first layer. */
  extractor: { r: Vector; u: Vector; n: Vector }[];
  reset: Vector[];
  update: Vector[];
  attentionalUpdate: Vector[];
  candidate: Vector[];
  states: Vector[];
  /** The states after the zero state in two dimensions; null where the file has no projection. */
  path: [number, number][] | null;
}

/** A made-up model for the tests. */
export interface Made<Options> {
  options: Options;
  /** What takes the place of random numbers. */
  fixed?: Fixed;
  /** Whether the file has a projection of the states; true where it is left out. */
  projected?: boolean;
  /** What takes the place of the usual sizes. */
  sizes?: Partial<Sizes>;
  /** Whether only the labels of the page, or only the views, are tested with it. */
  only?: "labels" | "views";
}

/** A network with `Options`, which a weights file keeps as JSON. */
export interface Network<Options> {
  /** In files, and in the options' `name`. */
  id: string;
  /** As the papers write it and the page shows it. */
  name: string;
  /** The equations: for a history's keys k_j, what follows for a query q. */
  interest(layers: Layers, options: Options, keys: Vector[]): (q: Vector) => Interest;

  /** What one weight of a click is, in the words of the page. */
  meaning(options: Options): string;
  /** How the line about a model of one's own begins. */
  facts(options: Options): string;
  /** Whether the weights of the clicks are shares of one. */
  sharesOfOne(options: Options): boolean;
  /** Whether every click weighs as much as every other one. */
  weighsAlike: boolean;
  /** The words of the interest evolution; null for a network without one. */
  evolution: EvolutionWords<Options> | null;

  /** The stages that run on the GPU, in their order. */
  stages: readonly string[];
  /** What "Prove it" compares before the logit: the name of each line and its numbers. */
  compared(inspected: Inspected): [string, number[]][];
  /** The columns of the table of steps, [step][unit], by name or by how the name ends. */
  steps(answer: Answer): Record<string, Vector[]>;
  /** Vectors in the picture of the model at step `t`, by "stage: name". */
  vectors(t: number, answer: Answer): Record<string, Vector>;

  /** Makes the tensors between embeddings and ranking MLP, and returns the width of the interest. */
  tensors(maker: Maker, options: Options): number;
  /** The paper's options, with few units. */
  small: Options;
  /** Models with every option, by name. */
  made: Record<string, Made<Options>>;
}

/** What the page says of an interest evolution. */
export interface EvolutionWords<Options> {
  hidden(options: Options): number;
  /** Label and explanation of the three charts. */
  charts(options: Options): [string, string][];
  /** What writes the states, in a step's name. */
  gate(options: Options): string;
}
