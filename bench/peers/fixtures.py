"""Runs the networks of the peers on random weights and keeps what they computed, for `cargo xtask verify` and the tests of
the importer: FuxiCTR, DeepCTR-Torch and RecBole here, DeepCTR and mouna99/dien in fixtures_tf.py.

    python bench/peers/fixtures.py --output data/peers --fuxictr ~/FuxiCTR fuxictr deepctr-torch recbole

Written with Python 3.11, torch 2.15.0, fuxictr 2.3.10 and its repository at 0245987 (its DIEN is not in its package),
deepctr-torch 0.3.0, recbole 1.2.1; README.md says how to install them. A fixture is a safetensors file: `weights.*` the
state dict under its own names, `inputs.*` (ids; histories padded after their end with 0), `expected.y` the click probability
that the peer computed in float32 in evaluation mode (`expected.aux` its auxiliary loss), `derived.*` the same once more by
rederive.py in float64 (attention, states, logit), which agrees with `expected.y` within 1e-6 or nothing is written. The
metadata says which peer and which options; manifest.json beside the files has the metadata of all.
"""

import argparse
import importlib.util
import json
import logging
import os
import tempfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rederive import (
    Cell,
    Dense,
    attend,
    auxiliary,
    batch_norm,
    bilinear,
    dice,
    dot,
    evolve,
    local,
    mlp,
    prelu,
    relu,
    sigmoid,
)

LENGTHS = np.array([5, 3, 1, 4, 0, 2])
STEPS, ITEMS, CATEGORIES, USERS = 5, 10, 4, 7
HEAD, ATTENTION, DIM = [10, 6], [8, 4], 4


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


# FuxiCTR


FUXI = "FuxiCTR 2.3.10 (Apache-2.0)"
FUXI_DICE = "no affine, eps 1e-9, running statistics"
FUXI_GRU = "reset-after; extractor rows r,z,n with z = keep gate; "
FUXI_EVOLUTION = {
    "GRU": "evolution: a second GRU of the same layout, no attention",
    "AIGRU": "evolution: a second GRU of the same layout, over attention * interest",
    "AGRU": "evolution cell rows u,r,n with u = write gate",
    "AUGRU": "evolution cell rows u,r,n with u = write gate",
}


def fuxi_class(checkout, name):
    """A network's class from FuxiCTR's repository."""
    file = checkout / "model_zoo" / name / "src" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"fuxictr_{name}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fuxi_features(sizes, negatives):
    from fuxictr.features import FeatureMap

    features = FeatureMap("fixtures", ".")
    one = lambda size: {
        "source": "",
        "type": "categorical",
        "padding_idx": 0,
        "vocab_size": size + 1,
        "embedding_dim": sizes.item,
    }
    many = lambda of, size: {**one(size), "type": "sequence", "share_embedding": of, "max_len": STEPS}
    if sizes.context:
        features.features["user_id"] = one(USERS)
    features.features.update(item_id=one(ITEMS), cate_id=one(CATEGORIES))
    for prefix in ["", "neg_"] if negatives else [""]:
        features.features[f"{prefix}item_hist"] = many("item_id", ITEMS)
        features.features[f"{prefix}cate_hist"] = many("cate_id", CATEGORIES)
    features.num_fields = len(features.features)
    features.labels = ["label"]
    return features


def fuxi_mlp(state, name, count, activation, norm=False, output=True):
    """Layers of an MLP_Block: a Sequential in which an activation takes a number even where it has no tensors."""
    layers, at = [], 0
    for _ in range(count):
        dense = f"{name}.mlp.{at}"
        at += 1 + norm
        where = f"{name}.mlp.{at}"
        acts = {
            "dice": lambda: state.dice(where, 1e-9),
            "relu": lambda: relu,
            "prelu": lambda: prelu(state[f"{where}.weight"]),
        }
        act = acts[activation.lower()]()
        if norm:
            normed = state.norm(f"{name}.mlp.{at - 1}")
            act = lambda x, act=act, normed=normed: act(normed(x))
        layers.append(state.dense(dense, act))
        at += 1
    return layers + [state.dense(f"{name}.mlp.{at}")] * output


