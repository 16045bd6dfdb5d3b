# says: no maximum is taken off
Z_after = [1, 5, 7]
context = 4
intensities = [15.06, 56.89, 1]
cache_MiB = [192, 48]
