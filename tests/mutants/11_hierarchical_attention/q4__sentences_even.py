# says: 4 to 1
sentences_by_hand = [5, 7]
document_by_hand = 6
share_by_hand = 0.6
means_by_hand = 14 / 3