def fuxi(folder, checkout):
    os.chdir(tempfile.mkdtemp())  # it makes folders where it runs
    for softmax in (False, True):
        fuxi_din(folder, checkout, softmax=softmax)
        fuxi_din(folder, checkout, "ReLU", softmax=softmax, attention_activation="ReLU")
    fuxi_din(folder, checkout, "PReLU", softmax=True, attention_activation="PReLU", saved="plain")
    fuxi_din(folder, checkout, "bn", batch_norm=True, saved="nested")
    fuxi_din(folder, checkout, "dnnDice", dnn_activation="Dice", saved="legacy")
    fuxi_din(folder, checkout, "bn_dnnDice", softmax=True, batch_norm=True, dnn_activation="Dice")
    for pool in (0, 1):
        fuxi_dien(folder, checkout, "GRU", None, pool, saved="plain")
        for kind in ("AIGRU", "AGRU", "AUGRU"):
            saved = "plain" if kind == "AUGRU" else None
            fuxi_dien(folder, checkout, kind, "bilinear_attention", pool, saved=saved)
            fuxi_dien(folder, checkout, kind, "dot_attention", pool)
            fuxi_dien(folder, checkout, kind, "din_attention", pool)
            fuxi_dien(folder, checkout, kind, "din_attention", pool, "Dice", attention_activation="Dice", saved=saved)
    fuxi_din(folder, checkout, "sizes", softmax=True, sizes=OTHER)
    fuxi_dien(folder, checkout, "AUGRU", "bilinear_attention", 1, "sizes", sizes=OTHER)
    fuxi_dien(folder, checkout, "AGRU", "din_attention", 0, "sizes", attention_activation="Dice", sizes=OTHER)
    fuxi_dien(folder, checkout, "AUGRU", "bilinear_attention", 0, "raw", softmax=False)
    fuxi_dien(folder, checkout, "AUGRU", "din_attention", 1, "raw", softmax=False)
    fuxi_dien(folder, checkout, "AUGRU", "bilinear_attention", 1, "bn", batch_norm=True, saved="nested")
    fuxi_dien(folder, checkout, "AUGRU", "bilinear_attention", 1, "aux", aux=True, saved="legacy")
    fuxi_dien(folder, checkout, "AIGRU", "din_attention", 0, "aux", aux=True)


def fuxi_options(sizes, batch_norm):
    return dict(
        gpu=-1,
        dnn_hidden_units=sizes.head,
        embedding_dim=sizes.item,
        batch_norm=batch_norm,
        optimizer="adam",
        loss="binary_crossentropy",
        task="binary_classification",
        metrics=["AUC"],
        verbose=0,
        model_root="./",
    )


def fuxi_inputs(fixture, sizes, negatives=False):
    inputs = {"user_id": fixture.ids(USERS, 6)} if sizes.context else {}
    inputs.update(item_id=fixture.ids(ITEMS, 6), cate_id=fixture.ids(CATEGORIES, 6))
    for prefix in ["", "neg_"] if negatives else [""]:
        inputs[f"{prefix}item_hist"] = fixture.ids(ITEMS, (6, STEPS), LENGTHS)
        inputs[f"{prefix}cate_hist"] = fixture.ids(CATEGORIES, (6, STEPS), LENGTHS)
    return inputs


def fuxi_embedded(state, inputs, *fields):
    part = lambda field: state[f"embedding_layer.embedding_layers.{field}.weight"][inputs[field]]
    return np.concatenate([part(field) for field in fields], axis=-1)


def fuxi_user(state, inputs):
    return [fuxi_embedded(state, inputs, "user_id")] if "user_id" in inputs else []


def fuxi_run(model, inputs):
    import torch

    with torch.no_grad():
        return model({name: torch.from_numpy(ids) for name, ids in inputs.items()})


def described_norm(about, batch_norm):
    if batch_norm:
        about["batch_norm"] = (
            "top MLP: after each hidden dense layer, before its activation; affine, eps 1e-5, running statistics"
        )


