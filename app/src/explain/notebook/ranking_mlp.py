# %% [markdown]
# ## Ranking MLP
#
# A perceptron makes the logit $\ell$ of the interest and the query, and $p = \sigma(\ell)$ is the click probability.

# %%
head = about["config"]["head"]
parts = [v, q]
if head["interest_product"]:
    parts.append(q * v)
vectors = {}
if head["key_sum"]:
    key_sum = vectors["Σ k"] = clicks.sum(axis=0)
    parts += [key_sum, q * key_sum]
z = np.concatenate(parts)
layers = hidden_layers(z, head, "head")
logit = dense(layers[-1], "head.output")[0]
p = sigma(logit)
compare("ranking_mlp", vectors | {"z": z} | numbered("y", layers) | {"ℓ": logit, "p": p})

# %%
assert compared == set(shown), f"not computed anew: {sorted(set(shown) - compared)}"
print(f"All {sum(map(np.size, shown.values())):,} numbers of the page were computed anew; the click probability is {p:.1%}.")
