"""Figures that ask a model: with a kernel they answer, in a saved page they stay.

Each function takes a callable that returns a figure. Where a kernel runs, a box or a
slider calls it again; in a saved page its first answer stands there, as the figure that
needs no kernel: never an empty box. ipywidgets is asked for when a function is called.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Figure(Protocol):
    """Anything that a notebook shows as HTML: what `explore` and the others return."""

    def _repr_html_(self) -> str: ...


@dataclass(frozen=True, repr=False)
class Live:
    """What the functions here return: a widget, and the figure that stands for it."""

    figure: Figure
    widget: Any

    def __repr__(self) -> str:
        return repr(self.figure)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> dict[str, Any]:
        """The widget for a live front end; HTML and text for everything else."""
        view = {
            "version_major": 2,
            "version_minor": 0,
            "model_id": self.widget.model_id,
        }
        return {
            "application/vnd.jupyter.widget-view+json": view,
            "text/html": self.figure._repr_html_(),
            "text/plain": repr(self.figure),
        }


def words(
    answer: Callable[[str], Figure], text: str, *, label: str = "source words"
) -> Live:
    """figure = answer(text): type your own words and see what the model makes of them.

    Words that the callable refuses with a ValueError or KeyError are answered by its
    message; the last figure stays.

    Args:
        answer: from what was typed to a figure; it splits and encodes the text itself.
        text: what is asked at first, and shown in a saved page.
        label: what is to be typed.

    Raises:
        ImportError: without ipywidgets.
    """
    widgets = _widgets()
    box = widgets.Text(
        value=text,
        description=label,
        continuous_update=False,
        style={"description_width": "initial"},
        layout={"width": "min(100%, 36em)"},
    )
    return _live(answer, text, [box], lambda: box.value)


def dials(
    answer: Callable[..., Figure],
    knobs: Mapping[str, Sequence[float | int]],
    start: Mapping[str, float | int] | None = None,
) -> Live:
    """figure = answer(D=…, tau=…): move a slider and see what the model makes of it.

    Args:
        answer: from one keyword for each knob to a figure.
        knobs: name -> the values that its slider offers.
        start: name -> the value at first, also in a saved page; else the first one.

    Raises:
        ImportError: without ipywidgets.
        ValueError: if there is no knob, a knob without values, or a start that is not
            among the values.
    """
    begin = {name: list(values)[:1] for name, values in knobs.items()}
    if not begin or not all(begin.values()):
        raise ValueError("give at least one knob, and values for each")
    first = {name: values[0] for name, values in begin.items()} | dict(start or {})
    for name, value in first.items():
        if name not in knobs or value not in knobs[name]:
            raise ValueError(
                f"start {name} = {value} is not offered by the knobs "
                f"{ {name: list(values) for name, values in knobs.items()} }"
            )
    widgets = _widgets()
    sliders = {
        name: widgets.SelectionSlider(
            options=[(f"{value:g}", value) for value in values],
            value=first[name],
            description=name,
            continuous_update=False,
        )
        for name, values in knobs.items()
    }
    return _live(
        lambda asked: answer(**asked),
        first,
        list(sliders.values()),
        lambda: {name: slider.value for name, slider in sliders.items()},
    )


def _live(
    answer: Callable[[Any], Figure],
    first: Any,
    controls: list[Any],
    asked: Callable[[], Any],
) -> Live:
    """Controls above the answer; a change of any of them asks again."""
    widgets = _widgets()
    figure = answer(first)
    # an output as a cell has it, so that the figure's script runs
    out, note = widgets.Output(outputs=_shown(figure)), widgets.HTML()

    def ask(_: Any) -> None:
        try:
            out.outputs = _shown(answer(asked()))
            note.value = ""
        except (KeyError, ValueError) as error:
            said = error.args[0] if error.args else error
            note.value = f'<p role="alert">{escape(str(said))}</p>'

    for control in controls:
        control.observe(ask, names="value")
    return Live(figure, widgets.VBox([*controls, note, out]))


def _shown(figure: Figure) -> tuple[dict[str, Any], ...]:
    data = {"text/html": figure._repr_html_(), "text/plain": repr(figure)}
    return ({"output_type": "display_data", "data": data, "metadata": {}},)


def _widgets() -> Any:
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(
            "a live figure needs ipywidgets, which is not installed: pip install "
            "ipywidgets, or show the figure without course_lib.viz.live"
        ) from error
    return ipywidgets
