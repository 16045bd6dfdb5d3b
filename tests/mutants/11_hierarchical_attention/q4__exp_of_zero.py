# says: exp(0) is 1
sentences_by_hand = [4, 70 / 9]
document_by_hand = 5.4
share_by_hand = 0.6
means_by_hand = 14 / 3
