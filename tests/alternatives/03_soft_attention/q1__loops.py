def additive_score(q, k, W_a, U_a, v_a):
    b, m, n = q.shape[0], q.shape[1], k.shape[1]
    e = q.new_zeros(b, m, n)
    for row in range(b):
        for t in range(m):
            for i in range(n):
                e[row, t, i] = v_a.dot((W_a @ q[row, t] + U_a @ k[row, i]).tanh())
    return e
