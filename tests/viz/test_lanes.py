import pytest
from figures import LANES, LINKS, read

from course_lib.viz import atlas

NASTY = "</script><script>alert('1')</script>&id;"


def make(lanes=LANES, links=LINKS, **change):
    return atlas(lanes, links, **({"by": "hard", "formula": "equation"} | change))


def chips(drawing):
    return [a for a in drawing.all("span") if a.get("role") == "option"]


def test_every_thing_has_a_chip_and_a_card():
    _, drawing, data = read(make(start="sampled"))
    assert len(chips(drawing)) == 3
    for thing in ("decoder 1", "soft", "sampled"):
        assert drawing.texts.count(thing) >= 2  # on its chip and its card
    cards = [a for a in drawing.all("div") if a.get("class") == "viz-card"]
    assert ["hidden" in a for a in cards] == [True, True, False]
    assert data["start"] == 2


def test_links_are_places_in_the_order_of_the_lanes():
    assert read(make())[2]["links"] == [[0, 1], [1, 2]]
    assert read(make(links=LINKS[::-1]))[2]["links"] == [[1, 2], [0, 1]]
    assert read(make(links=[]))[2]["links"] == []


def test_card_names_kin_both_ways():
    _, drawing, _ = read(make(start="soft"))
    texts = drawing.texts
    assert texts.count("builds on") == texts.count("led to") == 2
    first = texts.index("led to")  # of decoder 1, which builds on nothing
    assert texts[first + 1] == "soft"
    assert texts[texts.index("builds on") + 1] == "decoder 1"


def test_buttons_are_the_values_of_one_fact():
    _, drawing, data = read(make())
    assert data["kinds"] == [0, 0, 1]
    buttons = drawing.all("button", role="radio")
    assert [b["aria-checked"] for b in buttons] == ["true", "false", "false"]
    for text in ("all", "no", "yes"):
        assert text in drawing.texts
    _, without, data = read(make(by=None))
    assert data["kinds"] == []
    assert not without.all("button")


def test_only_the_formula_has_indices():
    lanes = {"one": {"a": {"equation": "e_{t,i} = q_t", "code": "topk_softmax"}}}
    _, drawing, _ = read(atlas(lanes, formula="equation"))
    assert len(drawing.all("sub")) == 2
    assert "topk_softmax" in drawing.texts


def test_words_and_table_say_it_all():
    around, _, _ = read(make(title="Map"))
    words = make(title="Map").describe()
    assert words.startswith("Map. Map of 3 things in 2 lanes. fixed vector: decoder 1.")
    assert words.endswith("soft builds on decoder 1. sampled builds on soft.")
    assert len(around.all("th", scope="row")) == 3
    assert "l_t ~ α_t" in around.texts


def test_nothing_that_is_said_becomes_markup():
    lanes = {NASTY: {NASTY: {NASTY: NASTY}}}
    around, drawing, _ = read(
        atlas(lanes, [(NASTY, NASTY)], by=NASTY, formula=NASTY, title=NASTY)
    )
    assert len(around.all("script")) == 2
    assert not drawing.all("script")
    assert drawing.texts.count(NASTY) >= 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lanes": {}}, "give 1 to 64"),
        ({"lanes": {"a": {}}}, "give 1 to 64"),
        ({"lanes": {"a": LANES["attention"], "b": LANES["attention"]}}, "soft"),
        ({"lanes": LANES | {"c": {"x": {"equation": ""}}}}, "'x' has the fields"),
        ({"by": "cost"}, "'cost' is no field"),
        ({"formula": "cost"}, "'cost' is no field"),
        ({"links": [("soft", "hard")]}, "'hard' is not on the map"),
        ({"start": "hard"}, "'hard' is not on the map"),
        (
            {
                "lanes": {"a": {str(k): {"hard": str(k)} for k in range(7)}},
                "links": [],
                "formula": None,
            },
            "more than 6 values",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        make(**change)
