"""Every figure in a browser: alone, in a sandboxed frame, by mouse, keys and touch."""

import html
import os
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from figures import ALPHA, GOLD, SRC, TGT, samples

from course_lib.viz.alignments import explore

SAMPLES = samples()
WAYS = ["file", "frame"]  # a saved page; an output of Colab or JupyterLab
PAGE = """<!doctype html><html lang="en"{theme}><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Figure</title></head><body style="margin:16px"><main><h1>Figure</h1>
{body}</main></body></html>"""
FRAME = (
    '<iframe sandbox="allow-scripts" title="output" style="border:0;width:100%;'
    'height:2000px" srcdoc="{}"></iframe>'
)
pytestmark = pytest.mark.site


@pytest.fixture
def show(chromium, tmp_path):
    """Open figures and return the frame that they are in; no error is forgiven."""
    contexts, wrong = [], []

    def open_figures(*names, way="file", width=1280, theme="", **options):
        options = {"viewport": {"width": width, "height": 900}} | options
        context = chromium.new_context(**options)
        contexts.append(context)
        opened = context.new_page()
        opened.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        opened.on("console", lambda said: wrong.append(f"console: {said.text}"))
        opened.on(
            "request",
            lambda sent: (
                sent.url.startswith(("file:", "data:", "about:"))
                or wrong.append(f"asks {sent.url}")
            ),
        )
        body = "".join(SAMPLES[name]._repr_html_() for name in names)
        if way == "frame":
            inside = PAGE.format(body=body, theme=theme)
            body = FRAME.format(html.escape(inside))
        path = tmp_path / "page.html"
        path.write_text(PAGE.format(body=body, theme=theme), encoding="utf8")
        opened.goto(path.as_uri())
        if way == "frame":
            opened.wait_for_timeout(100)
            return opened.frames[1]
        return opened

    yield open_figures
    for context in contexts:
        context.close()
    assert not wrong


def keys(frame):
    return frame.page.keyboard if hasattr(frame, "page") else frame.keyboard


def reading(t):
    """What row t of the map reads most, as the figure must say it."""
    i = int(ALPHA[t].argmax())
    return f"{TGT[t]} reads {SRC[i]} {100 * ALPHA[t, i].item():.0f}\u00a0%"


@pytest.mark.parametrize("way", WAYS)
def test_explorer_answers_to_the_mouse(show, way):
    frame = show("one", way=way)
    say = frame.locator(".viz-say")
    targets = frame.locator("[aria-label='Target words'] [role=option]")
    sources = frame.locator("[aria-label='Source words'] [role=option]")
    assert reading(0) in say.inner_text()
    for t in (3, 1, 2):
        targets.nth(t).hover()
        assert reading(t) in say.inner_text()
        i = int(ALPHA[t].argmax())
        assert f"Gold: {SRC[i]}" in say.inner_text()
    sources.nth(4).hover()
    assert "ein is read by 1 81" in say.inner_text()
    frame.locator("h1").hover()  # away: back to where the reader was
    assert reading(0) in say.inner_text()


def test_explorer_answers_over_a_cell_and_draws_the_flow(show):
    frame = show("one")
    box = frame.locator(".viz-tile").bounding_box()
    cell = box["height"] / len(TGT)
    frame.mouse.move(box["x"] + 3.5 * cell, box["y"] + 2.5 * cell)
    assert reading(2) in frame.locator(".viz-say").inner_text()
    flows = frame.locator(".viz-flow path")
    widths = [float(flow.get_attribute("stroke-width")) for flow in flows.all()]
    seen = [a for a in ALPHA[2].tolist() if a >= 0.01]
    assert len(widths) == len(seen)
    unit = widths[-1] / seen[-1]
    assert widths == pytest.approx([max(unit * a, 0.8) for a in seen], rel=0.02)
    numbers = frame.locator(".viz-lane text").all_text_contents()
    assert [int(n.strip("%")) for n in numbers] == [3, 8, 12, 77]


