# A million lines, and 50 MB in one.
# earns 2

import sys

for number in range(1_000_000):
    print(number)
sys.stdout.write("x" * 50_000_000)
sys.stderr.write("x" * 50_000_000)

# <the right answer>
