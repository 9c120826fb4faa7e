"""As fixtures.py, for the peers in TensorFlow: DeepCTR, and mouna99/dien, the DIEN authors' own code.

    python bench/peers/fixtures_tf.py --output data/peers --dien ~/dien deepctr dien

Written with Python 3.11, tensorflow-cpu 2.21.0, tf-keras 2.21.0, deepctr 0.9.4 and mouna99/dien at 1f314d1. Beside each
safetensors file is an .npz of all variables under the names that TensorFlow gives them, as its users would save them:
`np.savez(file, **{v.name: value})`; `weights.*` are the same without the optimizer's. One network is saved by Keras as well.

Both were written for TensorFlow 1; `restore_names` gives TensorFlow 2 the few names back that they miss. Nothing in DeepCTR
is changed. mouna99/dien hardcodes its layers' widths; `--small` writes smaller ones over them, for small files.
"""

import argparse
import os
import re
import sys
import types
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_USE_LEGACY_KERAS="1", TF_ENABLE_ONEDNN_OPTS="0")

import numpy as np
import tensorflow

from fixture import ATTENTION, CATEGORIES, DIM, HEAD, ITEMS, LENGTHS, STEPS, USERS, Fixture, layers_text, list_all
from rederive import Cell, Dense, attend, auxiliary, batch_norm, dice, evolve, local, mlp, prelu, relu, sigmoid

tf = tensorflow.compat.v1
GRU = "reset-before (TensorFlow's GRUCell): gates/kernel [in+H, 2H] columns r,u with u = keep gate; candidate/kernel [in+H, H]; "
EVOLUTION = {
    "GRU": "evolution: a second GRU of the same layout; attention pools its states",
    "AIGRU": "evolution: a second GRU of the same layout, over attention * interest",
    "AGRU": "evolution: the same layout, u unused, the write gate is the attention",
    "AUGRU": "evolution: the same layout, keep gate (1-attention)*u, so that the write gate is 1-(1-attention)(1-write)",
}
DICE_BATCH = "statistics of the batch itself, derived.dice_N.mean and .variance; no affine, eps 1e-9"


def restore_names():
    """Names that TensorFlow 2 moved or removed and the peers import."""
    from tensorflow.python.framework import ops
    from tensorflow.python.ops import array_ops, control_flow_ops
    from tensorflow.python.util import nest

    tf.disable_eager_execution()
    array_ops.stack, array_ops.unstack = tf.stack, tf.unstack
    nest.is_sequence = nest.is_nested
    for name in ("Assert", "cond", "while_loop"):
        setattr(control_flow_ops, name, getattr(tf, name))


def randomize(fixture, session, variables, padded=()):
    """Random values [name -> array] for all variables but the optimizer's; the first row of those in `padded` is zero."""
    values = {}
    for variable in variables:
        shape = variable.shape.as_list()
        if "moving_variance" in variable.name or "gamma" in variable.name:
            value = fixture.positive(shape)
        elif "moving_mean" in variable.name:
            value = fixture.normal(shape, 0.1)
        else:
            value = fixture.normal(shape, 0.4 if len(shape) < 2 else min(0.5, 1.4 / np.sqrt(shape[0])))
        if variable.name in padded:
            value[0] = 0
        variable.load(value, session)
        values[variable.name] = value
    return values


class Variables:
    """Variables in float64, found by how their names begin and end: Keras counts on in the middle of a name."""

    def __init__(self, values):
        self.values = {name.removesuffix(":0"): value.astype(np.float64) for name, value in values.items()}

    def __getitem__(self, name):
        return self.values[name]

    def scopes(self, ending):
        """What stands before `ending` in each name that ends so."""
        return [name.removesuffix(ending) for name in self.values if name.endswith(ending)]

    def dense(self, name, activation=lambda x: x):
        return Dense(self[f"{name}/kernel"].T, self[f"{name}/bias"], activation)

    def norm(self, name, eps=1e-3):
        part = lambda key: self[f"{name}/{key}"]
        return batch_norm(part("moving_mean"), part("moving_variance"), part("gamma"), part("beta"), eps)

    def cell(self, name):
        """TensorFlow's GRU cell; biases are complete as they are stored (the 1 is where they start)."""
        gates, candidate = self[f"{name}/gates/kernel"], self[f"{name}/candidate/kernel"]
        width = candidate.shape[1]
        bias = self[f"{name}/gates/bias"]
        split = lambda kernel, bias: (kernel[:-width].T, kernel[-width:].T, bias, np.zeros(width))
        r, keep = split(gates[:, :width], bias[:width]), split(gates[:, width:], bias[width:])
        return Cell(r, tuple(-part for part in keep), split(candidate, self[f"{name}/candidate/bias"]), before=True)


