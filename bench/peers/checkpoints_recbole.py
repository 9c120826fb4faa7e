"""RecBole's part of checkpoints.py: a shop in RecBole's files, a network that its trainer trains for an epoch, and what it saves."""

import os
import tempfile
from pathlib import Path

import numpy as np

from checkpoint_case import BRANDS, CATEGORIES, ITEMS, LONGEST, QUESTIONS, Case, of_torch, save
from recbole_training import trained

USERS = {"user_id": 4, "age": 3, "gender": 2, "occupation": 3}
OF_KIND = {"item_id": "item", "release_year": "category", "category": "category", "brand": "brand"}
ALL_USERS = ["user_id", "age", "gender", "occupation"]


def make(output):
    os.chdir(tempfile.mkdtemp())

    def din(name, says, **options):
        network(output, "DIN", name, says, **options)

    def dien(name, says, **options):
        network(output, "DIEN", name, says, **options)

    din("recbole_din_quick_start", "sequential_DIN_on_ml-100k.yaml, its trainer's file")
    din("recbole_din_quick_start_state", "the same, state_dict alone", way="pt")
    din("recbole_din_quick_start_safetensors", "the same, safetensors", way="safetensors")
    din("recbole_din_items", "items alone", item=[])
    din("recbole_din_items_state", "items alone, state_dict", item=[], way="pt")
    din("recbole_din_category", "a category, ids of users alone", item=["category"], user=["user_id"])
    din("recbole_din_three", "three token features of the item", item=["category", "brand"])
    din("recbole_din_three_state", "three token features of the item, state_dict", item=["category", "brand"], way="pt")
    din("recbole_din_class", "class, a token_seq", item=["release_year", "class"])
    din("recbole_din_layers", "other layers and dropout", mlp_hidden_size=[16], dropout_prob=0.2, embedding_size=6)
    din("recbole_din_class_safetensors", "class, a token_seq", item=["release_year", "class"], way="safetensors")
    din("recbole_din_unused_price", "price, a float that it does not use", item=["release_year", "price"])
    din(
        "recbole_din_price",
        "price, a float that numerical_features names",
        item=["release_year", "price"],
        numerical_features=["price"],
    )
    dien("recbole_dien_quick_start", "the same quick start for DIEN, its trainer's file")
    dien("recbole_dien_quick_start_state", "the same, state_dict", way="pt")
    dien("recbole_dien_ids", "ids alone", item=[], user=["user_id"])
    dien("recbole_dien_ids_state", "ids alone, state_dict", item=[], user=["user_id"], way="pt")
    for kind in ("GRU", "AIGRU", "AGRU"):
        dien(f"recbole_dien_{kind.lower()}", f"gru_type {kind}, its trainer's file", gru_type=kind)
    dien("recbole_dien_gru_state", "gru_type GRU, state_dict", gru_type="GRU", way="pt")
    dien("recbole_dien_class", "class, a token_seq; its trainer's file", item=["release_year", "class"])
    dien("recbole_dien_old", "as before 1.2.0, without softmax; its trainer's file", softmax=False)
    dien("recbole_dien_old_state", "as before 1.2.0, without softmax; state_dict", softmax=False, way="pt")
    dien("recbole_dien_category", "a category, ids of users", item=["category"], user=["user_id"], way="lightning")


def write_data(folder, case, item, user):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    of_item = {
        "item_id": lambda item: f"i{item + 1:03}",
        "release_year": lambda item: f"c{case.of_item['category'][item] + 1:02}",
        "category": lambda item: f"c{case.of_item['category'][item] + 1:02}",
        "brand": lambda item: f"b{case.of_item['brand'][item] + 1}",
        "class": lambda item: f"k{item % 3} k{3 + item % 2}",
        "price": lambda item: f"{case.price[item]:.3f}",
    }
    kinds = {"class": "token_seq", "price": "float"}
    columns = ["item_id", *item]
    table(folder / "tiny.item", columns, kinds, [[of_item[name](row) for name in columns] for row in range(ITEMS)])
    people = [[f"{name}{number % USERS[name] + 1}" for name in user] for number in range(USERS["user_id"])]
    table(folder / "tiny.user", user, {}, people)
    clicks = [
        [person[0], of_item["item_id"](item), time, int(rng.integers(0, 2))]
        for person in people
        for time, item in enumerate(rng.permutation(ITEMS))
    ]
    table(
        folder / "tiny.inter",
        ["user_id", "item_id", "timestamp", "label"],
        {"timestamp": "float", "label": "float"},
        clicks,
    )


