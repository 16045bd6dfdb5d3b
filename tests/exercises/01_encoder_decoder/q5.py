# Made by exercises/_source/build.py from 01_encoder_decoder.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, differentiable, seeds, unchanged

OK_FORMAT = False
name = "q5"
points = 1


@test_case(
    name="numbers in a gru",
    points=0.5,
    hidden=False,
    failure_message="A GRU has three blocks, and each has a matrix on the input, a matrix on the state and two biases.",
)
def test_numbers_in_a_gru(n_gru):
    want = sum(p.numel() for p in torch.nn.GRU(11, 13).parameters())
    mistakes = {
        "PyTorch keeps two biases a block, b_ih and b_hh.": want - 39,
        "The biases are missing, both of them.": want - 78,
        "Four blocks are an LSTM; a GRU has three.": want // 3 * 4,
        "That is one block of three.": want // 3,
        "The matrices on the state are missing.": want - 3 * 169,
        "The matrices on the input are missing.": want - 3 * 143,
        "The two sizes are exchanged: the input has size 11, the state 13.": 858,
        "Two directions would have twice as many; this GRU has one.": 2 * want,
    }
    check(n_gru, want, mistakes, what="n_gru")


@test_case(
    name="numbers in the maxout layer",
    points=0.5,
    hidden=True,
    failure_message="Maxout keeps the larger of two numbers, so the three O matrices have twice as many rows as the vector that G reads has entries.",
)
def test_numbers_in_the_maxout_layer(n_maxout):
    O_s, O_y, O_c = torch.empty(10, 13), torch.empty(10, 7), torch.empty(10, 17)
    G = torch.empty(29, 5)
    want = sum(p.numel() for p in (O_s, O_y, O_c, G))
    mistakes = {
        "The vector before the maximum is twice as long as o.": 5 * 37 + 29 * 5,
        "G reads the vector after the maximum, which is half as long.": 370 + 29 * 10,
        "G is missing.": 370,
        "The embedding has a matrix too, O_y.": 10 * 30 + 145,
        "The context has a matrix too, O_c.": 10 * 20 + 145,
        "The state has a matrix too, O_s.": 10 * 24 + 145,
        "There are no biases here.": want + 10 + 29,
        "G has no bias here.": want + 29,
        "The O matrices have no biases here.": want + 10,
        "E does not count.": want + 29 * 7,
        "That is the matrix of one O only.": 10 * 13 + 145,
    }
    check(n_maxout, want, mistakes, what="n_maxout")
