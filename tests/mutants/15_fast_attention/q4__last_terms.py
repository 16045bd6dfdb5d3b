# says: last terms alone
Z_after = [1, 1, 0.5]
context = 4
intensities = [15.06, 56.89, 1]
cache_MiB = [192, 48]
