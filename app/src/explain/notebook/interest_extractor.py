# %% [markdown]
# The gates of a recurrent unit at one step: $r$ resets, $u$ writes, and $n$ is what may be written. The state becomes
# $h = (1 - u) \odot h + u \odot n$.

# %%
d = options["hidden"]


def gates(x, h, name):
    of_x, of_h = dense(x, f"{name}.input"), dense(h, f"{name}.hidden")
    r = sigma(of_x[:d] + of_h[:d])
    u = sigma(of_x[d : 2 * d] + of_h[d : 2 * d])
    if options["reset"] == "before":  # the state is reset before its product with the weights
        of_h = dense(r * h, f"{name}.hidden")
        return r, u, np.tanh(of_x[2 * d :] + of_h[2 * d :])
    return r, u, np.tanh(of_x[2 * d :] + r * of_h[2 * d :])

# %% [markdown]
# ## Interest extractor
#
# A GRU reads the clicks one by one. Its state after each of them, $h_t$, is the interest at that time, whatever product is asked
# about.

# %%
r, u, n, h = np.zeros((4, T, d))
state = np.zeros(d)
for t in range(T):
    r[t], u[t], n[t] = gates(clicks[t], state, "extractor")
    state = h[t] = (1 - u[t]) * state + u[t] * n[t]
compare("interest_extractor", {"r_t": r, "u_t": u, "n_t": n, "h_t": h})
