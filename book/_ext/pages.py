"""What every page gets: a description for search engines, and small icon fonts."""

import re
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools import subset
from sphinx.application import Sphinx

THEME = "theme/pydata_sphinx_theme/static"
ICONS = "vendor/fontawesome/webfonts"
RULE = re.compile(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Describe a page by its first paragraph."""
    if tree is None or 'name="description"' in context.get("metatags", ""):
        return
    for paragraph in tree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > 40:
            meta = f'<meta name="description" content="{escape(text[:155])}">\n'
            context["metatags"] = context.get("metatags", "") + meta
            return


def icons(app: Sphinx, exception: Exception | None) -> None:
    """Cut the theme's icon fonts (270 KB) down to the icons that the pages use."""
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    theme = files("pydata_sphinx_theme") / THEME
    css = (theme / "styles/pydata-sphinx-theme.css").read_text(encoding="utf8")
    names = {
        name: int(code, 16)
        for selectors, code in RULE.findall(css)
        for name in re.findall(r"\.fa-([a-z0-9-]+):", selectors)
    }
    used: set[str] = set()
    for path in [*out.rglob("*.html"), *(out / "_static/scripts").glob("*.js")]:
        used |= set(re.findall(r"fa-([a-z0-9-]+)", path.read_text(errors="ignore")))
    codes = {names[name] for name in used & set(names)}
    for path in (out / "_static").rglob("*.css"):
        text = RULE.sub("", path.read_text(encoding="utf8", errors="ignore"))
        codes |= {int(code, 16) for code in re.findall(r'"\\([ef][0-9a-f]{3})"', text)}
        codes |= {ord(sign) for sign in text if 0xE000 <= ord(sign) <= 0xF8FF}
    for name in ("fa-solid-900", "fa-regular-400", "fa-brands-400"):
        options = subset.Options(flavor="woff2")
        font = subset.load_font(str(theme / ICONS / f"{name}.woff2"), options)
        chooser = subset.Subsetter(options)
        chooser.populate(unicodes=sorted(codes))
        chooser.subset(font)
        subset.save_font(font, str(out / "_static" / ICONS / f"{name}.woff2"), options)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", describe, priority=900)
    app.connect("build-finished", icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
