# says: first word
# hidden: the share and the means are held back
sentences_by_hand = [5, 7]
document_by_hand = 5.4
share_by_hand = 0.2
means_by_hand = 14 / 3
