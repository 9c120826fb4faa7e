"""Trains DIN and DIEN of FuxiCTR and DeepCTR-Torch on the exported split, and measures them as Interest Lens is measured.

The networks are the peers' own classes; what is here draws the batches, steps the optimizer and computes the metrics, by
the rules of the crates `training` (train/mod.rs, search.rs, evaluate.rs) and `model` (metrics.rs). See README.md.
"""

import argparse
import csv
import json
import os
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

CATEGORY_DIM, ATTENTION_HIDDEN, HEAD = 8, 36, [64, 32]
SETS = ["next_item-uniform", "next_item-popularity", "next_basket-uniform", "next_basket-popularity"]


@dataclass(frozen=True)
class Settings:
    """What is searched for, as search.rs names it."""

    item_dim: int
    negatives: int
    softmax: float
    learning_rate: float
    warmup: float
    weight_decay: float


@dataclass
class Search:
    """The search that our own networks had, as `cargo xtask export` wrote it."""

    passes: int  # of each run
    start: Settings
    changes: list  # in this order, each on top of those that were kept

    @classmethod
    def read(cls, about):
        return cls(about["passes"], Settings(**about["start"]), about["changes"])


@dataclass
class Split:
    """The exported split. Items and categories are counted from 1 here; 0 is padding."""

    hash: str
    max_history: int
    search: Search
    categories: np.ndarray
    popularity: np.ndarray
    users: list

    @classmethod
    def read(cls, folder):
        about = json.loads((folder / "split.json").read_text())
        items = list(csv.DictReader(open(folder / "items.csv", encoding="utf-8")))
        users = {}
        for row in csv.DictReader(open(folder / "train.csv", encoding="utf-8")):
            users.setdefault(row["user"], []).append(int(row["item"]) + 1)
        return cls(
            about["split"],
            about["max_history"],
            Search.read(about["search"]),
            np.array([0] + [int(item["category"]) + 1 for item in items]),
            np.array([int(item["popularity"]) for item in items], dtype=float),
            [np.array(items) for items in users.values()],
        )


class Negatives:
    """Items that a user did not buy: uniformly or by popularity, with equal chance."""

    def __init__(self, split, rng):
        self.rng = rng
        self.items = len(split.popularity)
        self.shares = np.cumsum(split.popularity / split.popularity.sum())
        self.bought = np.zeros((len(split.users), self.items + 1), dtype=bool)
        for user, items in enumerate(split.users):
            self.bought[user, items] = True

    def draw(self, users):
        drawn = np.zeros(len(users), dtype=np.int64)
        by_popularity = self.rng.random(len(users)) < 0.5
        left = np.arange(len(users))
        while len(left):
            uniform = self.rng.integers(0, self.items, len(left))
            popular = np.minimum(np.searchsorted(self.shares, self.rng.random(len(left)), side="right"), self.items - 1)
            drawn[left] = np.where(by_popularity[left], popular, uniform) + 1
            left = left[self.bought[users[left], drawn[left]]]
        return drawn


def batches(split, size, seed, epoch, count):
    """(histories [row, step], lengths [row], candidates [row], sampled [row, step]): for each purchase of a training user
    1 + `count` rows, the item bought and the negatives. Histories of about the same length are together."""
    rng = np.random.default_rng([seed, epoch])
    negatives = Negatives(split, rng)
    examples = np.array([(user, position) for user, items in enumerate(split.users) for position in range(len(items))])
    rng.shuffle(examples)
    found = []
    for pool in np.split(examples, range(size * 32, len(examples), size * 32)):
        pool = pool[np.argsort(np.minimum(pool[:, 1], split.max_history), kind="stable")]
        found += np.split(pool, range(size, len(pool), size))
    for index in rng.permutation(len(found)):
        users, positions = found[index].T
        histories = [split.users[u][max(0, p - split.max_history) : p] for u, p in zip(users, positions)]
        bought = np.array([split.users[u][p] for u, p in zip(users, positions)])
        padded, lengths = pad(histories)
        sampled = negatives.draw(np.repeat(users, padded.shape[1])).reshape(padded.shape) * (padded > 0)
        yield (
            np.repeat(padded, 1 + count, axis=0),
            np.repeat(lengths, 1 + count),
            np.stack([bought] + [negatives.draw(users) for _ in range(count)], axis=1).reshape(-1),
            np.repeat(sampled, 1 + count, axis=0),
        )


