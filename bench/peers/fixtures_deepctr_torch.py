"""DeepCTR-Torch's part of fixtures.py."""

import numpy as np

from fixture import (
    CATEGORIES,
    DIM,
    ITEMS,
    LENGTHS,
    OTHER,
    STEPS,
    TORCH_GRU,
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
from rederive import Cell, attend, auxiliary, evolve, local, mlp, prelu, relu, sigmoid

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
        gru=TORCH_GRU + DEEPCTR_EVOLUTION[kind],
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
