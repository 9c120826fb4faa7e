"""DeepCTR-Torch's part of checkpoints.py."""

import numpy as np

from checkpoint_case import LONGEST, QUESTIONS, USER_ROWS, Case, features, of_torch, save

VERSION = "0.3.0"
SHOP = "user gender item_id cate_id pay_score hist_item_id=item_id hist_cate_id=cate_id"
PAIR = ["item_id", "cate_id"]
HISTORIES = "hist_item_id=item_id hist_cate_id=cate_id"


def make(output):
    from torch import nn

    def din(name, says, declared=SHOP, clicked=PAIR, way="pt", **options):
        network(output, "DIN", name, says, declared, clicked, way, options)

    def dien(name, says, declared=SHOP, clicked=PAIR, way="pt", **options):
        network(output, "DIEN", name, says, declared, clicked, way, options)

    # Its example gives the histories tables of their own.
    example = "user gender item item_gender score hist_item~item hist_item_gender~item_gender"
    din("torch_din_example", "examples/run_din.py", example, ["item", "item_gender"], "h5")
    shared = example.replace("~", "=")
    din("torch_din_example_shared", "examples/run_din.py with embedding_name", shared, ["item", "item_gender"])
    din("torch_din_from_0", "labels from 0, a row to spare", first=0)
    din("torch_din_readme", "columns of examples/run_dien.py")
    turned = "user cate_id item_id hist_cate_id=cate_id hist_item_id=item_id"
    din("torch_din_category_first", "category first", turned, PAIR[::-1])
    din(
        "torch_din_history_turned",
        "item first, the category's history first",
        "user item_id cate_id hist_cate_id=cate_id hist_item_id=item_id",
    )
    din("torch_din_item_first", "item first, users last", f"item_id cate_id user gender age {HISTORIES}")
    din("torch_din_users_around", "users before and after", f"gender item_id cate_id user {HISTORIES}")
    din("torch_din_users_between", "users between item and category", f"item_id user age cate_id {HISTORIES}")
    users = f"zip_code user gender age item_id cate_id {HISTORIES}"
    din("torch_din_several_users", "four features of the user", users, way="pth")
    din("torch_din_users_safetensors", "four features of the user", users, way="safetensors")
    din("torch_din_users_npz", "four features of the user", users, way="npz")
    din("torch_din_no_user", "no feature of the user", f"item_id cate_id {HISTORIES}")
    din("torch_din_item_alone", "item alone", "user item_id hist_item_id=item_id", ["item_id"])
    din(
        "torch_din_category_plain",
        "category at the candidate alone",
        "user item_id cate_id hist_item_id=item_id",
        ["item_id"],
    )
    din("torch_din_brand_plain", "brand at the candidate alone", f"user item_id cate_id brand {HISTORIES}")
    brand = f"user item_id cate_id brand {HISTORIES} hist_brand=brand"
    din("torch_din_three", "three features in the history", brand, [*PAIR, "brand"])
    shelf = "user item_id shelf hist_item_id=item_id hist_shelf=shelf"
    din("torch_din_shelf", "a category of an unusual name", shelf, ["item_id", "shelf"])
    din("torch_din_numbers", "two numbers of the user", f"user item_id cate_id user_score hour_scaled {HISTORIES}")
    din("torch_din_price", "a number of the product (price)", f"user item_id cate_id price {HISTORIES}")
    din("torch_din_tags", "a feature of several values", f"user item_id cate_id tags {HISTORIES}")
    din("torch_din_shuffled", "rows by columns of the catalogue", shuffled=True)
    din("torch_din_softmax", "att_weight_normalization", att_weight_normalization=True)
    for activation in ("relu", "prelu", "sigmoid", "linear"):
        din(f"torch_din_{activation}", f"att_activation {activation}", att_activation=activation)
    for module in (nn.Tanh, nn.GELU, nn.SiLU, nn.LeakyReLU):
        both = dict(att_activation=module, dnn_activation=module)
        din(f"torch_din_{module.__name__.lower()}", f"nn.{module.__name__} in attention and head", **both)
    din("torch_din_batch_norm", "dnn_use_bn, dropout", dnn_use_bn=True, dnn_dropout=0.5)
    din("torch_din_regression", "task regression", task="regression")
    ways = ("bin", "model", "checkpoint_best_model.pt", "model_state_dict", "net", "compiled", "save_model", "shards")
    for way in (*ways, "legacy", "float16", "float64"):
        din(f"torch_din_as_{way}".replace(".", "_"), f"saved: {way}", way=way)

    negatives = f"{SHOP} neg_hist_item_id=item_id neg_hist_cate_id=cate_id"
    example = dict(dnn_hidden_units=[4, 4, 4], dnn_dropout=0.6, gru_type="AUGRU", use_negsampling=True)
    dien("torch_dien_example", "examples/run_dien.py", negatives, way="h5", **example)
    dien("torch_dien_default", "default GRU")
    for kind in ("AIGRU", "AGRU", "AUGRU"):
        dien(f"torch_dien_{kind.lower()}", kind, gru_type=kind)
    dien("torch_dien_no_softmax", "att_weight_normalization False", gru_type="AUGRU", att_weight_normalization=False)
    dien("torch_dien_dice", "Dice in the attention, use_bn", gru_type="AUGRU", att_activation="dice", use_bn=True)
    dien("torch_dien_category_first", "category first", turned, PAIR[::-1], gru_type="AUGRU")
    dien(
        "torch_dien_users_around",
        "users before and after",
        f"gender item_id cate_id user {HISTORIES}",
        gru_type="AUGRU",
    )
    own = "user item_id cate_id hist_item_id~item_id hist_cate_id~cate_id"
    dien("torch_dien_own_tables", "histories with tables of their own", own, gru_type="AUGRU")
    dien("torch_dien_three", "three features in the history", brand, [*PAIR, "brand"], gru_type="AUGRU")
    dien("torch_dien_brand_plain", "brand at the candidate alone", f"user item_id cate_id brand {HISTORIES}")
    plain = "user item_id cate_id hist_item_id=item_id"
    dien("torch_dien_category_plain", "category at the candidate alone", plain, ["item_id"], gru_type="AUGRU")
    for way in ("ckpt", "lightning", "parallel", "save_model", "safetensors", "bfloat16"):
        dien(f"torch_dien_as_{way}", f"saved: {way}", negatives, way=way, **example)


