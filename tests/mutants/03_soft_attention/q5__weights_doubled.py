# says: The weights are doubled
# hidden: a number that is worked out on paper and not confirmed before it is graded
alpha_by_hand = [1 / 8, 2 / 8, 5 / 8, 0]
c_by_hand = 2
variance_by_hand = 8
alpha_doubled = [2 / 8, 4 / 8, 10 / 8, 0]
