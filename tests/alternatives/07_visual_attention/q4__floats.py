place_by_hand = [2.0, 1.0]
three_places = 9.0
same_place = 15.0
least = 6.75
