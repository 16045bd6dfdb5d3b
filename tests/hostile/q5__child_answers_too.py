# A function whose child comes back as well.
# earns 1

import os

os.fork()
os.fork()

# <the right answer>
