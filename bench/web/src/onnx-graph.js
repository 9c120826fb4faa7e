// Builds an ONNX model node by node.

import onnxProto from "onnx-proto";

const { onnx } = onnxProto;
const { FLOAT, INT32, INT64 } = onnx.TensorProto.DataType;
const { AttributeType } = onnx.AttributeProto;

/**
 * A graph under construction. Values are named by the strings that `input`, `constant` and `op` return; `prefix` keeps those of
 * a loop's body apart from those around it, which the body may use too.
 */
export class Graph {
  #nodes = [];
  #initializers = [];
  #inputs = [];
  #outputs = [];
  #constants = new Map();
  #names = 0;
  #prefix;

  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  /** An int32 vector that is given at each call. */
  input(name, dimension) {
    this.#inputs.push(valueInfo(name, INT32, dimension));
    return name;
  }

  /** A float value of any shape that is given to a loop's body. */
  loopInput(name) {
    this.#inputs.push(valueInfo(name, FLOAT));
    return name;
  }

  /** A float value of any shape that a loop's body gives. */
  loopOutput(value) {
    this.#outputs.push(valueInfo(value, FLOAT));
  }

  /** A float vector that each call returns. */
  output(name, dimension) {
    this.#outputs.push(valueInfo(name, FLOAT, dimension));
  }

  /** Floats, or integers where `values` is an Int32Array or, for shapes and axes, a plain list. */
  constant({ shape, values }) {
    const integers = Array.isArray(values) ? new BigInt64Array(values.map(BigInt)) : values;
    const bytes = new Uint8Array(integers.buffer, integers.byteOffset, integers.byteLength);
    const dataType = Array.isArray(values) ? INT64 : values instanceof Int32Array ? INT32 : FLOAT;
    const key = bytes.length < 100 ? `${dataType} ${shape} ${bytes}` : undefined;
    let name = key && this.#constants.get(key);
    if (!name) {
      name = `${this.#prefix}c${this.#names++}`;
      this.#initializers.push({ name, dims: shape, dataType, rawData: bytes });
      if (key) this.#constants.set(key, name);
    }
    return name;
  }

  /** The integers of a shape, or of axes. */
  shape(...values) {
    return this.constant({ shape: [values.length], values });
  }

  /** A node with one output, or with several where `outputs` is a number; attributes are integers, lists of them, or graphs. */
  op(opType, inputs, attributes = {}, outputs) {
    const output = Array.from({ length: outputs ?? 1 }, () => `${this.#prefix}v${this.#names++}`);
    const attribute = Object.entries(attributes).map(([name, value]) => {
      if (value instanceof Graph) return { name, type: AttributeType.GRAPH, g: value.#proto() };
      if (Array.isArray(value)) return { name, type: AttributeType.INTS, ints: value };
      return { name, type: AttributeType.INT, i: value };
    });
    this.#nodes.push({ opType, input: inputs, output, attribute });
    return outputs === undefined ? output[0] : output;
  }

  /** Gives a value the name of an output. */
  name(value, name) {
    this.#nodes.push({ opType: "Identity", input: [value], output: [name] });
  }

  #proto() {
    const name = this.#prefix || "network";
    return { name, node: this.#nodes, initializer: this.#initializers, input: this.#inputs, output: this.#outputs };
  }

  /** The model's file. */
  bytes() {
    const model = {
      irVersion: 8,
      producerName: "interest-lens-bench",
      opsetImport: [{ domain: "", version: 17 }],
      graph: this.#proto(),
    };
    const problem = onnx.ModelProto.verify(model);
    if (problem) throw new Error(`the ONNX model is not well formed: ${problem}`);
    return onnx.ModelProto.encode(model).finish();
  }
}

function valueInfo(name, elemType, dimension) {
  if (dimension === undefined) return { name, type: { tensorType: { elemType } } };
  const dim = typeof dimension === "string" ? { dimParam: dimension } : { dimValue: dimension };
  return { name, type: { tensorType: { elemType, shape: { dim: [dim] } } } };
}