@pytest.mark.parametrize("way", WAYS)
def test_explorer_answers_to_the_keyboard(show, way):
    frame = show("one", way=way)
    press = keys(frame).press
    say, target = frame.locator(".viz-say"), "[aria-label='Target words'] [role=option]"
    press("Tab")
    if way == "frame" and not frame.locator(f"{target}:focus").count():
        press("Tab")
    assert frame.locator(f"{target}:focus").get_attribute("aria-label") == TGT[0]
    for key, t in [("ArrowDown", 1), ("End", 3), ("ArrowDown", 3), ("ArrowUp", 2)]:
        press(key)
        focused = frame.locator(f"{target}:focus")
        assert focused.get_attribute("aria-label") == TGT[t]
        assert focused.get_attribute("aria-selected") == "true"
        assert reading(t) in say.inner_text()
    press("Tab")  # one stop for all targets, then one for all sources
    assert frame.locator("[role=option]:focus").get_attribute("aria-label") == SRC[0]
    assert "vier is read by 4 95" in say.inner_text()
    press("ArrowRight")
    press("Home")
    assert "vier is read by" in say.inner_text()
    press("Escape")
    assert "the whole map" in say.inner_text()
    assert not frame.locator("[aria-selected=true]").count()


@pytest.mark.parametrize("way", WAYS)
def test_explorer_answers_to_touch(show, way):
    frame = show("one", way=way, has_touch=True, is_mobile=True, width=390)
    say = frame.locator(".viz-say")
    frame.locator("[aria-label='Target words'] [role=option]").nth(3).tap()
    assert reading(3) in say.inner_text()
    frame.locator("[aria-label='Source words'] [role=option]").nth(2).tap()
    assert "zwei is read by 2 88" in say.inner_text()


def test_focus_can_be_seen(show):
    frame = show("one")
    frame.keyboard.press("Tab")
    ring = frame.locator("[role=option]:focus > rect")
    assert ring.evaluate("e => getComputedStyle(e).strokeWidth") == "2px"
    assert ring.evaluate("e => getComputedStyle(e).stroke") != "none"


def test_rounding_is_read_by_nobody(show, monkeypatch):
    thirds = [[1 / 3, 1 / 3, 1 / 3, 0.0], [0.3, 0.3, 0.3, 0.1], [0.97, 0.03, 0, 0]]
    monkeypatch.setitem(SAMPLES, "thirds", explore(thirds, "abcd", "xyz"))
    frame = show("thirds")
    targets, say = frame.locator("[role=option]"), frame.locator(".viz-say")
    assert "others" not in say.inner_text()
    for t, text in (("y", "d 10"), ("z", "all others 3")):
        targets.get_by_text(t, exact=True).hover()
        assert text in say.inner_text()


def test_two_maps_have_one_cursor(show):
    frame = show("two")
    frame.locator("[aria-label='Target words of trained'] [role=option]").nth(2).hover()
    trained, blind = frame.locator(".viz-say").all_inner_texts()
    assert reading(2) in trained
    assert "5 reads vier 14" in blind
    assert frame.locator(".viz-on").count() == 2


def test_gold_can_be_hidden(show):
    frame = show("one")
    button = frame.locator(".viz-toggle")
    assert "Gold: vier, 95" in frame.locator(".viz-say").inner_text()
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert not frame.locator(".viz-gold").is_visible()
    assert "Gold" not in frame.locator(".viz-say").inner_text()
    button.press("Enter")
    assert frame.locator(".viz-gold").is_visible()


