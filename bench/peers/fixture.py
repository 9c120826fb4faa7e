"""What the programs that make fixtures share: sizes, the file of a fixture, and the layers of a PyTorch state dict."""

import json
import zlib
from typing import NamedTuple

import numpy as np

from rederive import Cell, Dense, batch_norm, dice, sigmoid

LENGTHS = np.array([5, 3, 1, 4, 0, 2])
STEPS, ITEMS, CATEGORIES, USERS = 5, 10, 4, 7
HEAD, ATTENTION, DIM = [10, 6], [8, 4], 4


# Of a GRU of PyTorch, as DeepCTR-Torch and RecBole use it.
TORCH_GRU = "reset-after; extractor rows ordered r,z,n with z = keep gate; "


class Sizes(NamedTuple):
    """Widths of a network, and whether it knows more (the user, a number) than items and categories."""

    attention: list = ATTENTION
    head: list = HEAD
    item: int = DIM
    category: int = DIM
    context: bool = True


USUAL, OTHER = Sizes(), Sizes([5], [9, 7, 5], 6, 2, False)
ACTIVATIONS = {"dice": "Dice", "relu": "ReLU", "prelu": "PReLU", "sigmoid": "sigmoid"}


class Fixture:
    """One forward pass of a peer: what it was given, what it answered and how it is described."""

    def __init__(self, name, **about):
        self.name = name
        self.about = {"name": name, **about}
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.peer_aux = None  # where the peer's auxiliary loss is not the paper's, what it should be

    def ids(self, highest, shape, lengths=None):
        """Random ids 1..=highest [shape]; with `lengths` [B], 0 after each history's end."""
        ids = self.rng.integers(1, highest + 1, shape)
        if lengths is not None:
            ids[np.arange(shape[1]) >= lengths[:, None]] = 0
        return ids

    def normal(self, shape, spread=0.5):
        return self.rng.normal(0, spread, shape).astype(np.float32)

    def positive(self, shape):
        """For variances and the scales of batch norms, so that signals are neither lost nor turned."""
        return self.rng.uniform(0.5, 1.5, shape).astype(np.float32)

    def write(self, folder, groups, tolerance=1e-6):
        """`groups`: weights, inputs, expected and derived, each a dict of arrays."""
        from safetensors.numpy import save_file

        derived = sigmoid(groups["derived"]["logit"])
        error = np.abs(derived - groups["expected"]["y"]).max()
        if not error < tolerance:
            raise SystemExit(f"{self.name}: derived and expected differ by {error}")
        if "aux" in groups["expected"]:
            aux = self.peer_aux if self.peer_aux is not None else groups["derived"].pop("aux")
            error = max(error, abs(aux - float(groups["expected"]["aux"][0])))
            if not error < 1e-5:
                raise SystemExit(f"{self.name}: auxiliary losses differ by {error}")
        tensors = {
            f"{group}.{key}": np.ascontiguousarray(np.atleast_1d(value))
            for group, values in groups.items()
            for key, value in values.items()
        }
        save_file(tensors, folder / f"{self.name}.safetensors", {key: str(value) for key, value in self.about.items()})
        print(f"{self.name}: largest difference {error:.1e}", flush=True)


def list_all(folder):
    """manifest.json: the metadata of every fixture in the folder."""
    from safetensors import safe_open

    known = []
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "numpy") as opened:
            known.append({**opened.metadata(), "file": file.name})
    (folder / "manifest.json").write_text(json.dumps(known, indent=1) + "\n")


# PyTorch


def randomize(fixture, model):
    """Random values for every parameter and running statistic; rows that stand for padding stay zero."""
    import torch

    with torch.no_grad():
        norms = [name for name, module in model.named_modules() if isinstance(module, torch.nn.BatchNorm1d)]
        scales = [f"{name}.{part}" for name in norms for part in ("running_var", "weight")]
        for name, tensor in model.state_dict().items():
            if name in scales:
                tensor.copy_(torch.from_numpy(fixture.positive(tensor.shape)))
            elif name.endswith("running_mean"):
                tensor.copy_(torch.from_numpy(fixture.normal(tensor.shape, 0.1)))
            elif tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(fixture.normal(tensor.shape)))
        for module in model.modules():
            if isinstance(module, torch.nn.Embedding) and module.padding_idx is not None:
                module.weight[module.padding_idx] = 0
    model.eval()


class State:
    """A state dict in float64."""

    def __init__(self, tensors):
        self.tensors = {name: np.asarray(tensor, dtype=np.float64) for name, tensor in tensors.items()}

    def __getitem__(self, name):
        return self.tensors[name]

    def dense(self, name, activation=lambda x: x):
        bias = self.tensors.get(f"{name}.bias", 0.0)
        return Dense(self[f"{name}.weight"], bias, activation)

    def norm(self, name, eps=1e-5):
        part = lambda key: self[f"{name}.{key}"]
        return batch_norm(part("running_mean"), part("running_var"), part("weight"), part("bias"), eps)

    def dice(self, name, eps, affine=False):
        part = lambda key: self[f"{name}.{key}"]
        scaled = dict(gamma=part("bn.weight"), beta=part("bn.bias")) if affine else {}
        return dice(part("bn.running_mean"), part("bn.running_var"), part("alpha").reshape(-1), eps, **scaled)

    def gru(self, name, suffix="_l0"):
        """PyTorch's GRU: rows r, z, n, where z is how much is kept."""
        return Cell.of_rows("run", self.recurrent(name, suffix), keep=True)

    def recurrent(self, name, suffix=""):
        return [self[f"{name}.{part}{suffix}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


def arrays(model):
    return {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}


def checkpoint(model, file, kind):
    """A checkpoint as people save it: the state dict, a dict with the state dict in it, or in the format before torch 1.6."""
    import torch

    state = model.state_dict()
    if kind == "nested":
        torch.save({"state_dict": state, "epoch": 3}, file)
    else:
        torch.save(state, file, _use_new_zipfile_serialization=kind != "legacy")


def layers_text(widths, activation, norm=False):
    """Such as "8 Dice -> 4 Dice -> 1"."""
    name = ("batch norm " if norm else "") + ACTIVATIONS[activation.lower()]
    return "".join(f"{width} {name} -> " for width in widths) + "1"


def described_norm(about, batch_norm):
    if batch_norm:
        about["batch_norm"] = (
            "top MLP: after each hidden dense layer, before its activation; affine, eps 1e-5, running statistics"
        )
