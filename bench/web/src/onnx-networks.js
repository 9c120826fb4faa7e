// DIN and DIEN as ONNX models, laid out for ONNX Runtime. Candidates are columns: every bias and every vector of a step is
// then one number per row, which broadcasts along contiguous memory.

import { Graph } from "./onnx-graph.js";
import { add, diceLayer, matrix, negate, product, scaleRows, slice, stackRows, transpose } from "./weights.js";

const column = ({ values }) => ({ shape: [values.length, 1], values });
const row = ({ values }) => ({ shape: [1, values.length], values });
const one = (value) => ({ shape: [1, 1], values: new Float32Array([value]) });

/** The embeddings of history and candidates, gathered from the catalogue [items, 24]. */
function embed(graph, tensors, categories) {
  const items = graph.constant(tensors["embedding.item.weight"]);
  const table = graph.constant(tensors["embedding.category.weight"]);
  const rows = graph.constant({ shape: [categories.length], values: new Int32Array(categories) });
  // From constants alone: ONNX Runtime computes it once, when it opens the model.
  const catalogue = graph.op("Concat", [items, graph.op("Gather", [table, rows], { axis: 0 })], { axis: 1 });
  const keys = graph.op("Gather", [catalogue, graph.input("history", "T")], { axis: 0 });
  const queryRows = graph.op("Gather", [catalogue, graph.input("candidates", "N")], { axis: 0 });
  return { keys, queryRows, queries: transposed(graph, queryRows) };
}

const transposed = (graph, value) => graph.op("Transpose", [value], { perm: [1, 0] });

/** weight·values + bias; weight and bias are tensors, or values of the graph. */
function dense(graph, weight, values, bias) {
  const value = (given, shaped) => (typeof given === "string" ? given : graph.constant(shaped(given)));
  return graph.op("Gemm", [value(weight, (tensor) => tensor), values, value(bias, column)]);
}

/** `size` slices of one along the axis. WebGPU binds at most ten buffers, so Split makes at most eight at a time. */
function split(graph, value, axis, size) {
  if (size === 1) return [value];
  const parts = Math.min(8, size);
  const bound = (part) => Math.floor((part * size) / parts);
  const sizes = Array.from({ length: parts }, (_, part) => bound(part + 1) - bound(part));
  const pieces = graph.op("Split", [value, graph.shape(...sizes)], { axis }, parts);
  return pieces.flatMap((piece, part) => split(graph, piece, axis, sizes[part]));
}

/** Dice without its slope, of the normalised values ŝ [units, N]: see `diceLayer`. */
function dice(graph, layer, normalised) {
  const shifted = graph.op("Add", [normalised, graph.constant(column(layer.shift))]);
  const gate = graph.op("Add", [graph.op("Sigmoid", [normalised]), graph.constant(column(layer.ratio))]);
  return graph.op("Mul", [shifted, gate]);
}

/** The click probability of each candidate, [1, N], from the interest and the query, [24, N] each. */
function head(graph, { config, tensors }, interest, queries, keys) {
  const width = config.item_dim + config.category_dim;
  const { hidden, activation, key_sum: keySum } = config.head;
  const features = [interest, queries, graph.op("Mul", [queries, interest])];
  let values;
  let slope;
  hidden.forEach((units, index) => {
    const layer = diceLayer(tensors, `head.hidden.${index}`, `head.activation.${index}`, activation.epsilon);
    let { weight, bias } = layer;
    if (index > 0) {
      weight = scaleRows(weight, slope);
    } else {
      if (keySum) {
        // The sum of the keys is the same for all candidates: its share belongs to the bias.
        const sum = graph.op("ReduceSum", [keys, graph.shape(0)], { keepdims: 1 });
        const sumColumn = graph.op("Reshape", [sum, graph.shape(width, 1)]);
        features.push(graph.op("Mul", [queries, sumColumn]));
        const [ofInterest, ofQuery, ofProduct, ofSum, ofSumProduct] = [0, 1, 2, 3, 4].map((part) => {
          return slice(weight, [part * width, (part + 1) * width], [0, units]);
        });
        bias = dense(graph, transpose(ofSum), sumColumn, bias);
        weight = stackRows(ofInterest, ofQuery, ofProduct, ofSumProduct);
      }
      values = graph.op("Concat", features, { axis: 0 });
    }
    values = dice(graph, layer, dense(graph, transpose(weight), values, bias));
    slope = layer.slope;
  });
  const output = transpose(scaleRows(tensors["head.output.weight"], slope));
  return graph.op("Sigmoid", [dense(graph, output, values, tensors["head.output.bias"])]);
}

