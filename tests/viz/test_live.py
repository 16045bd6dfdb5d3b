import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from course_lib.viz import explore, live

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch):
    """No loop runs, whatever browser tests of this process have left running."""

    def none():
        raise RuntimeError

    monkeypatch.setattr(live.asyncio, "get_running_loop", none)


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


class Chat:
    """A chat whose replies echo, and what a front end and a person do with it."""

    def __init__(self, asked=("hi",), answer="<{}>".format):
        self.heard, self.seen = [], []  # what was asked, and the box when it was
        self.box = None

        def echo(text):
            self.heard.append(text)
            self.seen.append(self.box and self.box.value)
            return answer(text)

        self.figure = live.chat(echo, list(asked))
        row, self.note, _ = self.figure.widget.children
        self.box, self.button = row.children
        self.heard.clear()
        self.seen.clear()

    def enter(self, text=None):
        """As a front end does: first that Enter was pressed, then text if it is new."""
        self.box._handle_custom_msg({"event": "submit"}, [])
        if text is not None:
            self.box.value = text


def refuse(text):
    if text == "?":
        raise ValueError("no <b>?</b> here")
    if text == "!":
        raise RuntimeError("of another kind")
    return text


def test_a_chat_shows_its_recording_and_goes_on():
    chat = Chat(["hi & you", "你好"])
    saved = chat.figure._repr_mimebundle_()["text/html"]
    assert "Recorded: these 2 turns" in saved
    assert "&lt;hi &amp; you&gt;" in saved
    assert '<p lang="zh"><b>You</b>&ensp;你好' in saved
    assert "Live" not in saved
    assert "You: hi & you Bot: <hi & you>" in repr(chat.figure)
    assert shown(chat.figure) == saved
    chat.enter("third")
    assert chat.heard == ["third"]
    before, after = shown(chat.figure).split("Live, from here on:")
    assert "third" not in before
    assert "&lt;third&gt;" in after
    assert chat.figure._repr_mimebundle_()["text/html"] == saved
    for blank in ("  ", ""):  # nothing said, nothing asked
        chat.enter(blank)
        chat.button.click()
    assert chat.heard == ["third"]
    with pytest.raises(ValueError, match="at least one"):
        live.chat(str, [])


def test_the_same_line_twice_is_two_turns_and_the_box_is_empty_after_each():
    chat = Chat()
    for turns in (1, 2):
        chat.enter("again")
        assert chat.heard == turns * ["again"]
        assert chat.seen == turns * [""]  # the next line may be begun meanwhile
        assert chat.box.value == ""
        assert shown(chat.figure).count("&lt;again&gt;") == turns


def test_to_leave_the_box_sends_nothing():
    chat = Chat()
    chat.box.value = "half a l"  # all that a front end tells then
    assert not chat.heard
    assert chat.box.value == "half a l"
    chat.button.click()
    chat.box.value = "left again"
    assert chat.heard == ["half a l"]


def test_enter_in_an_empty_box_does_not_send_what_is_typed_later(monkeypatch):
    chat, now = Chat(), [0.0]
    monkeypatch.setattr(live.time, "monotonic", lambda: now[0])
    chat.enter()
    now[0] = 10.0
    chat.box.value = "left"
    assert not chat.heard


def test_the_button_sends_what_stands_there():
    chat = Chat()
    assert chat.button.description == "Send"
    for _ in range(2):
        chat.box.value = "by hand"
        chat.button.click()
        assert chat.box.value == ""
    assert chat.heard == ["by hand", "by hand"]


def test_text_that_comes_after_the_click_is_sent():
    chat = Chat()
    chat.button.click()
    chat.box.value = "late"  # a front end waits with it while the kernel is busy
    assert chat.heard == ["late"]


@pytest.mark.parametrize("edited", [False, True])
def test_enter_waits_for_text_that_is_on_its_way(edited, monkeypatch):
    """Back in a box that was left: Enter comes before the text, or there is no more."""
    monkeypatch.undo()  # here one runs
    chat = Chat()

    async def kernel():
        chat.box.value = "hel"
        chat.enter("hello" if edited else None)
        assert chat.heard == (["hello"] if edited else [])
        await asyncio.sleep(0.4)

    with ThreadPoolExecutor(1) as thread:  # a browser test may have left a loop here
        thread.submit(asyncio.run, kernel()).result()
    assert chat.heard == ["hello" if edited else "hel"]
    assert chat.box.value == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [("?", ">no &lt;b&gt;?&lt;/b&gt; here<"), ("!", ">RuntimeError: of another kind<")],
)
def test_an_error_is_shown_and_the_text_stays(text, said, monkeypatch):
    chat, sent = Chat(answer=refuse), []
    monkeypatch.setattr(type(chat.box), "send_state", lambda box, key: sent.append(key))
    before = shown(chat.figure)
    chat.enter(text)
    assert said in chat.note.value
    assert chat.box.value == text
    assert sent[-1] == "value"  # the front end, whose text it was, is told as well
    assert shown(chat.figure) == before
    chat.button.click()  # and again
    assert chat.heard == [text, text]
    assert chat.box.value == text
    chat.box.value = "fine"
    chat.button.click()
    assert (chat.note.value, chat.box.value) == ("", "")
    assert ">fine<" in shown(chat.figure).replace("&ensp;", ">")
    assert text not in shown(chat.figure).split("Live, from here on:")[1]
