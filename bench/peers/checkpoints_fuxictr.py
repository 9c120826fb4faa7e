"""FuxiCTR's part of checkpoints.py: DIN and DIEN of its repository, and LongCTR's, which its package has."""

import os
import tempfile

import numpy as np

from checkpoint_case import LONGEST, OF_PRODUCTS, USER_ROWS, Case, features, of_torch, save
from fixtures_fuxictr import fuxi_class

SHOP = "user_id item_id cate_id item_history=item_id cate_history=cate_id"
BOTH = ("item_id", "cate_id"), ("item_history", "cate_history")
ALONE = "item_id", "item_history"
VERSION = "2.3.10"
TINY_SEQ = (
    "userid adgroup_id pid cate_id campaign_id customer brand cms_segid cms_group_id final_gender_code age_level"
    " pvalue_level shopping_level occupation click_sequence=adgroup_id"
)
TAOBAO = (
    "userid cms_segid final_gender_code age_level occupation adgroup_id cate_id brand cate_his=cate_id brand_his=brand"
)


def make(output, checkout):
    os.chdir(tempfile.mkdtemp())  # it makes folders where it runs

    def din(name, says, declared=SHOP, fields=BOTH, way="model", **options):
        network(output, checkout, "DIN", name, says, declared, fields, way, options)

    def dien(name, says, declared=SHOP, fields=BOTH, way="model", **options):
        network(output, checkout, "DIEN", name, says, declared, fields, way, options)

    bars = dict(dnn_activations="Dice", batch_norm=True, net_dropout=0.2, attention_hidden_units=[16, 8])
    din("fuxi_din_bars", "BARS, AmazonElectronics_x1: Dice, batch norm, dropout (layers smaller)", **bars)
    din(
        "fuxi_din_test",
        "DIN_test of its config on tiny_seq",
        TINY_SEQ,
        ("adgroup_id", "click_sequence"),
        embedding_dim=4,
    )
    template = "user_id item_id click_history=item_id"
    din("fuxi_din_default", "template DIN_default: item_id, click_history", template, ("item_id", "click_history"))
    plain = "user_id item_id cate_id click_history=item_id"
    din("fuxi_din_category_plain", "category at the candidate alone", plain, ("item_id", "click_history"))
    video = "user_id item_id cate_id clicked_items=item_id clicked_categories=cate_id"
    din(
        "fuxi_din_micro_video",
        "BARS, MicroVideo1.7M_x1: clicked_items",
        video,
        (BOTH[0], ("clicked_items", "clicked_categories")),
    )
    taobao = ("cate_id", "brand"), ("cate_his", "brand_his")
    din("fuxi_din_taobao_ad", "BARS, TaobaoAd_x1: clicks of category and brand alone", TAOBAO, taobao)
    first = "user_id cate_id item_id cate_history=cate_id item_history=item_id"
    turned = BOTH[0][::-1], BOTH[1][::-1]
    din("fuxi_din_category_first", "category first, in columns and target", first, turned)
    din("fuxi_din_category_first_columns", "category first in the columns alone", first)
    din("fuxi_din_category_first_target", "category first in the target alone", fields=turned)
    din(
        "fuxi_din_interleaved",
        "item, its history, category, its history",
        "user_id item_id item_history=item_id cate_id cate_history=cate_id",
    )
    histories = "item_history=item_id cate_history=cate_id"
    users = "zip_code user_id gender age"
    din("fuxi_din_item_first", "item first, users last", f"item_id cate_id {histories} {users}")
    din("fuxi_din_histories_last", "item, users, histories", f"item_id cate_id {users} {histories}")
    din("fuxi_din_users_around", "users before and after", f"gender item_id cate_id {histories} user_id age")
    din("fuxi_din_users_between", "users between item and category", f"item_id user_id cate_id age {histories}")
    din("fuxi_din_several_users", "four features of the user", f"{users} item_id cate_id {histories}", way="pth")
    din(
        "fuxi_din_users_safetensors",
        "four features of the user",
        f"{users} item_id cate_id {histories}",
        way="safetensors",
    )
    din("fuxi_din_no_user", "no feature of the user", f"item_id cate_id {histories}")
    din("fuxi_din_number", "a number of the user", f"user_id user_score item_id cate_id {histories}")
    din("fuxi_din_price", "a number of the product (price)", f"user_id price item_id cate_id {histories}")
    din("fuxi_din_tags", "a feature of several values", f"user_id item_id cate_id tags {histories}")
    din("fuxi_din_brand_plain", "brand at the candidate alone", f"user_id item_id cate_id brand {histories}")
    three = ("item_id", "cate_id", "brand"), ("item_history", "cate_history", "brand_history")
    din(
        "fuxi_din_three",
        "three features in the history",
        f"user_id item_id cate_id brand {histories} brand_history=brand",
        three,
    )
    own = "user_id item_id cate_id item_history~item_id cate_history~cate_id"
    din("fuxi_din_own_tables", "histories with tables of their own (no share_embedding)", own)
    two = ["item_id", "cate_id"], ["item_history", "cate_history"]
    din("fuxi_din_two_attentions", "a list in place of a tuple: an attention for each feature", fields=two)
    movies = "user_id movie_id genre movie_seq=movie_id genre_seq=genre"
    din("fuxi_din_movies", "movie_id, genre, movie_seq", movies, (("movie_id", "genre"), ("movie_seq", "genre_seq")))
    din("fuxi_din_sku", "an item of an unusual name (sku)", "uid sku sku_seq=sku", ("sku", "sku_seq"))
    din("fuxi_din_shuffled", "rows by columns of the catalogue", shuffled=True)
    din("fuxi_din_softmax", "din_use_softmax", din_use_softmax=True)
    din(
        "fuxi_din_sigmoid_output",
        "attention_output_activation Sigmoid after Dice",
        attention_output_activation="Sigmoid",
    )
    din(
        "fuxi_din_sigmoid_output_relu",
        "attention_output_activation Sigmoid after ReLU",
        attention_output_activation="Sigmoid",
        attention_hidden_activations="ReLU",
    )
    for activation in ("ReLU", "Sigmoid", "Tanh", "LeakyReLU", "SiLU", "GELU", "PReLU"):
        both = dict(attention_hidden_activations=activation, dnn_activations=activation)
        din(f"fuxi_din_{activation.lower()}", f"{activation} in attention and head", **both)
    din("fuxi_din_list", "dnn_activations [relu, sigmoid]", dnn_activations=["relu", "sigmoid"])
    din("fuxi_din_list_dice", "dnn_activations [Dice, relu]", dnn_activations=["Dice", "relu"])
    din("fuxi_din_one_layer", "one layer each", dnn_hidden_units=[8], attention_hidden_units=[6])
    din("fuxi_din_batch_norm", "batch norm and ReLU", batch_norm=True)
    din("fuxi_din_regression", "task regression", task="regression")
    for way in ("pt", "bin", "state_dict", "parallel", "compiled", "save_model", "shards", "npz", "legacy", "bfloat16"):
        din(f"fuxi_din_as_{way}", f"saved: {way}", way=way)

    bars = dict(dnn_activations="Dice", batch_norm=True, attention_activation="ReLU")
    alone = "adgroup_id", "click_sequence"
    dien("fuxi_dien_bars", "AmazonElectronics_x1: Dice, batch norm, bilinear attention", **bars)
    dien("fuxi_dien_test", "DIEN_test of its config on tiny_seq", TINY_SEQ, alone, embedding_dim=4, **bars)
    dien("fuxi_dien_default", "template DIEN_default", "userid adgroup_id click_sequence=adgroup_id", alone, **bars)
    dien("fuxi_dien_gru", "GRU", gru_type="GRU")
    dien("fuxi_dien_agru", "AGRU", gru_type="AGRU")
    dien("fuxi_dien_dot", "dot_attention", attention_type="dot_attention")
    for activation in ("Dice", "ReLU", "Sigmoid"):
        unit = dict(attention_type="din_attention", attention_activation=activation)
        dien(f"fuxi_dien_unit_{activation.lower()}", f"din_attention of {activation}", **unit)
    dien("fuxi_dien_no_softmax", "use_attention_softmax False", use_attention_softmax=False)
    dien("fuxi_dien_sums", "enable_sum_pooling", enable_sum_pooling=True)
    dien("fuxi_dien_category_first", "category first, in columns and target", first, turned)
    dien("fuxi_dien_users_around", "users before and after", f"gender item_id cate_id {histories} user_id age")
    dien("fuxi_dien_brand_plain", "brand at the candidate alone", f"user_id item_id cate_id brand {histories}")
    dien("fuxi_dien_number", "a number of the user", f"user_id user_score item_id cate_id {histories}")
    all_three = f"user_id item_id cate_id brand {histories} brand_history=brand"
    dien("fuxi_dien_three", "three features in the history", all_three, three)
    dien("fuxi_dien_category_plain", "category at the candidate alone", plain, ("item_id", "click_history"))
    interleaved = "item_id item_history=item_id user_id cate_id cate_history=cate_id"
    dien("fuxi_dien_interleaved", "item, its history, user, category, its history", interleaved)
    din("fuxi_din_interleaved_users", "item, its history, user, category, its history", interleaved)
    negative = f"{SHOP} neg_item_history=item_id neg_cate_history=cate_id"
    sampled = dict(dien_neg_seq_field=[("neg_item_history", "neg_cate_history")], aux_loss_alpha=0.5)
    dien("fuxi_dien_auxiliary", "auxiliary loss with negative sequences", negative, **sampled)
    for way in ("pt", "ckpt", "lightning", "safetensors", "float16"):
        dien(f"fuxi_dien_as_{way}", f"saved: {way}", way=way)

    long_ctr(output)


