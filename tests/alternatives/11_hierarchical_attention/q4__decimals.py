sentences_by_hand = (5.0, 7.0)
document_by_hand = 27 / 5
share_by_hand = 12 / 20
means_by_hand = 4.667