/** Both answers as one output, so that a call reads back once: p [N], then the attention [T] of the first candidate. */
function answer(graph, probabilities, attention, axis) {
  const first = graph.op("Gather", [attention, graph.constant({ shape: [1], values: new Int32Array(1) })], { axis });
  const flat = (value) => graph.op("Reshape", [value, graph.shape(-1)]);
  graph.name(graph.op("Concat", [flat(probabilities), flat(first)], { axis: 0 }), "answer");
  graph.output("answer", "N+T");
  return graph.bytes();
}

/**
 * DIN, for any number of clicks and candidates. What is fastest differs: on "webgpu" fewer dispatches and inner sizes that
 * are multiples of four, on "wasm" fewer passes over the [T, 36, N] values.
 */
export function din(weights, categories, provider) {
  const { config, tensors } = weights;
  const graph = new Graph();
  const { keys, queries } = embed(graph, tensors, categories);
  const width = config.item_dim + config.category_dim;
  const {
    hidden: [units],
    activation: { epsilon },
  } = config.network.attention;

  // [q, k, q−k, q⊙k]·W + b = q·A + k·B + (q⊙k)·C + b, and for one key q·(A + k⊙C) + (k·B + b), linear in q: one product of
  // all candidates with the matrices of all keys. Nothing of the size [T, N, 24] is ever made.
  const layer = diceLayer(tensors, "attention.hidden.0", "attention.activation.0", epsilon);
  const [ofQuery, ofKey, ofDifference, ofProduct] = [0, 1, 2, 3].map((part) => {
    return slice(layer.weight, [part * width, (part + 1) * width], [0, units]);
  });
  const [a, b, c] = [add(ofQuery, ofDifference), add(ofKey, negate(ofDifference)), ofProduct];
  const last = scaleRows(tensors["attention.output.weight"], layer.slope); // [36, 1]
  const outputBias = tensors["attention.output.bias"].values[0];
  const [aRows, cRows] = [a, c].map((part) => graph.constant({ ...transpose(part), shape: [1, units, width] }));
  const perKey = graph.op("Add", [graph.op("MatMul", [keys, graph.constant(b)]), graph.constant(layer.bias)]); // [T, 36]
  const scaled = graph.op("Mul", [graph.op("Unsqueeze", [keys, graph.shape(1)]), cRows]);
  const matrices = graph.op("Add", [scaled, aRows]); // [T, 36, 24]
  const biases = graph.op("Unsqueeze", [perKey, graph.shape(2)]); // [T, 36, 1]
  const weigh = (weight, values) => graph.op("MatMul", [graph.constant(transpose(weight)), values]);

  let scores; // [T, 1, N]
  if (provider === "webgpu") {
    const normalised = graph.op("Add", [graph.op("MatMul", [matrices, queries]), biases]); // [T, 36, N]
    scores = graph.op("Add", [weigh(last, dice(graph, layer, normalised)), graph.constant(one(outputBias))]);
  } else {
    // The bias is one more column, of a query that is one longer.
    const longer = graph.op("Concat", [matrices, biases], { axis: 2 });
    const filler = graph.constant({ shape: [], values: new Float32Array([1]) });
    const query = graph.op("Pad", [queries, graph.shape(0, 0, 1, 0), filler]);
    const normalised = graph.op("MatMul", [longer, query]);
    // Dice is slope·(ŝ + shift)·(ratio + σ(ŝ)). What is linear in ŝ is computed from keys and queries,
    const ofRatio = scaleRows(last, layer.ratio);
    const constant = product(row(layer.shift), ofRatio).values[0] + outputBias;
    const perKeyLinear = graph.op("Add", [
      graph.op("MatMul", [perKey, graph.constant(ofRatio)]),
      graph.constant(one(constant)),
    ]);
    const perPair = graph.op("Add", [
      graph.op("Mul", [keys, graph.constant(transpose(product(c, ofRatio)))]),
      graph.constant(transpose(product(a, ofRatio))),
    ]);
    const linear = graph.op("Add", [graph.op("MatMul", [perPair, queries]), perKeyLinear]); // [T, N]
    // and of the rest, ŝ·σ(ŝ) and shift·σ(ŝ) are weighed apart.
    const gate = graph.op("Sigmoid", [normalised]);
    const curved = weigh(last, graph.op("Mul", [normalised, gate]));
    const ofShift = weigh(scaleRows(last, layer.shift), gate);
    scores = graph.op("Add", [graph.op("Add", [curved, ofShift]), graph.op("Unsqueeze", [linear, graph.shape(1)])]);
  }
  scores = graph.op("Squeeze", [scores, graph.shape(1)]);
  const interest = graph.op("MatMul", [transposed(graph, keys), scores]); // [24, N]
  return answer(graph, head(graph, weights, interest, queries, keys), scores, 1);
}

/**
 * DIEN, for any number of candidates. With `steps`, for histories of exactly so many clicks and unrolled, else with a loop: on
 * wasm that is as fast and opens sooner, on webgpu a loop goes back and forth between the GPU and the CPU.
 */
