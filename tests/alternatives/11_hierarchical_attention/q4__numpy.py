import numpy as np

sentences_by_hand = [float(np.dot([0.25, 0.75], [8, 4])), float(0.7 * 10)]
document_by_hand = float(np.average(sentences_by_hand, weights=[4, 1]))
share_by_hand = 0.8 * 0.75
means_by_hand = float(np.mean([np.mean([8, 4]), np.mean([0, 10, 0])]))
