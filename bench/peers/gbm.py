"""Gradient boosting (LightGBM) on counted features, asked the questions that our networks are asked.

The features of a history and a candidate, all counted over the training customers alone; `FEATURES` lists them. For a training
example they are counted without a fifth of the customers that holds the example's own, so that they know nothing of its future.
The number of trees is the one with the best GAUC on the validation questions.
"""

import argparse
import re
from pathlib import Path

import lightgbm
import numpy as np

from exported import Exported, draw_negatives, gauc, write_answers

RECENT = 5
FOLDS = 5
FEATURES = (
    ["popularity", "category popularity", "history length"]
    # Of the candidate with the last item; the most and the mean over the last five; the mean over all of the history.
    + [f"{of} {over}" for of in ("customers", "invoices", "transitions") for over in ("last", "most", "mean", "all")]
    # Of the stock codes' numbers, as logarithms.
    + ["code distance to the last", "least code distance to five"]
    + ["same category as the last", "share of the category in five", "share of the category in all"]
)


class Counts:
    """Statistics of some customers: [item, item] each, from 0 to 1."""

    def __init__(self, exported, users):
        items = len(exported.ids)
        self.popularity = exported.popularity(users).astype(np.float32)
        self.category_popularity = np.bincount(exported.categories, self.popularity)[exported.categories]
        customers = np.zeros((len(users), items), dtype=np.float32)
        invoices, pairs = [], np.zeros((items, items), dtype=np.float32)
        for row, (bought, baskets) in enumerate(users):
            customers[row, bought] = 1
            for basket in np.unique(baskets):
                invoices.append(bought[baskets == basket])
            # What follows within three places, the nearer the more.
            for gap in (1, 2, 3):
                np.add.at(pairs, (bought[gap:], bought[:-gap]), 1 / gap)
        lines = np.zeros((len(invoices), items), dtype=np.float32)
        for row, bought in enumerate(invoices):
            lines[row, bought] = 1
        self.tables = [cosine(customers), cosine(lines), pairs / np.maximum(1, self.popularity)[None, :]]


def cosine(rows):
    """|A ∩ B| / √(|A|·|B|) of the columns, [item, item]."""
    both = rows.T @ rows
    size = np.sqrt(np.maximum(1, np.diag(both)))
    return both / size[:, None] / size[None, :]


def features(exported, counts, histories, candidates):
    """[row, feature] of the histories, padded at the front with -1, [row, step] and one candidate each [row]."""
    known = histories >= 0
    items = np.where(known, histories, 0)
    recent = slice(-RECENT, None)
    mean = lambda values, mask: (values * mask).sum(1) / np.maximum(1, mask.sum(1))
    columns = [counts.popularity[candidates], counts.category_popularity[candidates], known.sum(1)]
    columns = [np.log1p(column) for column in columns]
    for table in counts.tables:
        values = np.where(known, table[candidates[:, None], items], 0)
        columns += [values[:, -1], values[:, recent].max(1), mean(values[:, recent], known[:, recent]), mean(values, known)]
    code = np.array([float(re.match(r"\d*", id)[0] or 0) for id in exported.ids])
    distance = np.log1p(np.where(known, np.abs(code[candidates][:, None] - code[items]), 1e6))
    columns += [distance[:, -1], distance[:, recent].min(1)]
    same = known & (exported.categories[candidates][:, None] == exported.categories[items])
    columns += [same[:, -1], mean(same[:, recent], known[:, recent]), mean(same, known)]
    return np.stack(columns, 1).astype(np.float32)


def pad(histories, steps):
    padded = np.full((len(histories), steps), -1)
    for row, history in enumerate(histories):
        if len(history):
            padded[row, -len(history) :] = history[-steps:]
    return padded


def training_rows(exported, rng, share, negatives):
    """(features [row, feature], labels [row]) of a share of the purchases, each with so many negatives."""
    fold = rng.integers(0, FOLDS, len(exported.users))
    found, labels = [], []
    for held in range(FOLDS):
        counts = Counts(exported, [user for user, own in zip(exported.users, fold) if own != held])
        histories, candidates = [], []
        for items, _ in (user for user, own in zip(exported.users, fold) if own == held):
            for position in np.flatnonzero(rng.random(len(items)) < share):
                drawn = draw_negatives(rng, counts.popularity, items, negatives)
                histories += [items[max(0, position - exported.max_history) : position]] * (1 + negatives)
                candidates += [items[position], *drawn]
                labels += [1] + [0] * negatives
        found.append(features(exported, counts, pad(histories, exported.max_history), np.array(candidates)))
    return np.concatenate(found), np.array(labels)


def asked(exported, counts, questions):
    """Features [question · candidate, feature]."""
    histories = np.repeat(pad([history for history, _ in questions], exported.max_history), [len(c) for _, c in questions], 0)
    return features(exported, counts, histories, np.concatenate([candidates for _, candidates in questions]))


def by_question(questions, logits):
    return np.split(logits, np.cumsum([len(candidates) for _, candidates in questions])[:-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/export"), help="folder that `cargo xtask export` wrote")
    parser.add_argument("--output", type=Path, default=Path("data/answers"), help="folder for the answers")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--share", type=float, default=0.3, help="share of the training purchases that are examples")
    parser.add_argument("--negatives", type=int, default=4)
    parser.add_argument("--trees", type=int, default=600)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--validation-only", action="store_true", help="choose and stop; do not answer the test questions")
    options = parser.parse_args()
    exported = Exported.read(options.data)
    counts = Counts(exported, exported.users)
    chosen = {kind: exported.questions(f"validation-{kind}") for kind in ("uniform", "popularity")}
    validation = {kind: asked(exported, counts, questions) for kind, questions in chosen.items()}
    for seed in options.seeds:
        rng = np.random.default_rng(seed)
        x, y = training_rows(exported, rng, options.share, options.negatives)
        # The item bought and its negatives together weigh the same, so that a logit is one of a prior of one in two.
        weights = np.where(y == 1, 1, 1 / options.negatives)
        settings = dict(objective="binary", learning_rate=0.05, num_leaves=63, min_data_in_leaf=100, feature_fraction=0.7)
        settings.update(bagging_fraction=0.7, bagging_freq=1, seed=seed, num_threads=options.threads, verbose=-1)
        data = lightgbm.Dataset(x, y, weight=weights, feature_name=[name.replace(" ", "_") for name in FEATURES])
        model = lightgbm.train(settings, data, num_boost_round=options.trees)
        best = (0.0, None, None)
        for trees in range(50, options.trees + 1, 50):
            logits = {kind: model.predict(rows, num_iteration=trees, raw_score=True) for kind, rows in validation.items()}
            found = [gauc(by_question(chosen[kind], logits[kind])) for kind in chosen]
            best = max(best, (np.mean(found), trees, found))
        _, trees, found = best
        print(f"seed {seed}: {len(y)} rows, {trees} trees, validation GAUC {found[0]:.4f} {found[1]:.4f}", flush=True)
        if not options.validation_only:
            answer = lambda questions: by_question(
                questions, model.predict(asked(exported, counts, questions), num_iteration=trees, raw_score=True)
            )
            write_answers(exported, options.output / f"gbm-{seed}.csv", answer)


if __name__ == "__main__":
    main()