def long_ctr(output):
    def din(name, says, declared="user_id item_id cate_id", way="model", **options):
        long_network(output, "DIN", name, says, declared, way, options)

    def dien(name, says, declared="user_id item_id cate_id", way="model", **options):
        long_network(output, "DIEN", name, says, declared, way, options)

    din("long_din_default", "DIN_default of its config (layers smaller)")
    din("long_din_item", "item alone", "user_id item_id")
    din("long_din_users", "three features of the user, one of them last", "gender user_id item_id cate_id age")
    din("long_din_category_first", "category first", "user_id cate_id item_id")
    din("long_din_three", "three features of the item", "user_id item_id cate_id brand")
    din("long_din_number", "a number of the user", "user_id user_score item_id cate_id")
    din("long_din_dice", "Dice, batch norm, softmax", dnn_activations="Dice", batch_norm=True, din_use_softmax=True)
    din("long_din_safetensors", "saved: safetensors", "gender user_id item_id cate_id age", way="safetensors")
    dien("long_dien_default", "DIEN_default of its config (layers smaller)")
    dien("long_dien_gru", "GRU", gru_type="GRU")
    dien("long_dien_sums", "enable_sum_pooling, AGRU", enable_sum_pooling=True, gru_type="AGRU")
    dien("long_dien_users", "users around", "gender item_id cate_id user_id", way="save_model")


