import base64
import io

import matplotlib.image
import numpy as np
import pytest
import torch
from figures import read

from course_lib.viz import look

PICTURE = torch.rand(3, 4, 6, generator=torch.Generator().manual_seed(3))
ALPHA = torch.tensor([[0.1, 0.6, 0.1, 0.1, 0.05, 0.05], [0.0, 0.0, 0.2, 0.0, 0.8, 0.0]])
WORDS = ["red", "cat"]


def make(**change):
    given = {"image": PICTURE, "alpha": ALPHA, "words": WORDS, "grid": (2, 3)} | change
    return look(
        given.pop("image"),
        given.pop("alpha"),
        given.pop("words"),
        **({"alt": "Noise."} | given),
    )


def pixels(figure):
    _, drawing, _ = read(figure)
    uri = drawing.all("image")[0]["href"]
    data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    return matplotlib.image.imread(io.BytesIO(data))[:, :, :3]


@pytest.mark.parametrize(
    "image",
    [
        PICTURE,
        PICTURE.permute(1, 2, 0),
        (PICTURE * 255).round().to(torch.uint8),
        PICTURE.double().numpy(),
    ],
    ids=["channels first", "channels last", "bytes", "array"],
)
def test_picture_is_the_picture(image):
    expected = PICTURE.permute(1, 2, 0).numpy()
    np.testing.assert_allclose(pixels(make(image=image)), expected, atol=0.003)


def test_grey_picture_has_three_equal_channels():
    shown = pixels(make(image=PICTURE[0]))
    np.testing.assert_allclose(
        shown, PICTURE[0][:, :, None].expand(4, 6, 3), atol=0.003
    )
    np.testing.assert_array_equal(shown, pixels(make(image=PICTURE[:1])))


def test_fog_is_thick_where_the_word_does_not_look():
    _, drawing, data = read(make(start=1))
    fog = [float(a["fill-opacity"]) for t, a in drawing.elements if t == "path"]
    assert fog == [0.72, 0.72, 0.54, 0.72, 0.0, 0.72]
    assert data["alpha"][1] == [0, 0, 200, 0, 800, 0]
    corners = [a["d"].split("h")[0] for t, a in drawing.elements if t == "path"]
    assert corners == ["M0 0", "M2 0", "M4 0", "M0 2", "M2 2", "M4 2"]


def test_grid_may_come_with_alpha():
    assert make(alpha=ALPHA.view(2, 2, 3), grid=None) == make()


def test_weight_in_a_box_counts_the_cells_with_their_centre_in_it():
    figure = make(boxes=[(0, 2, 2, 6), None])
    _, _, data = read(figure)
    assert data["inside"] == [0.7, None]
    assert figure.describe() == (
        "Picture: Noise. Attention on a grid of 2 rows and 3 columns. red looks most "
        "at row 1, column 2 (0.60), 0.70 of the weight in its box. cat looks most at "
        "row 2, column 2 (0.80)."
    )


def test_words_are_options_and_the_picture_has_its_alt_text():
    _, drawing, _ = read(make(words=["red", "猫"]))
    options = drawing.all("span", role="option")
    assert [option.get("lang") for option in options] == [None, "zh"]
    assert drawing.all("svg")[0]["aria-label"] == "Noise."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alt": " "}, "alt is empty"),
        ({"grid": None}, "grid="),
        ({"grid": (3, 3)}, "give one row for each target"),
        ({"words": ["red"]}, "1 target"),
        ({"alpha": ALPHA * 2}, "softmax"),
        ({"image": PICTURE[:2]}, r"\[3, H, W\]"),
        ({"image": PICTURE * 2}, "normalisation"),
        ({"image": PICTURE - 1}, "normalisation"),
        ({"image": torch.zeros(3, 600, 600)}, "smaller"),
        ({"boxes": [None]}, "1 boxes for 2 words"),
        ({"boxes": [(0, 0, 5, 6), None]}, "not inside the picture"),
        ({"boxes": [(2, 0, 2, 6), None]}, "not inside the picture"),
        ({"start": 2}, "0 to 1"),
        ({"alpha": torch.rand(2, 21, 21) / 441}, "400 cells"),
    ],
)
def test_errors_say_what_to_do(change, said):
    with pytest.raises(ValueError, match=said):
        make(**change)
