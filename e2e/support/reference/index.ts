// The networks once more, equation by equation in 64-bit floats, from nothing but a weights file: what the numbers on the
// page are held against. Papers' letters; a dense layer is y = x·W + b with W [in, out]; gates lie side by side as r, u, n.

/** A weights file, as `model/src/weights.rs` describes it. */
export interface Weights {
  config: Config;
  /** The other entries of the metadata. */
  notes: Record<string, string>;
  tensors: Map<string, Tensor>;
}

export interface Tensor {
  shape: number[];
  /** Last dimension fastest. */
  values: ArrayLike<number>;
}

export interface Config {
  item_dim: number;
  category_dim: number;
  max_history: number;
  network: NetworkConfig;
  head: { hidden: number[]; activation: Activation; interest_product: boolean; key_sum: boolean; wide: boolean };
}

export type Normalization = "none" | "softmax" | "scaled-softmax";
export type EvolutionLayer = "gru" | "aigru" | "agru" | "augru" | "augru-authors";
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
export type NetworkConfig =
  | { name: "embedding-mlp"; pooling: "sum" | "mean" }
  | { name: "din"; attention: LocalActivation; normalization: Normalization; padding?: boolean }
  | {
      name: "dien";
      hidden: number;
      attention: { name: "bilinear" } | { name: "none" } | ({ name: "local-activation" } & LocalActivation);
      normalization: Normalization;
      evolution: EvolutionLayer;
      reset: "after" | "before";
    }
  | { name: "tin" };

type Vector = number[];

/** Everything about one candidate; steps are the clicks, oldest first. */
export interface Answer {
  logit: number;
  probability: number;
  /** Before normalisation, [step]. */
  scores: Vector;
  /** The weight of each click, [step]. */
  attention: Vector;
  /** v, [H], or DIEN's final state. */
  interest: Vector;
  evolution: Evolution | null;
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

/** Reads a safetensors file. */
export function read(bytes: Buffer): Weights {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, start));
  const { config, ...notes } = header.__metadata__;
  delete header.__metadata__;
  const tensor = ({ shape, data_offsets: [from, to] }: { shape: number[]; data_offsets: [number, number] }) => ({
    shape,
    values: Float32Array.from({ length: (to - from) / 4 }, (_, index) => bytes.readFloatLE(start + from + 4 * index)),
  });
  const tensors = Object.entries<Parameters<typeof tensor>[0]>(header).map(([name, one]) => [name, tensor(one)] as const);
  return { config: JSON.parse(config), notes, tensors: new Map(tensors) };
}

