# says: change nothing
# hidden: a hidden case asks for it
import math

estimate = 12.5
weight_of_row = 4 / 6
sharpened = [0.6, 0.3, 0.1]
shifted = [0.1, 0.4, 0.4, 0.1]
bandwidth = 4
