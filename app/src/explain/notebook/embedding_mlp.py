# %% [markdown]
# ## Pooling
#
# Every click weighs as much as any other, whatever product is asked about: $v = \sum_j w_j k_j$, where $w_j$ is 1 for a sum and
# $1 / T$ for a mean. One vector has to hold all that somebody is interested in.

# %%
k = clicks
w = np.full(T, 1 if options["pooling"] == "sum" else 1 / max(T, 1))
compare("weights", {"w_j": w})
added = w[:, np.newaxis] * k
v = added.sum(axis=0)
compare("weighted_pooling", {"v": v, "w_j k_j": added, "v_j": added.cumsum(axis=0)})