def test_heads_are_chosen_by_their_pictures(show):
    frame = show("heads")
    heads, say = frame.get_by_role("radio"), frame.locator(".viz-say")
    assert heads.count() == 5
    heads.nth(2).click()
    visible = [g.is_visible() for g in frame.locator(".viz-map").all()]
    assert visible == [False, False, True, False, False]
    assert "4 reads zwei 95" in say.inner_text()  # two columns further
    heads.nth(2).press("ArrowRight")
    assert heads.nth(3).get_attribute("aria-checked") == "true"
    assert "4 reads hundert 95" in say.inner_text()
    sizes = [svg.bounding_box() for svg in frame.locator(".viz-thumbs use").all()]
    assert all(size["width"] > 20 for size in sizes)  # hidden maps are drawn small


@pytest.mark.parametrize("way", WAYS)
def test_player_steps_by_buttons_slider_and_keys(show, way):
    frame = show("play", way=way)
    where, live = frame.locator(".viz-where"), frame.locator(".viz-hid")
    slider = frame.locator("input[type=range]")
    assert slider.input_value() == "4"  # the whole first step
    assert frame.locator(".viz-empty").count() == 0
    frame.get_by_role("button", name="One on").click()
    assert live.inner_text().startswith("Step 1 of 3, e: 我 2.00, 爱 0.00, 中 −1.00")
    assert frame.locator(".viz-empty").count() == 4 + 2 + 4 + 3  # α, c, y′ and s
    slider.press("ArrowRight")
    assert "α: 我 0.76" in live.inner_text()
    slider.press("End")
    assert where.inner_text() == "Step 3 of 3"
    assert live.inner_text().endswith("It writes China.")
    frame.get_by_role("button", name="One back").click()
    assert slider.get_attribute("aria-valuetext").startswith("Step 3 of 3, y′: 0.25")
    stage = frame.locator(".viz-stages [role=option]")
    stage.nth(2).focus()
    keys(frame).press("ArrowUp")
    assert "α:" in live.inner_text()
    assert stage.nth(1).get_attribute("aria-selected") == "true"


def test_player_looks_where_the_mouse_points_and_goes_where_it_clicks(show):
    frame = show("play")
    now = frame.locator(".viz-now")
    row = frame.locator("[data-name=c]")
    row.locator("text").nth(1).hover()
    assert now.get_attribute("data-name") == "c"
    frame.locator("h1").hover()
    assert now.get_attribute("data-name") == "s"
    row.locator("text").nth(1).click()
    frame.locator("h1").hover()
    assert now.get_attribute("data-name") == "c"
    assert frame.locator(".viz-flow path").count() == 4


def test_player_plays_pauses_and_stops_at_the_end(show):
    frame = show("play")
    frame.clock.install()
    button = frame.locator(".viz-run")
    name, slider = button.locator("span"), frame.locator("input[type=range]")
    button.click()
    assert (slider.input_value(), name.inner_text()) == ("0", "Pause")
    frame.clock.run_for(3300)
    assert slider.input_value() == "2"
    button.press("Escape")
    frame.clock.run_for(5000)
    assert (slider.input_value(), name.inner_text()) == ("2", "Play")
    button.click()
    frame.clock.run_for(60_000)
    assert (slider.input_value(), name.inner_text()) == ("14", "Play")
    assert not frame.locator(".viz-later").count()


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
@pytest.mark.parametrize("way", WAYS)
def test_overlay_lifts_the_fog_word_by_word(show, way, touch):
    frame = show("look", way=way, has_touch=touch)
    words, say = frame.locator("[role=option]"), frame.locator(".viz-say")
    fog = frame.locator(".viz-fog path")
    assert "row 1, column 2 (60" in say.inner_text()
    assert "Inside its box: 60" in say.inner_text()
    if touch:
        words.nth(1).tap()
    else:
        words.nth(1).hover()
    assert "猫 looks at row 2, column 2 (80" in say.inner_text()
    thick = [float(cell.get_attribute("fill-opacity")) for cell in fog.all()]
    assert thick == [0.72, 0.72, 0.54, 0.72, 0.0, 0.72]


