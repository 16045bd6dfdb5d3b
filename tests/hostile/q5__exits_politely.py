# Sys.exit, quit and exit as cells.
# earns 1

import sys

sys.exit(0)

# %%
quit()

# %%
exit

# %%
raise SystemExit

# %%
# <the right answer>
