# A cell that ruins the worker for all that follows.
# earns 0

import gc

# <the right answer>

for found in gc.get_objects():
    if isinstance(found, dict) and {"pack", "fork", "learners_shell"} <= set(found):
        found.update(pack=None, fork=None, write=None)
