"""The search finds Chinese: terms of the glossary, their parts, and longer compounds.

Chinese has no spaces, so Sphinx takes a whole run of characters for one word. Here
every run is indexed with all its pieces, and a query is cut into the longest pieces
that the index knows. No dictionary is needed: the index is one. The terms of the
glossary are entries of the general index too, so a search leads to their definitions.
"""

import re
from collections.abc import Iterable

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

HAN = re.compile(r"[\u3400-\u9fff]+")
LONGEST = 8
QUERY = """
// A page opened as a file may not read the other pages: no excerpts then.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// Words as Sphinx cuts them; a run of Chinese by the longest pieces that are indexed.
var splitQuery = (query) => {
  const index = Search._index || { terms: {}, titleterms: {} };
  const has = (words, piece) => Object.hasOwn(words, piece);
  const known = (piece) => has(index.terms, piece) || has(index.titleterms, piece);
  const pieces = (run) => {
    const found = [], least = Math.min(2, run.length);
    for (let start = 0; start < run.length; ) {
      let end = Math.min(start + LONGEST, run.length);
      while (end - start >= least && !known(run.slice(start, end))) end--;
      if (end - start >= least) found.push(run.slice(start, end));
      start = Math.max(end, start + 1);
    }
    return found.length ? found : [run];
  };
  return (query.match(/[\\p{L}\\p{N}_\\p{Emoji_Presentation}]+/gu) || [])
    .flatMap((word) => word.match(/[\\u3400-\\u9fff]+|[^\\u3400-\\u9fff]+/g))
    .flatMap((word) => (/[\\u3400-\\u9fff]/.test(word) ? pieces(word) : [word]));
};
""".replace("LONGEST", str(LONGEST))


class SearchBoth(SearchEnglish):
    """English words as before, and every piece of a run of Chinese characters."""

    js_splitter_code = QUERY

    def split(self, text: str) -> list[str]:
        """Cut a text into the words to be indexed."""
        words = super().split(HAN.sub(" ", text))
        for run in HAN.findall(text):
            for start in range(len(run)):
                ends = range(start + 1, min(start + LONGEST, len(run)) + 1)
                words += [run[start:end] for end in ends]
        return words


def chinese_terms(definition: str) -> Iterable[str]:
    """Yield the Chinese with which a definition opens, hyphens and dots included."""
    opening = re.match(rf"(?:{HAN.pattern}[-·]?)+", definition)
    if opening:
        yield opening[0]


def index_terms(app: Sphinx, doctree: nodes.document) -> None:
    """Enter the Chinese of each term of a glossary into the general index."""
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            entries = list(item.findall(addnodes.index))
            names = [name for term in item.findall(nodes.term) for name in term["ids"]]
            for chinese in chinese_terms(item.children[-1].astext()):
                entries[0]["entries"].append(
                    ("single", chinese, names[0], "main", None)
                )


def read_again(
    app: Sphinx, env: object, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Read the glossary whenever something is read.

    From an earlier build Sphinx takes over the words of its search, and no entries.
    """
    return ["book/glossary"] if added | changed | removed else []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, in the place of its search for English."""
    app.add_search_language(SearchBoth)
    app.connect("doctree-read", index_terms)
    app.connect("env-get-outdated", read_again)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
