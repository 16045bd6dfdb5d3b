"""What every page gets: a description, scripts that do not block, mended mark-up.

The theme's pages are good, but not faultless: a screen reader stumbles over some of
their mark-up, and scripts in the head keep the text waiting. Each page is mended when
it is written, so a build of one changed page leaves the others as they are.
"""

import re
from html import escape, unescape
from typing import Any

import pictures
from docutils import nodes
from sphinx.application import Sphinx
from styles import SHEET, sheets


def plain(mathml: str) -> str:
    """Return the signs of a formula, in their order."""
    return escape(unescape(re.sub(r"<[^>]*>", "", mathml)))


def bare(signature: str) -> str:
    """Return a signature without the elements around signs that look like any other."""
    for kind in ("pre", "w", "p"):
        signature = re.sub(rf'<span class="{kind}">([^<]*)</span>', r"\1", signature)
    return signature


# What the theme or Sphinx writes, and what stands in the page instead.
MENDED = [
    # One viewport is enough, and nobody serves these pages as somebody's "docs".
    (r'<meta name="viewport" content="width=device-width, initial-scale=1" ?/>\n?', ""),
    (r'<meta name="docsearch:[^>]*/>\s*', ""),
    # Space for an advertisement.
    (r'(?s)<div id="ethical-ad-placement".*?</div>', ""),
    # An empty script: the icons are a font.
    (r'\s*<script defer src="[^"]*fontawesome\.js[^"]*"></script>', ""),
    # What is read out must hold what is seen.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    (
        r'(<button class="btn search-button-field[^>]*?) title="\w+" aria-label="\w+"',
        r"\1",
    ),
    # Everything lies in a landmark, the title of the book too.
    (
        r'<div class="sidebar-primary-items__start sidebar-primary__section">',
        '<div class="sidebar-primary-items__start sidebar-primary__section"'
        ' role="region" aria-label="Book">',
    ),
    # The first heading of a page is its title: parts in the side bar are none.
    (r'<p aria-level="2" class="caption" role="heading">', '<p class="caption">'),
    # "The score #": the sign at each heading is for the mouse.
    (
        r'<a class="headerlink" ',
        '<a class="headerlink" aria-hidden="true" tabindex="-1" ',
    ),
    # The empty corner of a table is no heading.
    (r'<th class="head">(<p></p>)?</th>', '<td class="head"></td>'),
    # A formula that heads a column has a name that can be said with each cell.
    (
        r'(?s)(<th class="head"><p><span class="math[ long]*">)<math>(.*?)</math>',
        lambda found: (
            f'{found[1]}<math aria-label="{plain(found[2])}">{found[2]}</math>'
        ),
    ),
    # A reference is an item of its list (its own role is no longer in use).
    (r' role="doc-biblioentry"', ' role="listitem"'),
    # A signature on several lines is no list of definitions.
    (
        r"(?s)\n\n<dl>\n((?:<dd>(?:(?!</?dl).)*?</dd>\n)+)</dl>\n\n",
        lambda found: SIGNATURE_LINE.sub(r'<span class="sig-line">\1</span>', found[1]),
    ),
    # Half the elements of the reference say nothing: commas, blanks, halves of names.
    (r'(?s)<dt class="sig .*?</dt>', lambda found: bare(found[0])),
]
# Lists inside lists, each in one of the items (the overview of the sources).
NESTED = [(r"</li>\s*<ul>", "<ul>"), (r"</ul>(?=<li>|</ul>)", "</ul></li>")]
SIGNATURE_LINE = re.compile(r"(?s)<dd>(.*?)</dd>\n?")
LINK = re.compile(r'\s*<link\b[^>]*\brel="stylesheet"[^>]*>')
PRELOAD = re.compile(r'\s*<link rel="preload" as="script"[^>]*>')
SCRIPT = re.compile(r"(?s)<script\b(?![^>]*data-cfasync)[^>]*>.*?</script>\s*")
LATE = "<!-- Scripts loaded after <body> so the DOM is not blocked -->"
SEARCH = re.compile(
    r'<script src="[^"]*(searchtools|language_data|searchindex)\.js[^>]*></script>\s*'
)


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Describe a page by its first paragraph, or a page of code by its title."""
    if 'name="description"' in context.get("metatags", ""):
        return
    paragraphs = [] if tree is None else tree.findall(nodes.paragraph)
    texts = (" ".join(paragraph.astext().split()) for paragraph in paragraphs)
    title = f"{context.get('title') or 'Search'}: {app.config.html_title}"
    text = next((text for text in texts if len(text) > 40), title)
    if len(text) > 155:
        text = text[:155].rsplit(" ", 1)[0] + " ..."
    meta = f'<meta name="description" content="{escape(text)}">\n'
    context["metatags"] = context.get("metatags", "") + meta


def mend(html: str, context: dict[str, Any], known: list[str]) -> str:
    """Return a page with one style sheet, late scripts and mended mark-up."""
    head, rest = html.split("</head>", 1)
    overview = context.get("pagename") == "_modules/index"
    for pattern, wanted in MENDED + NESTED * overview:
        head, rest = re.sub(pattern, wanted, head), re.sub(pattern, wanted, rest)

    def unknown(link: re.Match[str]) -> str:
        return "" if any(sheet in link[0] for sheet in known) else link[0]

    sheet = context["pathto"](SHEET, 1)
    head = PRELOAD.sub("", LINK.sub(unknown, head))
    head = head.replace(
        "<title>", f'<link rel="stylesheet" href="{sheet}">\n<title>', 1
    )
    # The index of the search (a third of a page's weight) is for the search page.
    if context.get("pagename") != "search":
        head = SEARCH.sub("", head)
    # In their order and not deferred: some define what the next one uses.
    scripts = "".join(SCRIPT.findall(head))
    rest = rest.replace(LATE, scripts, 1) if LATE in rest else rest
    return SCRIPT.sub("", head) + "</head>" + rest


def on_writing(app: Sphinx) -> None:
    """Mend each page between its template and its file."""
    if app.builder.name != "html":
        return
    render = app.builder.templates.render

    def mended(template: str, context: dict[str, Any]) -> str:
        html = render(template, context)
        if "</head>" not in html:
            return html
        return pictures.mend(mend(html, context, sheets(app)), app)

    app.builder.templates.render = mended  # type: ignore[method-assign]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", describe, priority=900)
    app.connect("builder-inited", on_writing, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
