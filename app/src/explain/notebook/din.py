# %% [markdown]
# ## Local activation
#
# A score for each click, $s_j$, and what it weighs, $w_j$. In the paper these are the same: without a softmax, an interest that
# many clicks tell of stays stronger than one that few tell of.

# %%
# Where the network was trained so, one learned item stands for an empty history.
k = weights["embedding.padding"][np.newaxis] if T == 0 and options["padding"] else clicks
vectors = local_activation(q, k, options["attention"])
s = vectors.pop("s")
w = weigh(s, H)
compare("local_activation", vectors | {"s_j": s, "w_j": w})

# %% [markdown]
# ## Weighted pooling
#
# $v = \sum_j w_j k_j$: the interest, another one for each product.

# %%
added = w[:, np.newaxis] * k
v = added.sum(axis=0)
compare("weighted_pooling", {"v": v, "w_j k_j": added, "v_j": added.cumsum(axis=0)})
