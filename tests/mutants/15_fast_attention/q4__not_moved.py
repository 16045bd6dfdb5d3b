# says: not moved
Z_after = [1, 2, 2.5]
context = 4
intensities = [15.06, 56.89, 1]
cache_MiB = [192, 48]