def feature_columns(declared):
    from deepctr_torch.inputs import DenseFeat, SparseFeat, VarLenSparseFeat

    made = []
    for feature in declared:
        dim = {"item": 8, "category": 4}.get(feature.kind, 4)
        if feature.kind in ("number", "price"):
            made.append(DenseFeat(feature.name, 1))
            continue
        shared = feature.of if feature.of and feature.shares else None
        one = SparseFeat(feature.name, feature.rows + 1, embedding_dim=dim, embedding_name=shared)
        if feature.kind == "tags":
            made.append(
                VarLenSparseFeat(SparseFeat(feature.name, USER_ROWS + 1, embedding_dim=dim), maxlen=3, combiner="mean")
            )
        else:
            made.append(VarLenSparseFeat(one, maxlen=LONGEST, length_name="seq_length") if feature.of else one)
    return made


def network(output, kind, name, says, declared, clicked, way, options):
    import torch
    from deepctr_torch.models import DIEN, DIN

    of_case = {key: options.pop(key) for key in ("first", "shuffled") if key in options}
    case = Case(output, "DeepCTR-Torch", name, f"{kind}: {says}", **of_case)
    declared = features(declared)
    columns = feature_columns(declared)
    options.setdefault("dnn_hidden_units", [16, 8])
    options.setdefault("att_hidden_units" if kind == "DIEN" else "att_hidden_size", [12, 6])
    model = (DIN if kind == "DIN" else DIEN)(columns, clicked, **options)
    inputs = {**case.columns(declared), "seq_length": case.lengths}
    # Its networks take one matrix in which each feature has its columns.
    matrix = np.zeros((QUESTIONS, max(end for _, end in model.feature_index.values())), dtype=np.float32)
    for feature, (start, end) in model.feature_index.items():
        matrix[:, start:end] = inputs[feature].reshape(QUESTIONS, -1)
    matrix = torch.from_numpy(matrix)
    answers = of_torch(case, model, way, lambda: model(matrix))
    case.write(save(case, model, way), answers, VERSION)
