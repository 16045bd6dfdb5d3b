import math

import pytest
import torch

from course_lib.positions import Learned, Sinusoidal, sinusoids

D = 22


def test_sinusoids_are_the_papers():
    for d in (22, 7):
        table = sinusoids(131, d)
        for t in range(131):
            for j in range(d):
                angle = t / 10000 ** ((j - j % 2) / d)
                want = math.cos(angle) if j % 2 else math.sin(angle)
                assert table[t, j].item() == pytest.approx(want, abs=1e-6)


def test_sinusoids_reach_any_length():
    place = Sinusoidal(D)
    x = torch.zeros(1, 1009, D)
    torch.testing.assert_close(place(x)[0], sinusoids(1009, D))
    torch.testing.assert_close(place(x[:, :3], 5000)[0], sinusoids(5003, D)[5000:])
    assert not place.state_dict()  # nothing to save


def test_learned_positions_end():
    torch.manual_seed(0)
    long = Learned(400, 7).P.norm(dim=-1)  # of length one, whatever the width
    torch.testing.assert_close(long, torch.ones(7), atol=0.15, rtol=0)
    place, x = Learned(D, 7), torch.zeros(1, 2, D)
    torch.testing.assert_close(place(x, 5)[0], place.P[5:7])
    with pytest.raises(ValueError, match="max_len=7 places and the sequence has 8"):
        place(x, 6)