def finish(fixture, folder, groups, everything):
    weights = groups["weights"]
    np.savez(folder / f"{fixture.name}.npz", **{**everything, **weights})
    fixture.write(folder, groups)


def all_steps(loss):
    """The paper's auxiliary loss divided as TensorFlow's peers do: by all of the batch's steps but the first."""
    valid = np.maximum(LENGTHS - 1, 0).sum()
    return loss * 2 * valid / (len(LENGTHS) * (STEPS - 1))


# DeepCTR


PEER = "deepctr 0.9.4, TensorFlow 2.21.0 (Apache-2.0)"
DICE = "no affine, eps 1e-9, running statistics"


def deepctr(folder):
    for normalized in (0, 1):
        for activation in ("dice", "sigmoid", "relu"):
            deepctr_run(folder, f"din_{normalized}", None, normalized, activation)
    deepctr_run(folder, "din_0", None, 0, "dice", norm=True)
    for kind in ("GRU", "AIGRU", "AGRU", "AUGRU"):
        for activation in ("dice", "sigmoid"):
            deepctr_run(folder, f"dien_{kind}", kind, 1, activation)
        deepctr_run(folder, f"dien_{kind}", kind, 0, "dice")
    deepctr_run(folder, "dien_AUGRU", "AUGRU", 1, "dice", norm=True)
    deepctr_run(folder, "dien_AUGRU", "AUGRU", 1, "dice", negatives=True)


def save_keras(fixture, model, folder):
    """The weights and the whole model as Keras writes them into HDF5, and the weights as other versions of it and of h5py do:
    names of fixed width and in several attributes, groups of the newer layout, arrays in compressed chunks."""
    import h5py

    weights = folder / f"{fixture.name}.h5"
    model.save_weights(weights)
    model.save(folder / f"{fixture.name}_model.h5")
    with h5py.File(weights) as old, h5py.File(folder / f"{fixture.name}_parts.h5", "w", libver="latest") as new:
        layers = [name for name in old.attrs["layer_names"] if len(old[name].attrs["weight_names"])]
        for part in range(2):
            new.attrs[f"layer_names{part}"] = np.array(layers[part * 3 : part * 3 + 3 + part * 99], "S")
        for layer in layers:
            group = new.create_group(layer)
            group.attrs["weight_names"] = np.array(old[layer].attrs["weight_names"].tolist(), "S")
            for name in old[layer].attrs["weight_names"]:
                array = old[layer][name][...]
                packed = dict(compression="gzip", shuffle=True) if array.size > 30 else {}
                group.create_dataset(name, data=array, **packed)


def deepctr_columns(negatives):
    from deepctr.feature_column import DenseFeat, SparseFeat, VarLenSparseFeat

    one = lambda name, of, size: SparseFeat(name, size, embedding_dim=DIM, embedding_name=of)
    columns = [one("user", "user", USERS), one("item", "item", ITEMS + 1), one("cate", "cate", CATEGORIES + 1)]
    columns.append(DenseFeat("score", 1))
    for prefix in ["hist_", "neg_hist_"] if negatives else ["hist_"]:
        for of, size in [("item", ITEMS + 1), ("cate", CATEGORIES + 1)]:
            columns.append(VarLenSparseFeat(one(prefix + of, of, size), maxlen=STEPS, length_name="seq_length"))
    return columns


def deepctr_layers(state, name, count, activation, norm=False):
    layers = []
    for at in range(count):
        inner = [scope for scope in state.scopes("/dice_alpha") if scope.startswith(f"{name}/")]
        act = {"relu": relu, "sigmoid": sigmoid}.get(activation)
        if activation == "dice":
            (found,) = [scope for scope in state.scopes("/moving_mean") if scope.startswith(f"{inner[at]}/")]
            mean, variance = state[f"{found}/moving_mean"], state[f"{found}/moving_variance"]
            act = dice(mean, variance, state[f"{inner[at]}/dice_alpha"], 1e-9)
        if norm:
            normed = state.norm(state.scopes("/gamma")[at])
            act = lambda x, act=act, normed=normed: act(normed(x))
        layers.append(Dense(state[f"{name}/kernel{at}"].T, state[f"{name}/bias{at}"], act))
    return layers


