# %% [markdown]
# ## Layers
#
# A dense layer is $y = x W + b$. The parameters of an activation are learned for each unit.

# %%
def sigma(x):
    return 1 / (1 + np.exp(-x))


def dense(x, name):
    return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


def activate(s, activation, name):
    kind = activation["name"]
    if kind == "relu":
        return np.maximum(s, 0)
    if kind == "sigmoid":
        return sigma(s)
    alpha = weights[f"{name}.alpha"]
    if kind == "prelu":
        return np.where(s > 0, s, alpha * s)
    # Dice: p says how far s is above the mean of training, and goes from alpha s to s.
    normal = (s - weights[f"{name}.mean"]) / np.sqrt(weights[f"{name}.variance"] + activation["epsilon"])
    if activation["affine"]:
        normal = weights[f"{name}.gamma"] * normal + weights[f"{name}.beta"]
    p = sigma(normal)
    return p * s + (1 - p) * alpha * s


def hidden_layers(x, perceptron, name):
    """What each hidden layer of a perceptron gives."""
    layers = []
    for place in range(len(perceptron["hidden"])):
        x = activate(dense(x, f"{name}.hidden.{place}"), perceptron["activation"], f"{name}.activation.{place}")
        layers.append(x)
    return layers


def numbered(letter, layers):
    """The layers by their letters, such as y¹ and y²."""
    return {letter + "¹²³⁴⁵⁶⁷⁸"[place]: layer for place, layer in enumerate(layers)}


def softmax(s):
    """Shares of one along the first axis."""
    power = np.exp(s - s.max(axis=0, initial=-np.inf))
    return power / power.sum(axis=0)