def test_overlay_answers_to_the_keyboard(show):
    frame = show("look")
    frame.keyboard.press("Tab")
    frame.keyboard.press("ArrowRight")
    assert "猫 looks" in frame.locator(".viz-say").inner_text()
    assert frame.locator("[role=option]:focus").inner_text() == "猫"
    frame.keyboard.press("Home")
    assert "red looks" in frame.locator(".viz-say").inner_text()


@pytest.mark.parametrize("way", WAYS)
def test_sweep_slides_over_its_frames(show, way):
    frame = show("bars", way=way)
    slider, bar = frame.locator("input[type=range]"), frame.locator(".viz-bar").first
    heights = []
    for key in ("Home", "ArrowRight", "End"):
        slider.press(key)
        frame.wait_for_timeout(350)
        heights.append(float(bar.get_attribute("height")))
        knob = frame.locator(".viz-knob b").inner_text()
        assert slider.get_attribute("aria-valuetext") == f"temperature τ {knob}"
    e = [2.0, 0.0, -1.0, 0.0]
    for height, tau in zip(heights, (0.5, 1, 2), strict=True):
        powers = [2.718281828 ** (x / tau) for x in e]
        assert height / 1000 == pytest.approx(powers[0] / sum(powers), abs=0.002)


@pytest.mark.parametrize("hand", ["mouse", "keys", "touch"])
def test_sweep_reads_along_its_axis(show, hand):
    frame = show("lines", has_touch=hand == "touch")
    plot, values = frame.locator(".viz-plot"), frame.locator(".viz-key b")
    assert values.all_inner_texts() == ["", ""]
    box = plot.bounding_box()
    right = {"x": box["width"] - 2, "y": 50}
    if hand == "mouse":
        plot.hover(position=right)
    elif hand == "touch":
        plot.tap(position=right)
    else:
        plot.focus()
        frame.keyboard.press("End")
    assert values.all_inner_texts() == ["4·10⁻⁶", "0.9"]  # 0.5 to the 18th
    assert "18" in plot.get_attribute("aria-valuetext")
    if hand == "mouse":
        frame.locator("h1").hover()
    else:
        plot.press("Escape")
    assert values.all_inner_texts() == ["", ""]


def test_sweep_does_not_move_for_who_asked_for_calm(show):
    frame = show("bars", reduced_motion="reduce")
    bar, before = frame.locator(".viz-bar").first, []
    frame.locator("input[type=range]").press("End")
    before.append(bar.get_attribute("height"))
    frame.wait_for_timeout(300)
    assert bar.get_attribute("height") == before[0]


@pytest.mark.parametrize("width", [1280, 360])
def test_no_figure_pushes_the_page(show, width):
    frame = show(*SAMPLES, width=width)
    assert frame.evaluate("document.documentElement.scrollWidth") <= width
    outside = frame.evaluate(
        """w => [...document.querySelectorAll('figure *')].filter(e =>
        !e.closest('.viz-scroll, .viz-hid, .viz-stages') &&
        e.getBoundingClientRect().right > w).map(e => e.outerHTML.slice(0, 80))""",
        width,
    )
    assert not outside


def test_a_wide_map_scrolls_in_a_box_that_keys_reach(show):
    frame = show("one", width=240)
    box = frame.locator(".viz-panel > .viz-scroll")
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    assert box.get_attribute("tabindex") == "0"
    wide = show("one", width=1280).locator(".viz-panel > .viz-scroll")
    assert wide.get_attribute("tabindex") is None


@pytest.mark.parametrize(
    ("theme", "scheme", "dark"),
    [
        ("", "light", False),
        ("", "dark", True),
        (' data-theme="dark"', "light", True),
        (' data-theme="light"', "dark", False),
    ],
)
def test_the_page_chooses_the_theme(show, theme, scheme, dark):
    frame = show(*SAMPLES, theme=theme, color_scheme=scheme)
    ink, paper = frame.locator("figure").first.evaluate(
        """e => ['color', 'backgroundColor'].map(k => getComputedStyle(e)[k]
        .match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 3)"""
    )
    assert (ink > 200 and paper < 50) if dark else (ink < 60 and paper > 240)