def deepctr_run(folder, name, kind, normalized, activation, norm=False, negatives=False):
    from deepctr.models import DIEN, DIN

    suffix = "" if activation == "dice" else f"_{activation}"
    suffix += "_raw" * bool(kind and not normalized) + "_bn" * norm + "_aux" * negatives
    over = {None: "[q,k,q-k,q*k]", "GRU": "over the second GRU's states [q,h,q-h,q*h]"}
    over = over.get(kind, "over interest states [q,h,q-h,q*h]")
    about = dict(
        peer=PEER,
        model="DIEN" if kind else "DIN",
        attention=f"local activation unit {over} -> {layers_text(ATTENTION, activation)}",
        attention_normalization="softmax" if normalized else "none",
        top_mlp_input="[user, query, pooled, score]",
        top_mlp=layers_text(HEAD, "relu", norm),
    )
    if activation == "dice":
        about["dice"] = DICE
    if norm:
        about["batch_norm"] = (
            "top MLP: after each hidden dense layer, before its activation; affine, eps 1e-3, running statistics"
        )
    if kind:
        about["evolution"] = kind
        about["gru"] = GRU + EVOLUTION[kind]
        about["top_mlp_input"] = f"[user, query, {'pooled states' if kind == 'GRU' else 'final state'}, score]"
    if negatives:
        about["auxiliary"] = (
            "[h_t, e_(t+1)] -> 100 sigmoid -> 50 sigmoid -> 1 sigmoid; sum over valid steps / (batch * (T - 1));"
            " derived.aux: sum over valid steps / (2 * valid steps)"
        )
    fixture = Fixture(f"deepctr_tf_{name}{suffix}", **about)
    tensorflow.keras.backend.clear_session()
    shared = dict(dnn_hidden_units=HEAD, att_activation=activation, att_weight_normalization=bool(normalized))
    if kind:
        options = dict(gru_type=kind, use_negsampling=negatives, use_bn=norm, att_hidden_units=ATTENTION)
        model = DIEN(deepctr_columns(negatives), ["item", "cate"], **options, **shared)
    else:
        model = DIN(deepctr_columns(False), ["item", "cate"], dnn_use_bn=norm, att_hidden_size=ATTENTION, **shared)
    session = tf.keras.backend.get_session()
    values = randomize(fixture, session, tf.global_variables())
    inputs = {
        "user": fixture.ids(USERS, 6) - 1,
        "item": fixture.ids(ITEMS, 6),
        "cate": fixture.ids(CATEGORIES, 6),
        "score": fixture.rng.uniform(size=6).astype(np.float32),
        "seq_length": LENGTHS,
    }
    for prefix in ["hist_", "neg_hist_"] if negatives else ["hist_"]:
        inputs[f"{prefix}item"] = fixture.ids(ITEMS, (6, STEPS), LENGTHS)
        inputs[f"{prefix}cate"] = fixture.ids(CATEGORIES, (6, STEPS), LENGTHS)
    asked = lambda tensor: re.sub(r"(_\d+)?:0$", "", tensor.name)  # each history brings a seq_length; the last is used
    feed = {tensor: inputs[asked(tensor)].reshape(6, -1) for tensor in model.inputs}
    feed[tf.keras.backend.learning_phase()] = 0
    wanted = [model.outputs[0]] + model.losses[-1:] * negatives
    y, *aux = session.run(wanted, feed)

    state = Variables(values)
    first = "neg_hist_" if negatives else "hist_"
    table = lambda of: state[f"sparse_seq_emb_{first}{of}/embeddings"]
    embedded = lambda items, categories: np.concatenate(
        [table("item")[inputs[items]], table("cate")[inputs[categories]]], axis=-1
    )
    query, keys = embedded("item", "cate"), embedded("hist_item", "hist_cate")
    (unit,) = state.scopes("/local_activation_unit/kernel")
    unit += "/local_activation_unit"
    (within,) = [scope for scope in state.scopes("/kernel0") if scope.startswith(unit)]
    layers = deepctr_layers(state, within, len(ATTENTION), activation)
    scores = local(layers + [Dense(state[f"{unit}/kernel"].T, state[f"{unit}/bias"])])
    derived, expected = {}, dict(y=y[:, 0])
    if kind:
        (gru1,) = [scope for scope in state.scopes("/gates/kernel") if scope.startswith("gru1")]
        (gru2,) = [scope for scope in state.scopes("/gates/kernel") if scope.startswith("gru2")]
        gru, _ = evolve("GRU", state.cell(gru1), keys, LENGTHS)
        if kind == "GRU":
            states, _ = evolve("GRU", state.cell(gru2), gru, LENGTHS)
            att = attend(scores(query, states), LENGTHS, normalized)
            final = np.einsum("bt,bte->be", att, states)
        else:
            att = attend(scores(query, gru), LENGTHS, normalized)
            states, final = evolve("KEPT" if kind == "AUGRU" else kind, state.cell(gru2), gru, LENGTHS, att)
        derived.update(gru=gru, augru=states, final=final)
    else:
        att = attend(scores(query, keys), LENGTHS, normalized)
        final = np.einsum("bt,bte->be", att, keys)
    outer = [scope for scope in state.scopes("/kernel0") if not scope.startswith(unit)]
    width = final.shape[1] + query.shape[1] + DIM + 1
    (head,) = [scope for scope in outer if state[f"{scope}/kernel0"].shape[0] == width]
    user = state["sparse_emb_user/embeddings"][inputs["user"]]
    top = np.concatenate([user, query, final, inputs["score"][:, None]], axis=1)
    hidden = mlp(deepctr_layers(state, head, len(HEAD), "relu", norm), top)
    logit = hidden @ state["dense/kernel"] + state["prediction_layer/global_bias"]
    derived.update(att=att, logit=logit[:, 0])
    if negatives:
        (network,) = [scope for scope in outer if scope != head]
        network = deepctr_layers(state, network, 3, "sigmoid")
        loss = auxiliary(lambda x: mlp(network, x), gru, keys, embedded("neg_hist_item", "neg_hist_cate"), LENGTHS)
        expected["aux"] = np.atleast_1d(aux[0])
        derived["aux"] = np.array([loss])
        fixture.peer_aux = all_steps(loss)
    finish(fixture, folder, dict(weights=values, inputs=inputs, expected=expected, derived=derived), {})
    if fixture.name == "deepctr_tf_din_1":
        save_keras(fixture, model, folder)