/** The network of `weights` over a catalogue that has item n in category `categories[n]`. */
export function network(weights: Weights, categories: number[]): (history: number[]) => (item: number) => Answer {
  const { config, tensors } = weights;
  const { network, head } = config;
  const tensor = (name: string): Tensor => {
    const found = tensors.get(name);
    if (!found) throw new Error(`no tensor "${name}"`);
    return found;
  };
  const row = (name: string, index: number): Vector => {
    const { shape, values } = tensor(name);
    return Array.from({ length: shape.at(-1)! }, (_, column) => values[index * shape.at(-1)! + column]!);
  };
  const matmul = (x: Vector, name: string): Vector => {
    const { shape, values } = tensor(name);
    const [rows, columns] = shape as [number, number];
    const y = new Array<number>(columns).fill(0);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) y[j]! += x[i]! * values[i * columns + j]!;
    return y;
  };
  const dense = (x: Vector, name: string): Vector => add(matmul(x, `${name}.weight`), row(`${name}.bias`, 0));

  const activate = (s: Vector, kind: Activation, name: string): Vector => {
    if (kind.name === "relu") return s.map((s) => Math.max(s, 0));
    if (kind.name === "sigmoid") return s.map(sigmoid);
    const alpha = row(`${name}.alpha`, 0);
    if (kind.name === "prelu") return s.map((s, unit) => (s > 0 ? s : alpha[unit]! * s));
    const [mean, variance] = [row(`${name}.mean`, 0), row(`${name}.variance`, 0)];
    const gamma = kind.affine ? row(`${name}.gamma`, 0) : s.map(() => 1);
    const beta = kind.affine ? row(`${name}.beta`, 0) : s.map(() => 0);
    return s.map((s, unit) => {
      const normal = (s - mean[unit]!) / Math.sqrt(variance[unit]! + kind.epsilon);
      const p = sigmoid(gamma[unit]! * normal + beta[unit]!);
      return p * s + (1 - p) * alpha[unit]! * s;
    });
  };
  const mlp = (x: Vector, layers: number, kind: Activation, name: string): number => {
    for (let layer = 0; layer < layers; layer++) {
      x = activate(dense(x, `${name}.hidden.${layer}`), kind, `${name}.activation.${layer}`);
    }
    return dense(x, `${name}.output`)[0]!;
  };
  /** DIN, section 4.3: one score a key. */
  const localActivation = (unit: LocalActivation, q: Vector, keys: Vector[]): Vector => {
    if (unit.query_projection) q = activate(dense(q, "attention.query"), { name: "prelu" }, "attention.query");
    return keys.map((k) =>
      mlp([...q, ...k, ...subtract(q, k), ...times(q, k)], unit.hidden.length, unit.activation, "attention"),
    );
  };
  /** One step of a GRU from x·W + b: the gates, without the state that they write. */
  const gates = (input: Vector, h: Vector, name: string, reset: "after" | "before") => {
    const d = h.length;
    const part = (vector: Vector, index: number) => vector.slice(index * d, (index + 1) * d);
    const hidden = dense(h, `${name}.hidden`);
    const r = add(part(input, 0), part(hidden, 0)).map(sigmoid);
    const u = add(part(input, 1), part(hidden, 1)).map(sigmoid);
    const ofState = reset === "after" ? times(r, part(hidden, 2)) : part(dense(times(r, h), `${name}.hidden`), 2);
    return { r, u, n: add(part(input, 2), ofState).map(Math.tanh) };
  };

  /** q and k_j: item embedding ‖ category embedding. */
  const embed = (item: number) => [
    ...row("embedding.item.weight", item),
    ...(config.category_dim > 0 ? row("embedding.category.weight", categories[item]!) : []),
  ];

  const dien = (options: NetworkConfig & { name: "dien" }, keys: Vector[]) => {
    const zero = new Array<number>(options.hidden).fill(0);
    /** Every step of the evolution layer over inputs x_t with attention a_t. */
    const evolve = (inputs: Vector[], attention: Vector) => {
      let state = zero;
      return inputs.map((x, t) => {
        const a = attention[t]!;
        if (options.evolution === "aigru") x = scale(a, x);
        const { r, u, n } = gates(dense(x, "evolution.input"), state, "evolution", options.reset);
        const uTilde = {
          gru: () => u,
          aigru: () => u,
          agru: () => u.map(() => a),
          augru: () => scale(a, u),
          "augru-authors": () => u.map((u) => 1 - (1 - a) * (1 - u)),
        }[options.evolution]();
        state = write(state, uTilde, n);
        return { r, u, uTilde, n, state };
      });
    };
    let h = zero;
    const extractor = keys.map((k) => {
      const step = gates(dense(k, "extractor.input"), h, "extractor", options.reset);
      h = write(h, step.u, step.n);
      return { ...step, h };
    });
    const interestStates = extractor.map((step) => step.h);
    // Without attention in it, the second layer is the same for every candidate, and attention looks at its states.
    const plain = options.evolution === "gru" ? evolve(interestStates, keys.map(() => 1)) : null;
    return (q: Vector) => {
      const seen = plain ? plain.map((step) => step.state) : interestStates;
      let scores: Vector, attention: Vector;
      if (options.attention.name === "none") {
        scores = seen.map(() => 0);
        attention = seen.map((_, t) => (t === seen.length - 1 ? 1 : 0));
      } else {
        scores =
          options.attention.name === "bilinear"
            ? seen.map((h) => dot(matmul(h, "attention.weight"), q))
            : localActivation(options.attention, q, seen);
        attention = normalize(options.normalization, scores, options.hidden);
      }
      const steps = plain ?? evolve(interestStates, attention);
      const states = steps.map((step) => step.state);
      const interest = plain ? weightedSum(attention, states, options.hidden) : (states.at(-1) ?? zero);
      const project = (h: Vector): [number, number] => {
        const centred = subtract(h, row("projection.mean", 0));
        const { values } = tensor("projection.components");
        const along = (axis: number) => dot(centred, centred.map((_, unit) => values[2 * unit + axis]!));
        return [along(0), along(1)];
      };
      const evolution = {
        interestStates,
        extractor,
        reset: steps.map((step) => step.r),
        update: steps.map((step) => step.u),
        attentionalUpdate: steps.map((step) => step.uTilde),
        candidate: steps.map((step) => step.n),
        states,
        path: tensors.has("projection.mean") ? [zero, ...states].map(project) : null,
      };
      return { scores, attention, interest, evolution };
    };
  };

  return (history) => {
    const keys = history.map(embed);
    const width = config.item_dim + config.category_dim;
    const ofDien = network.name === "dien" ? dien(network, keys) : null;
    return (item) => {
      const q = embed(item);
      let found: Omit<Answer, "logit" | "probability">;
      switch (network.name) {
        case "embedding-mlp": {
          const attention = keys.map(() => (network.pooling === "sum" ? 1 : 1 / keys.length));
          found = { scores: attention, attention, interest: weightedSum(attention, keys, width), evolution: null };
          break;
        }
        case "din": {
          // A padding item may stand for an empty history; its weight is nobody's.
          const padded = keys.length === 0 && network.padding ? [row("embedding.padding", 0)] : keys;
          const scores = localActivation(network.attention, q, padded);
          const attention = normalize(network.normalization, scores, width);
          const interest = weightedSum(attention, padded, width);
          const clicks = keys.length;
          found = { scores: scores.slice(0, clicks), attention: attention.slice(0, clicks), interest, evolution: null };
          break;
        }
        case "tin": {
          // p(i) of the click i places back; clicks that are older share the last one.
          const position = (back: number) => row("embedding.position.weight", Math.min(back, config.max_history));
          const target = add(q, position(0));
          const timed = keys.map((k, j) => add(k, position(keys.length - j)));
          const scores = timed.map((k) => dot(k, target) / Math.sqrt(width));
          const attention = normalize("softmax", scores, width);
          const interest = times(weightedSum(attention, timed, width), target);
          found = { scores, attention, interest, evolution: null };
          break;
        }
        case "dien":
          found = ofDien!(q);
      }
      const input = [...found.interest, ...q];
      const deepAndWide = [...input, ...(head.wide || head.interest_product ? times(found.interest, q) : [])];
      const keySum = keys.reduce(add, new Array<number>(width).fill(0));
      const deep = [...(head.interest_product ? deepAndWide : input), ...(head.key_sum ? [...keySum, ...times(q, keySum)] : [])];
      let logit = mlp(deep, head.hidden.length, head.activation, "head");
      if (head.wide) logit += dense(deepAndWide, "head.wide")[0]!;
      return { ...found, logit, probability: sigmoid(logit) };
    };
  };
}

