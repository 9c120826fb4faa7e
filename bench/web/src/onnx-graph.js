// Builds an ONNX model node by node.

import onnxProto from "onnx-proto";

const { onnx } = onnxProto;
const { FLOAT, INT32, INT64 } = onnx.TensorProto.DataType;
const { AttributeType } = onnx.AttributeProto;

/** A graph under construction. Values are named by the strings that `input`, `constant` and `op` return. */
export class Graph {
  #nodes = [];
  #initializers = [];
  #inputs = [];
  #outputs = [];
  #constants = new Map();
  #names = 0;

  /** An int32 vector that is given at each call. */
  input(name, dimension) {
    this.#inputs.push(valueInfo(name, INT32, dimension));
    return name;
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
      name = `c${this.#names++}`;
      this.#initializers.push({ name, dims: shape, dataType, rawData: bytes });
      if (key) this.#constants.set(key, name);
    }
    return name;
  }

  /** The integers of a shape, or of axes. */
  shape(...values) {
    return this.constant({ shape: [values.length], values });
  }

  /** A node with one output, or with several where `outputs` is a number; attributes are integers, strings or lists. */
  op(opType, inputs, attributes = {}, outputs) {
    const output = Array.from({ length: outputs ?? 1 }, () => `v${this.#names++}`);
    const attribute = Object.entries(attributes).map(([name, value]) => {
      if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
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

  /** The model's file. */
  bytes() {
    const model = {
      irVersion: 8,
      producerName: "interest-lens-bench",
      opsetImport: [{ domain: "", version: 17 }],
      graph: {
        name: "network",
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    };
    const problem = onnx.ModelProto.verify(model);
    if (problem) throw new Error(`the ONNX model is not well formed: ${problem}`);
    return onnx.ModelProto.encode(model).finish();
  }
}

function valueInfo(name, elemType, dimension) {
  const dim = typeof dimension === "string" ? { dimParam: dimension } : { dimValue: dimension };
  return { name, type: { tensorType: { elemType, shape: { dim: [dim] } } } };
}
