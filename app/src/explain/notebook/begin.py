# %%
import base64
import hashlib
import json

import numpy as np


def read_safetensors(file):
    """The notes and the tensors of a safetensors file: the length of its header, the header as JSON, then the numbers."""
    start = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:start])
    notes = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        first, end = entry["data_offsets"]
        numbers = np.frombuffer(file[start + first : start + end], "<f4")
        tensors[name] = numbers.astype(np.float64).reshape(entry["shape"])
    return notes, tensors

# %% {"jupyter": {"source_hidden": true}}
CHECKSUM = "{checksum}"
DATA = "{data}"

# %%
file = base64.b64decode(DATA)
assert hashlib.sha256(file).hexdigest() == CHECKSUM, "these are not the data that the page wrote"
notes, tensors = read_safetensors(file)
weights = {name.removeprefix("weights."): tensor for name, tensor in tensors.items() if name.startswith("weights.")}
shown = {name.removeprefix("shown."): tensor for name, tensor in tensors.items() if name.startswith("shown.")}
about = json.loads(notes["computation"])
options = about["config"]["network"]
compared = set()


def compare(stage, computed):
    """Says how far the vectors of a stage, by their letters, are from what the page showed."""
    differences = {}
    for letter, values in computed.items():
        name = f"{stage}.{letter}"
        if name not in shown and T == 0:
            continue  # without clicks there is no such vector
        page = shown[name]
        difference = np.abs(np.reshape(values, page.shape) - page).max(initial=0)
        # Numbers up to 1 may be 1e-5 apart, and larger ones by as much more as they are larger.
        limit = 1e-5 * max(1, np.abs(page).max(initial=0))
        assert difference <= limit, f"{name} is {difference:.1e} apart from what the page showed"
        differences[letter] = difference
        compared.add(name)
    if differences:
        letter = max(differences, key=differences.get)
        print(f"{stage}: the largest difference to what the page showed is {differences[letter]:.1e}, in {letter}")

# %% [markdown]
# ## Embedding
#
# A product is a row of the item table beside the row of its category: $q$ is the product that was asked about, and a row of
# the matrix below is a click, the oldest first.

# %%
def embed(place):
    return np.concatenate([weights["embedding.item.weight"][place], weights["embedding.category.weight"][place]])


q = embed(about["product"])
clicks = np.array([embed(place) for place in about["history"]]).reshape(-1, len(q))
T, H = clicks.shape
compare("embedding", {"q": q, "{click}": clicks})