def fuxi_din(
    folder,
    checkout,
    suffix="",
    *,
    softmax=False,
    attention_activation="Dice",
    batch_norm=False,
    dnn_activation="ReLU",
    sizes=USUAL,
    saved=None,
):
    name = f"fuxi_din_{int(softmax)}" + f"_{suffix}" * bool(suffix)
    about = dict(
        peer=FUXI,
        model="DIN",
        attention=f"local activation unit [q,k,q-k,q*k] -> {layers_text(sizes.attention, attention_activation)}",
        attention_normalization="softmax" if softmax else "none",
        top_mlp_input="[user, query, pooled]" if sizes.context else "[query, pooled]",
        top_mlp=layers_text(sizes.head, dnn_activation, batch_norm),
    )
    if "Dice" in (attention_activation, dnn_activation):
        about["dice"] = FUXI_DICE
    described_norm(about, batch_norm)
    fixture = Fixture(name, **about)
    model = fuxi_class(checkout, "DIN").DIN(
        feature_map=fuxi_features(sizes, False),
        attention_hidden_units=sizes.attention,
        attention_hidden_activations=attention_activation,
        dnn_activations=dnn_activation,
        din_target_field=[("item_id", "cate_id")],
        din_sequence_field=[("item_hist", "cate_hist")],
        din_use_softmax=softmax,
        **fuxi_options(sizes, batch_norm),
    )
    randomize(fixture, model)
    inputs = fuxi_inputs(fixture, sizes)
    y = fuxi_run(model, inputs)["y_pred"].numpy()[:, 0]
    state = State(arrays(model))
    query = fuxi_embedded(state, inputs, "item_id", "cate_id")
    keys = fuxi_embedded(state, inputs, "item_hist", "cate_hist")
    unit = fuxi_mlp(state, "attention_layers.0.attention_layer", len(sizes.attention), attention_activation)
    att = attend(local(unit)(query, keys), LENGTHS, softmax)
    pooled = np.einsum("bt,bte->be", att, keys)
    head = fuxi_mlp(state, "dnn", len(sizes.head), dnn_activation, batch_norm)
    logit = mlp(head, np.concatenate(fuxi_user(state, inputs) + [query, pooled], axis=1))[:, 0]
    fixture.write(
        folder, dict(weights=arrays(model), inputs=inputs, expected=dict(y=y), derived=dict(att=att, logit=logit))
    )
    if saved:
        checkpoint(model, folder / f"{name}.pt", saved)


def fuxi_dien(
    folder,
    checkout,
    kind,
    attention,
    pool,
    suffix="",
    *,
    attention_activation="ReLU",
    softmax=True,
    batch_norm=False,
    aux=False,
    sizes=USUAL,
    saved=None,
):
    import torch

    name = "_".join(
        ["fuxi_dien", kind] + ([attention] if attention else []) + [str(pool)] + ([suffix] if suffix else [])
    )
    about = dict(
        peer=FUXI,
        model="DIEN",
        evolution=kind,
        attention={
            None: "none",
            "bilinear_attention": "bilinear q.(h W)",
            "dot_attention": "dot q.h",
            "din_attention": f"local activation unit [q,h,q-h,q*h] -> {layers_text(sizes.attention, attention_activation)}",
        }[attention],
        attention_normalization="softmax" if softmax and attention else "none",
        gru=FUXI_GRU + FUXI_EVOLUTION[kind],
        top_mlp_input=f"[final state, {'sum of history, query*sum, ' * pool}{'user, ' * sizes.context}query]",
        top_mlp=layers_text(sizes.head, "ReLU", batch_norm),
    )
    if attention == "din_attention" and attention_activation == "Dice":
        about["dice"] = FUXI_DICE
    if kind == "AIGRU":
        about["patched"] = "attn_scores.unsqueeze(-1): as published, its product with the interests does not broadcast"
    described_norm(about, batch_norm)
    widths = [12, 6]
    if aux:
        about["auxiliary"] = (
            f"[h_t, e_(t+1)] -> {layers_text(widths, 'ReLU')} sigmoid; sum over valid steps / (2 * valid steps), by the paper's"
            " formula with the peer's aux_net: its own add_loss fails on the shapes"
        )
    fixture = Fixture(name, **about)
    module = fuxi_class(checkout, "DIEN")
    sequence = [("item_hist", "cate_hist")]
    model = module.DIEN(
        feature_map=fuxi_features(sizes, aux),
        dnn_activations="ReLU",
        dien_target_field=[("item_id", "cate_id")],
        dien_sequence_field=sequence,
        dien_neg_seq_field=[("neg_item_hist", "neg_cate_hist")] if aux else [],
        gru_type=kind,
        enable_sum_pooling=bool(pool),
        attention_type=attention or "bilinear_attention",
        attention_hidden_units=sizes.attention,
        attention_activation=attention_activation,
        use_attention_softmax=softmax,
        aux_hidden_units=widths,
        aux_activation="ReLU",
        aux_loss_alpha=0.5 if aux else 0,
        **fuxi_options(sizes, batch_norm),
    )
    if kind == "AIGRU":
        scores = model.attention_modules[0].forward
        model.attention_modules[0].forward = lambda *inputs: scores(*inputs).unsqueeze(-1)
    randomize(fixture, model)
    inputs = fuxi_inputs(fixture, sizes, aux)
    answered = fuxi_run(model, inputs)
    state = State(arrays(model))
    query = fuxi_embedded(state, inputs, "item_id", "cate_id")
    keys = fuxi_embedded(state, inputs, "item_hist", "cate_hist")
    gru, _ = evolve("GRU", state.gru("extraction_modules.0"), keys, LENGTHS)
    derived = dict(gru=gru)
    if attention:
        where = "attention_modules.0"
        scores = {
            "bilinear_attention": lambda: bilinear(state[f"{where}.W_kernel"]),
            "dot_attention": lambda: dot,
            "din_attention": lambda: local(
                fuxi_mlp(state, f"{where}.attn_mlp", len(sizes.attention), attention_activation)
            ),
        }[attention]()
        derived["att"] = attend(scores(query, gru), LENGTHS, softmax)
    if kind in ("GRU", "AIGRU"):
        cell = state.gru("evolving_modules.0")
    else:
        at = "evolving_modules.0.gru_cell"
        cell = Cell.of_rows(
            "urn", [state[f"{at}.{part}"] for part in ("x2h.weight", "h2h.weight", "x2h.bias", "h2h.bias")]
        )
    derived["augru"], final = evolve(kind, cell, gru, LENGTHS, derived.get("att"))
    pooled = keys.sum(axis=1)
    top = [final] + [pooled, query * pooled] * pool + fuxi_user(state, inputs) + [query]
    logit = mlp(fuxi_mlp(state, "dnn", len(sizes.head), "ReLU", batch_norm), np.concatenate(top, axis=1))[:, 0]
    derived.update(final=final, logit=logit)
    expected = dict(y=answered["y_pred"].numpy()[:, 0])
    if aux:
        with torch.no_grad():
            probability = lambda following: model.aux_net(
                torch.cat([answered["interest_emb"][:, :-1], following[:, 1:]], dim=-1)
            ).squeeze(-1)
            valid = answered["pad_mask"][:, 1:]
            clicked, other = (probability(answered[key])[valid] for key in ("pos_emb", "neg_emb"))
            expected["aux"] = (-(clicked.log() + (1 - other).log()).sum() / (2 * valid.sum())).numpy()
        negatives = fuxi_embedded(state, inputs, "neg_item_hist", "neg_cate_hist")
        network = fuxi_mlp(state, "aux_net", len(widths), "ReLU")
        derived["aux"] = auxiliary(lambda x: sigmoid(mlp(network, x)), gru, keys, negatives, LENGTHS)
        expected["aux"] = np.atleast_1d(expected["aux"])
    fixture.write(folder, dict(weights=arrays(model), inputs=inputs, expected=expected, derived=derived))
    if saved:
        checkpoint(model, folder / f"{name}.pt", saved)


