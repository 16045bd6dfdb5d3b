"""What the book's pages promise: formulas, search, launch buttons, downloads, print."""

import functools
import html as markup
import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import archive
import mathml
import nbformat
import pdf
import pytest
import shapes
import title
import yaml
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
TOC = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf8"))
PAGES = [TOC["root"], *(c["file"] for p in TOC["parts"] for c in p["chapters"])]
NOTEBOOKS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
PHONE = 390


@functools.cache
def text(html, page):
    return (html / f"{page}.html").read_text(encoding="utf8")


@pytest.fixture
def visit(chromium, site):
    """Open a page and return it with its errors."""
    contexts = []

    def open_page(path, width=1280, scheme="light", home=None):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        page, wrong = context.new_page(), []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None,
        )
        page.goto(f"{home or site}/{path}", wait_until="load")
        return page, wrong

    yield open_page
    for context in contexts:
        context.close()


# ----------------------------------------------------------------------- what is built


def test_every_page_is_built(html):
    assert not [page for page in PAGES if not (html / f"{page}.html").exists()]
    assert "url=book/index.html" in text(html, "index")


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_launch_buttons_open_this_notebook(html, page):
    found = set(re.findall(r'href="(https://colab[^"]*)"', text(html, page)))
    repository = CONFIG["repository"]
    owner = repository["url"].removeprefix("https://github.com/")
    branch = repository["branch"]
    start = "https://colab.research.google.com/github"
    assert found == {f"{start}/{owner}/blob/{branch}/{page}.ipynb"}


@pytest.mark.parametrize("page", PAGES)
def test_download_button_has_this_page(html, page):
    (found,) = re.findall(
        r'<a href="([^"]*)"[^>]*\s+class="[^"]*download-source', text(html, page)
    )
    served = ((html / page).parent / found).resolve()
    source = next(ROOT.glob(f"{page}.*"))
    assert served.name == source.name
    assert served.read_bytes() == source.read_bytes()


@pytest.mark.parametrize("page", PAGES)
def test_repository_links_are_those_of_the_configuration(html, page):
    url = CONFIG["repository"]["url"]
    found = re.findall(r'href="(https://github\.com/[^"]*)"', text(html, page))
    assert url in found
    assert any(f.startswith(f"{url}/issues/new?title=") and page in f for f in found)


@pytest.mark.parametrize(("page", "following"), [*itertools.pairwise(PAGES)])
def test_next_and_previous_follow_the_contents(html, page, following):
    def neighbour(here, side):
        (link,) = re.findall(
            rf'class="{side}-\w+"\s+href="([^"]*)"', text(html, here)
        ) or [""]
        return ((html / here).parent / link).resolve().relative_to(html).as_posix()

    assert neighbour(page, "right") == f"{following}.html"
    assert neighbour(following, "left") == f"{page}.html"


@pytest.mark.parametrize("page", PAGES)
def test_page_is_described_once_and_says_where_one_is(html, page):
    head, body = text(html, page).split("</head>")
    (description,) = re.findall(r'<meta name="description" content="([^"]*)"', head)
    assert 40 < len(description) < 170
    assert head.count('name="viewport"') == 1
    assert head.count('rel="stylesheet"') == 1
    assert "<script src" not in head  # nothing keeps the text waiting
    if len(re.findall("<h2", body.split("<article")[1])) > 1:
        assert 'class="page-toc' in body


def test_pictures_have_sizes_and_wait(html):
    found = re.findall(r'<img [^>]*src="[^"]*_images/[^>]*>', text(html, NOTEBOOKS[1]))
    assert found
    for tag in found:
        assert 'loading="lazy"' in tag
        assert re.search(r'\.webp"', tag)
        assert re.search(r' width="\d+" height="\d+"', tag)


def test_pictures_lose_nothing(html):
    notebook = nbformat.read(ROOT / f"{NOTEBOOKS[1]}.ipynb", 4)
    outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
    pngs = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    names = re.findall(r'src="[^"]*(_images/[^"]+\.webp)"', text(html, NOTEBOOKS[1]))
    assert len(pngs) == len(names)
    for png, name in zip(pngs, names, strict=True):
        before = Image.open(BytesIO(b64decode(png))).convert("RGB")
        after = Image.open(html / name).convert("RGB")
        assert ImageChops.difference(before, after).getbbox() is None


# ---------------------------------------------------------------------------- formulas


def test_formulas_are_mathml_and_numbered(html):
    for page in ("book/01_encoder_decoder", "book/03_soft_attention", "book/notation"):
        assert text(html, page).count("<math") > 10, page
        assert "MathJax" not in text(html, page)
    assert 'class="eqno"' in text(html, "book/03_soft_attention")


