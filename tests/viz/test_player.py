import pytest
import torch
from figures import EN, SCORES, ZH, H, read, steps

from course_lib.viz import play
from course_lib.viz.player import EQUATIONS, number


def make(**change):
    given = {"steps": steps(), "src": ZH, "tgt": EN, "h": H} | change
    return play(given.pop("steps"), given.pop("src"), given.pop("tgt"), **given)


def rows(drawing):
    """Names of the rows, from above."""
    return [a["data-name"] for _, a in drawing.elements if "data-name" in a]


def test_numbers_are_those_of_the_computation():
    _, _, data = read(make())
    assert data["names"] == ["e", "alpha", "c", "y_prime", "s"]
    assert data["symbols"] == ["e", "α", "c", "y′", "s"]
    for step, shown in zip(steps(), data["steps"], strict=True):
        for vector, numbers in zip(step.values(), shown, strict=True):
            torch.testing.assert_close(
                torch.tensor(numbers, dtype=torch.float), vector, rtol=5e-3, atol=0
            )


def test_rows_stand_in_the_order_of_computing():
    _, drawing, _ = read(make(s0=[0.1, 0.2, 0.3]))
    assert rows(drawing) == ["h", "s_prev", "e", "alpha", "c", "y_prime", "s"]
    cells = [
        float(a["y"]) for t, a in drawing.elements if t == "rect" and "rx" not in a
    ]
    assert cells == sorted(cells)
    _, drawing, _ = read(play(steps(), ZH, EN))
    assert rows(drawing) == ["e", "alpha", "c", "y_prime", "s"]


def test_first_step_is_there_before_anything_is_pressed():
    _, drawing, _ = read(make())
    for vector in steps()[0].values():
        assert all(number(x) in drawing.texts for x in vector.tolist())


def test_every_quantity_has_its_equation_in_words():
    _, drawing, _ = read(make())
    text = "".join(drawing.texts)
    for name in ("e", "alpha", "c", "y_prime", "s"):
        assert EQUATIONS[name][1] in text.replace("&#x27;", "'")
    assert len(drawing.all("li", role="option")) == 5


def test_other_quantities_bring_their_words():
    only = [{"w": [0.5, 0.5], "g": [1.0]}]
    figure = play(
        only, ["a", "b"], ["x"], by_source=["w"], words={"w": ("w_t = f(k)", "Look.")}
    )
    _, drawing, _ = read(figure)
    assert "Look." in drawing.texts
    assert rows(drawing) == ["w", "g"]
    assert "computing w, g" in figure.describe()


def test_context_part_of_the_input_is_marked():
    _, drawing, _ = read(make())
    assert "context" in drawing.texts
    short = [{"c": [1.0, 2.0], "y_prime": [1.0, 2.0]}]  # nothing before the context
    _, drawing, _ = read(play(short, ZH, ["x"]))
    assert "context" not in drawing.texts


def test_words_of_a_player():
    assert make(title="By hand").describe() == (
        "By hand. 3 decoding steps over the source 我 爱 中 国, each computing e, α, "
        "c, y′, s. Step 1 writes I and reads 我 most (0.76). Step 2 writes love and "
        "reads 爱 most (0.87). Step 3 writes China and reads 中 most (0.46)."
    )


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (3.1666, "3.17"),
        (-0.271, "−0.27"),
        (-12.44, "−12.4"),
        (153.2, "153"),
        (0, "0.00"),
    ],
)
def test_a_number_fits_its_cell(x, shown):
    assert number(x) == shown


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tgt": EN[:2]}, "3 steps for 2 target tokens"),
        ({"steps": [], "tgt": []}, "one step for each token"),
        ({"src": ZH[:3]}, "e of step 1 has 4 entries for 3"),
        ({"h": H[:3]}, "h has 3 rows"),
        ({"steps": [{"c": torch.zeros(96)}] * 3}, "small widths"),
        ({"steps": [{"c": torch.zeros(2, 2)}] * 3}, "one vector"),
        ({"steps": [{"c": [float("nan")]}] * 3}, "finite"),
        ({"steps": [{"c": []}] * 3}, "one vector"),
        ({"steps": [{"c": [1]}, {"c": [1, 2]}, {"c": [1]}]}, "keeps its width"),
        ({"steps": [{"c": [1]}, {"s": [1]}, {"c": [1]}]}, "same quantities"),
        ({"src": ["x"] * 13}, "1 to 12"),
        ({"s0": [1.0, 2.0]}, "same width"),
        ({"steps": [{"e": SCORES[0]}] * 3, "s0": [1.0]}, "same width"),
        ({"steps": [{"h": [1.0]}] * 3}, "rename"),
    ],
)
def test_errors_say_what_to_do(change, said):
    with pytest.raises(ValueError, match=said):
        make(**change)


def test_gradients_and_integers_are_taken_as_they_are():
    step = {"e": SCORES[0].clone().requires_grad_(), "alpha": [1, 0, 0, 0]}
    _, _, data = read(play([step], ZH, ["I"]))
    assert data["steps"] == [[[2, 0, -1, 0], [1, 0, 0, 0]]]
