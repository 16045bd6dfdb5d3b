"""Every page that was built, on a desktop and on a phone, light and dark, offline."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import audit
import pytest

WIDE, PHONE = 1280, 390
# A page whose faults are known: one of each kind that the audit looks for.
FAULTY = """<!doctype html>
<html lang="en" data-theme="light"><head><title>Faulty</title>
<script>
  matchMedia("(prefers-color-scheme: dark)").onchange = (e) =>
    (document.documentElement.dataset.theme = e.matches ? "dark" : "light");
  fetch("https://example.org/font.woff2").catch(() => {});
  console.error("lost");
</script></head><body><main><article class="bd-article"><h1>Faulty</h1>
<p style="color: #aaa; background: #fff">too faint</p>
<p><a href="#there"></a></p>
<p style="width: 2000px">too wide</p>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt="a1b2c3.png">
<figure class="viz" aria-label="dead"><button>Play</button></figure>
<figure class="viz" aria-label="empty"></figure>
</article></main></body></html>"""
LIVE = """<!doctype html>
<html lang="en" data-theme="light"><head><title>Live</title></head>
<body><main><h1>Live</h1><figure class="viz" aria-label="map"><button>a</button>
<p>nothing</p></figure><script>
const [button, said] = document.querySelectorAll("button, p");
button.onmouseenter = () => (said.textContent = "hovered");
button.onpointerdown = () => (said.textContent = "tapped");
button.onkeydown = (e) => (said.textContent = e.key);
</script></main></body></html>"""


def built(html: Path) -> list[str]:
    """Return the addresses of all pages, below the site's own."""
    found = html.rglob("*.html")
    names = {path.relative_to(html) for path in found}
    return sorted(n.as_posix() for n in names if n.parts[0] != "_static")


def opened(html: Path) -> list[str]:
    """Return the pages that the browser opens: all that somebody wrote.

    Of the library's code, which one template shows, the longest file and the shortest.
    """
    names = [name for name in built(html) if name != "index.html"]  # leads to the book
    code = [name for name in names if name.startswith("_modules/course_lib")]
    code.sort(key=lambda name: (html / name).stat().st_size)
    return [name for name in names if name not in code[1:-1]]


def open_page(chromium, home, width):
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, has_touch=width < audit.NARROW
    )
    page = context.new_page()
    return context, page, audit.Listener(page, home)


@pytest.mark.site
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_every_page_is_faultless(chromium, site, html, width):
    context, page, listener = open_page(chromium, site, width)
    wrong = {}
    for name in opened(html):
        found = audit.audit(page, f"{site}/{name}", width, listener, width == PHONE)
        if found:
            wrong[name] = found
    context.close()
    assert not wrong, "\n".join(f"{n}: {p}" for n in wrong for p in wrong[n])


@pytest.mark.site
def test_the_audit_sees_each_fault(chromium, tmp_path):
    from server import serving

    (tmp_path / "faulty.html").write_text(FAULTY, encoding="utf8")
    with serving(tmp_path) as home:
        context, page, listener = open_page(chromium, home, WIDE)
        found = audit.audit(page, f"{home}/faulty.html", WIDE, listener)
        context.close()
    kinds = [
        "third-party request: https://example.org/font.woff2",
        "console: lost",
        "light: contrast 2.32",
        "link-name",
        "scrolls sideways: 20",
        "leaves the screen: <p style",
        "alt text 'a1b2c3.png'",
        "figure dead: does not answer to hover",
        "figure dead: does not answer to the keyboard",
        "figure empty: nothing in it takes the focus",
    ]
    missing = [kind for kind in kinds if not any(kind in said for said in found)]
    assert not missing, found


@pytest.mark.site
@pytest.mark.parametrize("touch", [False, True])
def test_a_live_figure_passes(chromium, tmp_path, touch):
    from server import serving

    (tmp_path / "live.html").write_text(LIVE, encoding="utf8")
    with serving(tmp_path) as home:
        context, page, _ = open_page(chromium, home, PHONE if touch else WIDE)
        page.goto(f"{home}/live.html")
        assert audit.figures(page, touch) == []
        context.close()


# ------------------------------------------------------------------- without a browser


def references(text: str) -> list[str]:
    """Return the addresses that a page names: links, pictures, scripts, sheets."""
    named = re.findall(r'<[^>]*?\s(?:href|src)="([^"]*)"', text)
    return [unescape(address) for address in named]


def test_every_internal_link_leads_somewhere(html):
    pages = {name: (html / name).read_text(encoding="utf8") for name in built(html)}
    anchors = {
        name: {unescape(i) for i in re.findall(r'\sid="([^"]*)"', text)}
        for name, text in pages.items()
    }
    broken = []
    for name, text in pages.items():
        for address in set(references(text)):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (html / name).parent / unquote(parts.path)
            target = target.resolve() if parts.path else (html / name).resolve()
            known = target.relative_to(html).as_posix()
            if not target.is_file():
                broken.append(f"{name}: {address}")
            elif parts.fragment and unquote(parts.fragment) not in anchors.get(
                known, ()
            ):
                broken.append(f"{name}: no such place {address}")
    assert not broken


def test_no_page_names_a_script_or_a_sheet_of_others(html):
    foreign = re.compile(
        r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?//'
    )
    allowed = re.compile(r'<link rel="(canonical|alternate)"')
    for name in built(html):
        text = (html / name).read_text(encoding="utf8")
        found = [m[0] for m in foreign.finditer(text) if not allowed.match(m[0])]
        assert not found, name


def test_every_id_of_a_page_stands_once(html):
    for name in built(html):
        text = (html / name).read_text(encoding="utf8")
        ids = re.findall(r'<[^>]*?\sid="([^"]*)"', text)
        assert len(ids) == len(set(ids)), (name, {i for i in ids if ids.count(i) > 1})
