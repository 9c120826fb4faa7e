// The networks as the peer trains them, with the tensors of our files as variables.

import * as tf from "@tensorflow/tfjs-core";
import { sumOfRows } from "./gradients.js";

/** Share of a batch's statistics in Dice's running ones. */
const MOMENTUM = 0.01;

/**
 * The network of these weights for items of these categories, with layers of gradients.js: the variables that are trained, and what
 * gives the logits [row, candidate] of a batch of batches.js.
 */
export function makeNetwork({ config, tensors }, categories, layers) {
  const { trained, running } = variables(tensors);
  const item = trained["embedding.item.weight"];
  const category = trained["embedding.category.weight"];
  const { hidden, activation, interest_product: hasProduct } = config.head;
  const body = BODIES[config.network.name];

  const dense = (name, x) => layers.dense(x, trained[`${name}.weight`], trained[`${name}.bias`]);
  /** Dice by its running statistics, which then move towards those of this batch, but for rows where `valid` [rows] is 0. */
  const dice = (name, s, epsilon, valid) => {
    const [alpha, mean, variance] = [trained[`${name}.alpha`], running[`${name}.mean`], running[`${name}.variance`]];
    const value = layers.dice(s, alpha, mean, tf.rsqrt(tf.add(variance, epsilon)));
    const means = (x) =>
      valid ? tf.div(tf.matMul(tf.reshape(valid, [1, -1]), x), tf.sum(valid)) : tf.div(sumOfRows(x), s.shape[0]);
    const [now, squares] = [means(s), means(tf.square(s))];
    move(mean, now);
    move(variance, tf.sub(squares, tf.square(now)));
    return value;
  };
  const logits = (batch) => {
    const { rows, steps, columns, histories, candidates } = batch;
    const catalogue = tf.concat([item, layers.gather(category, categories)], 1);
    const embed = (ids, columns) => tf.reshape(layers.gather(catalogue, ids), [rows, columns, -1]);
    const [keys, queries] = [embed(histories, steps), embed(candidates, columns)];
    const interest = body({ config, trained, layers, dense, dice }, keys, queries, batch);
    const features = [interest, queries, ...(hasProduct ? [tf.mul(queries, interest)] : [])];
    let values = tf.reshape(tf.concat(features, 2), [rows * columns, -1]);
    hidden.forEach((_, layer) => {
      values = dice(`head.activation.${layer}`, dense(`head.hidden.${layer}`, values), activation.epsilon);
    });
    return tf.reshape(dense("head.output", values), [rows, columns]);
  };
  return { trained: Object.values(trained), logits };
}

/** A network's tensors: variables that are trained, and Dice's running statistics, which are not. */
function variables(tensors) {
  const [trained, running] = [{}, {}];
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    // How pictures of the embeddings are drawn is no part of the network.
    if (name.startsWith("projection.")) continue;
    const isStatistic = /\.(mean|variance)$/.test(name);
    (isStatistic ? running : trained)[name] = tf.variable(tf.tensor(values, shape, "float32"), !isStatistic);
  }
  return { trained, running };
}

/** Moves a running statistic towards that of a batch. */
function move(average, now) {
  average.assign(tf.add(tf.mul(average, 1 - MOMENTUM), tf.mul(tf.reshape(now, average.shape), MOMENTUM)));
}

/**
 * [rows, times, steps]: a number for each click of a history, another one where the history has no more, and that so many times.
 */
function perClick({ rows, steps, lengths }, click, padding, times = 1) {
  const values = new Float32Array(rows * times * steps).fill(padding);
  for (let line = 0; line < rows * times; line++) {
    const length = lengths[Math.floor(line / times)];
    values.fill(click(length), line * steps, line * steps + length);
  }
  return tf.tensor3d(values, [rows, times, steps]);
}

/** From keys [row, step, width] and queries [row, candidate, width] to the interest [row, candidate, width]. */
const BODIES = {
  "embedding-mlp"(_, keys, queries, batch) {
    const mean = tf.matMul(
      perClick(batch, (length) => 1 / length, 0),
      keys,
    );
    // A product is faster than tf.tile.
    return tf.mul(mean, tf.ones([1, batch.columns, 1]));
  },
  tin({ trained, layers }, keys, queries, batch) {
    const { rows, steps, lengths } = batch;
    const positions = trained["embedding.position.weight"];
    const [vectors, width] = positions.shape;
    const position = (row, step) => Math.min(vectors - 1, Math.max(0, lengths[row] - step));
    const ids = Int32Array.from({ length: rows * steps }, (_, index) => position(Math.floor(index / steps), index % steps));
    const k = tf.add(keys, tf.reshape(layers.gather(positions, ids), keys.shape));
    const q = tf.add(queries, tf.slice(positions, [0, 0], [1, width]));
    const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(width));
    const clicks = perClick(batch, () => 1, 0);
    // Of an empty history all weights are 0.
    const weights = tf.mul(
      tf.softmax(
        tf.add(
          scores,
          perClick(batch, () => 0, -1e30),
        ),
      ),
      clicks,
    );
    return tf.mul(tf.matMul(weights, k), q);
  },
  /** [q, k, q−k, q⊙k]·W is q·A + k·B + (q⊙k)·C, of which only the last product is of all pairs. */
  din({ config, trained, layers, dense, dice }, keys, queries, batch) {
    const { rows, steps, columns } = batch;
    const [, , width] = keys.shape;
    const { epsilon } = config.network.attention.activation;
    const [ofQuery, ofKey, ofDifference, ofProduct] = tf.split(trained["attention.hidden.0.weight"], 4);
    const [, units] = ofProduct.shape;
    const flat = (x) => tf.reshape(x, [-1, width]);
    const a = layers.product(flat(queries), tf.add(ofQuery, ofDifference));
    const b = layers.dense(flat(keys), tf.sub(ofKey, ofDifference), trained["attention.hidden.0.bias"]);
    const pairs = tf.mul(tf.reshape(queries, [rows, columns, 1, width]), tf.reshape(keys, [rows, 1, steps, width]));
    const c = tf.reshape(layers.product(flat(pairs), ofProduct), [rows, columns, steps, units]);
    const sum = tf.add(tf.add(c, tf.reshape(a, [rows, columns, 1, units])), tf.reshape(b, [rows, 1, steps, units]));
    const clicks = perClick(batch, () => 1, 0);
    const s = tf.reshape(sum, [-1, units]);
    const activated = dice(
      "attention.activation.0",
      s,
      epsilon,
      perClick(batch, () => 1, 0, columns),
    );
    const scores = tf.reshape(dense("attention.output", activated), [rows, columns, steps]);
    return tf.matMul(tf.mul(scores, clicks), keys);
  },
};
