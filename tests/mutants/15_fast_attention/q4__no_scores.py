# says: scores are missing
# hidden: asked in a hidden case
Z_after = [1, 1.25, 1.75]
context = 4
intensities = [256, 56.89, 1]
cache_MiB = [192, 48]