# mouna99/dien


DIEN_PEER = "mouna99/dien 1f314d1 (no licence is stated), run by TensorFlow 2.21.0"
DIEN_MODELS = {
    "din": ("Model_DIN", None),
    "dien_gru_gru_att": ("Model_DIN_V2_Gru_Gru_att", "GRU"),
    "dien_gru_att_gru": ("Model_DIN_V2_Gru_att_Gru", "AIGRU"),
    "dien_gru_qa_attgru": ("Model_DIN_V2_Gru_QA_attGru", "AGRU"),
    "dien_gru_vec_attgru": ("Model_DIN_V2_Gru_Vec_attGru", "AUGRU"),
    "dien_gru_vec_attgru_neg": ("Model_DIN_V2_Gru_Vec_attGru_Neg", "AUGRU"),
}
# (file, what it says, what the smaller one says)
SMALL = [
    ("model", "bn1, 200,", "bn1, 10,"),
    ("model", "dnn1, 80,", "dnn1, 6,"),
    ("model", "bn1, 100,", "bn1, 12,"),
    ("model", "dnn1, 50,", "dnn1, 6,"),
    ("model", ", 36])", ", 8])"),
    ("utils", "din_all, 80,", "din_all, 8,"),
    ("utils", "d_layer_1_all, 40,", "d_layer_1_all, 4,"),
]


