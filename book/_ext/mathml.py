"""Formulas as MathML, made while the book is built: no script, no request, no wait.

``render`` is the only function that knows which converter is used. The font is
STIX Two Math, taken from an installed package and cut down to the mathematical part.
"""

import re
from functools import cache
from html import escape, unescape
from importlib.resources import files
from pathlib import Path

from docutils import nodes
from fontTools import subset
from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)
FONT = "fonts/maths.woff2"
NUMBERED = re.compile(r"\\begin\{(align|equation|gather|multline)\}")
SHORT_ARROW = re.compile(r"(<mover[^>]*>(?:<mi>\w</mi>))<mo>([←→])</mo></mover>")
# A browser draws <mi>x</mi> with these italic letters ...
ITALIC = {*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C)}
# ... and these, which no formula holds: the root's sign, the minus, the accents.
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
        # An arrow over one letter is wider than the letter: the style sheet's `short`.
        return SHORT_ARROW.sub(r'\1<mo class="short">\2</mo></mover>', mathml)
    except LatexError as error:
        raise ValueError(str(error)) from None


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
        log.warning("formula %r: %s", tex, error, location=node)
        return f"<code>{escape(tex)}</code>"


def inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula that stands in a line."""
    html = converted(translator, node, display=False)
    translator.body.append(f'<span class="math">{html}</span>')
    raise nodes.SkipNode


def block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula that stands alone, with its number at the right."""
    body = translator.body
    body.append(translator.starttag(node, "div", CLASS="math", tabindex="0"))
    body.append(converted(translator, node, display=True))
    if node.get("number"):
        body.append(
            f'<span class="eqno">({get_node_equation_number(translator, node)})'
        )
        translator.add_permalink_ref(node, _("Link to this equation"))
        body.append("</span>")
    body.append("</div>\n")
    raise nodes.SkipNode


def font(target: Path, wanted: set[int]) -> None:
    """Write the maths font: an installed STIX Two Math with these characters only."""
    if target.exists() and wanted <= set(TTFont(target).getBestCmap()):
        return
    source = files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf"
    options = subset.Options(
        layout_features=["ssty", "dtls", "flac", "ccmp", "mark"],
        flavor="woff2",
        hinting=False,
        drop_tables=["DSIG", "meta"],
    )
    with source.open("rb") as stream:
        whole = TTFont(stream)
        chooser = subset.Subsetter(options)
        chooser.populate(unicodes=sorted(wanted))
        chooser.subset(whole)
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
    source = files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf"
    with source.open("rb") as stream:
        wanted &= set(TTFont(stream).getBestCmap())
    font(Path(app.outdir) / "_static" / FONT, wanted)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