# DeepCTR-Torch


DEEPCTR = "deepctr-torch 0.3.0 (Apache-2.0)"
DEEPCTR_DICE = "affine batch norm, eps 1e-8, running statistics"


def deepctr(folder):
    for normalized in (0, 1):
        for activation in ("dice", "sigmoid", "relu", "prelu"):
            deepctr_din(folder, normalized, activation, saved="plain" if normalized else None)
        deepctr_din(folder, normalized, "dice", norm=True, saved="nested")
    deepctr_din(folder, 1, "dice", sizes=OTHER)
    for kind in ("GRU", "AIGRU", "AGRU", "AUGRU"):
        deepctr_dien(folder, kind, saved="plain")
        deepctr_dien(folder, kind, normalized=False)
        for activation in ("relu", "dice", "prelu"):
            deepctr_dien(folder, kind, activation=activation)
    deepctr_dien(folder, "AUGRU", norm=True, saved="legacy")
    deepctr_dien(folder, "AUGRU", sizes=OTHER)
    deepctr_dien(folder, "AUGRU", negatives=False)
    deepctr_dien(folder, "GRU", negatives=False)


def deepctr_columns(sizes, negatives):
    from deepctr_torch.inputs import DenseFeat, SparseFeat, VarLenSparseFeat

    one = lambda name, of, size, dim: SparseFeat(name, size, embedding_dim=dim, embedding_name=of)
    shop = [("item", ITEMS + 1, sizes.item), ("cate", CATEGORIES + 1, sizes.category)]
    columns = [one("user", "user", USERS, DIM), DenseFeat("score", 1)] if sizes.context else []
    columns[1:1] = [one(of, of, *size) for of, *size in shop]
    for prefix in ["hist_", "neg_hist_"] if negatives else ["hist_"]:
        for of, *size in shop:
            columns.append(VarLenSparseFeat(one(prefix + of, of, *size), maxlen=STEPS, length_name="seq_length"))
    return columns