def dien_sources(checkout, small):
    """The authors' modules, for which `tensorflow` is TensorFlow 2's version 1."""
    from deepctr.contrib import rnn_v2, utils
    from tensorflow.python.ops import rnn, rnn_cell, rnn_cell_impl  # noqa: F401  (they import from the first two)

    for name, value in dict(
        _Linear=utils._Linear_, _concat=rnn_v2._concat, _like_rnncell=rnn_v2._like_rnncell_
    ).items():
        vars(rnn_cell_impl).setdefault(name, value)
    keras = types.ModuleType("keras")
    keras.backend = None  # imported, not used
    known = {"tensorflow": tf, "keras": keras}
    before = {name: sys.modules.get(name) for name in known}
    sys.modules.update(known)
    try:
        for name in ("rnn", "utils", "Dice", "model"):
            source = (checkout / "script" / f"{name}.py").read_text()
            for file, old, new in SMALL if small else []:
                if file == name:
                    assert old in source, f"{name}.py: {old}"
                    source = source.replace(old, new)
            module = sys.modules[name] = types.ModuleType(name)
            exec(compile(source, f"{name}.py", "exec"), vars(module))
    finally:
        for name, module in before.items():
            if module is not None:
                sys.modules[name] = module
    return sys.modules["model"]


def dien(folder, checkout, small):
    tf.disable_v2_behavior()
    module = dien_sources(checkout, small)
    for name, (model, kind) in DIEN_MODELS.items():
        dien_run(folder, name + "_small" * small, getattr(module, model), kind, name.endswith("neg"), small)