def pad(histories):
    """Histories as [row, step], as many steps as the longest has, and their lengths [row]."""
    lengths = np.array([len(history) for history in histories])
    padded = np.zeros((len(histories), max(1, lengths.max())), dtype=np.int64)
    for row, history in enumerate(histories):
        padded[row, : len(history)] = history
    return padded, lengths


class DeepCtr:
    """DeepCTR-Torch's networks take one matrix of numbers in which each step has a place."""

    def __init__(self, network, split, seed, item_dim):
        from deepctr_torch.inputs import SparseFeat, VarLenSparseFeat, build_input_features
        from deepctr_torch.models import DIEN, DIN

        self.split = split
        sizes = {"item": (len(split.popularity) + 1, item_dim), "category": (split.categories.max() + 1, CATEGORY_DIM)}
        one = lambda name, of: SparseFeat(name, int(sizes[of][0]), embedding_dim=sizes[of][1], embedding_name=of)
        prefixes = ["hist_"] if network == "din" else ["hist_", "neg_hist_"]

        def columns(steps):
            many = lambda name, of: VarLenSparseFeat(one(name, of), maxlen=steps, length_name="seq_length")
            return [one(of, of) for of in sizes] + [many(prefix + of, of) for prefix in prefixes for of in sizes]

        # A network reads from `feature_index` alone where each step is, so that a batch need have no more than it uses.
        self.places = [build_input_features(columns(steps)) for steps in range(split.max_history + 1)]
        head = dict(dnn_hidden_units=HEAD, l2_reg_embedding=0.0, init_std=0.05, seed=seed)
        if network == "din":
            head.update(dnn_activation="relu", att_hidden_size=[ATTENTION_HIDDEN], att_activation="dice")
            self.model = DIN(columns(split.max_history), list(sizes), **head)
        else:
            head.update(dnn_activation="relu", att_hidden_units=[ATTENTION_HIDDEN], att_activation="sigmoid")
            options = dict(gru_type="AUGRU", use_negsampling=True, alpha=0.5)
            self.model = DIEN(columns(split.max_history), list(sizes), **options, **head)

    def logits(self, histories, lengths, candidates, sampled):
        parts = {
            "item": candidates[:, None],
            "category": self.split.categories[candidates][:, None],
            "hist_item": histories,
            "hist_category": self.split.categories[histories],
            "neg_hist_item": sampled,
            "neg_hist_category": self.split.categories[sampled],
            "seq_length": lengths[:, None],
        }
        places = self.model.feature_index = self.places[histories.shape[1]]
        x = np.zeros((len(candidates), max(end for _, end in places.values())), dtype=np.float32)
        for name, (start, end) in places.items():
            x[:, start:end] = parts[name]
        return torch.logit(self.model(torch.from_numpy(x)).squeeze(1).clamp(1e-7, 1 - 1e-7))

    def auxiliary(self):
        return self.model.aux_loss


class Fuxi:
    """FuxiCTR's networks take the history and the candidate in one sequence, and as many steps as there are."""

    def __init__(self, network, split, seed, item_dim):
        from fuxictr.features import FeatureMap
        from model_zoo.LongCTR.DIEN.DIEN import DIEN
        from model_zoo.LongCTR.DIN.DIN import DIN

        torch.manual_seed(seed)
        self.split = split
        features = FeatureMap("split", ".")
        for name, size, dim in [
            ("item", len(split.popularity) + 1, item_dim),
            ("category", int(split.categories.max()) + 1, CATEGORY_DIM),
        ]:
            features.features[name] = {
                "source": "item",
                "type": "categorical",
                "padding_idx": 0,
                "vocab_size": size,
                "embedding_dim": dim,
            }
        features.num_fields = 2
        features.labels = ["label"]
        options = dict(
            feature_map=features,
            gpu=-1,
            dnn_hidden_units=HEAD,
            embedding_dim=item_dim,
            batch_norm=False,
            optimizer="adam",
            loss="binary_crossentropy",
            task="binary_classification",
            metrics=["AUC"],
            verbose=0,
            model_root="./",
        )
        if network == "din":
            options.update(dnn_activations="Dice", attention_hidden_units=[ATTENTION_HIDDEN])
            self.model = DIN(**options)
        else:
            options.update(dnn_activations="ReLU", gru_type="AUGRU", enable_sum_pooling=True)
            self.model = DIEN(**options)

    def logits(self, histories, lengths, candidates, sampled):
        del sampled
        items = torch.from_numpy(np.concatenate([histories, candidates[:, None]], axis=1))
        categories = torch.from_numpy(self.split.categories[items.numpy()])
        mask = torch.from_numpy(histories > 0).float()
        batch = ({}, {"item": items.reshape(-1), "category": categories.reshape(-1)}, mask)
        probability = self.model(batch)["y_pred"].reshape(-1)
        return torch.logit(probability.clamp(1e-7, 1 - 1e-7))

    def auxiliary(self):
        return 0.0


