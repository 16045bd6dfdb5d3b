n_general = 400_000
n_concat = 260_200
n_feeding = 750_000
n_products = 8_300_000
