# says: E[v^2]
# hidden: a number that is worked out on paper and not confirmed before it is graded
alpha_by_hand = [1 / 8, 2 / 8, 5 / 8, 0]
c_by_hand = 2
variance_by_hand = 12
alpha_doubled = [1 / 30, 4 / 30, 25 / 30, 0]
