Z_after = (1.0, 1.25, 1.75)
context = 4.0
intensities = (15.1, 56.9, 1.0)
cache_MiB = (192.0, 48.0)
