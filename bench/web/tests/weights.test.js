import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  diceLayer,
  matrix,
  negate,
  product,
  readWeights,
  scaleRows,
  slice,
  stackRows,
  transpose,
} from "../src/weights.js";

const values = (tensor) => Array.from(tensor.values);

test("a safetensors file is read, whatever its header's length", () => {
  const header = JSON.stringify({
    __metadata__: { config: '{"item_dim":2}', seed: "4" },
    a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    b: { dtype: "F32", shape: [1, 1], data_offsets: [8, 12] },
  });
  const length = new TextEncoder().encode(header).length;
  const buffer = new ArrayBuffer(8 + length + 12);
  const view = new DataView(buffer);
  view.setBigUint64(0, BigInt(length), true);
  new Uint8Array(buffer).set(new TextEncoder().encode(header), 8);
  [1.5, -2, 7].forEach((value, index) => view.setFloat32(8 + length + 4 * index, value, true));
  const { config, tensors, notes } = readWeights(buffer);
  assert.deepEqual(config, { item_dim: 2 });
  assert.equal(notes.seed, "4");
  assert.deepEqual([values(tensors.a), values(tensors.b)], [[1.5, -2], [7]]);
  assert.deepEqual(tensors.b.shape, [1, 1]);
});

test("matrices are cut, turned, joined and multiplied", () => {
  const m = matrix(2, 3, (row, column) => 10 * row + column);
  assert.deepEqual(values(slice(m, [0, 2], [1, 3])), [1, 2, 11, 12]);
  assert.deepEqual(transpose(m).shape, [3, 2]);
  assert.deepEqual(values(transpose(m)), [0, 10, 1, 11, 2, 12]);
  assert.deepEqual(values(add(m, negate(m))), [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(stackRows(m, m).shape, [4, 3]);
  assert.deepEqual(values(product(m, transpose(m))), [5, 35, 35, 365]);
  assert.deepEqual(values(scaleRows(m, { values: [2, 3] })), [0, 2, 4, 30, 33, 36]);
});

test("a layer with Dice in its moved form computes Dice", () => {
  const tensors = {
    "layer.weight": matrix(2, 2, (row, column) => row - 0.7 * column),
    "layer.bias": { values: [0.3, -0.2] },
    "dice.alpha": { values: [0.1, -0.4] },
    "dice.mean": { values: [0.5, -0.6] },
    "dice.variance": { values: [2, 0.3] },
  };
  const epsilon = 1e-8;
  const { weight, bias, shift, ratio, slope } = diceLayer(tensors, "layer", "dice", epsilon);
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  for (const x of [
    [1, 2],
    [-3, 0.5],
    [0, 0],
  ]) {
    for (const unit of [0, 1]) {
      const layer = (w, b) => x[0] * w[unit] + x[1] * w[2 + unit] + b[unit];
      const s = layer(tensors["layer.weight"].values, tensors["layer.bias"].values);
      const [alpha, mean, variance] = ["alpha", "mean", "variance"].map((name) => tensors[`dice.${name}`].values[unit]);
      const p = sigmoid((s - mean) / Math.sqrt(variance + epsilon));
      const normalised = layer(weight.values, bias.values);
      const found = slope.values[unit] * (normalised + shift.values[unit]) * (ratio.values[unit] + sigmoid(normalised));
      // Everything passes through float32 once or twice.
      assert.ok(Math.abs(found - (p * s + (1 - p) * alpha * s)) < 1e-6);
    }
  }
});