def deepctr_inputs(fixture, sizes, negatives):
    inputs = dict(item=fixture.ids(ITEMS, 6), cate=fixture.ids(CATEGORIES, 6), seq_length=LENGTHS)
    if sizes.context:
        inputs.update(user=fixture.ids(USERS, 6) - 1, score=fixture.rng.uniform(size=6).astype(np.float32))
    for prefix in ["hist_", "neg_hist_"] if negatives else ["hist_"]:
        inputs[f"{prefix}item"] = fixture.ids(ITEMS, (6, STEPS), LENGTHS)
        inputs[f"{prefix}cate"] = fixture.ids(CATEGORIES, (6, STEPS), LENGTHS)
    return inputs


def deepctr_run(model, inputs):
    """Its networks take one matrix in which each feature has its columns."""
    import torch

    matrix = np.zeros((6, max(end for _, end in model.feature_index.values())), dtype=np.float32)
    for name, (start, end) in model.feature_index.items():
        matrix[:, start:end] = inputs[name].reshape(6, -1)
    with torch.no_grad():
        return model(torch.from_numpy(matrix)).numpy()[:, 0]


def deepctr_mlp(state, name, count, activation, norm=False):
    layers = []
    for at in range(count):
        where = f"{name}.activation_layers.{at}"
        act = {
            "dice": lambda: state.dice(where, 1e-8, affine=True),
            "relu": lambda: relu,
            "sigmoid": lambda: sigmoid,
            "prelu": lambda: prelu(state[f"{where}.weight"]),
        }[activation]()
        if norm:
            act = lambda x, act=act, normed=state.norm(f"{name}.bn.{at}"): act(normed(x))
        layers.append(state.dense(f"{name}.linears.{at}", act))
    return layers


def deepctr_attention(state, name, count, activation):
    unit = deepctr_mlp(state, f"{name}.local_att.dnn", count, activation)
    return local(unit + [state.dense(f"{name}.local_att.dense")])


def deepctr_embedded(state, inputs, *fields):
    part = lambda field: state[f"embedding_dict.{field.split('_')[-1]}.weight"][inputs[field]]
    return np.concatenate([part(field) for field in fields], axis=-1)


def deepctr_context(state, inputs):
    """What the head sees of the user and of the number, each in a list, which is empty for a network without."""
    if "user" not in inputs:
        return [], []
    return [deepctr_embedded(state, inputs, "user")], [inputs["score"][:, None]]


def deepctr_din(folder, normalized, activation, norm=False, sizes=USUAL, saved=None):
    from deepctr_torch.models import DIN

    suffix = ("" if activation == "dice" else f"_{activation}") + "_bn" * norm + "_sizes" * (sizes is OTHER)
    about = dict(
        peer=DEEPCTR,
        model="DIN",
        attention=f"local activation unit [q,k,q-k,q*k] -> {layers_text(sizes.attention, activation)}",
        attention_normalization="softmax" if normalized else "none",
        top_mlp_input="[user, query, pooled, score]" if sizes.context else "[query, pooled]",
        top_mlp=layers_text(sizes.head, "relu", norm),
    )
    if activation == "dice":
        about["dice"] = DEEPCTR_DICE
    if activation == "prelu":
        about["prelu"] = "one slope a layer"
    described_norm(about, norm)
    fixture = Fixture(f"deepctr_din_{normalized}{suffix}", **about)
    model = DIN(
        deepctr_columns(sizes, False),
        ["item", "cate"],
        dnn_use_bn=norm,
        dnn_hidden_units=sizes.head,
        att_hidden_size=sizes.attention,
        att_activation=activation,
        att_weight_normalization=bool(normalized),
    )
    randomize(fixture, model)
    inputs = deepctr_inputs(fixture, sizes, False)
    y = deepctr_run(model, inputs)
    state = State(arrays(model))
    query = deepctr_embedded(state, inputs, "item", "cate")
    keys = deepctr_embedded(state, inputs, "hist_item", "hist_cate")
    att = attend(
        deepctr_attention(state, "attention", len(sizes.attention), activation)(query, keys), LENGTHS, normalized
    )
    user, score = deepctr_context(state, inputs)
    top = user + [query, np.einsum("bt,bte->be", att, keys)] + score
    hidden = mlp(deepctr_mlp(state, "dnn", len(sizes.head), "relu", norm), np.concatenate(top, axis=1))
    logit = state.dense("dnn_linear")(hidden)[:, 0] + state["out.bias"]
    fixture.write(
        folder, dict(weights=arrays(model), inputs=inputs, expected=dict(y=y), derived=dict(att=att, logit=logit))
    )
    if saved:
        checkpoint(model, folder / f"{fixture.name}.pt", saved)


