# says: 4 bytes
# hidden: asked in a hidden case
Z_after = [1, 1.25, 1.75]
context = 4
intensities = [60.24, 227.56, 1]
cache_MiB = [192, 48]
