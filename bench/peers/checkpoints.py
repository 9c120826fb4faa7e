"""Makes checkpoints of the peers' networks the way their users make them, each with the peer's own answers.

    python bench/peers/checkpoints.py --output FOLDER --fuxictr PATH fuxictr deepctr-torch
    python bench/peers/checkpoints.py --output FOLDER recbole
    python bench/peers/checkpoints.py --output FOLDER deepctr

Each case is a folder with the checkpoint, `catalogue.csv`, the answers to 50 seeded questions of one user (`expected.json`) and
what it is (`about.json`); where products have further features, `catalogue_rows.csv` has their rows. The networks are
the peers' own classes and configurations, with narrower layers where a published one is large. Weights are random and wide, as
networks trained on so small a shop answer 0.5 to everything, which would prove nothing. `matrix.py` imports them.
"""

import argparse
import logging
from pathlib import Path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peers", nargs="+", choices=["fuxictr", "deepctr-torch", "recbole", "deepctr"])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--fuxictr", type=Path)
    options = parser.parse_args()
    output = options.output.resolve()
    logging.disable(logging.INFO)
    if "fuxictr" in options.peers:
        if options.fuxictr is None:
            raise SystemExit("--fuxictr: the folder of a checkout of FuxiCTR is needed")
        import checkpoints_fuxictr

        checkpoints_fuxictr.make(output, options.fuxictr.resolve())
    if "deepctr-torch" in options.peers:
        import checkpoints_deepctr_torch

        checkpoints_deepctr_torch.make(output)
    if "recbole" in options.peers:
        import checkpoints_recbole

        checkpoints_recbole.make(output)
    if "deepctr" in options.peers:
        import checkpoints_deepctr

        checkpoints_deepctr.make(output)


if __name__ == "__main__":
    main()
