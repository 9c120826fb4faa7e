# %% [markdown]
# ## Positions
#
# Each click gets the learned vector of how many clicks ago it was, the product that of now:
# $\tilde k_j = k_j + p(T - j + 1)$ and $\tilde q = q + p(0)$. Clicks that are older than any in training share the last position.

# %%
p = weights["embedding.position.weight"]
back = np.minimum(T - np.arange(T), len(p) - 1)
k_timed, q_timed = clicks + p[back], q + p[0]
compare("embedding", {"p(T − j + 1)": p[back], "k̃_j": k_timed, "p(0)": p[0], "q̃": q_timed})

# %% [markdown]
# ## Temporal attention
#
# $\alpha = \mathrm{softmax}(\tilde k \cdot \tilde q / \sqrt H)$: what a click is, and when it was, both count.

# %%
s = k_timed @ q_timed / np.sqrt(H)
alpha = softmax(s)
compare("temporal_attention", {"s_j": s, "α_j": alpha})

# %% [markdown]
# ## Temporal representation
#
# $v = \sum_j \alpha_j (\tilde k_j \odot \tilde q)$.

# %%
added = alpha[:, np.newaxis] * k_timed * q_timed
v = added.sum(axis=0)
compare("weighted_pooling", {"v": v, "α_j (k̃_j ⊙ q̃)": added, "v_j": added.cumsum(axis=0)})