PEERS = {"fuxictr": Fuxi, "deepctr-torch": DeepCtr}


def trained_step(peer, optimizer, batch, settings):
    logits = peer.logits(*batch).reshape(-1, 1 + settings.negatives)
    # The item bought and the negatives together weigh the same, as in train/batch.rs.
    softplus = nn.functional.softplus
    loss = (softplus(-logits[:, 0]).mean() + softplus(logits[:, 1:]).mean()) / 2
    if settings.softmax:
        chosen = -torch.log_softmax(logits, dim=1)[:, 0].mean()
        loss = (1 - settings.softmax) * loss + settings.softmax * chosen
    loss = loss + peer.auxiliary()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(peer.model.parameters(), 5.0)
    optimizer.step()
    return loss.item()


@torch.no_grad()
def scores(peer, questions):
    """AUC, GAUC and logloss as in evaluate.rs, and the standard error of GAUC over the questions."""
    peer.model.eval()
    order = sorted(range(len(questions)), key=lambda index: len(questions[index][0]))
    answers = [None] * len(questions)
    for start in range(0, len(order), 16):
        chosen = order[start : start + 16]
        count = len(questions[chosen[0]][1])
        histories, lengths = pad([questions[index][0] for index in chosen])
        histories, lengths = np.repeat(histories, count, axis=0), np.repeat(lengths, count)
        candidates = np.concatenate([questions[index][1] for index in chosen])
        logits = peer.logits(histories, lengths, candidates, histories).numpy().reshape(len(chosen), count)
        for index, row in zip(chosen, logits):
            answers[index] = row
    peer.model.train()
    rows = np.stack(answers)
    clicked = np.zeros_like(rows, dtype=bool)
    clicked[:, 0] = True
    aucs = np.array([auc(row, row_clicked) for row, row_clicked in zip(rows, clicked)])
    pairs = np.logaddexp(0, np.stack([-rows[:, 0], rows[:, 1]])).mean()
    return {
        "auc": auc(rows.reshape(-1), clicked.reshape(-1)),
        "gauc": float(aucs.mean()),
        "gauc_error": float(aucs.std(ddof=1) / np.sqrt(len(aucs))),
        "logloss": float(pairs),
        "questions": len(aucs),
    }


def auc(scores, clicked):
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    midranks = np.cumsum(counts) - (counts - 1) / 2
    positives = clicked.sum()
    ranks = midranks[inverse][clicked].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * (len(clicked) - positives)))


def questions(folder, name):
    rows = csv.DictReader(open(folder / f"{name}.csv", encoding="utf-8"))
    numbers = lambda text: np.array([int(row) + 1 for row in text.split()], dtype=np.int64)
    return [(numbers(row["history"]), numbers(row["candidates"])) for row in rows]


def optimizer_of(peer, settings):
    parameters = peer.model.parameters()
    return torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)


