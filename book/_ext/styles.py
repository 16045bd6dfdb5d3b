"""One style sheet for all pages, with the rules and the icons that they use.

The theme and the extensions bring ten sheets and three icon fonts, 900 KB in all. Here
they become one sheet: rules for classes and ids that no page and no script mentions
are left out, and the few icons that are used lie in the sheet itself.
"""

import base64
import hashlib
import posixpath
import re
from collections.abc import Iterable
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import tinycss2
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.util import logging
from tinycss2.ast import AtRule, Node, QualifiedRule

log = logging.getLogger(__name__)
SHEET = "_static/pages.css"
# What the theme's templates link by themselves, and what these sheets hold.
THEME = ["styles/theme.css", "basic.css", "styles/pydata-sphinx-theme.css"]
ICONS = files("pydata_sphinx_theme") / "theme/pydata_sphinx_theme/static"
ICON = re.compile(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')
FONT = re.compile(r"src:url\(\"?([^)\"]+/(fa-\w+-\d+)\.woff2)\"?\)[^}]*")
URL = re.compile(r"""url\(["']?(?!data:|#|/|\w+:)([^"')]+)["']?\)""")
CONDITIONS = {"media", "supports"}
WORD = re.compile(r"[A-Za-z_][\w-]*")


def sheets(app: Sphinx) -> list[str]:
    """Return the sheets that pages would link, below ``_static``, in their order."""
    found = [str(css.filename) for css in getattr(app.builder, "_css_files", [])]
    own = [name.removeprefix("_static/") for name in found if "//" not in name]
    return THEME + [name.split("?")[0] for name in own]


def joined(static: Path, names: Iterable[str]) -> str:
    """Return all sheets as one text; its addresses start from ``_static``."""
    texts = []
    for name in names:
        path, folder = static / name, posixpath.dirname(name)
        text = path.read_text(encoding="utf8") if path.exists() else ""
        if name == THEME[0]:
            continue  # imports the next one, and does nothing else
        if "@import" in text:
            log.warning("%s imports another sheet: name that one in styles.py", name)

        def moved(found: re.Match[str], folder: str = folder) -> str:
            return f"url({posixpath.normpath(posixpath.join(folder, found[1]))})"

        texts.append(re.sub(r"(?s)/\*.*?\*/", "", URL.sub(moved, text)))
    return "\n".join(texts)


def used(out: Path) -> set[str]:
    """Return every class and id of the pages, and every word of their scripts."""
    words, scripts = set(), set()
    for page in out.rglob("*.html"):
        text = page.read_text(encoding="utf8")
        scripts |= set(re.findall(r'<script[^>]* src="[^"]*(_static/[^"?]+)', text))
        for value in re.findall(r'\b(?:class|id)="([^"]*)"', text):
            words |= set(value.split())
    for script in scripts:
        if (out / script).exists():
            words |= set(WORD.findall((out / script).read_text(encoding="utf8")))
    return words


def names(selector: list[Node]) -> Iterable[str]:
    """Yield the classes and ids that a selector cannot do without."""
    for before, node in zip([None, *selector], selector, strict=False):
        is_class = node.type == "ident" and before == "."
        if node.type == "hash" or is_class:
            yield node.value


def purged(rules: list[Node], words: set[str]) -> str:
    """Return a sheet's rules, without the selectors that can match nothing."""
    kept = []
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            selectors: list[list[Node]] = [[]]
            for node in rule.prelude:
                if node == ",":
                    selectors.append([])
                else:
                    selectors[-1].append(node)
            wanted = [s for s in selectors if words.issuperset(names(s))]
            if wanted:
                head = ",".join(tinycss2.serialize(s).strip() for s in wanted)
                kept.append(f"{head}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif isinstance(rule, AtRule) and rule.lower_at_keyword in {
            "media",
            "supports",
        }:
            inner = purged(tinycss2.parse_rule_list(rule.content, True, True), words)
            if inner:
                head = tinycss2.serialize(rule.prelude).strip()
                kept.append(f"@{rule.at_keyword} {head}{{{inner}}}")
        elif isinstance(rule, AtRule) and rule.lower_at_keyword != "charset":
            kept.append(rule.serialize())
    return "\n".join(kept)


def icons(css: str, words: set[str]) -> set[int]:
    """Return the code points of the icons in use: by class, or drawn by a rule."""
    codes = {
        int(code, 16)
        for selectors, code in ICON.findall(css)
        for name in re.findall(r"\.(fa-[a-z0-9-]+):", selectors)
        if name in words
    }
    others = ICON.sub("", css)
    codes |= {int(code, 16) for code in re.findall(r'"\\([ef][0-9a-f]{3})"', others)}
    return codes | {ord(sign) for sign in others if 0xE000 <= ord(sign) <= 0xF8FF}


def icon_font(name: str, codes: set[int]) -> str:
    """Return a font of the theme, cut to these icons, as an address that holds it."""
    options = subset.Options(flavor="woff2")
    font = subset.load_font(
        str(ICONS / f"vendor/fontawesome/webfonts/{name}.woff2"), options
    )
    chooser = subset.Subsetter(options)
    chooser.populate(unicodes=sorted(codes))
    chooser.subset(font)
    data = BytesIO()
    subset.save_font(font, data, options)
    encoded = base64.b64encode(data.getvalue()).decode()
    return f'src:url(data:font/woff2;base64,{encoded}) format("woff2")'


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the one sheet, unless it is there already, made from the same."""
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    css, words = joined(out / "_static", sheets(app)), used(out)
    mentioned = words & set(WORD.findall(css))
    key = hashlib.sha256("\n".join([__doc__ or "", css, *sorted(mentioned)]).encode())
    line = f"/* {key.hexdigest()[:16]} */\n"
    sheet = out / SHEET
    if sheet.exists() and sheet.read_text(encoding="utf8").startswith(line):
        return
    text = purged(tinycss2.parse_stylesheet(css, True, True), words)
    codes = icons(css, words)
    text = FONT.sub(lambda found: icon_font(found[2], codes), text)
    sheet.write_text(line + text, encoding="utf8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    # Late: the theme writes a sheet of its own (colours of code) when a build ends.
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
