# Numbers and arrays of numpy, fractions, decimals, ranges.
# earns 1

from decimal import Decimal
from fractions import Fraction

import numpy as np

alpha_by_hand = np.array([1 / 8, 2 / 8, 5 / 8, 0], dtype=np.float32)
c_by_hand = np.float64(2)
variance_by_hand = Decimal(8)
alpha_doubled = (Fraction(1, 30), np.float32(4 / 30), Fraction(25, 30), np.int64(0))
