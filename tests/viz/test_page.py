import re

import pytest
import torch
from figures import read, samples

from course_lib.viz import explore, look, page, play, sweep

NASTY = "</script><script>alert('1')</script><b title=\"x\">&id;{id}"
SAMPLES = samples()


def shade(colour):
    """Relative luminance, as WCAG defines it."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * d for d in digits)
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    r, g, b = (
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    dark, light = sorted([shade(one), shade(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [page.LIGHT, page.DARK], ids=["light", "dark"])
def test_colours_can_be_read(colours):
    named = dict(re.findall(r"--(\w+):(#\w+)", colours))
    paper = named.pop("paper")
    for name in ("ink", "soft", "warm"):  # letters
        assert contrast(named[name], paper) >= 4.5, name
    for name in ("blue", "plus", "minus", *(f"s{k}" for k in range(1, 7))):
        assert contrast(named[name], paper) >= 3, name
    assert contrast(named["ink"], named["tile"]) >= 4.5


def test_both_themes_name_the_same_colours():
    light, dark = (re.findall(r"--\w+", c) for c in (page.LIGHT, page.DARK))
    assert light == dark
    used = re.findall(r"var\((--\w+)\)", page._source("page.css"))
    assert set(used) - {"--a", "--c", "--w"} <= set(light)


@pytest.mark.parametrize("name", SAMPLES)
def test_figure_is_whole_and_small(name):
    html = SAMPLES[name]._repr_html_()
    assert len(html.encode()) < 32_000
    around, drawing, _ = read(SAMPLES[name])
    assert len(around.all("script")) == 2  # the drawing at rest, and the script
    assert drawing.all("svg")
    assert not drawing.all("script")
    assert len(around.all("summary")) == len(around.all("style")) == 1
    assert around.all("figure")[0]["aria-label"]


@pytest.mark.parametrize("name", SAMPLES)
def test_figure_asks_nobody(name):
    html = SAMPLES[name]._repr_html_()
    outside = re.findall(r"(?:https?:)?//[\w.]+", html.replace("http://www.w3.org", ""))
    assert not outside
    assert not re.search(r"\beval\b|new Function|import\(|fetch\(|@import", html)


@pytest.mark.parametrize("name", SAMPLES)
def test_same_figure_has_the_same_html(name):
    first, second = SAMPLES[name], samples()[name]
    assert first == second
    assert hash(first) == hash(second)
    assert first._repr_html_() == second._repr_html_()
    assert repr(first) == repr(second)
    assert " at 0x" not in repr(first)


def test_two_figures_have_two_names():
    names = [read(figure)[0].all("figure")[0]["id"] for figure in SAMPLES.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"viz-[0-9a-f]{10}", name) for name in names)


@pytest.mark.parametrize("name", SAMPLES)
def test_words_say_what_the_picture_shows(name):
    figure = SAMPLES[name]
    around, _, _ = read(figure)
    assert figure.describe() in around.texts
    assert figure.describe() in repr(figure)
    assert around.all("table")
    assert around.all("th", scope="row")
    assert "open" in around.all("details")[0]  # where no script closes it


def test_nothing_that_a_token_says_becomes_markup():
    two = torch.eye(2)
    figures = [
        explore({NASTY: two}, [NASTY, "b"], [NASTY, "d"], title=NASTY),
        explore(torch.stack([two] * 4), [NASTY, "b"], [NASTY, "d"]),
        play([{"e": two[0], NASTY: two[0]}], [NASTY, "b"], [NASTY], title=NASTY),
        look(two, two, [NASTY, "b"], grid=(1, 2), alt=NASTY, title=NASTY),
        sweep(
            {NASTY: {NASTY: [1, 2]}},
            ["a", NASTY],
            knob=NASTY,
            xlabel=NASTY,
            ylabel=NASTY,
            kind="bars",
        ),
    ]
    for figure in figures:
        around, drawing, data = read(figure)
        assert len(around.all("script")) == 2
        assert not drawing.all("script")
        assert not [a for a in around.all("b") + drawing.all("b") if "title" in a]
        assert NASTY in str(data).replace("\\'", "'")
        assert any(NASTY in text for text in around.texts)


def test_a_token_is_not_taken_for_the_name_of_the_figure():
    around, drawing, _ = read(explore(torch.eye(2), ["&id;", "{id}"], ["&id;", "b"]))
    assert "&id;" in drawing.texts
    assert "{id}" in drawing.texts
    assert drawing.all("g", id=around.all("figure")[0]["id"] + "-0")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("e_{t,i} = f(s_{t-1})", "e<sub>t,i</sub> = f(s<sub>t−1</sub>)"),
        ("α_t <b>", "α<sub>t</sub> &lt;b&gt;"),
    ],
)
def test_formula(text, html):
    assert page.maths(text) == html


def test_numbers_are_short():
    assert page.brief(0.123456) == 0.123
    assert page.brief(12345.6) == 12300
    assert isinstance(page.brief(2.0), int)
    assert page.brief(float("nan")) is None


def test_chinese_says_that_it_is():
    assert page.token("我") == '<tspan lang="zh">我</tspan>'
    assert page.token("a<b") == "a&lt;b"
    assert page.token(" ") == "␣"
    assert page.width("我爱", 10) == 20
