// The layers that networks share, in 64-bit floats. Papers' letters; a dense layer is y = x·W + b with W [in, out]; gates lie side
// by side as r, u, n.

import type { Tensor, Weights } from "./weights.ts";

export type Vector = number[];

export type Normalization = "none" | "softmax" | "scaled-softmax";
export type Activation =
  | { name: "relu" }
  | { name: "sigmoid" }
  | { name: "prelu" }
  | { name: "dice"; epsilon: number; affine: boolean };
export interface LocalActivation {
  hidden: number[];
  activation: Activation;
  query_projection: boolean;
}

/** When a GRU's reset gate is multiplied: after or before the product with the state's weights. */
export type Reset = "after" | "before";

/** The tensors of a weights file, and the layers that are made of them. */
export class Layers {
  private readonly vectors = new Map<string, Vector>();

  constructor(readonly weights: Weights) {}

  /** Width of an item's embedding: q and k_j. */
  get width(): number {
    return this.weights.config.item_dim + this.weights.config.category_dim;
  }

  has(name: string): boolean {
    return this.weights.tensors.has(name);
  }

  tensor(name: string): Tensor {
    const found = this.weights.tensors.get(name);
    if (!found) throw new Error(`no tensor "${name}"`);
    return found;
  }

  /** One row of a matrix. */
  row(name: string, index: number): Vector {
    const { shape, values } = this.tensor(name);
    const width = shape.at(-1)!;
    const found: Vector = [];
    for (let column = 0; column < width; column++) found.push(values[index * width + column]!);
    return found;
  }

  /** A tensor of one dimension. Read once, for the layers ask for it again and again. */
  vector(name: string): Vector {
    let found = this.vectors.get(name);
    if (!found) this.vectors.set(name, (found = this.row(name, 0)));
    return found;
  }

  /** x·W + b, or x·W where no b is given. */
  matmul(x: Vector, name: string, b?: Vector): Vector {
    const { shape, values } = this.tensor(name);
    const columns = shape[1]!;
    const y = b ? b.slice() : zeros(columns);
    // Row by row of W, as it lies in memory: most of the time of all browser tests' arithmetic is spent in this line.
    x.forEach((factor, row) => {
      const start = row * columns;
      for (let column = 0; column < columns; column++) y[column]! += factor * values[start + column]!;
    });
    return y;
  }

  dense(x: Vector, name: string): Vector {
    return this.matmul(x, `${name}.weight`, this.vector(`${name}.bias`));
  }

  activate(s: Vector, kind: Activation, name: string): Vector {
    if (kind.name === "relu") return s.map((s) => Math.max(s, 0));
    if (kind.name === "sigmoid") return s.map(sigmoid);
    const alpha = this.vector(`${name}.alpha`);
    if (kind.name === "prelu") return s.map((s, unit) => (s > 0 ? s : alpha[unit]! * s));
    const [mean, variance] = [this.vector(`${name}.mean`), this.vector(`${name}.variance`)];
    const gamma = kind.affine ? this.vector(`${name}.gamma`) : s.map(() => 1);
    const beta = kind.affine ? this.vector(`${name}.beta`) : s.map(() => 0);
    return s.map((s, unit) => {
      const normal = (s - mean[unit]!) / Math.sqrt(variance[unit]! + kind.epsilon);
      const p = sigmoid(gamma[unit]! * normal + beta[unit]!);
      return p * s + (1 - p) * alpha[unit]! * s;
    });
  }

  mlp(x: Vector, layers: number, kind: Activation, name: string): number {
    for (let layer = 0; layer < layers; layer++) {
      x = this.activate(this.dense(x, `${name}.hidden.${layer}`), kind, `${name}.activation.${layer}`);
    }
    return this.dense(x, `${name}.output`)[0]!;
  }

  /** DIN, section 4.3: one score a key. */
  localActivation(unit: LocalActivation, q: Vector, keys: Vector[]): Vector {
    if (unit.query_projection) q = this.activate(this.dense(q, "attention.query"), { name: "prelu" }, "attention.query");
    return keys.map((k) =>
      this.mlp([...q, ...k, ...subtract(q, k), ...times(q, k)], unit.hidden.length, unit.activation, "attention"),
    );
  }

  /** One step of a GRU from x·W + b: the gates, without the state that they write. */
  gates(input: Vector, h: Vector, name: string, reset: Reset) {
    const d = h.length;
    const part = (vector: Vector, index: number) => vector.slice(index * d, (index + 1) * d);
    const hidden = this.dense(h, `${name}.hidden`);
    const r = add(part(input, 0), part(hidden, 0)).map(sigmoid);
    const u = add(part(input, 1), part(hidden, 1)).map(sigmoid);
    const ofState = reset === "after" ? times(r, part(hidden, 2)) : part(this.dense(times(r, h), `${name}.hidden`), 2);
    return { r, u, n: add(part(input, 2), ofState).map(Math.tanh) };
  }

  /** The ranking MLP's logit of a product, from the interest in it, its query and the sum of the clicks' keys. */
  rank(interest: Vector, q: Vector, keySum: Vector): number {
    const { head } = this.weights.config;
    const input = [...interest, ...q];
    const deepAndWide = [...input, ...(head.wide || head.interest_product ? times(interest, q) : [])];
    const deep = [...(head.interest_product ? deepAndWide : input), ...(head.key_sum ? [...keySum, ...times(q, keySum)] : [])];
    const logit = this.mlp(deep, head.hidden.length, head.activation, "head");
    return head.wide ? logit + this.dense(deepAndWide, "head.wide")[0]! : logit;
  }
}

/** σ. */
export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** What turns scores into weights; `width` is that of a key. */
export function normalize(normalization: Normalization, scores: Vector, width: number): Vector {
  if (normalization === "none") return scores;
  const scaled = normalization === "softmax" ? scores : scores.map((score) => score / Math.sqrt(width));
  const most = Math.max(...scaled);
  const powers = scaled.map((score) => Math.exp(score - most));
  const all = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / all);
}

/** h' = (1−u) ⊙ h + u ⊙ n: u writes, 1−u keeps. */
export const write = (h: Vector, u: Vector, n: Vector) => h.map((h, unit) => (1 - u[unit]!) * h + u[unit]! * n[unit]!);
export const zeros = (width: number) => new Array<number>(width).fill(0);
export const add = (a: Vector, b: Vector) => a.map((a, index) => a + b[index]!);
export const subtract = (a: Vector, b: Vector) => a.map((a, index) => a - b[index]!);
export const times = (a: Vector, b: Vector) => a.map((a, index) => a * b[index]!);
export const scale = (factor: number, a: Vector) => a.map((a) => factor * a);
export const dot = (a: Vector, b: Vector) => a.reduce((sum, a, index) => sum + a * b[index]!, 0);
export const mean = (values: Vector) => values.reduce((a, b) => a + b, 0) / values.length;
export const weightedSum = (weights: Vector, vectors: Vector[], width: number) =>
  vectors.reduce((sum, vector, index) => add(sum, scale(weights[index]!, vector)), zeros(width));
