// The layers of the peer's networks in two ways: with the gradients that TensorFlow.js derives, and with gradients of our own.

import * as tf from "@tensorflow/tfjs-core";

/** s·(p + (1−p)·α) with p = σ((s − mean)·inverse): Dice (DIN, equation 5). */
function diceParts(s, alpha, mean, inverse) {
  const p = tf.sigmoid(tf.mul(tf.sub(s, mean), inverse));
  return { p, gate: tf.add(tf.mul(p, tf.sub(1, alpha)), alpha) };
}

/**
 * The sum of the rows of x [rows, columns], [columns]. On wasm a product with ones is ten times as fast as tf.sum, which turns x
 * first.
 */
export function sumOfRows(x) {
  return tf.getBackend() === "wasm" ? tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [-1]) : tf.sum(x, 0);
}

/** As one writes it. */
export const derived = {
  gather: (table, rows) => tf.gather(table, tf.tensor1d(rows, "int32")),
  product: (x, weight) => tf.matMul(x, weight),
  dense: (x, weight, bias) => tf.add(tf.matMul(x, weight), bias),
  dice: (s, alpha, mean, inverse) => tf.mul(s, diceParts(s, alpha, mean, inverse).gate),
};

/**
 * A gradient that needs these tensors, which are kept until then. TensorFlow.js's own way of saving them copies them on wasm.
 * Variables stay in any case.
 */
function keeping(tensors, gradient) {
  const passing = tensors.filter((tensor) => !(tensor instanceof tf.Variable));
  passing.forEach(tf.keep);
  return (dy) => {
    const gradients = gradient(dy);
    tf.dispose(passing);
    return gradients;
  };
}

/** The gradients of x·weight. Turned beforehand, the factors go through XNNPACK; derived gradients turn them in a plain loop. */
const ofProduct = (x, weight, dy) => [tf.matMul(dy, tf.transpose(weight)), tf.matMul(tf.transpose(x), dy)];

/** What is faster. */
export const own = {
  /** The kernel GatherNd copies whole rows, which GatherV2 does number by number. */
  gather(table, rows) {
    return tf.customGrad((table) => ({
      value: tf.gatherND(table, tf.tensor2d(rows, [rows.length, 1], "int32")),
      gradFunc: (dy) => tf.unsortedSegmentSum(dy, tf.tensor1d(rows, "int32"), table.shape[0]),
    }))(table);
  },
  product: tf.customGrad((x, weight) => ({
    value: tf.matMul(x, weight),
    gradFunc: keeping([x, weight], (dy) => ofProduct(x, weight, dy)),
  })),
  dense: tf.customGrad((x, weight, bias) => ({
    value: tf.fused.matMul({ a: x, b: weight, bias }),
    gradFunc: keeping([x, weight], (dy) => [...ofProduct(x, weight, dy), sumOfRows(dy)]),
  })),
  /** The running statistics are constants to it, and half of the passes that the derived gradient takes are left. */
  dice(s, alpha, mean, inverse) {
    return tf.customGrad((s, alpha) => {
      const { p, gate } = diceParts(s, alpha, mean, inverse);
      return {
        value: tf.mul(s, gate),
        gradFunc: keeping([s, p, gate, inverse], (dy) => {
          const rest = tf.mul(tf.mul(dy, s), tf.sub(1, p));
          const slope = tf.mul(tf.sub(1, alpha), inverse);
          return [tf.add(tf.mul(dy, gate), tf.mul(tf.mul(rest, p), slope)), sumOfRows(rest)];
        }),
      };
    })(s, alpha);
  },
};
