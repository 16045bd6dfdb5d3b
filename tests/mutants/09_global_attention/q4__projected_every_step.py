# says: once for the sentence
# hidden: the products are asked for in a hidden case
n_general = 500 * 800
n_concat = 200 * (500 + 800) + 200
n_feeding = 3 * 500 * 500
n_products = 30 * 20 * 500 * 800 + 20 * 30 * 500