COMMON = dict(
    gpu=-1,
    embedding_dim=8,
    dnn_hidden_units=[16, 8],
    optimizer="adam",
    loss="binary_crossentropy",
    task="binary_classification",
    metrics=["AUC"],
    verbose=0,
    model_root="./",
)


def feature_map(declared, dim, of_items=()):
    from fuxictr.features import FeatureMap

    made = FeatureMap("checkpoints", ".")
    for feature in declared:
        # FuxiCTR numbers from 1; a row after the last is for what it does not know.
        spec = {"source": "item" if feature.kind in of_items else "", "type": "categorical", "padding_idx": 0}
        spec.update(vocab_size=feature.rows + 2, embedding_dim=dim)
        if feature.kind in ("number", "price"):
            spec = {"source": "", "type": "numeric", "embedding_dim": dim}
        if feature.kind == "tags":
            spec.update(type="sequence", max_len=3, vocab_size=USER_ROWS + 2)
            spec["feature_encoder"] = "layers.MaskedAveragePooling()"
        if feature.of:
            spec.update(type="sequence", max_len=LONGEST)
            spec.update({"share_embedding": feature.of} if feature.shares else {})
        made.features[feature.name] = spec
    made.num_fields = len(made.features)
    made.labels = ["label"]
    return made


def network(output, checkout, kind, name, says, declared, fields, way, options):
    import torch

    shuffled = options.pop("shuffled", False)
    case = Case(output, "FuxiCTR", name, f"{kind}: {says}", shuffled=shuffled)
    if isinstance(options.get("dnn_activations"), list):
        plain = [activation for activation in options["dnn_activations"] if activation != "Dice"]
        case.answers["head-activation"] = ",".join(plain)
    declared = features(declared)
    options = {**COMMON, **options}
    target, sequence = fields
    as_list = lambda field: field if isinstance(field, list) else [field]
    if kind == "DIN":
        options.setdefault("attention_hidden_units", [12])
        options.update(din_target_field=as_list(target), din_sequence_field=as_list(sequence))
    else:
        options = {"attention_hidden_units": [12, 6], "batch_norm": False, "dien_neg_seq_field": [], **options}
        options.update(
            dien_target_field=as_list(target), dien_sequence_field=as_list(sequence), aux_hidden_units=[10, 6]
        )
    made = feature_map(declared, options["embedding_dim"])
    model = getattr(fuxi_class(checkout, kind), kind)(feature_map=made, **options)
    inputs = {key: torch.from_numpy(ids) for key, ids in case.columns(declared).items()}
    answers = of_torch(case, model, way, lambda: model(inputs)["y_pred"])
    case.write(save(case, model, way), answers, VERSION)


