# %% [markdown]
# ## Interest attention
#
# What each state has to do with the product: in the paper $a = \mathrm{softmax}(h_t W q)$.

# %%
attention = options["attention"]
# Attention on a second GRU looks at the states of that one.
seen = h_evolved if options["evolution"] == "gru" else h
if attention["name"] == "none":
    a = np.array([float(t == T - 1) for t in range(T)])
    vectors = {"a_t": a}
elif attention["name"] == "bilinear":
    w_q = weights["attention.weight"] @ q
    s = seen @ w_q
    a = weigh(s, d)
    vectors = {"W q": w_q, "s_t": s, "a_t": a}
else:
    vectors = local_activation(q, seen, attention)
    s = vectors.pop("s")
    a = weigh(s, d)
    vectors |= {"s_t": s, "a_t": a}
compare("interest_attention", vectors)
