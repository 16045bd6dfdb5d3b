# A loop that never ends, in a cell of its own.
# earns 3
# slow cell

while True:
    pass

# %%
# <the right answer>
