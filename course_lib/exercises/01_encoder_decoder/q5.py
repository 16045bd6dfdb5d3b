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
