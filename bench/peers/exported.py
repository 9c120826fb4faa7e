"""The split that `cargo xtask export` wrote, and answers to its questions as `cargo xtask evaluate --answers` reads them."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SETS = ["next_item-uniform", "next_item-popularity", "next_basket-uniform", "next_basket-popularity"]


@dataclass
class Exported:
    """Items are rows counted from 0."""

    folder: Path
    max_history: int
    ids: list  # [item]: the shop's own
    categories: np.ndarray  # [item]
    users: list  # of each training user (items [n], baskets [n]), oldest first

    @classmethod
    def read(cls, folder):
        items = list(rows(folder / "items.csv"))
        users = {}
        for row in rows(folder / "train.csv"):
            users.setdefault(row["user"], []).append((int(row["item"]), int(row["basket"])))
        return cls(
            folder,
            json.loads((folder / "split.json").read_text())["max_history"],
            [item["id"] for item in items],
            np.array([int(item["category"]) for item in items]),
            [tuple(np.array(bought).T) for bought in users.values()],
        )

    def questions(self, name):
        """[(history, candidates)] of a set; the first candidate is the item that was bought."""
        numbers = lambda text: np.array([int(row) for row in text.split()], dtype=np.int64)
        return [(numbers(row["history"]), numbers(row["candidates"])) for row in rows(self.folder / f"{name}.csv")]

    def popularity(self, users):
        """How many of `users` bought each item [item]."""
        return np.bincount(np.concatenate([items for items, _ in users]), minlength=len(self.ids))


def rows(file):
    with open(file, encoding="utf-8") as text:
        yield from csv.DictReader(text)


def gauc(answers):
    """Mean over the questions of the share of negatives below the item bought, ties counting half."""
    return float(np.mean([np.mean((row[0] > row[1:]) + 0.5 * (row[0] == row[1:])) for row in answers]))


def validation_gauc(exported, answer):
    """GAUC with uniform and with popular negatives of the questions that choose an epoch."""
    return [gauc(answer(exported.questions(f"validation-{kind}"))) for kind in ("uniform", "popularity")]


def write_answers(exported, file, answer, column="logits"):
    """What `answer` gives for each question of the four sets: "logits" of probabilities, or "scores" that are none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["set", column])
        for name in SETS:
            for logits in answer(exported.questions(name)):
                writer.writerow([name, " ".join(f"{logit:.6g}" for logit in logits)])
    print(f"wrote {file}")


def draw_negatives(rng, popularity, bought, count):
    """`count` items outside of the set `bought`, each drawn uniformly or by popularity with equal chance."""
    left = np.setdiff1d(np.arange(len(popularity)), bought)
    popular = popularity[left].astype(float)
    popular /= max(1, popular.sum())
    uniform = np.full(len(left), 1 / len(left))
    return rng.choice(left, count, p=(popular + uniform) / 2 if popular.any() else uniform)
