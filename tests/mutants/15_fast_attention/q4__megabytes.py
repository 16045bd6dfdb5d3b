# says: 2^20
# hidden: asked in a hidden case
Z_after = [1, 1.25, 1.75]
context = 4
intensities = [15.06, 56.89, 1]
cache_MiB = [201.33, 50.33]
