import random

import jaxtyping
import pytest
import torch

from course_lib.metrics import (
    alignment_error_rate,
    attention_mass,
    bleu,
    box_links,
    by_length,
    edit_distance,
    error_rate,
    exact_match,
    pointing_game,
)


def slow_edit_distance(hyp: list, ref: list) -> int:
    if not hyp or not ref:
        return len(hyp) + len(ref)
    return min(
        slow_edit_distance(hyp[1:], ref) + 1,
        slow_edit_distance(hyp, ref[1:]) + 1,
        slow_edit_distance(hyp[1:], ref[1:]) + (hyp[0] != ref[0]),
    )


def test_edit_distance_by_hand() -> None:
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance(["K", "AE", "T"], ["K", "AE", "T", "S"]) == 1
    assert edit_distance([], ["a", "b"]) == 2


def test_edit_distance_equals_recursion() -> None:
    draw = random.Random(3)
    for _ in range(60):
        hyp = [draw.choice(["AH", "K", "S"]) for _ in range(draw.randint(0, 5))]
        ref = [draw.choice(["AH", "K", "S"]) for _ in range(draw.randint(0, 5))]
        assert edit_distance(hyp, ref) == slow_edit_distance(hyp, ref)


def test_tokens_are_compared_whole() -> None:
    assert edit_distance(["AH0"], ["AH1"]) == 1
    assert edit_distance((5, 7), [5, 7]) == 0


def test_a_string_with_tokens() -> None:
    with pytest.raises(TypeError, match="two strings"):
        edit_distance("ab", ["a", "b"])


def test_error_rate_is_over_the_sum_of_lengths() -> None:
    # 1 edit of 1 token and 1 edit of 3: 2/4, not the mean of 1 and 1/3
    hyps = [["x"], ["a", "b"]]
    assert error_rate(hyps, [[["y"]], [["a", "b", "c"]]]) == 0.5


def test_error_rate_takes_the_nearest_reference_then_the_longest() -> None:
    assert error_rate([["a", "b"]], [[["x", "y", "z"], ["a", "b"]]]) == 0.0
    # both at distance 1; lengths 1 and 3
    options = [["a"], ["a", "b", "c"]]
    assert error_rate([["a", "b"]], [options]) == pytest.approx(1 / 3)
    assert error_rate([["a", "b"]], [options[::-1]]) == pytest.approx(1 / 3)


def test_error_rate_can_pass_one() -> None:
    assert error_rate([["a", "b", "c"]], [[["x"]]]) == 3.0


def test_exact_match() -> None:
    hyps = [("a", "b"), ("a",), ("c",)]
    refs = [[["x"], ["a", "b"]], [["a", "a"]], [["c"]]]
    assert exact_match(hyps, refs) == pytest.approx(2 / 3)


@pytest.mark.parametrize("metric", [error_rate, exact_match])
def test_bad_items(metric) -> None:
    with pytest.raises(ValueError, match="both lists are empty"):
        metric([], [])
    with pytest.raises(ValueError, match="2 hypotheses but 1"):
        metric([["a"], ["b"]], [[["a"]]])
    with pytest.raises(ValueError, match="item 0 has no reference"):
        metric([["a"]], [[]])
    with pytest.raises(TypeError, match=r"write \[reference\]"):
        metric([["a", "b"]], [["a", "b"]])
    with pytest.raises(TypeError, match=r"write \[reference\]"):
        metric(["ab"], ["ab"])


def test_error_rate_of_empty_references() -> None:
    with pytest.raises(ValueError, match="undefined"):
        error_rate([["a"]], [[[]]])


def test_bleu_by_hand() -> None:
    # precisions 4/5, 3/4, 2/3, 1/2 and no brevity penalty
    score, signature = bleu(["a b c d x"], [["a b c d e"]], tokenize="none")
    assert score == pytest.approx(100 * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)
    assert "tok:none" in signature
    assert "nrefs:1" in signature


def test_bleu_with_some_references_missing() -> None:
    hyps = ["a b c d", "e f g h"]
    perfect = bleu(hyps, [["x y z w", "a b c d"], ["e f g h"]])
    assert perfect.score == pytest.approx(100)
    assert bleu(hyps, [["x y z w"], ["e f g h"]]).score < 90


def test_bleu_wants_text() -> None:
    with pytest.raises(TypeError):
        bleu([["a", "b"]], [[["a", "b"]]])
    with pytest.raises(ValueError, match="empty"):
        bleu([], [])


ALPHA = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]])


def test_alignment_error_rate_by_hand() -> None:
    # A = {(0,0), (1,2)}; S = {(0,0), (1,1), (1,0)}: 1 - 2·1/(2+3)
    links = [[(0, 0), (1, 1), (1, 0)]]
    assert alignment_error_rate([ALPHA], links) == pytest.approx(0.6)
    assert alignment_error_rate([ALPHA], [[(0, 0), (1, 2)]]) == 0.0
    assert alignment_error_rate([ALPHA], [[(0, 1), (1, 1)]]) == 1.0


def test_possible_links_are_not_wrong() -> None:
    # |A∩S| = 1, |A∩P| = 2, |A| + |S| = 3
    assert alignment_error_rate([ALPHA], [[(0, 0)]], [[(1, 2)]]) == 0.0
    assert alignment_error_rate([ALPHA], [[(0, 0)]]) == pytest.approx(1 / 3)