def test_the_maths_font_has_every_sign(html):
    font = set(TTFont(html / "_static" / "fonts" / "maths.woff2").getBestCmap())
    assert {ord(sign) for sign in "√∑σαβ⊙⊤→←𝑥"} <= font


def test_the_maths_font_is_mended(html, tmp_path):
    font = TTFont(html / "_static" / "fonts" / "maths.woff2")
    assert font["MATH"].table.MathConstants.SubscriptBaselineDropMin.Value < 0
    mathml.font(tmp_path / "prime.woff2", {mathml.PRIME})
    glyphs = TTFont(tmp_path / "prime.woff2")
    pen = BoundsPen(glyphs.getGlyphSet())
    glyphs.getGlyphSet()[glyphs.getBestCmap()[mathml.PRIME]].draw(pen)
    # The large form starts near the base line; the small one hangs above the letters.
    assert pen.bounds[1] < 250


def test_signs_that_browsers_take_for_others_are_marked():
    assert '<mo largeop="false"' in mathml.render(r"r \odot h", True)
    assert 'class="short"' in mathml.render(r"\overleftarrow{h}", False)


def test_a_wrong_formula_is_a_warning_that_names_page_and_cell(tmp_path):
    cells = ["# Title", "Fine $a$.\n\nWrong: $\\frac{1}$.", "$$\n\\nosuch{b}\n$$"]
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(source, id=name)
            for source, name in zip(cells, ["title", "halves", "unknown"], strict=True)
        ]
    )
    nbformat.write(notebook, tmp_path / "index.ipynb")
    (tmp_path / "page.md").write_text("# Page\n\n$$\n\\sqrt\n$$\n", encoding="utf8")
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_nb', 'mathml']\nnb_execution_mode = 'off'\n"
        "myst_enable_extensions = ['dollarmath']\nexclude_patterns = ['out']\n"
        "html_math_renderer = 'mathml'\nhtml_theme = 'basic'\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ".", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "book" / "_ext")},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert re.search(r"index\.ipynb: cell halves, line 3: .*frac", result.stderr)
    assert re.search(r"index\.ipynb: cell unknown, line 1: .*nosuch", result.stderr)
    assert re.search(r"page\.md:\d+: .*sqrt", result.stderr)
    assert r"<code>\frac{1}</code>" in (tmp_path / "out/index.html").read_text("utf8")


# ------------------------------------------------------------------------- downloads


def test_the_archive_has_every_notebook(html):
    with zipfile.ZipFile(html / archive.ARCHIVE) as packed:
        names = set(packed.namelist())
        wanted = [p for f in archive.FOLDERS for p in (ROOT / f).glob("*.ipynb")]
        assert len(wanted) > 6
        for path in wanted:
            name = f"attention-course/{path.relative_to(ROOT).as_posix()}"
            assert packed.read(name) == path.read_bytes()
            names.remove(name)
    assert names == {"attention-course/LICENSE", "attention-course/book/LICENSE"}


def test_the_archive_is_the_same_each_time(tmp_path):
    for name in ("one.zip", "two.zip"):
        archive.pack(ROOT, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("page", ["book/index", "book/setup"])
def test_the_archive_is_linked(html, page):
    assert f'href="../{archive.ARCHIVE}"' in text(html, page)


# ------------------------------------------------------------------ title page, print


def test_the_title_page_shows_the_weights_of_the_chapter(html):
    stored = json.loads(title.RESULT.read_text(encoding="utf8"))
    (drawn,) = re.findall(r"data-viz='([^']*)'", text(html, "book/index"))
    shown = json.loads(markup.unescape(drawn))
    assert shown["src"] == stored["src"]
    for row, stored_row in zip(shown["maps"][0], stored["alpha"], strict=True):
        assert row == pytest.approx([1000 * a for a in stored_row], abs=1)
        assert abs(sum(stored_row) - 1) < 1e-3
    # The committed output of the chapter's own cell says the same of the same model.
    assert stored["right"] in (ROOT / title.CHAPTER).read_text(encoding="utf8")


def test_the_printed_book_is_one_document(html):
    pages = [page for _, page in pdf.contents(ROOT)]
    assert pages == PAGES
    texts = pdf.joined(pdf.articles(html, pages))
    whole = "".join(texts.values())
    ids = [name for _, name in pdf.ID.findall(whole)]
    assert len(ids) == len(set(ids))
    places = {*ids, *map(pdf.place, pages)}
    inside = [a for _, a in pdf.LINK.findall(whole) if a.startswith("#")]
    assert len(inside) > 100
    assert {address[1:] for address in inside} <= places
    titles = [e.anchor for e in pdf.entries(texts, dict.fromkeys(pages, "")) if e.level]
    assert set(map(pdf.place, pages)) <= set(titles)


# ------------------------------------------------------------------------ in a browser


@pytest.mark.site
@pytest.mark.parametrize("home", ["server", "file"])
@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("Bahdanau", "Bibliography"),
        ("注意力", "Glossary"),
        ("注意力权重", "Glossary"),
        ("注意力权重矩阵", "Glossary"),
        ("编码器-解码器", "Glossary"),
        ("权重 查询", "Glossary"),
        ("键", "Glossary"),
        ("causal_mask", "causal_mask"),
    ],
)
def test_search_finds(visit, html, home, query, page):
    opened, wrong = visit(
        f"search.html?q={query}", home=html.as_uri() if home == "file" else None
    )
    opened.wait_for_selector("#search-results li", timeout=10_000)
    opened.wait_for_timeout(200)
    links = opened.locator("#search-results li a").all_inner_texts()
    assert any(page in link for link in links), links
    assert not wrong


