# A cell takes all memory, in pieces.
# earns 2

held = []
while True:
    held.append(bytearray(1 << 26))

# %%
# <the right answer>
