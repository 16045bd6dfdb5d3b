estimate = 12.5
weight_of_row = 0.667
sharpened = (0.783, 0.196, 0.022)
shifted = (0.1, 0.4, 0.4, 0.1)
bandwidth = 4.0
