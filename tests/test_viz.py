import functools
import io
import logging
import warnings
from collections.abc import Iterator
from importlib.util import find_spec

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib import font_manager
from matplotlib.axes import Axes

import course_lib.viz as viz
from course_lib.runtime import setup
from course_lib.viz import alignment_map, curves, describe, show

matplotlib.use("Agg")

ALPHA = torch.tensor([[0.7, 0.2, 0.1], [0.0, 0.25, 0.75]])
ADD_PACKAGED_FONT = viz._add_packaged_font.__wrapped__
SRC, TGT = ["the", "cat", "sleeps"], ["le", "chat"]


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    with matplotlib.rc_context():
        setup(3)
        yield
    plt.close("all")


@pytest.fixture
def no_cjk(monkeypatch: pytest.MonkeyPatch) -> None:
    # a machine with the font that comes with matplotlib, and no other
    manager = font_manager.fontManager
    ours = [font for font in manager.ttflist if font.name.startswith("DejaVu")]
    monkeypatch.setattr(manager, "ttflist", ours)
    monkeypatch.setattr(viz, "_add_packaged_font", lambda: None)


def ticks(ax: Axes, axis: str) -> list[str]:
    return [label.get_text() for label in getattr(ax, f"get_{axis}ticklabels")()]


def draw(ax: Axes, caplog: pytest.LogCaptureFixture | None = None) -> None:
    """Render: missing letters and missing families would warn here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.savefig(io.BytesIO(), dpi=30)
    if caplog is not None:
        assert "findfont" not in caplog.text


def test_map_has_target_rows_downwards_and_the_source_on_top() -> None:
    ax = alignment_map(ALPHA, SRC, TGT)
    assert (ticks(ax, "x"), ticks(ax, "y")) == (SRC, TGT)
    assert ax.xaxis.get_ticks_position() == "top"
    assert ax.yaxis_inverted() or ax.get_ylim()[0] > ax.get_ylim()[1]
    image = ax.images[0]
    assert image.get_clim() == (0, 1)
    np.testing.assert_allclose(image.get_array(), ALPHA.numpy())
    draw(ax)


def test_map_draws_on_a_given_ax_and_adds_nothing_to_its_figure() -> None:
    figure, axes = plt.subplots(1, 2)
    assert alignment_map(ALPHA, SRC, TGT, ax=axes[1]) is axes[1]
    assert len(figure.axes) == 2
    assert not axes[0].images


def test_gold_links_are_open_squares_at_their_cells() -> None:
    ax = alignment_map(ALPHA, SRC, TGT, gold=[(0, 0), (1, 1)])
    (marks,) = ax.collections
    assert marks.get_offsets().tolist() == [[0, 0], [1, 1]]  # (column i, row t)
    assert len(marks.get_facecolors()) == 0


def test_a_map_of_gradients_and_halves() -> None:
    alpha = ALPHA.to(torch.bfloat16).requires_grad_()
    draw(alignment_map(alpha, SRC, TGT))
    draw(alignment_map(ALPHA.tolist(), SRC, TGT))


def test_dollars_and_repeated_tokens_are_shown_as_they_are() -> None:
    ax = alignment_map(ALPHA, ["$", "5", "$"], ["</s>", "_^"])
    draw(ax)
    assert len(ticks(ax, "x")) == 3


def test_a_map_of_many_tokens_fits() -> None:
    alpha = torch.full((19, 29), 1 / 29)
    ax = alignment_map(alpha, ["internationalisation"] * 29, ["word"] * 19)
    draw(ax)
    width, height = ax.figure.get_size_inches()
    assert width <= 7
    assert height <= 7
    assert ax.get_xticklabels()[0].get_rotation() == 90


def test_bad_maps() -> None:
    with pytest.raises(ValueError, match="2 target and 2 source"):
        alignment_map(ALPHA, SRC[:2], TGT)
    with pytest.raises(ValueError, match="through softmax"):
        alignment_map(ALPHA * 5, SRC, TGT)
    with pytest.raises(ValueError, match="through softmax"):
        alignment_map(ALPHA * float("nan"), SRC, TGT)
    with pytest.raises(ValueError, match=r"gold link \(2, 0\)"):
        alignment_map(ALPHA, SRC, TGT, gold=[(2, 0)])
    with pytest.raises(ValueError, match="0 target"):
        alignment_map(torch.zeros(0, 3), SRC, [])


def test_alt_text_of_a_map() -> None:
    ax = alignment_map(ALPHA, SRC, TGT, gold=[(0, 0), (1, 1)], title="Toy")
    assert describe(ax) == (
        "Toy. Alignment map of 2 target rows by 3 source columns. Largest weight of "
        "each row: le reads the (0.70), chat reads sleeps (0.75). 1 of 2 gold links "
        "have the largest weight of their row."
    )


def test_chinese_is_drawn_where_a_font_has_it(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    if viz._families("我") is None:
        pytest.skip("no Chinese font here: pip install zhplot brings one")
    caplog.set_level(logging.WARNING)
    ax = alignment_map(ALPHA, ["我", "爱", "learning，"], TGT, title="机器翻译")
    assert ticks(ax, "x") == ["我", "爱", "learning，"]
    draw(ax, caplog)
    assert capsys.readouterr().out == ""


def test_chinese_without_a_font_becomes_numbers(
    no_cjk: None, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    ax = alignment_map(ALPHA, ["我", "爱", "cat"], TGT, title="机器")
    assert ticks(ax, "x") == ["1", "2", "3"]
    assert ticks(ax, "y") == TGT
    draw(ax, caplog)
    assert capsys.readouterr().out == "source: 1 我, 2 爱, 3 cat\ntitle: 机器\n"
    assert "le reads 我" in describe(ax)


def test_chinese_names_of_curves_without_a_font(
    no_cjk: None, capsys: pytest.CaptureFixture[str]
) -> None:
    ax = curves([1, 2], {"注意": [1, 2], "none": [2, 1]}, xlabel="x", ylabel="y")
    draw(ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1", "2"]
    assert capsys.readouterr().out == "series: 1 注意, 2 none\n"


def test_curves_are_told_apart_in_grey() -> None:
    series = {f"model {k}": [k, k + 1, k + 2] for k in range(7)}
    ax = curves([3, 5, 7], series, xlabel="length", ylabel="accuracy", ylim=(0, 11))
    lines = ax.get_lines()
    assert len({line.get_color() for line in lines}) == 7
    assert len({line.get_marker() for line in lines}) == 7
    assert ax.get_ylim() == (0, 11)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length", "accuracy")
    draw(ax)


def test_a_band_lies_around_its_series() -> None:
    ax = curves(
        torch.tensor([1, 2]),
        {"a": torch.tensor([0.5, 0.6])},
        xlabel="x",
        ylabel="y",
        band={"a": ([0.4, 0.5], [0.6, 0.7])},
    )
    (shade,) = ax.collections
    heights = shade.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (0.4, 0.7)
    assert ax.get_legend() is None  # one series needs none
    draw(ax)


def test_alt_text_of_curves() -> None:
    nan = float("nan")
    ax = curves(
        [3, 6, 9],
        {"none": [0.5, 0.9, 0.1], "additive": [nan, 1, 1]},
        xlabel="length",
        ylabel="exact match",
    )
    assert describe(ax) == (
        "Line chart of exact match against length. none: from 0.5 at 3 to 0.1 at 9, "
        "lowest 0.1 at 9, highest 0.9 at 6. additive: from 1 at 6 to 1 at 9, lowest 1 "
        "at 6, highest 1 at 6."
    )


def test_bad_curves() -> None:
    def two(**settings: object) -> Axes:
        return curves([1, 2], xlabel="x", ylabel="y", **settings)  # type: ignore

    with pytest.raises(ValueError, match="1 to 7 series, not 0"):
        two(series={})
    with pytest.raises(ValueError, match="not 8"):
        two(series={str(k): [1, 2] for k in range(8)})
    with pytest.raises(ValueError, match=r"'a' has shape \(3,\)"):
        two(series={"a": [1, 2, 3]})
    with pytest.raises(ValueError, match="not among the series"):
        two(series={"a": [1, 2]}, band={"b": ([1, 2], [1, 2])})


def test_describe_knows_its_own_figures_only() -> None:
    with pytest.raises(ValueError, match="holds none"):
        describe(plt.subplots()[1])


def test_show_prints_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    show(functools.partial(describe))
    text = capsys.readouterr().out
    assert text.startswith("def describe(ax: Axes) -> str:\n")
    assert not text.endswith("\n\n")
    show(torch.nn.Linear.forward)
    assert capsys.readouterr().out.startswith("def forward")
    for thing in (torch.zeros(2), len):
        with pytest.raises(TypeError, match="no Python source"):
            show(thing)


def test_the_packaged_font_is_enough(no_cjk: None) -> None:
    if find_spec("zhplot") is None:
        pytest.skip("the optional font package is not installed: pip install zhplot")
    ADD_PACKAGED_FONT()
    assert viz._families("我爱学习") == ["DejaVu Sans", "Noto Sans SC"]
    ax = alignment_map(ALPHA, ["我", "爱", "学习"], TGT)
    assert ticks(ax, "x") == ["我", "爱", "学习"]
    draw(ax)
