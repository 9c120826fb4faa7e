"""SASRec (Kang and McAuley 2018, "Self-Attentive Sequential Recommendation", ICDM), asked the questions that our networks are
asked.

Causal self-attention over the last items, layer normalisation before each part, learned positions, one item table for input and
output. The loss is the softmax over the whole catalogue at each step, which is stronger than the paper's one sampled negative
(Klenitskiy and Vasilev 2023, "Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?", RecSys). Trained until the
validation GAUC has not risen for `--patience` epochs.
"""

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from exported import Exported, validation_gauc, write_answers


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.before_attention, self.before_layers = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        layers = [nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, width), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x, later):
        normal = self.before_attention(x)
        x = x + self.attention(normal, normal, normal, attn_mask=later, need_weights=False)[0]
        return x + self.layers(self.before_layers(x))


class SasRec(nn.Module):
    """Item 0 is padding, at the end of a history; items are counted from 1."""

    def __init__(self, items, steps, width, blocks, heads, dropout):
        super().__init__()
        self.items, self.positions = nn.Embedding(items + 1, width), nn.Embedding(steps, width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(blocks))
        self.normal, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)
        for table in (self.items, self.positions):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, histories):
        """Histories [batch, step] to states [batch, step, width]. Padding follows what it could disturb."""
        steps = histories.shape[1]
        x = self.dropout(self.items(histories) * self.items.embedding_dim**0.5 + self.positions.weight[:steps])
        later = torch.ones(steps, steps, dtype=torch.bool).triu(1)
        for block in self.blocks:
            x = block(x, later)
        return self.normal(x)


def windows(users, steps, rng):
    """Pieces of `steps` + 1 items, cut anew in each epoch; a piece begins with the last item of the one before."""
    pieces = []
    for items, _ in users:
        first = rng.integers(1, steps + 1)
        cuts = [0, *range(first, len(items) - 1, steps), len(items) - 1]
        pieces += [items[start : end + 1] for start, end in zip(cuts, cuts[1:]) if end > start]
    return [pieces[index] for index in rng.permutation(len(pieces))]


def pad(rows):
    padded = np.zeros((len(rows), max(len(row) for row in rows)), dtype=np.int64)
    for row, items in enumerate(rows):
        padded[row, : len(items)] = items + 1
    return torch.from_numpy(padded)


@torch.no_grad()
def answer(model, questions):
    model.eval()
    found = []
    for start in range(0, len(questions), 256):
        chosen = questions[start : start + 256]
        states = model(pad([history for history, _ in chosen]))
        for row, (history, candidates) in enumerate(chosen):
            found.append((model.items.weight[torch.from_numpy(candidates + 1)] @ states[row, len(history) - 1]).numpy())
    return found


def train(exported, seed, options):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = SasRec(len(exported.ids), exported.max_history, options.width, options.blocks, options.heads, options.dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
    best, best_state, since, seconds = [0.0, 0.0], None, 0, 0.0
    for epoch in range(1, options.epochs + 1):
        model.train()
        began, losses = time.process_time(), []
        pieces = windows(exported.users, exported.max_history, rng)
        for start in range(0, len(pieces), options.batch):
            rows = pad(pieces[start : start + options.batch])
            states, targets = model(rows[:, :-1]), rows[:, 1:]
            known = targets > 0
            logits = states[known] @ model.items.weight[1:].T
            loss = nn.functional.cross_entropy(logits, targets[known] - 1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        seconds += time.process_time() - began
        gauc = validation_gauc(exported, lambda questions: answer(model, questions))
        better = np.mean(gauc) > np.mean(best)
        print(f"seed {seed} epoch {epoch}: loss {np.mean(losses):.4f}, validation GAUC {gauc[0]:.4f} {gauc[1]:.4f}, "
              f"{seconds:.0f} s of processor{', best so far' if better else ''}", flush=True)
        if better:
            best, best_state, since = gauc, copy.deepcopy(model.state_dict()), 0
        else:
            since += 1
            if since == options.patience:
                break
    model.load_state_dict(best_state)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/export"), help="folder that `cargo xtask export` wrote")
    parser.add_argument("--output", type=Path, default=Path("data/answers"), help="folder for the answers")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--patience", type=int, default=10)
    parser.add_argument("--batch", type=int, default=128, help="pieces of histories a step")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--heads", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--validation-only", action="store_true", help="choose and stop; do not answer the test questions")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    exported = Exported.read(options.data)
    for seed in options.seeds:
        model = train(exported, seed, options)
        if not options.validation_only:
            file = options.output / f"sasrec-{seed}.csv"
            write_answers(exported, file, lambda questions: answer(model, questions), "scores")


if __name__ == "__main__":
    main()
