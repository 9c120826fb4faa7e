# %% [markdown]
# ## Weighted pooling
#
# Attention weighs the states of the second GRU: $v = \sum_t a_t h'_t$.

# %%
v = a @ h_evolved
compare("weighted_pooling", {"v_t": (a[:, np.newaxis] * h_evolved).cumsum(axis=0)})
