import pytest
import torch
from figures import read

from course_lib.viz import sweep
from course_lib.viz.frames import _ticks

X = [0, 1, 3]
FRAMES = {
    0.5: {"a": [0, 1, 2], "b": [1, 1, 1]},
    2: {"a": [0, 2, 4], "b": [1, 0, float("nan")]},
}
LABELS = {"knob": "width D", "xlabel": "place", "ylabel": "weight"}


def make(frames=FRAMES, x=X, **change):
    return sweep(frames, x, **(LABELS | change))


def heights(drawing, style="viz-line"):
    """The y of each point of each curve, 0 at the top and 1000 at the bottom."""
    lines = [a["d"] for _, a in drawing.elements if a.get("class") == style]
    paths = [line for line in lines if "H" not in line]  # not the legend's
    curves = []
    for path in paths:
        points = path.replace("M", " ").replace("L", " ").split()
        curves.append(
            list(zip(map(int, points[::2]), map(int, points[1::2]), strict=True))
        )
    return [curve for curve in curves if len(curve) > 1]


def test_numbers_are_those_of_the_frames():
    _, _, data = read(make(start=2))
    assert data["settings"] == ["0.5", "2"]
    assert data["values"] == [
        [[0, 1, 2], [1, 1, 1]],
        [[0, 2, 4], [1, 0, None]],
    ]
    assert (data["x"], data["at"]) == ([0, 1, 3], [0, 333, 1000])
    assert data["start"] == 1


def test_axes_stay_where_they_are():
    first, second = (read(make(start=k)) for k in (0.5, 2))
    assert first[2]["ylim"] == second[2]["ylim"] == [0, 4.2]
    ticks = [
        [a["y"] for t, a in drawing.elements if a.get("class") == "viz-tick"]
        for _, drawing, _ in (first, second)
    ]
    assert ticks[0] == ticks[1]


def test_a_curve_is_where_its_numbers_are():
    _, drawing, _ = read(make(ylim=(0, 4)))
    a, b = heights(drawing)
    assert a == [(0, 1000), (333, 750), (1000, 500)]
    assert b == [(0, 750), (333, 750), (1000, 750)]


def test_a_gap_is_a_gap_and_not_a_line():
    gap = {1: {"a": [0, float("nan"), 2]}}
    _, drawing, data = read(make(gap, ylim=(0, 4)))
    assert data["values"] == [[[0, None, 2]]]
    paths = [a["d"] for _, a in drawing.elements if a.get("class") == "viz-line"]
    assert "M0 1000M1000 500" in paths


def test_every_frame_leaves_a_trace_behind():
    _, drawing, _ = read(make())
    traces = [a["d"] for _, a in drawing.elements if a.get("class") == "viz-trace"]
    assert [trace.count("M") for trace in traces] == [2, 2]


def test_logarithmic_axis():
    values = {1: {"a": [1e-4, 1e-2, 1.0]}}
    _, drawing, data = read(make(values, log=True))
    assert data["ylim"] == [1e-4, 1]
    assert heights(drawing)[0] == [(0, 1000), (333, 500), (1000, 0)]
    ticks = [t for t in drawing.texts if t.startswith("10")]
    assert ticks == ["10⁻¹", "10⁻²", "10⁻³", "10⁻⁴"]
    with pytest.raises(ValueError, match="ylim"):
        make({1: {"a": [0, 1, 2]}}, log=True)


def test_ticks_are_round():
    texts = [text for _, text in _ticks((0, 1), False)]
    assert texts == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert [text for _, text in _ticks((-2, 2), False)] == ["−2", "−1", "0", "1", "2"]
    assert len(_ticks((1e-12, 1), True)) <= 6


def test_bars_stand_over_words():
    figure = make({1: {"α": [0.2, 0.8]}}, ["我", "爱"], kind="bars", ylim=(0, 1))
    _, drawing, data = read(figure)
    assert data["bars"]
    assert data["at"] == [250, 750]
    assert "爱" in drawing.texts
    assert figure.describe() == (
        "Bar chart of weight against place, for 1 settings of width D from 1 to 1. "
        "width D 1: α is highest at 爱 (0.8)."
    )


def test_words_of_a_sweep():
    assert make(title="Wide").describe() == (
        "Wide. Line chart of weight against place, for 2 settings of width D from 0.5 "
        "to 2. width D 0.5: a goes from 0 at 0 to 2 at 3, b goes from 1 at 0 to 1 at "
        "3. width D 2: a goes from 0 at 0 to 4 at 3, b goes from 1 at 0 to nan at 3."
    )


def test_tensors_are_taken_as_they_are():
    x = torch.arange(3.0)
    _, _, data = read(make({1: {"a": x.clone().requires_grad_()}}, x))
    assert data["values"] == [[[0, 1, 2]]]


@pytest.mark.parametrize(
    ("frames", "change", "said"),
    [
        ({}, {}, "1 to 60"),
        ({1: {}}, {}, "1 to 6 series"),
        ({1: {str(k): X for k in range(7)}}, {}, "1 to 6 series"),
        ({1: {"a": X}, 2: {"b": X}}, {}, "the first has"),
        ({1: {"a": [1, 2]}}, {}, "one value for each"),
        (FRAMES, {"x": [0, 3, 1]}, "rise"),
        (FRAMES, {"start": 3}, "the settings are"),
        ({1: {"a": [1]}}, {"x": [1]}, "2 to 200"),
    ],
)
def test_errors_say_what_to_do(frames, change, said):
    with pytest.raises(ValueError, match=said):
        make(frames, **change)