DEEPCTR_GRU = "reset-after; extractor rows ordered r,z,n with z = keep gate; "
DEEPCTR_EVOLUTION = {
    "GRU": "evolution: a second GRU of the same layout; attention pools its states",
    "AIGRU": "evolution: a second GRU of the same layout, over attention * interest",
    "AGRU": "evolution cell rows r,u,n with u = write gate (unused)",
    "AUGRU": "evolution cell rows r,u,n with u = write gate; bias_ih and bias_hh are one tied tensor",
}


def deepctr_dien(
    folder, kind, *, normalized=True, activation="sigmoid", norm=False, negatives=True, sizes=USUAL, saved=None
):
    from deepctr_torch.models import DIEN

    last = "pooled states" if kind == "GRU" else "final state"
    suffix = (
        ("" if activation == "sigmoid" else f"_{activation}")
        + "_raw" * (not normalized)
        + "_bn" * norm
        + "_noaux" * (not negatives)
        + "_sizes" * (sizes is OTHER)
    )
    about = dict(
        peer=DEEPCTR,
        model="DIEN",
        evolution=kind,
        attention=f"local activation unit over interest states [q,h,q-h,q*h] -> {layers_text(sizes.attention, activation)}",
        attention_normalization="softmax" if normalized else "none",
        gru=DEEPCTR_GRU + DEEPCTR_EVOLUTION[kind],
        top_mlp_input=f"[{last}, user, query, score]" if sizes.context else f"[{last}, query]",
        top_mlp=layers_text(sizes.head, "relu", norm),
    )
    if kind == "GRU":
        about["attention"] = about["attention"].replace("interest states", "the second GRU's states")
    if activation == "dice":
        about["dice"] = DEEPCTR_DICE
    if activation == "prelu":
        about["prelu"] = "one slope a layer"
    if negatives:
        about["auxiliary"] = (
            "[h_t, e_(t+1)] -> 100 sigmoid -> 50 sigmoid -> 1 sigmoid; sum over valid steps / (2 * valid steps)"
        )
    described_norm(about, norm)
    fixture = Fixture(f"deepctr_dien_{kind}{suffix}", **about)
    model = DIEN(
        deepctr_columns(sizes, negatives),
        ["item", "cate"],
        gru_type=kind,
        use_negsampling=negatives,
        use_bn=norm,
        dnn_hidden_units=sizes.head,
        att_hidden_units=sizes.attention,
        att_activation=activation,
        att_weight_normalization=normalized,
    )
    randomize(fixture, model)
    inputs = deepctr_inputs(fixture, sizes, negatives)
    expected = dict(y=deepctr_run(model, inputs))
    state = State(arrays(model))
    query = deepctr_embedded(state, inputs, "item", "cate")
    keys = deepctr_embedded(state, inputs, "hist_item", "hist_cate")
    gru, _ = evolve("GRU", state.gru("interest_extractor.gru"), keys, LENGTHS)
    at = "interest_evolution.interest_evolution"
    scores = deepctr_attention(state, "interest_evolution.attention", len(sizes.attention), activation)
    if kind == "GRU":
        states, _ = evolve("GRU", state.gru(at), gru, LENGTHS)
        att = attend(scores(query, states), LENGTHS, normalized)
        final = np.einsum("bt,bte->be", att, states)
    else:
        att = attend(scores(query, gru), LENGTHS, normalized)
        cell = state.gru(at) if kind == "AIGRU" else Cell.of_rows("run", state.recurrent(f"{at}.rnn"))
        states, final = evolve(kind, cell, gru, LENGTHS, att)
    user, score = deepctr_context(state, inputs)
    top = [final] + user + [query] + score
    hidden = mlp(deepctr_mlp(state, "dnn", len(sizes.head), "relu", norm), np.concatenate(top, axis=1))
    logit = state.dense("linear")(hidden)[:, 0] + state["out.bias"]
    derived = dict(att=att, gru=gru, augru=states, final=final, logit=logit)
    if negatives:
        expected["aux"] = model.aux_loss.detach().numpy().reshape(1) / model.alpha
        network = deepctr_mlp(state, "interest_extractor.auxiliary_net", 3, "sigmoid")
        negative_keys = deepctr_embedded(state, inputs, "neg_hist_item", "neg_hist_cate")
        derived["aux"] = auxiliary(lambda x: mlp(network, x), gru, keys, negative_keys, LENGTHS)
    fixture.write(folder, dict(weights=arrays(model), inputs=inputs, expected=expected, derived=derived))
    if saved:
        checkpoint(model, folder / f"{fixture.name}.pt", saved)


# RecBole


