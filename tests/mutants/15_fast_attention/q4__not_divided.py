# says: still to be divided
Z_after = [1, 1.25, 1.75]
context = 7
intensities = [15.06, 56.89, 1]
cache_MiB = [192, 48]
