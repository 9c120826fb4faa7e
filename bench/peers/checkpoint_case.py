"""What the programs that make checkpoints share: the shop, its features, the questions, the ways of saving, a case's folder."""

import json
import zlib
from typing import NamedTuple

import numpy as np

ITEMS, CATEGORIES, BRANDS, LONGEST, QUESTIONS = 12, 5, 4, 8, 50
# Rows of a user's feature, whatever its name.
USER_ROWS = 6
OF_PRODUCTS = {"item": ITEMS, "category": CATEGORIES, "brand": BRANDS}
KINDS = {
    **dict.fromkeys(["item", "item_id", "adgroup_id", "movie_id", "goods", "sku", "video_id"], "item"),
    **dict.fromkeys(["cate", "cate_id", "category", "item_gender", "genre", "shelf", "release_year"], "category"),
    **dict.fromkeys(["brand", "brand_id"], "brand"),
    **dict.fromkeys(["score", "pay_score", "user_score", "hour_scaled"], "number"),
    "price": "price",
    "tags": "tags",
}


class Feature(NamedTuple):
    """A feature as a user declares it; `of` is the feature that it is a history of, whose table it has where it `shares`."""

    name: str
    kind: str
    of: str = ""
    shares: bool = True

    @property
    def rows(self):
        """Values that the feature takes, without the row of padding."""
        return OF_PRODUCTS.get(self.kind, USER_ROWS)


def features(text):
    """Features of "user_id item_id hist_item_id=item_id": "=" before what a history shares its table with, "~" before what it
    is a history of with a table of its own."""
    found = []
    for word in text.split():
        shares = "~" not in word
        name, _, of = word.replace("~", "=").partition("=")
        found.append(Feature(name, KINDS.get(of or name, "user"), of, shares))
    return found


class Case:
    """A checkpoint in a folder of its own, with the catalogue of its products and the library's answers.

    `first` is the row of the first product of each table; `shuffled` gives products other rows than the catalogue's order,
    which its columns then say. `shortest` is the length of the shortest history.
    """

    def __init__(self, output, library, name, says, *, first=1, shuffled=False, shortest=0):
        self.name, self.peer, self.says = name, library, says
        self.folder = output / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.shuffled = shuffled
        order = lambda size: self.rng.permutation(size) if shuffled else np.arange(size)
        self.rows_of = {kind: order(size) + first for kind, size in OF_PRODUCTS.items()}
        self.of_item = {
            "item": np.arange(ITEMS),
            "category": np.arange(ITEMS) % CATEGORIES,
            "brand": self.rng.permutation(ITEMS) % BRANDS,
        }
        self.price = self.rng.uniform(0.1, 1, ITEMS).astype(np.float32)
        self.tags = self.rng.integers(1, USER_ROWS, (ITEMS, 3))
        lengths = self.rng.integers(shortest, LONGEST + 1, QUESTIONS)
        self.questions = [(self.rng.integers(0, ITEMS, length), self.rng.integers(0, ITEMS)) for length in lengths]
        self.lengths = lengths
        self.user = {}
        # Further features of the products, whose rows a column of the catalogue has.
        self.further = {}
        # What the user knows of the configuration and no list of choices has.
        self.answers = {}

    def normal(self, shape, spread):
        return self.rng.normal(0, spread, shape).astype(np.float32)

    def columns(self, declared):
        """What the questions ask, for each feature: ids [question], numbers [question] or padded ids [question, step]."""
        found = {}
        for feature in declared:
            if feature.kind == "brand" and not feature.of:
                self.further[feature.name] = self.rows("brand")
            if feature.kind == "tags":
                self.further[feature.name] = [" ".join(map(str, tags)) for tags in self.tags]
            candidates = np.array([candidate for _, candidate in self.questions])
            if feature.of:
                ids = np.zeros((QUESTIONS, LONGEST), dtype=np.int64)
                for row, (history, _) in zip(ids, self.questions):
                    row[: len(history)] = self.rows(feature.kind)[history]
                found[feature.name] = ids
            elif feature.kind in OF_PRODUCTS:
                found[feature.name] = self.rows(feature.kind)[candidates]
            elif feature.kind == "price":
                found[feature.name] = self.price[candidates]
            elif feature.kind == "tags":
                found[feature.name] = self.tags[candidates]
            else:
                found[feature.name] = np.full(QUESTIONS, self.of_user(feature))
        return found

    def rows(self, kind):
        """Row of each product in the tables of a kind of feature."""
        return self.rows_of[kind][self.of_item[kind]]

    def of_user(self, feature):
        """The one user's value of a feature: a row, or a number."""
        value = 0.3 if feature.kind == "number" else int(self.rng.integers(1, USER_ROWS))
        return self.user.setdefault(feature.name, value)

    def write(self, file, answers, version, names=None):
        """Catalogue, answers and description; `names` are the products' identifiers where the library has its own."""
        answers = np.asarray(answers, dtype=np.float64).reshape(-1)
        ids = names or [f"i{item + 1:03}" for item in range(ITEMS)]
        table = [
            dict(id=ids[item], title=f"Product {item + 1}", category=f"c{self.of_item['category'][item] + 1:02}")
            for item in range(ITEMS)
        ]
        if self.shuffled:
            for item, product in enumerate(table):
                product.update(row=self.rows("item")[item], category_row=self.rows("category")[item])
        self.catalogue("catalogue.csv", table)
        if self.further:
            for name, rows in self.further.items():
                for product, row in zip(table, rows):
                    product[f"{name}_row"] = row
            self.catalogue("catalogue_rows.csv", table)
        expected = [
            dict(history=[ids[item] for item in history], candidate=ids[candidate], probability=answer)
            for (history, candidate), answer in zip(self.questions, answers.tolist())
        ]
        self.json("expected.json", expected)
        about = dict(
            library=self.peer,
            version=version,
            configuration=self.says,
            file=file,
            user=self.user,
            answers=self.answers,
        )
        self.json("about.json", about)
        print(f"{self.name}: answers {answers.min():.3f} to {answers.max():.3f}", flush=True)

    def catalogue(self, name, products):
        lines = [products[0].keys()] + [product.values() for product in products]
        (self.folder / name).write_text("".join(",".join(map(str, line)) + "\n" for line in lines))

    def json(self, name, value):
        (self.folder / name).write_text(json.dumps(value, indent=1) + "\n")


