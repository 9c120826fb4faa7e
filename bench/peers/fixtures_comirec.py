"""As fixtures.py, for ComiRec-SA: torch-rechub's layer, and THUDM/ComiRec, the authors' own code.

    python bench/peers/fixtures_comirec.py --output data/peers torch-rechub
    python bench/peers/fixtures_comirec.py --output data/peers --comirec ~/ComiRec comirec

Written with Python 3.11; torch-rechub 0.9.0 with torch 2.15.0; THUDM/ComiRec at a576eed with tensorflow-cpu 2.21.0 and
tf-keras 2.21.0. `weights.*` are the variables of the authors' code under the names that TensorFlow gives them; torch-rechub's
layer is the same without biases and positions, and its matrices are stored under those names, too.

Both are matching networks, which say how close the chosen interest is to an item: `expected.y` is the sigmoid of that inner
product. In torch-rechub, ComirecSA multiplies interests by a matrix and divides them and the items by their length; the
fixture takes its embeddings and its interests from before that, and the choice by the rule of the authors' code.
"""

import argparse
import os
import sys
import types
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_USE_LEGACY_KERAS="1", TF_ENABLE_ONEDNN_OPTS="0")

import numpy as np

from fixture import ITEMS, LENGTHS, STEPS, Fixture, list_all
from rederive import attend, sigmoid

DIM, INTERESTS = 4, 3
HIDDEN = 4 * DIM
ABOUT = dict(
    model="ComiRec-SA",
    attention="softmax over the steps of tanh(x W1 + b1) W2, one column an interest",
    readout="the interest of the largest inner product with the item",
    score="sigmoid of that inner product",
)


def weights(fixture, positions):
    """Random weights under the names of the authors' code; row 0 of the table is padding."""
    table = fixture.normal((ITEMS + 1, DIM), 1.0)
    bias = (lambda size: fixture.normal((size,))) if positions else (lambda size: np.zeros(size, np.float32))
    named = {
        "mid_embedding_var": table,
        "self_atten/dense/kernel": fixture.normal((DIM, HIDDEN)),
        "self_atten/dense/bias": bias(HIDDEN),
        "self_atten/dense_1/kernel": fixture.normal((HIDDEN, INTERESTS)),
        "self_atten/dense_1/bias": bias(INTERESTS),
    }
    if positions:
        named["position_embedding"] = fixture.normal((1, STEPS, DIM))
    return named


def derive(named, inputs):
    """Attention of the chosen interest [B, T] and logit [B] once more in float64."""
    named = {name: value.astype(np.float64) for name, value in named.items()}
    item, history = inputs["mid"], inputs["mid_his"]
    valid = (np.arange(STEPS) < LENGTHS[:, None])[..., None]
    keys = named["mid_embedding_var"][history] * valid
    query = named["mid_embedding_var"][item]
    hidden = np.tanh(
        (keys + named.get("position_embedding", 0)) @ named["self_atten/dense/kernel"] + named["self_atten/dense/bias"]
    )
    scores = hidden @ named["self_atten/dense_1/kernel"] + named["self_atten/dense_1/bias"]
    attention = np.stack([attend(scores[..., k], LENGTHS, True) for k in range(INTERESTS)], axis=1)
    interests = attention @ keys
    products = np.einsum("bkh,bh->bk", interests, query)
    choice = products.argmax(axis=1)
    rows = np.arange(len(choice))
    lead = np.sort(products, axis=1)
    # Two interests as close as rounding would make the choice a matter of chance.
    assert (lead[LENGTHS > 1, -1] - lead[LENGTHS > 1, -2] > 1e-3).all(), "choose another seed"
    return {"att": attention[rows, choice], "logit": products[rows, choice], "interests": interests}


def write(folder, fixture, named, inputs, y):
    fixture.write(folder, dict(weights=named, inputs=inputs, expected=dict(y=y), derived=derive(named, inputs)))


def inputs_of(fixture):
    return {"mid": fixture.ids(ITEMS, 6), "mid_his": fixture.ids(ITEMS, (6, STEPS), LENGTHS)}


