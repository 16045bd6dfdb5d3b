# says: Row first
place_by_hand = [1, 2]
three_places = 9
same_place = 15
least = 6.75
