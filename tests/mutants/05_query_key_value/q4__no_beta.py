# says: beta is left out
import math

estimate = 12.5
weight_of_row = math.e / (math.e + 2)
sharpened = [36 / 46, 9 / 46, 1 / 46]
shifted = [0.1, 0.4, 0.4, 0.1]
bandwidth = 4
