# says: one for each word
# hidden: a number that is worked out on paper and not confirmed before it is graded
place_by_hand = [2, 1]
three_places = 9
same_place = 15
least = 12 * (11 / 12) ** 2
