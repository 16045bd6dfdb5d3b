# says: not normalised
sentences_by_hand = [20, 70]
document_by_hand = 5.4
share_by_hand = 0.6
means_by_hand = 14 / 3
