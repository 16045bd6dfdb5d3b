import pytest
import torch
from figures import ALPHA, EN, GOLD, SCORES, SRC, TGT, ZH, read

from course_lib.viz import explore
from course_lib.viz.alignments import shades


def test_numbers_are_those_of_alpha_in_thousandths():
    _, _, data = read(explore(ALPHA.requires_grad_(), SRC, TGT, gold=GOLD, start=2))
    ALPHA.requires_grad_(False)
    assert torch.equal(torch.tensor(data["maps"][0]), (1000 * ALPHA).round().long())
    assert (data["src"], data["tgt"]) == (SRC, TGT)
    assert data["gold"] == [[0, 0], [1, 2], [2, 6], [3, 4]]
    assert data["start"] == 2


def test_words_are_options_in_the_order_of_the_sentence():
    _, drawing, _ = read(explore(ALPHA, SRC, TGT))
    words = [word["aria-label"] for word in drawing.all("g", role="option")]
    assert words == [*TGT, *SRC]
    lists = [box["aria-label"] for box in drawing.all("g", role="listbox")]
    assert lists == ["Target words", "Source words"]


def test_target_words_stand_to_the_left_downwards_and_sources_above():
    _, drawing, data = read(explore(SCORES.softmax(-1), ZH, EN))
    left, top, cell = data["at"]
    places = [
        (float(a["x"]), float(a["y"])) for t, a in drawing.elements if t == "text"
    ]
    targets, sources = places[: len(EN)], places[len(EN) :]
    assert [y for _, y in targets] == [top + (t + 0.5) * cell for t in range(3)]
    assert all(x < left for x, _ in targets)
    assert [x for x, _ in sources] == [left + (i + 0.5) * cell for i in range(4)]
    assert all(y < top for _, y in sources)


def test_shades_hold_every_visible_cell_once():
    drawn = shades(((0.5, 0.0, 0.5), (0.001, 1.0, 0.0)))
    assert drawn.count("M0 0h1v1h-1M2 0h1v1h-1") == 1  # one shade, one path
    assert drawn.count("M1 1h") == 1
    assert "M1 0h" not in drawn
    assert "M0 1h" not in drawn  # a thousandth cannot be seen
    assert 'fill-opacity="1"' in drawn


@pytest.mark.parametrize(
    ("alpha", "names", "panels", "buttons"),
    [
        (ALPHA, [""], 1, 0),
        (torch.stack([ALPHA] * 3), ["head 1", "head 2", "head 3"], 3, 0),
        (torch.stack([ALPHA] * 5), [f"head {k}" for k in range(1, 6)], 1, 5),
        ({"a": ALPHA, "b": ALPHA.tolist()}, ["a", "b"], 2, 0),
    ],
)
def test_maps_stand_side_by_side_or_are_chosen(alpha, names, panels, buttons):
    _, drawing, data = read(explore(alpha, SRC, TGT))
    assert data["names"] == names
    classes = [attributes.get("class") for _, attributes in drawing.elements]
    assert classes.count("viz-panel") == panels
    assert len(drawing.all("button", role="radio")) == buttons
    assert len(drawing.all("use")) == buttons


def test_gold_is_drawn_and_can_be_hidden():
    _, drawing, _ = read(explore(ALPHA, SRC, TGT, gold=GOLD))
    assert len(drawing.all("button", **{"aria-pressed": "true"})) == 1
    squares = [a["d"] for _, a in drawing.elements if "stroke-width" in a and "d" in a]
    assert sum(d.count("h.8v.8") for d in squares) == 2 * len(GOLD)  # ink on a halo
    _, drawing, _ = read(explore(ALPHA, SRC, TGT))
    assert not drawing.all("button")


def test_words_of_a_map():
    figure = explore({"trained": ALPHA}, SRC, TGT, gold=GOLD, title="Digits")
    assert figure.describe() == (
        "Digits. Alignment of 4 target words by 7 source words. trained: Largest "
        "weight of each row: 4 reads vier (0.95), 2 reads zwei (0.88), 5 reads fünfzig "
        "(0.77), 1 reads ein (0.81). 4 of 4 gold links have the largest weight of "
        "their row."
    )
    assert repr(figure) == f"Explorer. {figure.describe()}"


def test_a_phone_shows_a_short_sentence_without_scrolling():
    for alpha, src, tgt in ((ALPHA, SRC, TGT), (SCORES.softmax(-1), ZH, EN)):
        _, drawing, _ = read(explore(alpha, src, tgt))
        _, _, width, _ = map(float, drawing.all("svg")[0]["viewbox"].split())
        assert width <= 296


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alpha": ALPHA.T}, "give one row for each target"),
        ({"alpha": ALPHA * 3}, "softmax"),
        ({"alpha": torch.full((4, 7), 0.5)}, "sums to 3.5"),
        ({"alpha": ALPHA.log()}, "softmax"),
        ({"gold": [(4, 0)]}, "outside the map"),
        ({"start": 4}, "0 to 3"),
        ({"alpha": {}}, "1 to 16 maps"),
        ({"alpha": torch.eye(65), "src": ["a"] * 65, "tgt": ["b"] * 65}, "at most 64"),
        ({"alpha": {"a": ALPHA, "b": ALPHA * 1.04}}, "of b"),
    ],
)
def test_errors_say_what_to_do(change, said):
    given = {"alpha": ALPHA, "src": SRC, "tgt": TGT} | change
    alpha, src, tgt = (given.pop(name) for name in ("alpha", "src", "tgt"))
    with pytest.raises(ValueError, match=said):
        explore(alpha, src, tgt, **given)


def test_rows_may_sum_to_less_than_one():
    _, _, data = read(explore(ALPHA * 0.5, SRC, TGT))  # a window that misses, say
    assert sum(data["maps"][0][0]) == 500
    explore(torch.zeros(4, 7), SRC, TGT)  # a row that sees nothing