# PyTorch

HALVES = {"float16": "model.pt", "bfloat16": "model.pt", "float64": "model.pt"}


def is_telling(answers):
    """Whether answers tell networks apart: neither all alike nor all at 0 and 1."""
    low, high = np.quantile(answers, [0.2, 0.8])
    return low > 0.02 and high < 0.98 and np.std(answers) > 0.04


def randomized(case, randomize, answer):
    """The answers of a network whose weights `randomize` draws, the first by which they tell networks apart."""
    for attempt in range(120):
        randomize((1, 0.8, 1.5, 0.6, 2.5, 0.5, 4, 0.4)[attempt % 8])
        answers = np.asarray(answer(), dtype=np.float64).reshape(-1)
        if is_telling(answers):
            return answers
    raise SystemExit(f"{case.name}: no random weights make its answers differ")


def of_torch(case, model, way, answer):
    """The answers of a network of PyTorch with random weights."""
    import torch

    def answered():
        with torch.no_grad():
            return answer().numpy()

    return randomized(case, lambda gain: randomize(case, model, way, gain), answered)


def randomize(case, model, way, gain):
    """Random weights, as trained ones of so small a shop answer 0.5 everywhere, in the precision in which they are saved;
    `gain` widens those of layers."""
    import torch

    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not tensor.is_floating_point():
                continue
            is_scale = tensor.dim() == 1 and name.endswith(("weight", "running_var"))
            if is_scale:
                value = case.rng.uniform(0.5, 1.5, tensor.shape).astype(np.float32)
            else:
                spread = 0.5 if tensor.dim() < 2 or "embedding" in name else 1.8 * gain / np.sqrt(tensor.shape[-1])
                value = case.normal(tensor.shape, spread)
            tensor.copy_(torch.from_numpy(value))
            if way in HALVES:
                tensor.copy_(tensor.to(getattr(torch, way)))
        for module in model.modules():
            if isinstance(module, torch.nn.Embedding) and module.padding_idx is not None:
                module.weight[module.padding_idx] = 0
    model.eval()


# A key of a checkpoint, and what stands before the names in it.
NESTED = {
    "state_dict": ("state_dict", ""),
    "model_state_dict": ("model_state_dict", ""),
    "net": ("net", ""),
    "lightning": ("state_dict", "model."),
    "parallel": ("", "module."),
    "compiled": ("", "_orig_mod."),
    "compiled-parallel": ("model", "module._orig_mod."),
}


def save(case, model, way):
    """Writes a model as its users do, `way` being a file's extension or what is special, and returns the file's name."""
    import torch
    from safetensors.torch import save_file, save_model

    state = model.state_dict()
    path = lambda name: case.folder / name
    plain = {name: tensor.contiguous().clone() for name, tensor in state.items()}
    if way in NESTED:
        key, prefix = NESTED[way]
        name = "epoch=3-step=120.ckpt" if way == "lightning" else "model.pt"
        saved = {prefix + name: tensor for name, tensor in state.items()}
        optimizer = torch.optim.Adam(model.parameters())
        extra = {"epoch": 3, "optimizer_states": [optimizer.state_dict()], "hyper_parameters": {"lr": 1e-3}}
        torch.save({key: saved, **extra} if key else saved, path(name))
    elif way in HALVES:
        name = "model.pt"
        torch.save({key: tensor.to(getattr(torch, way)) for key, tensor in state.items()}, path(name))
    elif way == "legacy":
        name = "model.pth"
        torch.save(state, path(name), _use_new_zipfile_serialization=False)
    elif way == "safetensors":
        name = "model.safetensors"
        save_file(plain, path(name), {"format": "pt"})
    elif way == "save_model":
        name = "model.safetensors"
        save_model(model, str(path(name)))
    elif way == "shards":
        name = "model.safetensors.index.json"
        names = list(plain)
        parts = {f"model-0000{part + 1}-of-00002.safetensors": names[part::2] for part in range(2)}
        for part, members in parts.items():
            save_file({name: plain[name] for name in members}, path(part), {"format": "pt"})
        index = {"metadata": {}, "weight_map": {name: part for part, members in parts.items() for name in members}}
        path(name).write_text(json.dumps(index))
    elif way == "npz":
        name = "model.npz"
        np.savez(path(name), **{key: tensor.numpy() for key, tensor in state.items()})
    else:
        name = way if "." in way else f"model.{way}"
        torch.save(state, path(name))
    return name
