// The weights of our networks, read from a safetensors file, and what every peer derives from them before it starts.

/** Reads a safetensors file: its tensors by name, each { shape, values }, the network's configuration, and all notes as texts. */
export function readWeights(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensors = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [begin, end] = entry.data_offsets;
    // Copied, for the values need not begin at a multiple of four bytes.
    const bytes = buffer.slice(8 + length + begin, 8 + length + end);
    tensors[name] = { shape: entry.shape, values: new Float32Array(bytes) };
  }
  const notes = header.__metadata__;
  return { config: JSON.parse(notes.config), tensors, notes };
}

/** A matrix or vector [rows, columns] whose values are `value(row, column)`. */
export function matrix(rows, columns, value) {
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values[row * columns + column] = value(row, column);
  }
  return { shape: [rows, columns], values };
}

/** Rows or columns of a matrix tensor. */
export function slice(tensor, [rowFrom, rowTo], [columnFrom, columnTo]) {
  const width = tensor.shape[1];
  return matrix(rowTo - rowFrom, columnTo - columnFrom, (row, column) => {
    return tensor.values[(rowFrom + row) * width + columnFrom + column];
  });
}

/** The same matrix with rows for columns. */
export function transpose(tensor) {
  const [rows, columns] = tensor.shape;
  return matrix(columns, rows, (row, column) => tensor.values[column * columns + row]);
}

/** a + b, −a and a·b. */
export const add = (a, b) => ({ shape: a.shape, values: a.values.map((value, index) => value + b.values[index]) });
export const negate = (a) => ({ shape: a.shape, values: a.values.map((value) => -value) });
export function product(a, b) {
  const [rows, inner] = a.shape;
  const [, columns] = b.shape;
  return matrix(rows, columns, (row, column) => {
    let sum = 0;
    for (let i = 0; i < inner; i++) sum += a.values[row * inner + i] * b.values[i * columns + column];
    return sum;
  });
}

/** The matrices' rows below one another. */
export function stackRows(...parts) {
  const [, columns] = parts[0].shape;
  const values = Float32Array.from(parts.flatMap((part) => Array.from(part.values)));
  return { shape: [values.length / columns, columns], values };
}

/**
 * Dice of a layer s = x·W + b, with the normalisation moved into the layer: ŝ = x·W′ + b′, and
 * Dice(s) = α·s + (1−α)·s·σ(ŝ) = slope·(ŝ + shift)·(ratio + σ(ŝ)), with slope = (1−α)·√(Var+ε), shift = E/√(Var+ε),
 * ratio = α/(1−α). The slope belongs into the layer that follows.
 */
export function diceLayer(tensors, layer, activation, epsilon) {
  const weight = tensors[`${layer}.weight`];
  const bias = tensors[`${layer}.bias`].values;
  const [alpha, mean, variance] = ["alpha", "mean", "variance"].map((name) => tensors[`${activation}.${name}`].values);
  const [rows, units] = weight.shape;
  const deviation = (unit) => Math.sqrt(variance[unit] + epsilon);
  return {
    weight: matrix(rows, units, (row, unit) => weight.values[row * units + unit] / deviation(unit)),
    bias: matrix(1, units, (_, unit) => (bias[unit] - mean[unit]) / deviation(unit)),
    shift: matrix(1, units, (_, unit) => mean[unit] / deviation(unit)),
    ratio: matrix(1, units, (_, unit) => alpha[unit] / (1 - alpha[unit])),
    slope: matrix(1, units, (_, unit) => (1 - alpha[unit]) * deviation(unit)),
  };
}

/** `weight` [units, columns] with each row multiplied by `slope` [1, units]. */
export function scaleRows(weight, slope) {
  const [units, columns] = weight.shape;
  return matrix(units, columns, (unit, column) => slope.values[unit] * weight.values[unit * columns + column]);
}
