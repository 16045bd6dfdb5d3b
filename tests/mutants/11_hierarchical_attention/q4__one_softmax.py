# says: One softmax over all five
sentences_by_hand = [20 / 14, 70 / 14]
document_by_hand = 5.4
share_by_hand = 0.6
means_by_hand = 14 / 3
