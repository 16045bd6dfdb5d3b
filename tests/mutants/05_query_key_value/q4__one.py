# says: others get something
import math

estimate = 12.5
weight_of_row = 1
sharpened = [36 / 46, 9 / 46, 1 / 46]
shifted = [0.1, 0.4, 0.4, 0.1]
bandwidth = 4
