"""The built pages in a browser, on a desktop and on a phone, without the network."""

import functools
import http.server
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
from browser import ADVICE, browser

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))


def in_toc():
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf8"))
    chapters = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    return [toc["root"], *chapters]


PAGES = in_toc()
NOTEBOOKS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]


@pytest.fixture(scope="session")
def html():
    """Build the book: any warning fails, and a second build takes seconds."""
    build = [
        "make",
        "--no-print-directory",
        "pages",
        f"BIN={Path(sys.executable).parent}",
    ]
    result = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return HTML


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def site(html):
    handler = functools.partial(Quiet, directory=str(html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    if browser() is None:
        pytest.skip(ADVICE)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        yield program
        program.close()


@pytest.fixture
def visit(chromium, site):
    """Open a page and return it with what went wrong: requests, errors."""
    contexts = []

    def open_page(path, width=1280, scheme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        page, wrong = context.new_page(), []

        def request(sent):
            if not sent.url.startswith((site, "data:", "blob:")):
                wrong.append(f"third-party request {sent.url}")

        def message(said):
            if said.type in {"error", "warning"}:
                wrong.append(f"console: {said.text}")

        page.on("request", request)
        page.on("console", message)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.goto(f"{site}/{path}", wait_until="load")
        page.wait_for_timeout(200)
        return page, wrong

    yield open_page
    for context in contexts:
        context.close()


def test_every_page_is_built(html):
    missing = [page for page in PAGES if not (html / f"{page}.html").exists()]
    assert not missing
    assert (html / "index.html").exists()


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_colab_button_opens_this_notebook(html, page):
    text = (html / f"{page}.html").read_text(encoding="utf8")
    found = set(re.findall(r'href="(https://colab[^"]*)"', text))
    repository = CONFIG["repository"]
    owner = repository["url"].removeprefix("https://github.com/")
    branch = repository["branch"]
    start = "https://colab.research.google.com/github"
    assert found == {f"{start}/{owner}/blob/{branch}/{page}.ipynb"}


def test_formulas_are_mathml_and_numbered(html):
    for page in ("book/01_encoder_decoder", "book/03_soft_attention", "book/notation"):
        text = (html / f"{page}.html").read_text(encoding="utf8")
        assert text.count("<math") > 10, page
        assert "MathJax" not in text
    text = (html / "book/03_soft_attention.html").read_text(encoding="utf8")
    assert 'class="eqno"' in text


def test_the_maths_font_has_every_sign(html):
    from fontTools.ttLib import TTFont

    font = set(TTFont(html / "_static" / "fonts" / "maths.woff2").getBestCmap())
    assert {ord(sign) for sign in "√∑σαβ⊙⊤→←𝑥"} <= font


@pytest.mark.site
@pytest.mark.parametrize("page", PAGES)
def test_page_asks_nobody_and_complains_of_nothing(visit, page):
    opened, wrong = visit(f"{page}.html")
    assert not wrong
    assert opened.title()
    assert opened.locator("article h1").count() == 1
    images = opened.evaluate(
        "[...document.querySelectorAll('article img')].map(i => i.alt)"
    )
    assert all(len(alt) >= 15 for alt in images), images
    broken = opened.evaluate(
        "[...document.images].filter(i => i.complete && !i.naturalWidth).length"
    )
    assert not broken


@pytest.mark.site
@pytest.mark.parametrize("page", PAGES)
def test_page_fits_a_phone(visit, page):
    opened, wrong = visit(f"{page}.html", width=390)
    assert not wrong
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    outside = opened.evaluate(
        """[...document.querySelectorAll('.bd-article p, .bd-article h1,'
        + '.bd-article h2, .bd-article img, .bd-article div.math')]
        .filter(e => e.getBoundingClientRect().right > 391
                     && !e.closest('.cell_output, table, div.math math'))
        .map(e => e.outerHTML.slice(0, 100))"""
    )
    assert not outside


@pytest.mark.site
def test_dark_page_is_legible(visit):
    opened, wrong = visit("book/notation.html", scheme="dark")
    assert not wrong
    light = opened.evaluate(
        """(() => {
          const shade = c => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0);
          const m = document.querySelector('article math');
          return [shade(getComputedStyle(m).color),
                  shade(getComputedStyle(document.body).backgroundColor)];
        })()"""
    )
    assert light[0] - light[1] > 300


@pytest.mark.site
@pytest.mark.parametrize("width", [1280, 390])
def test_search_finds_bahdanau(visit, width):
    opened, wrong = visit("search.html?q=Bahdanau", width=width)
    opened.wait_for_selector("#search-results li", timeout=10_000)
    links = opened.locator("#search-results li a").all_inner_texts()
    assert not wrong
    assert len(links) >= 2
    assert any("Bibliography" in link or "attention" in link for link in links)
    opened.wait_for_timeout(1500)  # the excerpts come in one by one
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.site
def test_link_of_the_printed_path_opens_the_book(chromium, html):
    page = chromium.new_page()
    page.goto((html / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    assert page.locator("article h1").count() == 1
    page.close()
