import sys

import pytest
import torch

from course_lib.viz import explore, live

WIDGET = "application/vnd.jupyter.widget-view+json"


def ask(text):
    words = text.split()
    if "?" in words:
        raise ValueError("no <b>?</b> here")
    return explore(torch.eye(len(words)), words, words)


def turn(D, tau=1):
    return explore(torch.eye(2), ["a", "b"], [f"D{D}", f"tau{tau}"])


def shown(figure):
    """The HTML that stands in the widget's output now."""
    *_, out = figure.widget.children
    (output,) = out.outputs
    return output["data"]["text/html"]


def test_a_saved_page_shows_the_figure_that_needs_no_kernel():
    figure = live.words(ask, "ein zwei")
    bundle = figure._repr_mimebundle_()
    assert WIDGET in bundle
    assert bundle["text/html"] == ask("ein zwei")._repr_html_()
    assert bundle["text/plain"] == repr(figure) == repr(ask("ein zwei"))
    assert shown(figure) == bundle["text/html"]


def test_other_words_are_asked_and_answered():
    figure = live.words(ask, "ein zwei", label="number words")
    box, note, _ = figure.widget.children
    assert (box.value, box.description) == ("ein zwei", "number words")
    box.value = "drei und fünfzig"
    assert shown(figure) == ask("drei und fünfzig")._repr_html_()
    assert note.value == ""


def test_a_refusal_is_shown_and_the_figure_stays():
    figure = live.words(ask, "ein zwei")
    box, note, _ = figure.widget.children
    box.value = "?"
    assert "no &lt;b&gt;?&lt;/b&gt; here" in note.value
    assert shown(figure) == ask("ein zwei")._repr_html_()
    box.value = "vier"
    assert note.value == ""


def test_dials_ask_with_all_their_values():
    figure = live.dials(turn, {"D": [1, 2, 5], "tau": [0.5, 1]}, {"tau": 1})
    D, tau, *_ = figure.widget.children
    assert (D.value, tau.value) == (1, 1)
    D.value = 5
    assert shown(figure) == turn(D=5, tau=1)._repr_html_()
    tau.value = 0.5
    assert shown(figure) == turn(D=5, tau=0.5)._repr_html_()


@pytest.mark.parametrize(
    ("knobs", "start", "said"),
    [
        ({}, None, "at least one knob"),
        ({"D": []}, None, "values for each"),
        ({"D": [1, 2]}, {"D": 3}, "not offered"),
        ({"D": [1, 2]}, {"tau": 1}, "not offered"),
    ],
)
def test_errors_say_what_to_do(knobs, start, said):
    with pytest.raises(ValueError, match=said):
        live.dials(turn, knobs, start)


def test_without_ipywidgets_the_error_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="pip install ipywidgets"):
        live.words(ask, "ein zwei")


def test_a_chat_shows_its_recording_and_goes_on():
    heard = []

    def answer(text):
        heard.append(text)
        return f"<{text}>"

    figure = live.chat(answer, ["hi & you", "你好"])
    saved = figure._repr_mimebundle_()["text/html"]
    assert "Recorded: these 2 turns" in saved
    assert "&lt;hi &amp; you&gt;" in saved
    assert '<p lang="zh"><b>You</b>&ensp;你好' in saved
    assert "Live" not in saved
    assert "You: hi & you Bot: <hi & you>" in repr(figure)
    assert heard == ["hi & you", "你好"]
    box, *_ = figure.widget.children
    box.value = "third"
    assert heard[2:] == ["third"]
    before, after = shown(figure).split("Live, from here on:")
    assert "third" not in before
    assert "&lt;third&gt;" in after
    box.value = "  "  # nothing said, nothing asked
    assert heard[2:] == ["third"]
    with pytest.raises(ValueError, match="at least one"):
        live.chat(answer, [])
