# A cell that awaits, and one that fills the disk.
# earns 2

import asyncio

await asyncio.sleep(0.01)

# %%
try:
    for number in range(20):
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(60 << 20))
except OSError:
    pass

# %%
# <the right answer>
