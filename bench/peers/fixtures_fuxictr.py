"""FuxiCTR's part of fixtures.py."""

import importlib.util
import os
import tempfile

import numpy as np

from fixture import (
    CATEGORIES,
    ITEMS,
    LENGTHS,
    OTHER,
    STEPS,
    USERS,
    USUAL,
    Fixture,
    State,
    arrays,
    checkpoint,
    described_norm,
    layers_text,
    randomize,
)
from rederive import Cell, attend, auxiliary, bilinear, dot, evolve, local, mlp, prelu, relu, sigmoid

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
