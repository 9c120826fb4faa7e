# %% [markdown]
# ## Interest evolution
#
# A second GRU reads the interest states, and $\tilde u$ writes: $h'_t = (1 - \tilde u_t) \odot h'_{t-1} + \tilde u_t \odot n_t$.
# AIGRU scales the input by attention, AGRU puts attention in the place of the gate, and AUGRU, the paper's choice, scales the gate.

# %%
writes = {
    "gru": lambda t: u[t],
    "aigru": lambda t: u[t],
    "agru": lambda t: np.full(d, a[t]),
    "augru": lambda t: a[t] * u[t],
    "augru-authors": lambda t: 1 - (1 - a[t]) * (1 - u[t]),
}[options["evolution"]]
r, u, n, u_tilde, h_evolved = np.zeros((5, T, d))
state = np.zeros(d)
for t in range(T):
    x = a[t] * h[t] if options["evolution"] == "aigru" else h[t]
    r[t], u[t], n[t] = gates(x, state, "evolution")
    u_tilde[t] = writes(t)
    state = h_evolved[t] = (1 - u_tilde[t]) * state + u_tilde[t] * n[t]
v = state
compare("interest_evolution", {"r_t": r, "u_t": u, "n_t": n, "ũ_t": u_tilde, "h′_t": h_evolved})
