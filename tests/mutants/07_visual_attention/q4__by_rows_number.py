# says: number of columns
place_by_hand = [3, 0]
three_places = 9
same_place = 15
least = 6.75
