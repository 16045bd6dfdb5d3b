# A cell whose child goes on like its parent.
# earns 2

import os

os.fork()

# <the right answer>
