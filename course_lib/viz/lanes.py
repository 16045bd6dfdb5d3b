"""The atlas: a map of things in lanes; choose one to see its facts and its kin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from . import page

THINGS, KINDS = 64, 6  # the most things, and values of one fact, that can be read

FORMULA = ' class="viz-formula"'

Facts = Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Atlas:
    """What `atlas` returns: shown by a notebook, described in words by `describe`."""

    lanes: tuple[tuple[str, tuple[str, ...]], ...]
    fields: tuple[str, ...]
    facts: tuple[tuple[str, ...], ...]  # one row a thing, in the order of the lanes
    links: tuple[tuple[int, int], ...]
    by: str | None
    formula: str | None
    title: str | None
    start: int

    def describe(self) -> str:
        """The figure in words: its lanes, and what was made from what."""
        parts = [f"{self.title}."] if self.title else []
        parts.append(f"Map of {len(self.facts)} things in {len(self.lanes)} lanes.")
        parts += [f"{lane}: {', '.join(things)}." for lane, things in self.lanes]
        for k, thing in enumerate(self._names()):
            if parents := self._kin(k, back=True):
                parts.append(f"{thing} builds on {', '.join(parents)}.")
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"Atlas. {self.describe()}"

    def _repr_html_(self) -> str:
        names, kinds = self._names(), self._kinds()
        lanes = "".join(
            f'<div class="viz-lanes"><p class="viz-name">{escape(lane)}</p>'
            f'<div class="viz-chips" role="listbox" aria-label="{escape(lane)}">'
            + "".join(
                '<span role="option" class="viz-chip" aria-selected="false">'
                f"{escape(thing)}</span>"
                for thing in things
            )
            + "</div></div>"
            for lane, things in self.lanes
        )
        buttons = "".join(
            f'<button type="button" role="radio" aria-checked="{str(not j).lower()}">'
            f"{escape(kind)}</button>"
            for j, kind in enumerate(["all", *kinds])
        )
        choice = (
            f'<div class="viz-row viz-kinds" role="radiogroup" '
            f'aria-label="{escape(self.by)}"><span>{escape(self.by)}:</span>'
            f"{buttons}</div>"
            if self.by
            else ""
        )
        cards = "".join(
            f'<div class="viz-card"{"" if k == self.start else " hidden"}>'
            f"{self._card(k)}</div>"
            for k in range(len(names))
        )
        column = self.fields.index(self.by) if self.by else 0
        return page.frame(
            "atlas",
            f'{choice}<div class="viz-atlas"><div class="viz-map-of">'
            f'<svg class="viz-threads" aria-hidden="true"></svg>{lanes}</div>'
            f'<div class="viz-cards" aria-live="polite">{cards}</div></div>'
            '<div class="viz-row viz-foot"><span>Orange line: builds on. Dashed line: '
            "led to. Point, tap, or use Tab and the arrow keys.</span></div>",
            label=self.title or "Atlas",
            data={
                "links": self.links,
                "kinds": [kinds.index(row[column]) for row in self.facts]
                if self.by
                else [],
                "start": self.start,
            },
            words=self.describe(),
            numbers=page.table("All facts", self.fields, names, self.facts),
            title=self.title,
            sheet="atlas.css",
        )

    def _names(self) -> list[str]:
        return [thing for _, things in self.lanes for thing in things]

    def _kinds(self) -> list[str]:
        """The values of the fact that can be asked for, in order of appearance."""
        if self.by is None:
            return []
        column = self.fields.index(self.by)
        return list(dict.fromkeys(row[column] for row in self.facts))

    def _kin(self, k: int, back: bool) -> list[str]:
        names = self._names()
        if back:
            return [names[i] for i, j in self.links if j == k]
        return [names[j] for i, j in self.links if i == k]

    def _card(self, k: int) -> str:
        rows = [
            (field, page.maths(text) if field == self.formula else escape(text))
            for field, text in zip(self.fields, self.facts[k], strict=True)
        ]
        for name, back in (("builds on", True), ("led to", False)):
            if kin := self._kin(k, back):
                rows.append((name, escape(", ".join(kin))))
        facts = "".join(
            f"<dt>{escape(field)}</dt>"
            f"<dd{FORMULA if field == self.formula else ''}>{shown}</dd>"
            for field, shown in rows
        )
        return f"<p><b>{escape(self._names()[k])}</b></p><dl>{facts}</dl>"


def atlas(
    lanes: Mapping[str, Mapping[str, Facts]],
    links: Iterable[tuple[str, str]] = (),
    *,
    by: str | None = None,
    formula: str | None = None,
    title: str | None = None,
    start: str | None = None,
) -> Atlas:
    """Things in lanes, with a card of facts for each and threads to its kin.

    Choose a thing: its card opens, a line runs from each thing that it builds on and
    to each that it led to. Buttons pick out those that share a fact. Works in a saved
    page; no kernel, no network. All facts stand in a table under the figure.

    Args:
        lanes: name of a lane -> name of a thing -> field -> what is to be said. All
            things have the same fields.
        links: (what was there, what was built on it).
        by: the field whose values, a few, become the buttons.
        formula: the field that is set as a formula, with real indices.
        title: a line above.
        start: the thing that is chosen at first; None is the first one.

    Raises:
        ValueError: if there is no thing or there are too many, if a name occurs twice,
            if things have different fields, or if a link, a field or ``start`` is not
            among them.
    """
    things = [(name, facts) for lane in lanes.values() for name, facts in lane.items()]
    names = [name for name, _ in things]
    if not 1 <= len(names) <= THINGS:
        raise ValueError(f"{len(names)} things: give 1 to {THINGS}")
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{twice} stand in more than one lane: names must differ")
    fields = tuple(things[0][1])
    for name, facts in things:
        if tuple(facts) != fields:
            raise ValueError(
                f"{name!r} has the fields {list(facts)}, the first has {list(fields)}"
            )
    for field in (by, formula):
        if field is not None and field not in fields:
            raise ValueError(f"{field!r} is no field: there are {list(fields)}")
    if by and len({facts[by] for _, facts in things}) > KINDS:
        raise ValueError(f"{by!r} has more than {KINDS} values: too many buttons")
    pairs = list(links)
    for name in [*(end for pair in pairs for end in pair), *([start] if start else [])]:
        if name not in names:
            raise ValueError(f"{name!r} is not on the map: there are {names}")
    return Atlas(
        tuple((lane, tuple(inside)) for lane, inside in lanes.items()),
        fields,
        tuple(tuple(facts.values()) for _, facts in things),
        tuple((names.index(a), names.index(b)) for a, b in pairs),
        by,
        formula,
        title,
        names.index(start) if start else 0,
    )
