# says: means of the states
sentences_by_hand = [6, 10 / 3]
document_by_hand = 5.4
share_by_hand = 0.6
means_by_hand = 14 / 3
