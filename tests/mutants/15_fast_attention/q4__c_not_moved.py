# says: not moved
Z_after = [1, 1.25, 1.75]
context = 13 / 1.75
intensities = [15.06, 56.89, 1]
cache_MiB = [192, 48]
