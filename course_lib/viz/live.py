"""Figures that ask a model: with a kernel they answer, in a saved page they stay.

Each function takes a callable that returns a figure. Where a kernel runs, a box or a
slider calls it again; in a saved page its first answer stands there, as the figure that
needs no kernel: never an empty box. ipywidgets is asked for when a function is called.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol, runtime_checkable

from . import page


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


@dataclass(frozen=True, repr=False)
class Conversation:
    """Turns of a chat as a page shows them; the first `recorded` say that they are."""

    turns: tuple[tuple[str, str], ...]
    recorded: int

    def __repr__(self) -> str:
        said = " ".join(f"You: {you} Bot: {bot}" for you, bot in self.turns)
        return f"Conversation, {self.recorded} recorded turns. {said}"

    def _repr_html_(self) -> str:
        """One paragraph for each side of each turn."""
        lines = [
            f'<p lang="{_language(you)}"><b>You</b>&ensp;{escape(you)}</p>'
            f'<p lang="{_language(bot)}" style="margin: 0 0 .6em 1.5em">'
            f"<b>Bot</b>&ensp;{escape(bot)}</p>"
            for you, bot in self.turns
        ]
        note = (
            f"Recorded: these {self.recorded} turns were computed when the notebook "
            "was last run. Run its cell to write to the model yourself."
        )
        then = '<p class="viz-foot">Live, from here on:</p>'
        live = [then, *lines[self.recorded :]] if self.recorded < len(lines) else []
        return (
            '<figure class="viz viz-chat" aria-label="Conversation with the model">'
            f"<style>{page.THEMES}{page._source('page.css')}</style>"
            f'<p class="viz-foot">{note}</p>'
            f"{''.join(lines[: self.recorded])}{''.join(live)}</figure>"
        )


def chat(answer: Callable[[str], str], asked: Sequence[str]) -> Live:
    """reply = answer(text): a chat box, and what was asked first as a recording.

    Enter sends, and so does the button; to leave the box sends nothing. After a turn
    the box is empty. If the callable raises, its message is shown and the text stays.

    Args:
        answer: from what was typed to the reply, both plain text.
        asked: what is asked at once; with its replies it stands in a saved page, as a
            recorded conversation that says that it is one.

    Raises:
        ImportError: without ipywidgets.
        ValueError: if nothing is asked: a saved page would show an empty box.
    """
    if not asked:
        raise ValueError("ask at least one thing: a saved page shows what was asked")
    turns = tuple((text, answer(text)) for text in asked)
    recorded = len(turns)
    figure = Conversation(turns, recorded)
    widgets = _widgets()
    box = widgets.Text(
        placeholder="write something and press Enter",
        description="you",
        continuous_update=False,
        layout={"width": "min(100%, 36em)"},
    )
    button = widgets.Button(description="Send", layout={"width": "auto"})
    out, note = widgets.Output(outputs=_shown(figure)), widgets.HTML()
    pressed = -math.inf  # when Enter or the button was, if that turn is still to come

    def press() -> None:
        nonlocal pressed
        pressed = time.monotonic()

    def say() -> None:
        nonlocal turns, pressed
        text = box.value
        if pressed == -math.inf or not text.strip():
            return
        pressed, box.value = -math.inf, ""  # at once: the next line may be begun
        try:
            longer = (*turns, (text, answer(text)))
            out.outputs = _shown(Conversation(longer, recorded))
        except Exception as error:  # whatever it is, a callback's error shows nowhere
            said = error.args[0] if error.args else error
            if not isinstance(error, KeyError | ValueError):
                said = f"{type(error).__name__}: {said}"
            note.value = f'<p role="alert">{escape(str(said))}</p>'
            box.value = text
            box.send_state("value")  # which it takes to be shown: it came from there
        else:
            turns, note.value = longer, ""

    # A front end tells of Enter first, and then of the text, if that is new. It tells
    # of new text also when the box is left; only what comes just after Enter is sent.
    def on_enter(_: Any, message: dict[str, Any], __: Any) -> None:
        if message.get("event") == "submit":
            press()
            _soon(say)

    def on_text(_: Any) -> None:
        if time.monotonic() - pressed < 2:
            say()

    def on_click(_: Any) -> None:
        press()
        say()

    box.on_msg(on_enter)
    box.observe(on_text, names="value")
    button.on_click(on_click)
    row = widgets.HBox([box, button], layout={"flex_flow": "row wrap"})
    return Live(figure, widgets.VBox([row, note, out]))


def _soon(call: Callable[[], None]) -> None:
    """Calls when a message that is on its way has come; at once if no kernel runs."""
    try:
        asyncio.get_running_loop().call_later(0.3, call)
    except RuntimeError:
        call()


def _language(text: str) -> str:
    return "zh" if page.chinese(text) else "en"


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
