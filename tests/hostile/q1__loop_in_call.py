# The function never returns.
# earns 0
# slow call

def additive_score(q, k, W_a, U_a, v_a):
    while True:
        pass
