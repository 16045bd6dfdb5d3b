"""Formulas as MathML, made while the book is built: no script, no request, no wait.

KaTeX was the other candidate: it looks the same in every browser, old ones too, but it
needs Node, and the formulas of chapters 1 and 3 take nine times the mark-up and 296 KB
of fonts instead of 52. MathML looks as good where it was compared (Chromium), is what
screen readers read, and leaves spacing and stretching to the browser: one from before
2023 shows some formulas flat.

``render`` is the only function that knows which converter is used. The font is
STIX Two Math, taken from an installed package and cut down to the mathematical part.
"""

import json
import re
from functools import cache
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from docutils.utils import get_source_line
from fontTools import configLogger, subset
from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)
configLogger(level="WARNING")  # it tells of every table that it cuts
FONT = "fonts/maths.woff2"
SOURCE = "fonts/STIXTwoMath-Regular.ttf"  # in the package ziamath
NUMBERED = re.compile(r"\\begin\{(align|equation|gather|multline)\}")
# What the converter writes and what is wanted instead, in every formula.
MENDED = [
    # An arrow over one letter is wider than the letter: the style sheet's `short`.
    (
        re.compile(r"(<mover[^>]*>(?:<mi>\w</mi>))<mo>([←→])</mo></mover>"),
        r'\1<mo class="short" stretchy="false">\2</mo></mover>',
    ),
    # Firefox takes a circled dot for a sum's sign, and draws it twice as large.
    (re.compile(r"<mo([^>]*)>⊙</mo>"), r'<mo largeop="false"\1>⊙</mo>'),
]
# A browser draws <mi>x</mi> with these italic letters ...
ITALIC = {*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C)}
# ... and these, which no formula holds: the root's sign, the minus, the accents.
PRIME = 0x2032
LONG = 28  # signs: about as many as a phone has room for in a line
IMPLIED = {0x221A, 0x2212, *range(0x300, 0x30D), *range(0x2061, 0x2065)}


@cache
def render(tex: str, display: bool) -> str:
    """Return a formula as MathML.

    Raises:
        ValueError: the formula is not right; the message says where.
    """
    converter = LatexToMathML(fancy_error=False)
    try:
        mathml = converter.convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        raise ValueError(str(error)) from None
    for pattern, wanted in MENDED:
        mathml = pattern.sub(wanted, mathml)
    return mathml


def place(node: nodes.Element) -> str:
    """Return where a formula stands: the file and the line, or the cell of a notebook.

    MyST-NB says 10,000 n + l + 1 for line l of cell n, both counted from 1.
    """
    source, line = get_source_line(node)
    if not str(source).endswith(".ipynb") or not line:
        return f"{source}:{line or ''}"
    number, line = divmod(line, 10_000)
    cells = json.loads(Path(str(source)).read_text(encoding="utf8"))["cells"]
    name = cells[number - 1].get("id", number) if number <= len(cells) else number
    return f"{source}: cell {name}, line {line - 1}"


def converted(translator: HTML5Translator, node: nodes.Element, display: bool) -> str:
    """Return the formula of a node, or its source and a warning where it is wrong."""
    tex = node.astext().strip()
    if display and "\\\\" in tex and "\\begin" not in tex:
        tex = f"\\begin{{aligned}}{tex}\\end{{aligned}}"
    tex = NUMBERED.sub(r"\\begin{\1*}", tex)  # Sphinx numbers, by the label
    tex = re.sub(r"\\end\{(align|equation|gather|multline)\}", r"\\end{\1*}", tex)
    try:
        return render(tex, display)
    except ValueError as error:
        log.warning("formula %r: %s", tex, error, location=place(node))
        return f"<code>{escape(tex)}</code>"


def inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula that stands in a line."""
    html = converted(translator, node, display=False)
    signs = len(unescape(re.sub(r"<[^>]*>", "", html)))
    kind = "math long" if signs > LONG else "math"  # a phone scrolls a long one
    translator.body.append(f'<span class="{kind}">{html}</span>')
    raise nodes.SkipNode


def block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula that stands alone, with its number at the right."""
    body = translator.body
    body.append(translator.starttag(node, "div", CLASS="math"))
    body.append(converted(translator, node, display=True))
    if node.get("number"):
        body.append(
            f'<span class="eqno">({get_node_equation_number(translator, node)})'
        )
        translator.add_permalink_ref(node, _("Link to this equation"))
        body.append("</span>")
    body.append("</div>\n")
    raise nodes.SkipNode


def installed() -> TTFont:
    """Open the font that the package brings, without running the package."""
    package = find_spec("ziamath")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("ziamath is not installed: pip install ziamath")
    return TTFont(Path(package.origin).parent / SOURCE)


def mend(font: TTFont) -> None:
    """Change two things in the maths font that browsers read otherwise than TeX does.

    A subscript keeps its distance from the lowest point of what it stands at, so that
    it hangs lower at y than at s. TeX does that for tall brackets only, never for a
    letter: with this value every letter's subscript stands at the same height. And a
    prime is drawn large for use as a superscript, but only Firefox asks for that form.
    """
    constants = font["MATH"].table.MathConstants
    constants.SubscriptBaselineDropMin.Value = -15
    forms: dict[str, list[str]] = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            forms |= getattr(getattr(table, "ExtSubTable", table), "alternates", {})
    for table in font["cmap"].tables:
        small = table.cmap.get(PRIME)
        if small in forms:
            table.cmap[PRIME] = forms[small][0]


def font(target: Path, wanted: set[int]) -> None:
    """Write the maths font: an installed STIX Two Math with these characters only."""
    if target.exists() and wanted <= set(TTFont(target).getBestCmap()):
        return
    options = subset.Options(
        layout_features=["ssty", "dtls", "flac", "ccmp", "mark"],
        flavor="woff2",
        hinting=False,
        drop_tables=["DSIG", "meta"],
    )
    with installed() as whole:
        chooser = subset.Subsetter(options)
        chooser.populate(unicodes=sorted(wanted))
        chooser.subset(whole)
        mend(whole)
        target.parent.mkdir(parents=True, exist_ok=True)
        subset.save_font(whole, str(target), options)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Put the font beside the pages, with the characters of their formulas."""
    if exception is not None or app.builder.format != "html":
        return
    wanted = {*range(0x20, 0x7F), *ITALIC, *IMPLIED}
    for page in Path(app.outdir).rglob("*.html"):
        for formula in re.findall(r"(?s)<math.*?</math>", page.read_text("utf8")):
            wanted |= {ord(sign) for sign in unescape(formula)}
    with installed() as whole:
        wanted &= set(whole.getBestCmap())
    font(Path(app.outdir) / "_static" / FONT, wanted)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