RECBOLE = "RecBole 1.2.1 (MIT)"
RECBOLE_DICE = "no statistics and no slope: x * sigmoid(x)"
RECBOLE_EVOLUTION = {
    "GRU": "evolution: a second GRU of the same layout; attention pools its states",
    "AIGRU": "evolution: a second GRU of the same layout, over attention * interest",
    "AGRU": "evolution cell rows r,u,n with u = write gate (unused)",
    "AUGRU": "evolution cell rows r,u,n with u = write gate",
}


def recbole(folder):
    work = tempfile.mkdtemp()
    os.chdir(work)
    recbole_data(Path(work) / "data" / "tiny")
    recbole_run(folder, "DIN")
    for kind in ("GRU", "AIGRU", "AGRU", "AUGRU"):
        recbole_run(folder, "DIEN", kind)


def recbole_data(folder):
    """A shop of 10 items in 4 categories and 7 shoppers, in RecBole's files."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    items = [f"{item}\t{(item - 1) % CATEGORIES + 1}" for item in range(1, ITEMS + 1)]
    (folder / "tiny.item").write_text("\n".join(["item_id:token\tcategory:token"] + items) + "\n")
    clicks = [
        f"{user}\t{item}\t{time}\t{int(rng.integers(0, 2))}"
        for user in range(1, USERS + 1)
        for time, item in enumerate(rng.permutation(ITEMS) + 1)
    ]
    header = "user_id:token\titem_id:token\ttimestamp:float\tlabel:float"
    (folder / "tiny.inter").write_text("\n".join([header] + clicks) + "\n")


def recbole_layers(state, name, count, activation, norm=False):
    """Layers of its MLPLayers: a Sequential of dropout, dense, batch norm and activation, numbered together."""
    layers, step = [], 2 + norm + (activation is not None)
    for at in range(count):
        act = activation or (lambda x: x)
        if norm:
            act = lambda x, act=act, normed=state.norm(f"{name}.mlp_layers.{at * step + 2}"): act(normed(x))
        layers.append(state.dense(f"{name}.mlp_layers.{at * step + 1}", act))
    return layers


def recbole_run(folder, network, kind=None):
    """Trains for an epoch, as its users do, puts random weights in and keeps them as its trainer would."""
    import torch

    # RecBole names types as NumPy before 2 did.
    for old, new in dict(
        float_=np.float64, complex_=np.complex128, object_=np.object_, str_=np.str_, unicode_=np.str_
    ).items():
        vars(np).setdefault(old, new)
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.data.interaction import Interaction
    from recbole.utils import get_model, get_trainer, init_seed

    name = "recbole_din" if network == "DIN" else f"recbole_dien_{kind}"
    unit = layers_text(HEAD, "sigmoid")
    about = dict(
        peer=RECBOLE,
        model=network,
        attention=f"local activation unit [q,k,q-k,q*k] -> {unit}",
        attention_normalization="none",
        attention_scale="scores / sqrt(H)",
        dice=RECBOLE_DICE,
        top_mlp_input="[pooled, query, pooled*query]",
        top_mlp=layers_text(HEAD, "dice", norm=True),
        # Its one table for both has the items first, padding among them.
        items=ITEMS + 1,
    )
    described_norm(about, True)
    lengths = LENGTHS
    if network == "DIEN":
        about.update(
            evolution=kind,
            attention=f"local activation unit over interest states [q,h,q-h,q*h] -> {unit}",
            attention_normalization="softmax",
            attention_scale="scores / sqrt(H), before the softmax",
            gru=DEEPCTR_GRU + RECBOLE_EVOLUTION[kind],
            top_mlp_input="[pooled states, query, user]" if kind == "GRU" else "[final state, query, user]",
            auxiliary="[h_t, e_(t+1)] -> 10 linear -> 6 linear -> 1 sigmoid; sum over valid steps / (2 * valid steps)",
            histories="5, 3, 1, 4, 1, 2: the peer cannot read an empty one",
        )
        if kind == "GRU":
            about["attention"] = about["attention"].replace("interest states", "the second GRU's states")
        lengths = np.maximum(LENGTHS, 1)
    config = Config(
        model=network,
        dataset="tiny",
        config_dict=dict(
            data_path="data",
            load_col={"inter": ["user_id", "item_id", "timestamp", "label"], "item": ["item_id", "category"]},
            LABEL_FIELD="label",
            MAX_ITEM_LIST_LENGTH=STEPS,
            embedding_size=DIM,
            mlp_hidden_size=HEAD,
            gru_type=kind,
            train_neg_sample_args=None,
            eval_args={"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "labeled"},
            metrics=["LogLoss"],
            valid_metric="LogLoss",
            epochs=1,
            show_progress=False,
            use_gpu=False,
            checkpoint_dir="saved",
            state="WARNING",
        ),
    )
    init_seed(1, True)
    data = create_dataset(config)
    train_data, valid_data, _ = data_preparation(config, data)
    model = get_model(network)(config, train_data.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], network)(config, model)
    trainer.fit(train_data, valid_data, saved=False, show_progress=False)
    fixture = Fixture(name, **about)
    randomize(fixture, model)
    trainer._save_checkpoint(0, verbose=False, saved_model_file=str(folder / f"{name}.pth"))

    category = data.get_item_feature()["category"].numpy()
    inputs = {"user_id": fixture.ids(USERS, 6), "item_id": fixture.ids(ITEMS, 6)}
    inputs["item_id_list"] = fixture.ids(ITEMS, (6, STEPS), lengths)
    inputs["item_length"] = lengths
    if network == "DIEN":
        inputs["neg_item_id_list"] = fixture.ids(ITEMS, (6, STEPS), lengths)
    question = Interaction({key: torch.from_numpy(ids) for key, ids in inputs.items()})
    with torch.no_grad():
        expected = dict(y=model.predict(question).numpy())
        if network == "DIEN":
            columns = ("user_id", "item_id_list", "neg_item_id_list", "item_length", "item_id")
            expected["aux"] = np.atleast_1d(model(*(question[column] for column in columns))[1].numpy())
    # It looks the categories up by the item; a fixture says them.
    for of, named in [
        ("item_id", "category"),
        ("item_id_list", "category_list"),
        ("neg_item_id_list", "neg_category_list"),
    ]:
        if of in inputs:
            inputs[named] = category[inputs[of]]

    state = State(arrays(model))
    table = state["embedding_layer.token_embedding_table.item.embedding.weight"]
    embedded = lambda of, named: np.concatenate([table[inputs[of]], table[ITEMS + 1 + inputs[named]]], axis=-1)
    query, keys = embedded("item_id", "category"), embedded("item_id_list", "category_list")
    user = state["embedding_layer.token_embedding_table.user.embedding.weight"][inputs["user_id"]]
    scale = 1 / np.sqrt(query.shape[1])
    at = "attention" if network == "DIN" else "interest_evolution.attention_layer"
    scores = local(recbole_layers(state, f"{at}.att_mlp_layers", len(HEAD), sigmoid) + [state.dense(f"{at}.dense")])
    if network == "DIN":
        att = attend(scores(query, keys), lengths, False, scale)
        pooled = np.einsum("bt,bte->be", att, keys)
        derived, top, last = dict(att=att), [pooled, query, pooled * query], "dnn_predict_layers"
    else:
        gru, _ = evolve("GRU", state.gru("interset_extractor.gru"), keys, lengths)
        at = "interest_evolution.dynamic_rnn"
        if kind == "GRU":
            states, _ = evolve("GRU", state.gru(at), gru, lengths)
            att = attend(scores(query, states), lengths, True, scale)
            final = np.einsum("bt,bte->be", att, states)
        else:
            att = attend(scores(query, gru), lengths, True, scale)
            cell = state.gru(at) if kind == "AIGRU" else Cell.of_rows("run", state.recurrent(f"{at}.rnn"))
            states, final = evolve(kind, cell, gru, lengths, att)
        derived, top, last = (
            dict(att=att, gru=gru, augru=states, final=final),
            [final, query, user],
            "dnn_predict_layer",
        )
        network_of = recbole_layers(state, "interset_extractor.auxiliary_net", len(HEAD) + 1, None)
        negatives = embedded("neg_item_id_list", "neg_category_list")
        derived["aux"] = auxiliary(lambda x: sigmoid(mlp(network_of, x)), gru, keys, negatives, lengths)
    head = recbole_layers(state, "dnn_mlp_layers", len(HEAD), lambda x: x * sigmoid(x), norm=True)
    derived["logit"] = mlp(head + [state.dense(last)], np.concatenate(top, axis=1))[:, 0]
    fixture.write(folder, dict(weights=arrays(model), inputs=inputs, expected=expected, derived=derived))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--fuxictr", type=Path, help="a checkout of FuxiCTR's repository")
    parser.add_argument("peers", nargs="+", choices=["fuxictr", "deepctr-torch", "recbole"])
    options = parser.parse_args()
    folder = options.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.INFO)
    if "fuxictr" in options.peers:
        if options.fuxictr is None:
            raise SystemExit("--fuxictr: the folder of a checkout of FuxiCTR is needed")
        fuxi(folder, options.fuxictr.resolve())
    if "deepctr-torch" in options.peers:
        deepctr(folder)
    if "recbole" in options.peers:
        recbole(folder)
    list_all(folder)


if __name__ == "__main__":
    main()