@pytest.mark.site
def test_search_leads_to_the_definition(visit):
    opened, _ = visit("search.html?q=对齐")
    opened.wait_for_selector("#search-results li", timeout=10_000)
    links = opened.locator("#search-results li a")
    addresses = [links.nth(i).get_attribute("href") for i in range(links.count())]
    assert "book/glossary.html#term-alignment" in addresses


@pytest.mark.site
def test_search_knows_what_it_does_not_find(visit):
    opened, wrong = visit("search.html?q=天气预报")
    opened.wait_for_function(
        "document.querySelector('.search-summary')?.innerText.includes('not match')"
    )
    assert not wrong


@pytest.mark.site
def test_search_results_fit_a_phone(visit):
    opened, _ = visit("search.html?q=attention", width=PHONE)
    opened.wait_for_selector("#search-results li", timeout=10_000)
    opened.wait_for_timeout(1500)  # the excerpts come in one by one
    assert opened.evaluate("document.documentElement.scrollWidth") <= PHONE


@pytest.mark.site
@pytest.mark.parametrize("page", ["index", *PAGES])
def test_page_opens_as_a_file(visit, html, page):
    opened, wrong = visit(f"{page}.html", home=html.as_uri())
    opened.wait_for_selector("article h1")
    assert not wrong
    assert opened.evaluate("document.fonts.ready.then(() => true)")


@pytest.mark.site
def test_dark_page_is_dark_and_can_be_switched(visit):
    opened, _ = visit("book/notation.html", scheme="dark")
    shade = """() => getComputedStyle(document.body).backgroundColor
      .match(/\\d+/g).slice(0, 3).reduce((sum, v) => sum + +v, 0)"""
    assert opened.evaluate(shade) < 120
    button = opened.locator(".theme-switch-button").first
    for _ in range(3):
        button.click()
        if opened.evaluate("document.documentElement.dataset.theme") == "light":
            break
    opened.wait_for_timeout(300)
    assert opened.evaluate(shade) > 700


@pytest.mark.site
def test_code_can_be_copied_with_mouse_and_keys(visit):
    opened, wrong = visit("book/03_soft_attention.html")
    cells = opened.locator("div.cell_input pre").count()
    buttons = opened.locator("div.cell_input button.copybtn")
    assert buttons.count() == cells
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    buttons.first.focus()
    assert float(buttons.first.evaluate("b => getComputedStyle(b).opacity")) > 0.5
    opened.keyboard.press("Enter")
    opened.wait_for_timeout(200)
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("import ")
    assert not wrong


def test_lines_of_an_equation_stay_lines_in_the_reference(html):
    page = text(html, "book/api")
    assert "<blockquote" not in page
    blocks = re.findall(r'class="highlight-text.*?<pre>(.*?)</pre>', page, re.S)
    (cho,) = [b for b in blocks if "maxout(O_h s_t + O_y E y_{t-1} + O_c c)" in b]
    assert len(re.sub("<[^>]+>", "", cho).strip().splitlines()) == 5
    assert any("course_lib.recipes --list\n" in b for b in blocks)


def test_what_has_its_own_way_to_be_indented_is_left_alone():
    lines = ["One line.", "", "    a = b", "    c = d", "", "After it."]
    kept = [lines[0], "", shapes.BLOCK, "", *lines[2:]]
    assert shapes.set_apart(lines) == kept
    for own in (
        ["Args:", "    x: one.", "", "    y: another."],
        ["Example:", "", "    more"],
        ["So::", "", "    code"],
        ["- one", "", "    and more"],
        ["Run it.", "", "    >>> f()"],
        ["    indented from the first line"],
    ):
        assert shapes.set_apart(own) == own
