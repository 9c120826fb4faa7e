"""RecBole's part of fixtures.py."""

import os
import tempfile
from pathlib import Path

import numpy as np

from fixture import (
    CATEGORIES,
    DIM,
    HEAD,
    ITEMS,
    LENGTHS,
    STEPS,
    TORCH_GRU,
    USERS,
    Fixture,
    State,
    arrays,
    described_norm,
    layers_text,
    randomize,
)
from recbole_training import trained
from rederive import Cell, attend, auxiliary, evolve, local, mlp, sigmoid

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
            gru=TORCH_GRU + RECBOLE_EVOLUTION[kind],
            top_mlp_input="[pooled states, query, user]" if kind == "GRU" else "[final state, query, user]",
            auxiliary="[h_t, e_(t+1)] -> 10 linear -> 6 linear -> 1 sigmoid; sum over valid steps / (2 * valid steps)",
            histories="5, 3, 1, 4, 1, 2: the peer cannot read an empty one",
        )
        if kind == "GRU":
            about["attention"] = about["attention"].replace("interest states", "the second GRU's states")
        lengths = np.maximum(LENGTHS, 1)
    options = dict(MAX_ITEM_LIST_LENGTH=STEPS, embedding_size=DIM, mlp_hidden_size=HEAD, gru_type=kind)
    data, model, trainer = trained(network, "data", {"item": ["item_id", "category"]}, **options)
    from recbole.data.interaction import Interaction

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
