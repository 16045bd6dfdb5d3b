# says: not 2/3 and 1/3
import math

estimate = 40 / 3
weight_of_row = 4 / 6
sharpened = [36 / 46, 9 / 46, 1 / 46]
shifted = [0.1, 0.4, 0.4, 0.1]
bandwidth = 4
