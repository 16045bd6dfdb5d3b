# says: distance to 1
# hidden: a number that is worked out on paper and not confirmed before it is graded
place_by_hand = [2, 1]
three_places = 9
same_place = 20
least = 6.75