def dien_run(folder, name, network, kind, negatives, small):
    dim = 4 if small else 18
    unit, top, aux_widths = ([8, 4], [10, 6], [12, 6]) if small else ([80, 40], [200, 80], [100, 50])
    over = {None: "[q,k,q-k,q*k]", "GRU": "over the second GRU's states [p,h,p-h,p*h]"}
    over = over.get(kind, "over interest states [p,h,p-h,p*h]")
    projected = ", p = PReLU(q W + b) by f1<stag> and prelu_" if kind else ""
    last = {None: "pooled", "GRU": "pooled states"}.get(kind, "final state")
    about = dict(
        peer=DIEN_PEER,
        model="DIEN" if kind else "DIN",
        attention=f"local activation unit {over}{projected} -> {layers_text(unit, 'sigmoid')}",
        attention_normalization="softmax",
        dice=DICE_BATCH,
        batch_norm="top MLP: of its input, before the first dense layer; affine, eps 1e-3, running statistics",
        top_mlp_input=f"[user, query, sum of history, query*sum, {last}]",
        top_mlp=layers_text(top, "dice")[:-1] + "2 softmax + 1e-8, column 0 is the click",
        history="the sum of the history includes padding; row 0 of the tables is zero here, in trained ones it is not",
    )
    if kind:
        about.update(evolution=kind, gru=GRU + EVOLUTION[kind])
    if negatives:
        about["auxiliary"] = (
            f"batch norm of [h_t, e_(t+1)] -> {aux_widths[0]} sigmoid -> {aux_widths[1]} sigmoid -> 2 softmax + 1e-8, column 0;"
            " sum over valid steps / (batch * (T - 1)); derived.aux: sum over valid steps / (2 * valid steps)"
        )
    if small:
        about["patched"] = (
            "layer widths: those of the published code are 200-80 (top), 80-40 (attention), 100-50 (auxiliary), 36"
        )
    fixture = Fixture(f"mouna99_{name}", **about)
    tf.reset_default_graph()
    model = network(USERS + 1, ITEMS + 1, CATEGORIES + 1, dim, 2 * dim, 2 * dim, use_negsampling=negatives)
    optimizers = lambda variable: "/Adam" in variable.name or "_power" in variable.name
    inputs = {
        "uid": fixture.ids(USERS, 6),
        "mid": fixture.ids(ITEMS, 6),
        "cat": fixture.ids(CATEGORIES, 6),
        "mid_his": fixture.ids(ITEMS, (6, STEPS), LENGTHS),
        "cat_his": fixture.ids(CATEGORIES, (6, STEPS), LENGTHS),
        "seq_len": LENGTHS,
    }
    if negatives:
        inputs["noclk_mid"] = fixture.ids(ITEMS, (6, STEPS), LENGTHS)
        inputs["noclk_cat"] = fixture.ids(CATEGORIES, (6, STEPS), LENGTHS)
    mask = (np.arange(STEPS) < LENGTHS[:, None]).astype(np.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        variables = [variable for variable in tf.global_variables() if not optimizers(variable)]
        values = randomize(fixture, session, variables, ["mid_embedding_var:0", "cat_embedding_var:0"])
        everything = {v.name: session.run(v) for v in tf.global_variables() if optimizers(v)}
        keys = ("uid", "mid", "cat", "mid_his", "cat_his")
        question = [inputs[key] for key in keys] + [mask, np.tile([1.0, 0.0], (6, 1)), LENGTHS]
        question += [inputs[key][..., None] for key in ("noclk_mid", "noclk_cat") if negatives]
        probabilities, _, _, aux = model.calculate(session, question)

    state = Variables(values)
    embedded = lambda items, categories: np.concatenate(
        [state["mid_embedding_var"][inputs[items]], state["cat_embedding_var"][inputs[categories]]], axis=-1
    )
    query, keys = embedded("mid", "cat"), embedded("mid_his", "cat_his")
    stag = "1_1" if kind else "null"
    unit = [state.dense(f"f1_att{stag}", sigmoid), state.dense(f"f2_att{stag}", sigmoid), state.dense(f"f3_att{stag}")]
    scores = local(unit)
    derived, expected = {}, dict(y=probabilities[:, 0])
    if kind:
        projection = state.dense(f"f1{stag}", prelu(state["prelu_"]))(query)
        (gru1,) = [scope for scope in state.scopes("/gates/kernel") if scope.startswith("gru1")]
        (gru2,) = [scope for scope in state.scopes("/gates/kernel") if scope.startswith("gru2")]
        gru, _ = evolve("GRU", state.cell(gru1), keys, LENGTHS)
        if kind == "GRU":
            states, _ = evolve("GRU", state.cell(gru2), gru, LENGTHS)
            att = attend(scores(projection, states), LENGTHS, True)
            final = np.einsum("bt,bte->be", att, states)
        else:
            att = attend(scores(projection, gru), LENGTHS, True)
            states, final = evolve("KEPT" if kind == "AUGRU" else kind, state.cell(gru2), gru, LENGTHS, att)
        derived.update(gru=gru, augru=states, final=final)
    else:
        att = attend(scores(query, keys), LENGTHS, True)
        final = np.einsum("bt,bte->be", att, keys)
    pooled = keys.sum(axis=1)
    user = state["uid_embedding_var"][inputs["uid"]]
    x = state.norm("bn1")(np.concatenate([user, query, pooled, query * pooled, final], axis=1))
    for at in (1, 2):
        x = state.dense(f"f{at}")(x)
        mean, variance = x.mean(axis=0), x.var(axis=0)
        derived.update({f"dice_{at}.mean": mean, f"dice_{at}.variance": variance})
        x = dice(mean, variance, state[f"dice_{at}/alphadice_{at}"], 1e-9)(x)
    two = state.dense("f3")(x)
    derived.update(att=att, logit=two[:, 0] - two[:, 1])
    if negatives:
        layers = [state.dense("f1gru", sigmoid), state.dense("f2gru", sigmoid), state.dense("f3gru")]

        def probability(x):
            two = mlp(layers, state.norm("bn1gru")(x))
            return sigmoid(two[..., :1] - two[..., 1:])

        loss = auxiliary(probability, gru, keys, embedded("noclk_mid", "noclk_cat"), LENGTHS)
        expected["aux"] = np.atleast_1d(aux)
        derived["aux"] = np.array([loss])
        fixture.peer_aux = all_steps(loss)
    finish(fixture, folder, dict(weights=values, inputs=inputs, expected=expected, derived=derived), everything)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--dien", type=Path, help="a checkout of mouna99/dien")
    parser.add_argument("--small", action="store_true", help="mouna99/dien: smaller layers than it hardcodes")
    parser.add_argument("peers", nargs="+", choices=["deepctr", "dien"])
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    tf.logging.set_verbosity(tf.logging.ERROR)
    restore_names()
    if "deepctr" in options.peers:
        deepctr(options.output)
    if "dien" in options.peers:
        if options.dien is None:
            raise SystemExit("--dien: the folder of a checkout of mouna99/dien is needed")
        dien(options.output, options.dien, options.small)
    list_all(options.output)


if __name__ == "__main__":
    main()
