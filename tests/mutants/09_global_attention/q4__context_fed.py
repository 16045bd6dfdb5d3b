# says: not the context
# hidden: feeding is asked for in a hidden case
n_general = 500 * 800
n_concat = 200 * (500 + 800) + 200
n_feeding = 3 * 500 * 800
n_products = 20 * 500 * 800 + 20 * 30 * 500