def torch_rechub(folder):
    import torch
    from torch_rechub.basic.features import SequenceFeature, SparseFeature
    from torch_rechub.models.matching import ComirecSA

    fixture = Fixture("rechub_comirec_sa", peer="torch-rechub 0.9.0 (MIT)", positions="none", **ABOUT)
    item = SparseFeature("mid", ITEMS + 1, embed_dim=DIM)
    user = SparseFeature("uid", 2, embed_dim=DIM)
    sequence = lambda name: SequenceFeature(name, ITEMS + 1, embed_dim=DIM, pooling="concat", shared_with="mid")
    model = ComirecSA([user], [sequence("mid_his")], [item], [sequence("negative")], interest_num=INTERESTS).eval()
    named = weights(fixture, False)
    inputs = inputs_of(fixture)
    ids = {name: torch.from_numpy(value) for name, value in inputs.items()}
    with torch.no_grad():
        model.embedding.embed_dict["mid"].weight.copy_(torch.from_numpy(named["mid_embedding_var"]))
        model.multi_interest_sa.W1.copy_(torch.from_numpy(named["self_atten/dense/kernel"]))
        model.multi_interest_sa.W2.copy_(torch.from_numpy(named["self_atten/dense_1/kernel"]))
        keys = model.embedding(ids, model.history_features).squeeze(1)
        query = model.embedding(ids, model.item_features, squeeze_dim=True)
        # It has no empty histories: with all steps masked alike, their softmax is that of no mask.
        keys = keys * torch.from_numpy(LENGTHS > 0)[:, None, None]
        interests = model.multi_interest_sa(keys, model.gen_mask(ids)[..., None].float())
        y = torch.sigmoid((interests * query[:, None]).sum(-1).max(1).values)
    write(folder, fixture, named, inputs, y.numpy())


def comirec(folder, checkout):
    import tensorflow

    tf = tensorflow.compat.v1
    tf.disable_v2_behavior()
    # What model.py imports and ComiRec-SA does not use.
    cell, slim, contrib = types.ModuleType("rnn_cell"), types.ModuleType("slim"), types.ModuleType("contrib")
    cell.GRUCell, contrib.slim, tf.contrib = None, slim, contrib
    sys.modules.update(
        {
            "tensorflow": tf,
            "tensorflow.contrib": contrib,
            "tensorflow.contrib.slim": slim,
            "tensorflow.nn": tf.nn,
            "tensorflow.nn.rnn_cell": cell,
        }
    )
    module = types.ModuleType("model")
    exec(compile((checkout / "src" / "model.py").read_text(), "model.py", "exec"), vars(module))

    fixture = Fixture(
        "comirec_sa", peer="THUDM/ComiRec at a576eed (states no licence)", positions="counted from the oldest", **ABOUT
    )
    named = weights(fixture, True)
    inputs = inputs_of(fixture)
    built = module.Model_ComiRec_SA(ITEMS + 1, DIM, DIM, len(LENGTHS), INTERESTS, STEPS)
    graph = tf.get_default_graph()
    readout = next(
        op.outputs[0]
        for op in reversed(graph.get_operations())
        if op.type == "GatherV2" and op.name.startswith("Gather")
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        variables = {variable.name.removesuffix(":0"): variable for variable in tf.global_variables()}
        for name, value in named.items():
            variables[name].load(value, session)
        fed = {
            built.mid_batch_ph: inputs["mid"],
            built.mid_his_batch_ph: inputs["mid_his"],
            built.mask: (np.arange(STEPS) < LENGTHS[:, None]).astype(np.float32),
        }
        chosen, query = session.run([readout, built.item_eb], fed)
    y = sigmoid((chosen * query).sum(axis=1)).astype(np.float32)
    write(folder, fixture, named, inputs, y)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--comirec", type=Path, help="a checkout of THUDM/ComiRec")
    parser.add_argument("peers", nargs="+", choices=["torch-rechub", "comirec"])
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    if "torch-rechub" in options.peers:
        torch_rechub(options.output)
    if "comirec" in options.peers:
        if options.comirec is None:
            raise SystemExit("--comirec: the folder of a checkout of THUDM/ComiRec is needed")
        comirec(options.output, options.comirec)
    list_all(options.output)


if __name__ == "__main__":
    main()
