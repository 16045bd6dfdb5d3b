# says: counted from 0
place_by_hand = [3, 2]
three_places = 9
same_place = 15
least = 6.75
