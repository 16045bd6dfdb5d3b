Z_after = [1, 5 / 4, 7 / 4]
context = (8 + 16 + 4) / 7
work = 4 * 1024 * 1024 * 64
written_out = 4 * (2 * 1024 * 64 + 2 * 1024 * 64 + 4 * 1024 * 1024)
in_tiles = 4 * (2 * 1024 * 64 + 2 * 1024 * 64 * 8)
intensities = [work / written_out, work / in_tiles, 4 / (2 * 2)]
cache_MiB = [2 * 24 * 2048 * 1024 * 2 / 2**20, 2 * 24 * 2048 * 256 * 2 / 2**20]
