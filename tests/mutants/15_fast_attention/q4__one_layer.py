# says: Every layer
# hidden: asked in a hidden case
Z_after = [1, 1.25, 1.75]
context = 4
intensities = [15.06, 56.89, 1]
cache_MiB = [8, 2]
