"""Runs the networks of the peers on random weights and keeps what they computed, for `cargo xtask verify` and the tests of
the importer: FuxiCTR, DeepCTR-Torch and RecBole here, DeepCTR and mouna99/dien in fixtures_tf.py.

    python bench/peers/fixtures.py --output data/peers --fuxictr ~/FuxiCTR fuxictr deepctr-torch recbole

Written with Python 3.11, torch 2.15.0, fuxictr 2.3.10 and its repository at 0245987 (its DIEN is not in its package),
deepctr-torch 0.3.0, recbole 1.2.1; README.md says how to install them. A fixture is a safetensors file: `weights.*` the
state dict under its own names, `inputs.*` (ids; histories padded after their end with 0), `expected.y` the click probability
that the peer computed in float32 in evaluation mode (`expected.aux` its auxiliary loss), `derived.*` the same once more by
rederive.py in float64 (attention, states, logit), which agrees with `expected.y` within 1e-6 or nothing is written. The
metadata says which peer and which options; manifest.json beside the files has the metadata of all.
"""

import argparse
import logging
from pathlib import Path

from fixture import list_all
from fixtures_deepctr_torch import deepctr
from fixtures_fuxictr import fuxi
from fixtures_recbole import recbole


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--fuxictr", type=Path, help="a checkout of FuxiCTR's repository")
    parser.add_argument("peers", nargs="+", choices=["fuxictr", "deepctr-torch", "recbole"])
    options = parser.parse_args()
    folder = options.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.INFO)
    if "fuxictr" in options.peers:
        if options.fuxictr is None:
            raise SystemExit("--fuxictr: the folder of a checkout of FuxiCTR is needed")
        fuxi(folder, options.fuxictr.resolve())
    if "deepctr-torch" in options.peers:
        deepctr(folder)
    if "recbole" in options.peers:
        recbole(folder)
    list_all(folder)


if __name__ == "__main__":
    main()