def test_figures_share_a_page(show):
    """All kinds at once, and one of them twice: each answers for itself."""
    frame = show(*SAMPLES, "one")
    assert frame.locator("figure[data-on]").count() == len(SAMPLES) + 1
    first, second = (frame.locator(".viz-explore").nth(k) for k in (0, 4))
    second.locator("[role=option]").nth(3).hover()
    assert reading(3) in second.locator(".viz-say").inner_text()
    assert reading(0) in first.locator(".viz-say").inner_text()
    second.locator("[role=option]").nth(3).focus()
    frame.keyboard.press("ArrowUp")
    assert reading(2) in second.locator(".viz-say").inner_text()


def test_without_scripts_the_words_and_numbers_stand_there(show):
    frame = show("one", java_script_enabled=False)
    text = frame.locator("figure").inner_text()
    assert SAMPLES["one"].describe() in text
    assert "run its cell" in text
    assert frame.locator("table").is_visible()
    assert not frame.locator("button").count()


def test_with_scripts_the_words_wait_behind_their_title(show):
    frame = show("one")
    assert not frame.locator("table").is_visible()
    frame.locator("summary").click()
    assert frame.locator("table").is_visible()
    cells = frame.locator("tbody td").all_inner_texts()
    assert [float(cell) for cell in cells[:7]] == [95, 3, 1, 0, 0, 0, 1]
    assert "run its cell" not in frame.locator("figure").inner_text()


def axe():
    """Where axe's script is: named in AXE, or in a package that brings it."""
    named = os.environ.get("AXE")
    spec = find_spec("axe_playwright_python")
    if named is None and spec is not None and spec.origin is not None:
        named = str(Path(spec.origin).with_name("axe.min.js"))
    return named


@pytest.mark.skipif(axe() is None, reason="no axe: name its script in AXE")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(show, width, scheme):
    frame = show(*SAMPLES, width=width, color_scheme=scheme)
    for summary in frame.locator("summary").all():
        summary.click()
    frame.wait_for_timeout(400)
    frame.add_script_tag(path=axe())
    found = frame.evaluate("axe.run().then(r => r.violations)")
    told = [
        (one["id"], [re.sub(r"\s+", " ", n["html"])[:120] for n in one["nodes"][:3]])
        for one in found
    ]
    assert not told


def test_gold_links_of_the_sample_cross():
    assert sorted(i for _, i in GOLD) != [i for _, i in GOLD]


@pytest.mark.parametrize("hand", ["mouse", "keys", "touch"])
@pytest.mark.parametrize("way", WAYS)
def test_atlas_opens_the_card_of_what_is_chosen(show, way, hand):
    frame = show("atlas", way=way, has_touch=hand == "touch", width=390)
    things, card = frame.locator("[role=option]"), frame.locator(".viz-card:visible")
    threads = frame.locator(".viz-threads path")
    assert card.inner_text().startswith("soft")
    assert threads.count() == 2
    if hand == "mouse":
        things.nth(2).hover()
    elif hand == "touch":
        things.nth(2).tap()
    else:
        things.nth(1).focus()
        keys(frame).press("ArrowRight")
    assert card.inner_text().startswith("sampled")
    assert threads.count() == 1
    assert "viz-kin" in things.nth(1).get_attribute("class")
    assert "viz-kin" not in things.nth(0).get_attribute("class")


def test_atlas_picks_out_what_shares_a_fact(show):
    frame = show("atlas")
    others = frame.locator(".viz-other")
    frame.get_by_role("radio", name="yes").click()
    assert others.all_inner_texts() == ["decoder 1", "soft"]
    frame.get_by_role("radio", name="all").click()
    assert others.count() == 0