export function dien(weights, categories, steps) {
  const { config, tensors } = weights;
  const graph = new Graph();
  const { keys, queryRows, queries } = embed(graph, tensors, categories);
  const { hidden } = config.network;
  const gates = (name, gate) => {
    const tensor = tensors[`evolution.${name}`];
    const whole = tensor.shape.length === 2 ? tensor : row(tensor);
    return slice(whole, [0, whole.shape[0]], [gate * hidden, (gate + 1) * hidden]);
  };

  const states = extractor(graph, tensors, keys, hidden); // [T, 24]
  const weighed = graph.op("MatMul", [states, graph.constant(tensors["attention.weight"])]);
  const scores = graph.op("MatMul", [queryRows, transposed(graph, weighed)]);
  const attention = graph.op("Softmax", [scores], { axis: -1 }); // [N, T]
  const attentions = transposed(graph, attention); // [T, N]

  // The input's half of each gate for all steps in one product, with the recurrent bias of r and u: [24, T] each.
  const stateColumns = transposed(graph, states);
  const inputs = [0, 1, 2].map((gate) => {
    const bias = gate < 2 ? add(gates("input.bias", gate), gates("hidden.bias", gate)) : gates("input.bias", gate);
    return dense(graph, transpose(gates("input.weight", gate)), stateColumns, bias);
  });
  const [ofReset, ofUpdate, ofCandidate] = [0, 1, 2].map((gate) => graph.constant(transpose(gates("hidden.weight", gate))));
  const recurrentBias = graph.constant(column(gates("hidden.bias", 2)));
  /** h′ + ũ⊙(n − h′) from h′ [24, N], or from 0, with the step's inputs [24, 1] and attention ã [1, N]. */
  const evolve = (graph, state, [r, u, n], attention) => {
    const recurrent = (weight, bias) => (state ? dense(graph, weight, state, bias) : bias);
    const [reset, update] = [recurrent(ofReset, r), recurrent(ofUpdate, u)].map((sum) => graph.op("Sigmoid", [sum]));
    const after = graph.op("Mul", [reset, recurrent(ofCandidate, recurrentBias)]);
    const candidate = graph.op("Tanh", [graph.op("Add", [after, n])]);
    const written = graph.op("Mul", [update, attention]);
    const move = graph.op("Mul", [written, state ? graph.op("Sub", [candidate, state]) : candidate]);
    return state ? graph.op("Add", [state, move]) : move;
  };
  let state;
  if (steps) {
    const [r, u, n] = inputs.map((input) => split(graph, input, 1, steps));
    split(graph, attentions, 0, steps).forEach((attention, step) => {
      state = evolve(graph, state, [r[step], u[step], n[step]], attention);
    });
  } else {
    const body = new Graph("step");
    const [before, r, u, n, a] = ["state", "r", "u", "n", "a"].map((name) => body.loopInput(name));
    body.loopOutput(evolve(body, before, [r, u, n], a));
    // Hidden units and the query are equally many.
    const zero = graph.op("Mul", [queries, graph.constant(one(0))]);
    const perStep = inputs.map((input) => graph.op("Unsqueeze", [transposed(graph, input), graph.shape(2)]));
    const attentionPerStep = graph.op("Unsqueeze", [attentions, graph.shape(1)]);
    state = graph.op("Scan", [zero, ...perStep, attentionPerStep], { body, num_scan_inputs: 4 });
  }
  return answer(graph, head(graph, weights, state, queries, keys), attention, 0);
}

/** The interest states [T, 24], by ONNX's own GRU, whose z keeps where our u writes: σ(−x) = 1 − σ(x). */
function extractor(graph, tensors, keys, hidden) {
  const order = [1, 0, 2]; // z, r, n from r, u, n
  const part = (name, gate) => {
    const tensor = tensors[`extractor.${name}`];
    const whole = tensor.shape.length === 2 ? tensor : row(tensor);
    const gateOnly = transpose(slice(whole, [0, whole.shape[0]], [gate * hidden, (gate + 1) * hidden]));
    return gate === 1 ? negate(gateOnly) : gateOnly;
  };
  const all = (...names) => stackRows(...names.flatMap((name) => order.map((gate) => part(name, gate))));
  const given = ({ shape, values }) => graph.constant({ shape: [1, ...shape], values });
  const bias = all("input.bias", "hidden.bias");
  const states = graph.op(
    "GRU",
    [
      graph.op("Unsqueeze", [keys, graph.shape(1)]),
      given(all("input.weight")),
      given(all("hidden.weight")),
      graph.constant({ shape: [1, 6 * hidden], values: bias.values }),
    ],
    { hidden_size: hidden, linear_before_reset: 1 },
  );
  return graph.op("Reshape", [states, graph.shape(-1, hidden)]);
}
