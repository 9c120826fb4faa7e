"""DIN and DIEN as ONNX models, laid out for ONNX Runtime on a processor.

Candidates are columns, [units, N]: a bias, or a vector of one step, is then one number a row, and every product is a small
matrix of weights times a wide one. What depends on the history alone is computed once: the extractor's states, the input
half of the evolution's gates for all steps, and of DIN's first layer everything but the product with the query.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """A model under construction: `op` and `constant` return the names of values."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, values, dtype=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=dtype), name))
        return name

    def op(self, kind, *inputs, outputs=1, **attributes):
        inputs = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        names = [f"v{len(self.nodes)}_{output}" for output in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def axes(self, *values):
        return self.constant(values, np.int64)

    def reshape(self, value, *shape):
        return self.op("Reshape", value, self.axes(*shape))

    def model(self, probabilities, attention):
        """The model with the inputs history [T] and candidates [N] and the outputs probabilities [N] and attention [T, N]."""
        outputs = {"probabilities": self.reshape(probabilities, -1), "attention": attention}
        self.nodes += [helper.make_node("Identity", [value], [name]) for name, value in outputs.items()]
        of_shape = helper.make_tensor_value_info
        inputs = [of_shape(name, TensorProto.INT64, [size]) for name, size in (("history", "T"), ("candidates", "N"))]
        shapes = {"probabilities": ["N"], "attention": ["T", "N"]}
        results = [of_shape(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
        graph = helper.make_graph(self.nodes, "network", inputs, results, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return model.SerializeToString()


def embed(graph, tensors, categories):
    """Keys [T, H] and queries [N, H] from a catalogue that is one table."""
    of_category = tensors["embedding.category.weight"][categories]
    catalogue = graph.constant(np.concatenate([tensors["embedding.item.weight"], of_category], axis=1))
    return [graph.op("Gather", catalogue, rows, axis=0) for rows in ("history", "candidates")]


def column(vector):
    return np.reshape(vector, [-1, 1])


def dice(graph, tensors, name, epsilon, s):
    """Dice of s [units, N] or [T, units, N] whose layer `folded` has normalised: s·(α + (1−α)·σ(ŝ)) = (ŝ + shift)·(ratio +
    σ(ŝ)) but for a slope that belongs to the layer after it."""
    alpha, mean, variance = (tensors[f"{name}.{part}"] for part in ("alpha", "mean", "variance"))
    shifted = graph.op("Add", s, column(mean / np.sqrt(variance + epsilon)))
    return graph.op("Mul", shifted, graph.op("Add", graph.op("Sigmoid", s), column(alpha / (1 - alpha))))


def folded(tensors, layer, name, epsilon):
    """W [in, units] and b [units] with Dice's normalisation in them, and the slope [units] that it leaves behind."""
    deviation = np.sqrt(tensors[f"{name}.variance"] + epsilon)
    weight = tensors[f"{layer}.weight"] / deviation
    bias = (tensors[f"{layer}.bias"] - tensors[f"{name}.mean"]) / deviation
    return weight, bias, (1 - tensors[f"{name}.alpha"]) * deviation


def head(graph, config, tensors, interest, query, keys):
    """The probabilities [1, N] from the interest and the query, both [H, N]."""
    head, width = config["head"], config["item_dim"] + config["category_dim"]
    epsilon = head["activation"]["epsilon"]
    parts = [interest, query, graph.op("Mul", query, interest)]
    slope = None
    for layer in range(len(head["hidden"])):
        weight, bias, next_slope = folded(tensors, f"head.hidden.{layer}", f"head.activation.{layer}", epsilon)
        bias = graph.constant(column(bias))
        if layer > 0:
            weight = slope[:, None] * weight
        else:
            if head["key_sum"]:
                # Σk is the same for every candidate, so its share is one of the biases.
                key_sum = graph.reshape(graph.op("ReduceSum", keys, graph.axes(0)), width, 1)
                parts.append(graph.op("Mul", query, key_sum))
                bias = graph.op("Gemm", weight[3 * width : 4 * width].T, key_sum, bias)
                weight = np.delete(weight, np.s_[3 * width : 4 * width], axis=0)
            x = graph.op("Concat", *parts, axis=0)
        x = dice(graph, tensors, f"head.activation.{layer}", epsilon, graph.op("Gemm", weight.T, x, bias))
        slope = next_slope
    output = slope[:, None] * tensors["head.output.weight"]
    return graph.op("Sigmoid", graph.op("Gemm", output.T, x, column(tensors["head.output.bias"])))


def din(config, tensors, categories):
    """DIN, for histories and candidates of any number: probabilities [N] and scores [T, N]."""
    graph = Graph()
    keys, query_rows = embed(graph, tensors, categories)
    query = graph.op("Transpose", query_rows, perm=[1, 0])
    width = config["item_dim"] + config["category_dim"]
    epsilon = config["network"]["attention"]["activation"]["epsilon"]
    weight, bias, slope = folded(tensors, "attention.hidden.0", "attention.activation.0", epsilon)
    of_query, of_key, of_difference, of_product = (weight[part * width : (part + 1) * width] for part in range(4))
    # [q, k, q−k, q⊙k]·W + b of one key is a dense layer in q: its matrix, [T, units, H], and its bias, [T, units, 1].
    scaled = graph.op("Mul", graph.op("Unsqueeze", keys, graph.axes(1)), of_product.T[None])
    matrices = graph.op("Add", scaled, (of_query + of_difference).T[None])
    biases = graph.op("Add", graph.op("MatMul", keys, of_key - of_difference), bias)
    s = graph.op("Add", graph.op("MatMul", matrices, query), graph.op("Unsqueeze", biases, graph.axes(2)))
    units = dice(graph, tensors, "attention.activation.0", epsilon, s)
    output = (slope[:, None] * tensors["attention.output.weight"]).T
    scores = graph.op("Squeeze", graph.op("MatMul", output[None], units), graph.axes(1))
    scores = graph.op("Add", scores, tensors["attention.output.bias"])
    interest = graph.op("MatMul", graph.op("Transpose", keys, perm=[1, 0]), scores)
    return graph.model(head(graph, config, tensors, interest, query, keys), scores)


def dien(config, tensors, categories, steps):
    """DIEN, for histories of `steps` clicks and any number of candidates: probabilities [N] and attention [T, N]."""
    graph = Graph()
    keys, query_rows = embed(graph, tensors, categories)
    query = graph.op("Transpose", query_rows, perm=[1, 0])
    hidden = config["network"]["hidden"]
    r, u, n = (np.s_[gate * hidden : (gate + 1) * hidden] for gate in range(3))

    # ONNX's GRU has z, r, n, and its z keeps where our u writes: σ(−x) = 1 − σ(x).
    def onnx_order(name):
        tensor = tensors[f"extractor.{name}"]
        return np.concatenate([-tensor[..., u], tensor[..., r], tensor[..., n]], axis=-1).T

    states = graph.op(
        "GRU",
        graph.op("Unsqueeze", keys, graph.axes(1)),
        onnx_order("input.weight")[None],
        onnx_order("hidden.weight")[None],
        np.concatenate([onnx_order("input.bias"), onnx_order("hidden.bias")])[None],
        hidden_size=hidden,
        linear_before_reset=1,
    )
    states = graph.reshape(states, steps, hidden)
    scores = graph.op("MatMul", graph.op("MatMul", states, tensors["attention.weight"]), query)
    attention = graph.op("Softmax", scores, axis=0)
    attentions = graph.op("Split", attention, axis=0, outputs=steps)

    weight, bias = tensors["evolution.input.weight"], tensors["evolution.input.bias"].copy()
    recurrent, recurrent_bias = tensors["evolution.hidden.weight"], tensors["evolution.hidden.bias"]
    bias[: 2 * hidden] += recurrent_bias[: 2 * hidden]
    # The input half of all gates and steps in one product.
    inputs = graph.op("Gemm", weight.T, graph.op("Transpose", states, perm=[1, 0]), column(bias))
    inputs = [graph.op("Split", part, axis=1, outputs=steps) for part in graph.op("Split", inputs, axis=0, outputs=3)]
    weights = [graph.constant(recurrent[:, gate].T) for gate in (r, u, n)]
    of_candidate = graph.constant(column(recurrent_bias[n]))
    state = None
    for step in range(steps):
        def sum_of(gate, bias):
            return bias if state is None else graph.op("Gemm", weights[gate], state, bias)

        reset, update = (graph.op("Sigmoid", sum_of(gate, inputs[gate][step])) for gate in (0, 1))
        candidate = graph.op("Mul", reset, sum_of(2, of_candidate))
        candidate = graph.op("Tanh", graph.op("Add", candidate, inputs[2][step]))
        write = graph.op("Mul", update, attentions[step])
        if state is None:
            state = graph.op("Mul", write, candidate)
        else:
            state = graph.op("Add", state, graph.op("Mul", write, graph.op("Sub", candidate, state)))
    return graph.model(head(graph, config, tensors, state, query, keys), attention)