def train(name, network, split, folder, options, settings, epochs_at_most):
    """The network of the epoch with the best validation GAUC, that GAUC by negatives, and what it took."""
    peer = PEERS[name](network, split, options.seed, settings.item_dim)
    optimizer = optimizer_of(peer, settings)
    validation = [questions(folder, f"validation-{kind}") for kind in ("uniform", "popularity")]
    best, since, best_state, seconds, epochs = [0.0], 0, None, 0.0, 0
    total = -(-sum(len(items) for items in split.users) // options.batch)
    for epoch in range(epochs_at_most):
        peer.model.train()
        began, losses = time.time(), []
        for step, batch in enumerate(batches(split, options.batch, options.seed, epoch, settings.negatives)):
            steps, done = epochs_at_most * total, epoch * total + step
            risen = min(1.0, (done + 1) / max(1.0, settings.warmup * steps))
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * risen * (1 - 0.9 * done / steps)
            losses.append(trained_step(peer, optimizer, batch, settings))
        seconds += time.time() - began
        epochs = epoch + 1
        gauc = [scores(peer, part)["gauc"] for part in validation]
        print(f"{name} {network} epoch {epochs}: loss {np.mean(losses):.4f}, validation GAUC {gauc}", flush=True)
        if np.mean(gauc) > np.mean(best):
            best, since = gauc, 0
            best_state = {key: value.clone() for key, value in peer.model.state_dict().items()}
        else:
            since += 1
            if since == options.patience:
                break
    peer.model.load_state_dict(best_state)
    return peer, best, {"epochs": epochs, "busy_epoch_seconds": round(seconds / epochs, 1)}


def way(name, network, declared, runs):
    """The best settings so far, and what is to be tried next; none at the end."""
    best, gauc = declared.start, 0.0
    for change in [{}] + declared.changes:
        tried = replace(best, **change)
        same = {"peer": name, "network": network, "settings": asdict(tried)}
        run = next((run for run in runs if all(run[key] == value for key, value in same.items())), None)
        if run is None:
            return best, tried
        if np.mean(run["gauc"]) > gauc:
            best, gauc = tried, np.mean(run["gauc"])
    return best, None


def search(name, network, split, folder, options):
    """Tries the changes that search.rs tries, on the validation users; goes on where it was stopped."""
    while True:
        known = read(options.output, split)
        best, tried = way(name, network, split.search, known["search"])
        if tried is None:
            print(f"{name} {network}: best {best}", flush=True)
            return
        print(f"{name} {network}: {tried}", flush=True)
        _, gauc, cost = train(name, network, split, folder, options, tried, split.search.passes)
        known["search"].append({"peer": name, "network": network, "settings": asdict(tried), "gauc": gauc} | cost)
        write(options.output, known)


def measure(name, network, split, folder, options):
    """Trains with the settings that the search found, and asks the test users."""
    settings, tried = way(name, network, split.search, read(options.output, split)["search"])
    if tried is not None:
        raise SystemExit(f"{name} {network}: the search is not done; run it with --search")
    peer, _, cost = train(name, network, split, folder, options, settings, options.epochs)
    measured = {part: scores(peer, questions(folder, part)) for part in SETS}
    return {
        "peer": name,
        "network": network,
        "seed": options.seed,
        **cost,
        "epochs_at_most": options.epochs,
        "settings": asdict(settings),
        "parameters": sum(parameter.numel() for parameter in peer.model.parameters()),
        "scores": measured,
    }


def measure_time(name, network, split, sample, total, options, threads):
    """Seconds an epoch, from the mean step over `sample`, or what of it can be done in 25 seconds, after a warm-up."""
    torch.set_num_threads(threads)
    settings = split.search.start
    peer = PEERS[name](network, split, options.seed, settings.item_dim)
    optimizer = optimizer_of(peer, settings)
    for batch in sample[:3]:
        trained_step(peer, optimizer, batch, settings)
    began, steps = time.perf_counter(), 0
    for batch in sample:
        trained_step(peer, optimizer, batch, settings)
        steps += 1
        if time.perf_counter() - began > 25:
            break
    mean = (time.perf_counter() - began) / steps
    return {
        "peer": name,
        "network": network,
        "threads": threads,
        "steps": steps,
        "step_ms": round(mean * 1e3, 1),
        "epoch_seconds": round(mean * total, 1),
    }


def timing_sample(split, options, steps=80):
    """Some of an epoch's batches in random order, of each length as many as their share, and how many an epoch has."""
    drawn = batches(split, options.batch, options.seed, 0, split.search.start.negatives)
    everything = sorted(drawn, key=lambda batch: batch[1].max())
    every = max(1, len(everything) // steps)
    sample = everything[every // 2 :: every]
    return [sample[index] for index in np.random.default_rng(options.seed).permutation(len(sample))], len(everything)


def keep(file, split, kind, row):
    """Adds `row` to the results, in place of the one of the same peer, network and seed or threads."""
    known = read(file, split)
    same = ("peer", "network", "seed" if kind == "quality" else "threads")
    known[kind] = [old for old in known[kind] if any(old[key] != row[key] for key in same)] + [row]
    known[kind].sort(key=lambda row: [row["network"] != "din"] + [str(row[key]) for key in same])
    write(file, known)


def write(file, known):
    file.write_text(json.dumps(known, indent=2) + "\n")
    file.with_suffix(".md").write_text(markdown(known))


def read(file, split):
    known = json.loads(file.read_text()) if file.exists() else {}
    if known.get("split", split.hash) != split.hash:
        raise SystemExit(f"{file}: holds results of another split; name another file by --output")
    return {"split": split.hash, "passes": split.search.passes} | {kind: known.get(kind, []) for kind in ("search", "quality", "time")}


def markdown(known):
    """The results as tables."""
    lines = ["# Peers on the same split", ""]
    lines += ["Written by `train_peers.py`; README.md says what is the same and what is not."]
    lines += ["Negatives: uniform / by popularity.", ""]
    lines += [f"Split: `{known['split']}`", ""]
    for protocol, title in [("next_item", "Next item"), ("next_basket", "Next basket")]:
        lines += [f"## {title}", ""]
        lines += ["| network | peer | seed | epochs | GAUC | AUC | logloss |", "|---|---|---|---|---|---|---|"]
        for row in known["quality"]:
            sets = [row["scores"][f"{protocol}-{negatives}"] for negatives in ("uniform", "popularity")]
            cells = [" / ".join(f"{scores[key]:.4f}" for scores in sets) for key in ("gauc", "auc", "logloss")]
            epochs = f"{row['epochs']} of {row['epochs_at_most']}"
            lines.append("| " + " | ".join([row["network"], row["peer"], str(row["seed"]), epochs] + cells) + " |")
        lines.append("")
    lines += ["## Search", "", f"{known['passes']} passes each; GAUC of the validation users.", ""]
    names = [field.name for field in fields(Settings)]
    lines += ["| network | peer | " + " | ".join(names) + " | GAUC |", "|---" * (3 + len(names)) + "|"]
    for run in known["search"]:
        cells = [str(run["settings"][name]) for name in names] + [" / ".join(f"{gauc:.4f}" for gauc in run["gauc"])]
        lines.append("| " + " | ".join([run["network"], run["peer"]] + cells) + " |")
    lines += ["", "## Time", "", "| network | peer | threads | ms a step | s an epoch |", "|---|---|---|---|---|"]
    for row in known["time"]:
        times = [f"{row['step_ms']:.0f}", f"{row['epoch_seconds']:.0f}"]
        lines.append("| " + " | ".join([row["network"], row["peer"], str(row["threads"])] + times) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/export"), help="folder that `cargo xtask export` wrote")
    beside = Path(__file__).parent / "results.json"
    parser.add_argument("--output", type=Path, default=beside, help="results.md goes beside it")
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--networks", nargs="+", default=["din", "dien"], choices=["din", "dien"])
    parser.add_argument("--time", action="store_true", help="measure seconds an epoch with 1 and 2 threads, and stop")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--search", action="store_true", help="search for the settings on the validation users, and stop")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--patience", type=int, default=3)
    parser.add_argument("--batch", type=int, default=256, help="histories a step")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    split = Split.read(options.data)
    read(options.output, split)
    sample = timing_sample(split, options) if options.time else None
    for network in options.networks:
        for name in options.peers:
            if options.time:
                for threads in (1, 2):
                    row = measure_time(name, network, split, *sample, options, threads)
                    print(row, flush=True)
                    keep(options.output, split, "time", row)
            elif options.search:
                search(name, network, split, options.data, options)
            else:
                row = measure(name, network, split, options.data, options)
                print(row, flush=True)
                keep(options.output, split, "quality", row)


if __name__ == "__main__":
    main()
