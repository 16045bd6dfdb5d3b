# says: not column by column
place_by_hand = [0, 3]
three_places = 9
same_place = 15
least = 6.75
