// TensorFlow.js on its pages. The build sets BACKEND to "webgpu" or "wasm". Candidates are rows: the weights are then what
// XNNPACK packs once, and a step's input is the bias that a fused product adds.

import "tensorflow-backend";
import * as tf from "@tensorflow/tfjs-core";
import { offer } from "./contract.js";
import { diceLayer, readWeights, scaleRows, slice, stackRows } from "./weights.js";

offer({
  async init() {
    tf.enableProdMode();
    await tf.setBackend(BACKEND);
    await tf.ready();
  },
  async open(network, buffer, rows) {
    const weights = readWeights(buffer);
    const make = network === "din" ? din : dien;
    const run = tf.tidy(() => make(weights, rows));
    return async (history, candidates) => {
      const answer = tf.tidy(() => {
        const index = (values) => tf.tensor1d(Int32Array.from(values), "int32");
        return run(index(history), index(candidates));
      });
      const values = await answer.data();
      answer.dispose();
      return { p: values.slice(0, candidates.length), attention: values.slice(candidates.length) };
    };
  },
});

/** A tensor that stays. */
const constant = ({ shape, values }) => tf.keep(tf.tensor(values, shape, "float32"));
const vector = ({ values }) => tf.keep(tf.tensor1d(values, "float32"));

/** The values in one row, as a new tensor: wasm's fused product looks at the shape that a reshaped bias had. */
const flat = (tensor) => tf.slice(tf.reshape(tensor, [-1]), 0, tensor.size);

/** The embeddings of all items, [items, 24]. */
function catalogue(tensors, rows) {
  const ofCategory = tf.gather(constant(tensors["embedding.category.weight"]), tf.tensor1d(rows, "int32"));
  return tf.keep(tf.concat([constant(tensors["embedding.item.weight"]), ofCategory], 1));
}

/** The click probability of each candidate, [N, 1], from the interest and the query, [N, 24] each. */
function makeHead({ config, tensors }) {
  const { activation, hidden, key_sum: keySum } = config.head;
  const width = config.item_dim + config.category_dim;
  let slope;
  const layers = hidden.map((units, layer) => {
    const dice = diceLayer(tensors, `head.hidden.${layer}`, `head.activation.${layer}`, activation.epsilon);
    let weight = slope ? scaleRows(dice.weight, slope) : dice.weight;
    slope = dice.slope;
    let ofSum;
    if (layer === 0 && keySum) {
      // The sum of the keys is the same for all candidates: its share belongs to the bias.
      const [ofInterest, ofQuery, ofProduct, sumPart, ofSumProduct] = [0, 1, 2, 3, 4].map((part) => {
        return slice(weight, [part * width, (part + 1) * width], [0, units]);
      });
      ofSum = constant(sumPart);
      weight = stackRows(ofInterest, ofQuery, ofProduct, ofSumProduct);
    }
    const parts = { weight: constant(weight), ofSum };
    return Object.assign(parts, { bias: vector(dice.bias), shift: vector(dice.shift), ratio: vector(dice.ratio) });
  });
  const output = constant(scaleRows(tensors["head.output.weight"], slope));
  const outputBias = vector(tensors["head.output.bias"]);
  return (interest, queries, keys) => {
    const features = [interest, queries, tf.mul(queries, interest)];
    const sum = keySum && tf.sum(keys, 0, true);
    if (sum) features.push(tf.mul(queries, sum));
    let values = tf.concat(features, 1);
    for (const { weight, ofSum, bias, shift, ratio } of layers) {
      const total = ofSum ? flat(tf.fused.matMul({ a: sum, b: ofSum, bias })) : bias;
      const normalised = tf.fused.matMul({ a: values, b: weight, bias: total });
      values = tf.mul(tf.add(normalised, shift), tf.add(tf.sigmoid(normalised), ratio));
    }
    return tf.fused.matMul({ a: values, b: output, bias: outputBias, activation: "sigmoid" });
  };
}

/** Both answers as one tensor, so that a call reads back once: p [N], then the attention [T] of the first candidate. */
function answer(probabilities, attention) {
  const [, steps] = attention.shape;
  return tf.concat([tf.reshape(probabilities, [-1]), tf.reshape(tf.slice(attention, [0, 0], [1, steps]), [-1])]);
}

