# %% [markdown]
# ## Interest extraction
#
# Each of $K$ interests has an attention of its own over the clicks, which knows of no product:
# $A = \mathrm{softmax}(\tanh(x W_1 + b) W_2)$ and $v_k = \sum_j A_{jk} k_j$, where $x_j$ is the click, with its position where
# the network has positions.

# %%
x = clicks
if options["positions"] != "none":
    rows = weights["embedding.position.weight"]
    place = np.arange(T) if options["positions"] == "oldest" else T - 1 - np.arange(T)
    p = rows[np.minimum(place, len(rows) - 1)]
    x = clicks + p
    compare("embedding", {"p_j": p, "x_j": x})
u = np.tanh(dense(x, "attention.hidden"))
s = u @ weights["attention.output.weight"]
A = softmax(s)
interests = A.T @ clicks
vectors = {f"v_{number}": interest for number, interest in enumerate(interests, 1)}
compare("interest_extraction", {"u_j": u, "s_j": s, "A_j": A} | vectors)

# %% [markdown]
# ## Interest readout
#
# The product reads what fits it: $f_k = v_k \cdot q$, and $c$ is 1 for the greatest of them and 0 for the others, as in the paper,
# or their softmax. $v = \sum_k c_k v_k$, in which a click weighs $\alpha_j = \sum_k c_k A_{jk}$.

# %%
f = interests @ q
c = softmax(f) if options["readout"] == "softmax" else np.eye(len(f))[f.argmax()]
alpha = A @ c
v = c @ interests
added = alpha[:, np.newaxis] * clicks
vectors = {"f": f, "c": c, "α_j": alpha, "v": v, "α_j k_j": added, "v_j": added.cumsum(axis=0)}
compare("interest_readout", vectors)