def long_network(output, kind, name, says, declared, way, options):
    import torch
    from model_zoo.LongCTR.DIEN.DIEN import DIEN
    from model_zoo.LongCTR.DIN.DIN import DIN

    case = Case(output, "FuxiCTR (PyPI)", name, f"LongCTR's {kind}: {says}")
    declared = features(declared)
    of_items = [feature for feature in declared if feature.kind in OF_PRODUCTS]
    options = {**COMMON, "attention_hidden_units": [12], **options}
    model = (DIN if kind == "DIN" else DIEN)(feature_map=feature_map(declared, 8, OF_PRODUCTS), **options)
    columns = case.columns(declared)
    batch = {f.name: torch.from_numpy(columns[f.name]) for f in declared if f not in of_items}
    # Its loader pads before the history; DIEN's packed sequences need padding="post".
    is_before = kind == "DIN"
    clicks = np.zeros((len(case.questions), LONGEST + 1), dtype=np.int64)
    items = {}
    for feature in of_items:
        ids = clicks.copy()
        for row, (history, candidate) in zip(ids, case.questions):
            start = LONGEST - len(history) if is_before else 0
            row[start : start + len(history)] = case.rows(feature.kind)[history]
            row[LONGEST] = case.rows(feature.kind)[candidate]
        items[feature.name] = torch.from_numpy(ids.reshape(-1))
    steps = np.arange(LONGEST)
    is_click = steps >= LONGEST - case.lengths[:, None] if is_before else steps < case.lengths[:, None]
    mask = torch.from_numpy(is_click)
    answers = of_torch(case, model, way, lambda: model((batch, dict(items), mask))["y_pred"])
    case.write(save(case, model, way), answers, VERSION)