/** σ. */
export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** What turns scores into weights; `width` is that of a key. */
export function normalize(normalization: Normalization, scores: Vector, width: number): Vector {
  if (normalization === "none") return scores;
  const scaled = normalization === "softmax" ? scores : scores.map((score) => score / Math.sqrt(width));
  const powers = scaled.map((score) => Math.exp(score - Math.max(...scaled)));
  return powers.map((power) => power / powers.reduce((a, b) => a + b, 0));
}
/** h' = (1−u) ⊙ h + u ⊙ n: u writes, 1−u keeps. */
const write = (h: Vector, u: Vector, n: Vector) => h.map((h, unit) => (1 - u[unit]!) * h + u[unit]! * n[unit]!);
const add = (a: Vector, b: Vector) => a.map((a, index) => a + b[index]!);
const subtract = (a: Vector, b: Vector) => a.map((a, index) => a - b[index]!);
const times = (a: Vector, b: Vector) => a.map((a, index) => a * b[index]!);
const scale = (factor: number, a: Vector) => a.map((a) => factor * a);
const dot = (a: Vector, b: Vector) => a.reduce((sum, a, index) => sum + a * b[index]!, 0);
const weightedSum = (weights: Vector, vectors: Vector[], width: number) =>
  vectors.reduce((sum, vector, index) => add(sum, scale(weights[index]!, vector)), new Array<number>(width).fill(0));
