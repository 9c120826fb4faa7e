"""DeepCTR's part of checkpoints.py (TensorFlow)."""

import re

import numpy as np

from checkpoint_case import LONGEST, QUESTIONS, Case, features, randomized
from fixtures_tf import restore_names, tensorflow, tf

VERSION = "0.9.4"
PAIR = ["item_id", "cate_id"]
HISTORIES = "hist_item_id=item_id hist_cate_id=cate_id"
SHOP = f"user gender item_id cate_id pay_score {HISTORIES}"


def make(output):
    restore_names()

    def din(name, says, declared=SHOP, clicked=PAIR, way="npz", **options):
        network(output, "DIN", name, says, declared, clicked, way, options)

    def dien(name, says, declared=SHOP, clicked=PAIR, way="npz", **options):
        network(output, "DIEN", name, says, declared, clicked, way, options)

    din("tf_din_example", "examples/run_din.py (layers smaller)")
    din("tf_din_example_h5", "examples/run_din.py, save_weights of its FAQ", way="h5")
    own = "user item_id cate_id hist_item_id~item_id hist_cate_id~cate_id"
    din("tf_din_own_tables", "histories with tables of their own (no embedding_name)", own)
    din("tf_din_from_0", "labels from 0, a row to spare", first=0)
    din(
        "tf_din_category_first",
        "category first",
        "user cate_id item_id hist_cate_id=cate_id hist_item_id=item_id",
        PAIR[::-1],
    )
    din("tf_din_item_first", "item first, users last", f"item_id cate_id user gender {HISTORIES}")
    din("tf_din_users_around", "users before and after", f"gender item_id cate_id user {HISTORIES}")
    din("tf_din_item_alone", "item alone", "user item_id hist_item_id=item_id", ["item_id"])
    din(
        "tf_din_category_plain",
        "category at the candidate alone",
        "user item_id cate_id hist_item_id=item_id",
        ["item_id"],
    )
    din("tf_din_brand_plain", "brand at the candidate alone", f"user item_id cate_id brand {HISTORIES}")
    brand = f"user item_id cate_id brand {HISTORIES} hist_brand=brand"
    din("tf_din_three", "three features in the history", brand, [*PAIR, "brand"])
    turned = "user item_id cate_id hist_cate_id=cate_id hist_item_id=item_id"
    din("tf_din_history_turned", "item first, the category's history first", turned)
    din("tf_din_softmax", "att_weight_normalization", att_weight_normalization=True)
    din(
        "tf_din_batch_norm",
        "dnn_use_bn, dropout, Dice in the head",
        dnn_use_bn=True,
        dnn_dropout=0.5,
        dnn_activation="dice",
    )
    for activation in ("sigmoid", "tanh", "relu", "gelu"):
        din(
            f"tf_din_{activation}",
            f"{activation} in attention and head",
            att_activation=activation,
            dnn_activation=activation,
        )
    din("tf_din_regression", "task regression", task="regression")
    example = dict(dnn_hidden_units=[4, 4, 4], dnn_dropout=0.6, gru_type="AUGRU", use_negsampling=True)
    negatives = f"{SHOP} neg_hist_item_id=item_id neg_hist_cate_id=cate_id"
    dien("tf_dien_example", "examples/run_dien.py", negatives, **example)
    dien("tf_dien_example_weights", "examples/run_dien.py, of model.weights alone", negatives, way="weights", **example)
    dien("tf_dien_default", "default GRU")
    for kind in ("AIGRU", "AGRU", "AUGRU"):
        dien(f"tf_dien_{kind.lower()}", kind, gru_type=kind)
    dien("tf_dien_own_tables", "histories with tables of their own", own, gru_type="AUGRU")
    dien("tf_dien_category_first", "category first", f"user cate_id item_id {HISTORIES}", PAIR[::-1], gru_type="AUGRU")
    dien("tf_dien_users_around", "users before and after", f"gender item_id cate_id user {HISTORIES}", gru_type="AUGRU")


def feature_columns(declared):
    from deepctr.feature_column import DenseFeat, SparseFeat, VarLenSparseFeat

    made = []
    for feature in declared:
        dim = {"item": 8, "user": 6}.get(feature.kind, 4)
        if feature.kind == "number":
            made.append(DenseFeat(feature.name, 1))
            continue
        shared = feature.of if feature.of and feature.shares else None
        one = SparseFeat(feature.name, feature.rows + 1, embedding_dim=dim, embedding_name=shared)
        made.append(VarLenSparseFeat(one, maxlen=LONGEST, length_name="seq_length") if feature.of else one)
    return made


def network(output, kind, name, says, declared, clicked, way, options):
    from deepctr.models import DIEN, DIN

    case = Case(output, "DeepCTR", name, f"{kind}: {says}", first=options.pop("first", 1))
    declared = features(declared)
    options.setdefault("dnn_hidden_units", [16, 8])
    options.setdefault("att_hidden_units" if kind == "DIEN" else "att_hidden_size", [12, 6])
    tensorflow.keras.backend.clear_session()
    model = (DIN if kind == "DIN" else DIEN)(feature_columns(declared), clicked, **options)
    session = tf.keras.backend.get_session()
    session.run(tf.global_variables_initializer())
    inputs = {**case.columns(declared), "seq_length": case.lengths}
    named = lambda tensor: re.sub(r"(_\d+)?:0$", "", tensor.name)  # each history brings a seq_length
    feed = {tensor: inputs[named(tensor)].reshape(QUESTIONS, -1) for tensor in model.inputs}
    feed[tf.keras.backend.learning_phase()] = 0
    # Keras does not keep track of the variables of AGRU and AUGRU.
    variables = model.weights if way == "weights" else tf.global_variables()
    answer = lambda: session.run(model.outputs[0], feed)
    answers = randomized(case, lambda gain: randomize(case, session, tf.global_variables(), gain), answer)
    file = "model.h5" if way == "h5" else "model.npz"
    if way == "h5":
        model.save_weights(str(case.folder / file))
    else:
        np.savez(case.folder / file, **{variable.name: session.run(variable) for variable in variables})
    case.write(file, answers, f"{VERSION}, TensorFlow {tensorflow.__version__}")


def randomize(case, session, variables, gain):
    for variable in variables:
        shape = variable.shape.as_list()
        if "moving_variance" in variable.name or "gamma" in variable.name:
            value = case.rng.uniform(0.5, 1.5, shape).astype(np.float32)
        else:
            spread = 0.5 if len(shape) < 2 or "embeddings" in variable.name else 1.8 * gain / np.sqrt(shape[0])
            value = case.normal(shape, spread)
        variable.load(value, session)