function din(weights, rows) {
  const { config, tensors } = weights;
  const embeddings = catalogue(tensors, rows);
  const head = makeHead(weights);
  const width = config.item_dim + config.category_dim;
  const {
    hidden: [units],
    activation: { epsilon },
  } = config.network.attention;
  // As in onnx-networks.js: for one key, the unit's layer is q·(A + k⊙C) + (k·B + b).
  const dice = diceLayer(tensors, "attention.hidden.0", "attention.activation.0", epsilon);
  const [ofQuery, ofKey, ofDifference, ofProduct] = [0, 1, 2, 3].map((part) => {
    return constant(slice(dice.weight, [part * width, (part + 1) * width], [0, units]));
  });
  const b = tf.keep(tf.sub(ofKey, ofDifference));
  const [aPerKey, cPerKey] = [tf.add(ofQuery, ofDifference), ofProduct].map((part) =>
    tf.keep(tf.reshape(part, [width, 1, units])),
  );
  const [bias, shift, ratio] = [dice.bias, dice.shift, dice.ratio].map(vector);
  const output = constant(scaleRows(tensors["attention.output.weight"], dice.slope));
  const outputBias = vector(tensors["attention.output.bias"]);
  return (history, candidates) => {
    const keys = tf.gather(embeddings, history); // [T, 24]
    const queries = tf.gather(embeddings, candidates); // [N, 24]
    const [[steps], [count]] = [history.shape, candidates.shape];
    const perKey = tf.fused.matMul({ a: keys, b, bias }); // [T, 36]
    const keyColumns = tf.reshape(tf.transpose(keys), [width, steps, 1]);
    const matrices = tf.reshape(tf.add(tf.mul(keyColumns, cPerKey), aPerKey), [width, -1]); // [24, T·36]
    const all = tf.fused.matMul({ a: queries, b: matrices, bias: flat(perKey) });
    const normalised = tf.reshape(all, [-1, units]); // ŝ, [N·T, 36]
    const activated = tf.mul(tf.add(normalised, shift), tf.add(tf.sigmoid(normalised), ratio));
    const scores = tf.reshape(tf.fused.matMul({ a: activated, b: output, bias: outputBias }), [count, steps]);
    return answer(head(tf.matMul(scores, keys), queries, keys), scores);
  };
}

/** The gates' weights and biases of a recurrent layer. */
function recurrentLayer(tensors, layer, hidden) {
  const gates = (name) => {
    const { shape, values } = tensors[`${layer}.${name}`];
    const rows = shape.length === 2 ? shape[0] : 1;
    return [0, 1, 2].map((gate) =>
      slice({ shape: [rows, 3 * hidden], values }, [0, rows], [gate * hidden, (gate + 1) * hidden]),
    );
  };
  const [weight, bias] = [gates("hidden.weight").map(constant), gates("hidden.bias").map(vector)];
  const inputWeight = constant(tensors[`${layer}.input.weight`]);
  const inputBias = gates("input.bias").map(vector);
  // The input's bias with the recurrent one of r and u, for the product of all steps.
  const sums = [tf.add(inputBias[0], bias[0]), tf.add(inputBias[1], bias[1]), inputBias[2]];
  const allBias = tf.keep(tf.concat(sums));
  return {
    /** The input's half of the gates of every step: [24] vectors r, u, n for each step. */
    inputs(values) {
      const all = tf.fused.matMul({ a: values, b: inputWeight, bias: allBias });
      return tf.split(tf.reshape(all, [-1]), all.size / hidden);
    },
    /** h + ũ⊙(n − h), where ũ is u, or u times the step's attention [N, 1]. */
    step(state, [r, u, n], attention) {
      const gate = (index, bias) => tf.fused.matMul({ a: state, b: weight[index], bias, activation: "sigmoid" });
      const [reset, update] = [gate(0, r), gate(1, u)];
      const recurrent = tf.fused.matMul({ a: state, b: weight[2], bias: bias[2] });
      const candidate = tf.tanh(tf.add(tf.mul(reset, recurrent), n));
      const written = attention ? tf.mul(update, attention) : update;
      return tf.add(state, tf.mul(written, tf.sub(candidate, state)));
    },
  };
}

function dien(weights, rows) {
  const { config, tensors } = weights;
  const embeddings = catalogue(tensors, rows);
  const head = makeHead(weights);
  const { hidden } = config.network;
  const [extractor, evolution] = ["extractor", "evolution"].map((layer) => recurrentLayer(tensors, layer, hidden));
  const attentionWeight = constant(tensors["attention.weight"]);
  const nothing = tf.keep(tf.zeros([1, hidden]));
  return (history, candidates) => {
    const keys = tf.gather(embeddings, history);
    const queries = tf.gather(embeddings, candidates);
    const [[steps], [count]] = [history.shape, candidates.shape];
    const stepsOf = (inputs) => Array.from({ length: steps }, (_, step) => inputs.slice(3 * step, 3 * step + 3));

    let state = nothing;
    const states = stepsOf(extractor.inputs(keys)).map((inputs) => (state = extractor.step(state, inputs)));
    const all = tf.concat(states); // [T, 24]
    const attention = tf.softmax(tf.matMul(queries, tf.matMul(all, attentionWeight), false, true)); // [N, T]
    const byStep = tf.split(attention, steps, 1);
    let evolved = tf.zeros([count, hidden]);
    stepsOf(evolution.inputs(all)).forEach((inputs, step) => {
      evolved = evolution.step(evolved, inputs, byStep[step]);
    });
    return answer(head(evolved, queries, keys), attention);
  };
}
