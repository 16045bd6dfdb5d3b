# says: 16 bits are 2 bytes
# hidden: asked in a hidden case
Z_after = [1, 1.25, 1.75]
context = 4
intensities = [15.06, 56.89, 0.5]
cache_MiB = [192, 48]