def test_alignment_error_rate_sums_over_items() -> None:
    # item one: 2 of 2 + 2 right twice; item two: 0 of 2 + 1; 1 - 4/7
    alphas = torch.stack([ALPHA, ALPHA])
    links = [[(0, 0), (1, 2)], [(0, 1)]]
    assert alignment_error_rate(alphas, links) == pytest.approx(3 / 7)


def test_a_row_of_zeros_links_to_nothing() -> None:
    alpha = torch.tensor([[0.0, 0.0], [0.0, 1.0]])
    assert alignment_error_rate([alpha], [[(1, 1)]]) == 0.0


def test_attention_mass_by_hand() -> None:
    # rows 0.7 and 0.3 + 0.4; row 0 of the second item has no gold link
    links = [[(0, 0), (1, 0), (1, 2)], [(1, 1)]]
    mass = attention_mass([ALPHA, ALPHA], links)
    assert mass == pytest.approx((0.7 + 0.7 + 0.3) / 3)


def test_bad_alignments() -> None:
    with pytest.raises(ValueError, match=r"link \(2, 0\) of item 0 is outside"):
        attention_mass([ALPHA], [[(2, 0)]])
    with pytest.raises(ValueError, match="the list is empty"):
        alignment_error_rate([], [])
    with pytest.raises(ValueError, match="no gold link"):
        attention_mass([ALPHA], [[]])
    with pytest.raises(ValueError, match="not finite"):
        attention_mass([ALPHA * float("nan")], [[(0, 0)]])


def test_a_single_item_that_is_not_in_a_list() -> None:
    # outside the tests nobody checks the signature: the function's own words count
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        for alphas, links in [
            (ALPHA, [(0, 0), (1, 1)]),
            ([ALPHA], [(0, 0), (1, 1)]),
            ([ALPHA], [(0, 0)]),
        ]:
            with pytest.raises(ValueError, match="goes in a list"):
                alignment_error_rate(alphas, links)  # type: ignore[arg-type]
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def test_a_cell_is_in_a_box_if_its_centre_is() -> None:
    # a 2 by 3 grid over 4 by 12 pixels: centres at rows 1, 3 and columns 2, 6, 10
    grid, size = (2, 3), (4, 12)
    boxes = [(0, 0, 2, 12), None, (1, 6, 4, 10), (3, 10, 4, 11)]
    found = box_links(boxes, grid=grid, size=size)
    assert found == [(0, 0), (0, 1), (0, 2), (2, 1), (2, 4), (3, 5)]
    with pytest.raises(ValueError, match="of token 1 holds no cell centre"):
        box_links([None, (0, 3, 4, 6)], grid=grid, size=size)


def test_pointing_game_by_hand() -> None:
    alpha = torch.tensor(
        [
            [0.1, 0.6, 0.3, 0.0],  # points at cell 1: in its box
            [0.0, 0.0, 0.0, 1.0],  # no box
            [0.0, 0.6, 0.4, 0.0],  # cell 1, the box holds 2 and 3
            [0.0, 0.0, 0.0, 0.0],  # nowhere, though cell 0 is in the box
            [1.0, 0.0, 0.0, 0.0],  # the row of </s>
        ]
    )
    boxes = [(0, 4, 4, 8), None, (4, 0, 8, 8), (0, 0, 8, 8)]
    rules = {"grid": (2, 2), "size": (8, 8)}
    assert pointing_game([alpha], [boxes], **rules) == pytest.approx(1 / 3)
    line = [(0, 4, 4, 8), None, (0, 8, 4, 16), (0, 0, 4, 16)]  # the cells in a row
    rest = {"grid": (1, 4), "size": (4, 16)}
    assert pointing_game([alpha], [line], **rest) == pytest.approx(1 / 3)
    both = pointing_game([alpha, alpha[:1]], [boxes, boxes[:1]], **rules)
    assert both == pytest.approx(2 / 4)
    with pytest.raises(ValueError, match="there is no box"):
        pointing_game([alpha], [[None]], **rules)
    with pytest.raises(ValueError, match="does not fit the grid"):
        pointing_game([torch.eye(5)], [boxes], **rules)
    with pytest.raises(ValueError, match="outside its alpha"):
        pointing_game([alpha[:2]], [boxes], **rules)


# ------------------------------------------------------------------ by length


def test_by_length_groups_items_and_keeps_their_order():
    hyps, refs = ["a", "bc", "d", "xy"], [["a"], ["bd"], ["d"], ["xyz", "xy"]]
    rates = by_length(error_rate, hyps, refs, [10, 5, 6, 1])
    assert rates == {5: 1 / 4, 10: 0.0}
    assert list(rates) == [5, 10]
    exact = by_length(exact_match, hyps, refs, [10, 5, 6, 1], width=3)
    assert exact == {3: 1.0, 6: 0.5, 12: 1.0}


def test_by_length_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="2 hypotheses but 1 lengths"):
        by_length(error_rate, ["a", "b"], [["a"], ["b"]], [1])
    with pytest.raises(ValueError, match="at least 1"):
        by_length(error_rate, ["a"], [["a"]], [1], width=0)
    with pytest.raises(ValueError, match="nothing to score"):
        by_length(error_rate, [], [], [])


def test_split_text_is_no_reason_to_warn(caplog):
    lines = ["no words at all here ."] * 120  # sacreBLEU warns from 100 lines on
    assert bleu(lines, [[line] for line in lines], tokenize="none").score > 99
    assert not caplog.records