def table(file, columns, kinds, rows):
    header = "\t".join(f"{name}:{kinds.get(name, 'token')}" for name in columns)
    file.write_text("\n".join([header] + ["\t".join(map(str, row)) for row in rows]) + "\n")


def network(output, kind, name, says, *, item=("release_year",), user=ALL_USERS, way="trainer", softmax=True, **more):
    import torch

    # A state dict does not know the identifiers of its rows; columns of the catalogue do. Its DIEN reads no empty history.
    case = Case(output, "RecBole", name, f"{kind}: {says}", shuffled=way != "trainer", shortest=int(kind == "DIEN"))
    write_data(Path("data") / name / "tiny", case, item, user)
    options = {"MAX_ITEM_LIST_LENGTH": LONGEST, "embedding_size": 8, "mlp_hidden_size": [16, 8], **more}
    columns = {"item": ["item_id", *item], "user": user}
    data, model, trainer = trained(kind, f"data/{name}", columns, **options)
    from recbole.data.interaction import Interaction

    if kind == "DIEN":
        model.interest_evolution.attention_layer.softmax_stag = softmax
    for field in ("item_id", *item):
        if field in OF_KIND:
            letter, count = {"item": ("i{:03}", ITEMS), "category": ("c{:02}", CATEGORIES), "brand": ("b{}", BRANDS)}[
                OF_KIND[field]
            ]
            tokens = [letter.format(number + 1) for number in range(count)]
            case.rows_of[OF_KIND[field]] = np.array([data.token2id(field, token) for token in tokens])
    if "brand" in item:
        case.further["brand"] = case.rows("brand")
    row = int(data.token2id("user_id", "user_id2"))
    if "class" in item:
        tokens = [f"k{row % 3} k{3 + row % 2}".split() for row in range(ITEMS)]
        case.further["class"] = [" ".join(str(data.token2id("class", token)) for token in of) for of in tokens]
    people = data.get_user_feature().interaction
    case.user = {field: int(values[row]) for field, values in people.items()}
    if way != "trainer" and len(user) > 1:
        # A state dict has one table for all features of the user, and no names.
        sizes = np.cumsum([0] + [data.num(field) for field in people])
        case.user = {
            f"user feature {place + 1}": int(sizes[place] + value) for place, value in enumerate(case.user.values())
        }
    ids = case.rows("item")
    clicks = np.zeros((QUESTIONS, LONGEST), dtype=np.int64)
    for place, (history, _) in zip(clicks, case.questions):
        place[: len(history)] = ids[history]
    asked = {
        "user_id": np.full(QUESTIONS, row),
        "item_id": ids[[candidate for _, candidate in case.questions]],
        "item_id_list": clicks,
        "neg_item_id_list": clicks,
        "item_length": case.lengths,
    }
    asked = Interaction({key: torch.from_numpy(np.asarray(values)) for key, values in asked.items()})
    answers = of_torch(case, model, way, lambda: model.predict(asked))
    if way == "trainer":
        file = f"{kind}-Nov-30-2026_10-00-00.pth"
        trainer._save_checkpoint(0, verbose=False, saved_model_file=str(case.folder / file))
    else:
        file = save(case, model, way)
    version = "1.2.1" if softmax else "1.2.1 without softmax, as before 1.2.0"
    case.write(file, answers, version)
