"""The whole book as one PDF, printed by a browser from the built pages.

``python book/_ext/pdf.py`` joins the articles of ``_build/html`` in the order of the
contents into ``_build/print.html`` and prints it to ``_build/attention.pdf``. Nothing
is set again: formulas, code and figures are those of the pages. It prints twice: the
first time tells on which page each heading stands, for the table of contents.
"""

import re
import sys
from collections import Counter
from html import escape, unescape
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import NamedTuple

import yaml
from browser import ADVICE, FLAGS, browser
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = re.compile(r'(?s)<article class="bd-article">(.*?)</article>')
ID = re.compile(r'(<[^>]*?\sid=")([^"]*)"')
LINK = re.compile(r'(<a\b[^>]*?)\shref="([^"]*)"')
SOURCE = re.compile(r'(<(?:img|source|image)\b[^>]*?\s(?:src|href)=")(?!data:)([^"]*)"')
HEADING = re.compile(
    r'(?s)<section id="([^"]*)"[^>]*>\s*(?:<span[^>]*></span>)*<h2>(.*?)</h2>'
)
TITLE = re.compile(r"(?s)<h1>(.*?)</h1>")
ANCHOR = re.compile(r'(?s)<a class="headerlink".*?</a>')


class Entry(NamedTuple):
    """A line of the table of contents."""

    level: int  # 0 a part, 1 a page, 2 a section of it
    title: str
    anchor: str = ""


def contents(root: Path) -> list[tuple[str, str]]:
    """Return (part, page) for each page, in the order of the book."""
    toc = yaml.safe_load((root / "book" / "_toc.yml").read_text(encoding="utf8"))
    pages = [("", toc["root"])]
    for part in toc["parts"]:
        pages += [(part["caption"], chapter["file"]) for chapter in part["chapters"]]
    return pages


def articles(html: Path, pages: list[str]) -> dict[str, str]:
    """Return the text of each page, without what is for a screen only."""
    found = {}
    for page in pages:
        text = (html / f"{page}.html").read_text(encoding="utf8")
        (article,) = ARTICLE.findall(text)
        article = ANCHOR.sub("", article).replace("<details", "<details open")
        found[page] = article.replace(' loading="lazy"', "")
    return found


def place(page: str) -> str:
    """Return the name of the place where a page begins."""
    return "page-" + re.sub(r"\W+", "-", page)


def joined(found: dict[str, str]) -> dict[str, str]:
    """Return the articles with names and addresses that hold in one document.

    A name that stands on several pages gets its page's in front. A link to a page of
    the book leads into the document; one to a file beside the pages leads nowhere.
    """
    counted = Counter(i for text in found.values() for _, i in ID.findall(text))

    def name(page: str, i: str) -> str:
        return f"{place(page)}-{i}" if counted[i] > 1 else i

    def one(page: str, text: str) -> str:
        def link(match: re.Match[str]) -> str:
            opening, address = match.groups()
            if re.match(r"\w+:", address):
                return match[0]
            path, _, fragment = address.partition("#")
            target = normpath(join(dirname(page), path)) if path else f"{page}.html"
            target = target.removesuffix(".html")
            if target not in found:
                return opening
            there = name(target, fragment) if fragment else place(target)
            return f'{opening} href="#{there}"'

        def source(match: re.Match[str]) -> str:
            address = normpath(join("html", dirname(page), match[2]))
            return f'{match[1]}{address}"'

        text = ID.sub(lambda m: f'{m[1]}{name(page, m[2])}"', text)
        return SOURCE.sub(source, LINK.sub(link, text))

    return {page: one(page, text) for page, text in found.items()}


def entries(texts: dict[str, str], parts: dict[str, str]) -> list[Entry]:
    """Return the table of contents: parts, pages and their sections."""
    lines: list[Entry] = []
    part = ""
    for page, text in texts.items():
        if parts[page] != part:
            part = parts[page]
            lines.append(Entry(0, escape(part)))
        title = TITLE.search(text)
        lines.append(Entry(1, title[1] if title else page, place(page)))
        lines += [Entry(2, name, anchor) for anchor, name in HEADING.findall(text)]
    return lines


def document(
    texts: dict[str, str],
    lines: list[Entry],
    numbers: dict[str, int],
    title: str,
    author: str,
) -> str:
    """Return the whole book as one page."""
    listed = "".join(
        f'<li class="level{line.level}">'
        + (
            f'<a href="#{line.anchor}"><span>{line.title}</span>'
            f"<span>{numbers.get(line.anchor, '')}</span></a>"
            if line.anchor
            else line.title
        )
        + "</li>"
        for line in lines
    )
    heads = "".join(
        f"@page {line.anchor} {{ @top-right {{ content: {css_text(line.title)} }} }}"
        f"#{line.anchor} {{ page: {line.anchor} }}"
        for line in lines
        if line.level == 1
    )
    pages = "".join(
        f'<section class="printed-page" id="{place(page)}">{text}</section>'
        for page, text in texts.items()
    )
    return (
        '<!doctype html><html lang="en" data-theme="light"><head>'
        f'<meta charset="utf-8"><title>{title}</title>'
        '<link rel="stylesheet" href="html/_static/pages.css">'
        '<link rel="stylesheet" href="html/_static/css/printed.css">'
        f"<style>{heads}</style></head>"
        f'<body class="printed-book"><main class="bd-article-container">'
        f'<header class="printed-title"><h1>{title}</h1><p>{author}</p></header>'
        f'<nav class="printed-contents"><h2>Contents</h2><ol>{listed}</ol></nav>'
        f'<div class="bd-article">{pages}</div></main></body></html>'
    )


def css_text(text: str) -> str:
    """Return the text of some HTML as a string of a style sheet."""
    text = unescape(re.sub(r"<[^>]*>", "", text))
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def printed(source: Path, target: Path) -> dict[str, int]:
    """Print a page, and return on which sheet each of its named places stands."""
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        page = program.new_page()
        page.goto(source.as_uri())
        page.evaluate("document.fonts.ready")
        page.pdf(
            path=str(target),
            prefer_css_page_size=True,
            print_background=True,
            outline=True,
            tagged=True,
        )
        program.close()
    reader = PdfReader(target)
    return {
        str(name).lstrip("/"): (reader.get_destination_page_number(there) or 0) + 1
        for name, there in reader.named_destinations.items()
    }


def main(root: Path = ROOT) -> int:
    """Print the book that is built."""
    build = root / "_build"
    if browser() is None:
        print(ADVICE)
        return 1
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf8"))
    parts = {page: part for part, page in contents(root)}
    texts = joined(articles(build / "html", list(parts)))
    lines = entries(texts, parts)
    source, target = build / "print.html", build / "attention.pdf"
    numbers: dict[str, int] = {}
    for _ in range(2):
        title, author = escape(config["title"]), escape(config["author"])
        text = document(texts, lines, numbers, title, author)
        source.write_text(text, encoding="utf8")
        numbers = printed(source, target)
    print(f"{target.relative_to(root)}: {max(numbers.values())} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
