# says: its neighbour counts too
import math

estimate = 10
weight_of_row = 4 / 6
sharpened = [36 / 46, 9 / 46, 1 / 46]
shifted = [0.1, 0.4, 0.4, 0.1]
bandwidth = 4
