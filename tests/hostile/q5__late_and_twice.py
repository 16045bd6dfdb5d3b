# Cells twice, out of order, with errors in between.
# earns 1

alpha_by_hand = c_by_hand = ...

# %%
1 / 0

# %%
raise KeyboardInterrupt

# %%
assert False, "this cell is broken"

# %%
def f(:

# %%
# <the right answer>

# %%
# <the right answer>
