"""DIN and DIEN once more, in float64 NumPy, from weights in one common layout: what the fixtures' `derived.*` come from.

Shapes: batch B, steps T, width H of an item (and of its state). Dense weights are [out, in], as in PyTorch. Histories are
padded after their end; `lengths` [B] says where. States after the end of a history are zero.
"""

from dataclasses import dataclass

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0)


def prelu(alpha):
    return lambda x: np.where(x > 0, x, alpha * x)


def dice(mean, variance, alpha, eps, gamma=1.0, beta=0.0):
    """p = sigmoid(batch norm of x); p x + (1 - p) alpha x."""

    def activation(x):
        p = sigmoid((x - mean) / np.sqrt(variance + eps) * gamma + beta)
        return p * x + (1 - p) * alpha * x

    return activation


def batch_norm(mean, variance, gamma, beta, eps):
    return lambda x: (x - mean) / np.sqrt(variance + eps) * gamma + beta


@dataclass
class Dense:
    """activation(W x + b)."""

    weight: np.ndarray
    bias: np.ndarray
    activation: callable = lambda x: x

    def __call__(self, x):
        return self.activation(x @ self.weight.T + self.bias)


def mlp(layers, x):
    for layer in layers:
        x = layer(x)
    return x


@dataclass
class Cell:
    """A GRU's gates r (reset), u (how much is written) and n (the candidate), each as (weight [H, in], weight [H, H], the
    bias beside each of them [H]). `before`: the reset is multiplied into the state before its matrix."""

    r: tuple
    u: tuple
    n: tuple
    before: bool = False

    @classmethod
    def of_rows(cls, order, weights, keep=False):
        """Gates stacked in rows in the `order`, such as "run"; `keep`: u is stored as how much is kept, 1 - u."""
        split = dict(zip(order, zip(*(np.split(weight, 3) for weight in weights))))
        if keep:
            split["u"] = tuple(-part for part in split["u"])
        return cls(split["r"], split["u"], split["n"])

    def gates(self, x, h):
        """r, u and n [B, H] for the input x [B, in] and the state h [B, H]."""
        pre = lambda gate: x @ gate[0].T + gate[2] + h @ gate[1].T + gate[3]
        r, u = sigmoid(pre(self.r)), sigmoid(pre(self.u))
        w, v, b, c = self.n
        inner = (r * h) @ v.T + c if self.before else r * (h @ v.T + c)
        return r, u, np.tanh(x @ w.T + b + inner)


def evolve(kind, cell, x, lengths, attention=None):
    """States [B, T, H] of a GRU over x [B, T, in], and each history's last [B, H], by the evolution `kind`:
    GRU u; AIGRU u, over attention * x; AGRU attention; AUGRU attention * u; KEPT (the DIEN authors' code): 1 - (1 - attention)(1 - u).
    """
    steps = x.shape[1]
    states = np.zeros((len(x), steps, cell.n[1].shape[0]))
    h = states[:, 0] * 0
    for t in range(steps):
        a = attention[:, t, None] if attention is not None else None
        _, u, n = cell.gates(a * x[:, t] if kind == "AIGRU" else x[:, t], h)
        if kind == "AGRU":
            u = a
        elif kind == "AUGRU":
            u = a * u
        elif kind == "KEPT":
            u = 1 - (1 - a) * (1 - u)
        alive = (t < lengths)[:, None]
        h = np.where(alive, (1 - u) * h + u * n, h)
        states[:, t] = np.where(alive, h, 0)
    return states, h


def local(layers):
    """Scores [B, T] of the local activation unit over [q, k, q - k, q * k]."""

    def scores(q, k):
        q = np.broadcast_to(q[:, None], k.shape)
        return mlp(layers, np.concatenate([q, k, q - k, q * k], axis=-1))[..., 0]

    return scores


def bilinear(weight):
    """q . (k W)"""
    return lambda q, k: np.einsum("bte,ef,bf->bt", k, weight, q)


def dot(q, k):
    return np.einsum("bte,be->bt", k, q)


def attend(scores, lengths, softmax, scale=1.0):
    """Attention [B, T] of scores [B, T]; an empty history's softmax is equal over the padding, as the peers' is."""
    valid = np.arange(scores.shape[1]) < lengths[:, None]
    scores = np.where(valid, scores, 0) * scale
    if not softmax:
        return scores
    scores = np.where(valid, scores, -1e9)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def auxiliary(network, states, keys, negatives, lengths):
    """The auxiliary loss: h_t says whether e_(t+1) was clicked (`keys`) or not (`negatives`); the sum over valid steps / (2 *
    valid steps). `network` answers with the probability [..., 1]."""
    valid = np.arange(1, keys.shape[1]) < lengths[:, None]
    probability = lambda following: network(np.concatenate([states[:, :-1], following[:, 1:]], axis=-1))[..., 0]
    losses = -np.log(probability(keys)) - np.log(1 - probability(negatives))
    return losses[valid].sum() / (2 * valid.sum())
