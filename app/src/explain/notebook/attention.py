# %% [markdown]
# What makes weights of the scores $s$: nothing, so that they keep their strength, or a softmax, here perhaps of $s / \sqrt{width}$.
#
# The local activation unit of DIN is a perceptron that sees the query, a key, and both what they differ in and what they have in
# common: $s = \mathrm{MLP}([q, k, q - k, q \odot k])$.

# %%
def weigh(s, width):
    if options["normalization"] == "none":
        return s
    return softmax(s / np.sqrt(width) if options["normalization"] == "scaled-softmax" else s)


def local_activation(q, keys, unit):
    """What the unit computes for each key, by letters; s is the score."""
    vectors = {}
    if unit["query_projection"]:
        q = vectors["q̂"] = activate(dense(q, "attention.query"), {"name": "prelu"}, "attention.query")
    queries = np.broadcast_to(q, keys.shape)
    z = np.concatenate([queries, keys, queries - keys, queries * keys], axis=1)
    layers = hidden_layers(z, unit, "attention")
    return vectors | {"z": z} | numbered("g", layers) | {"s": dense(layers[-1], "attention.output")[:, 0]}
