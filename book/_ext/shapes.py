"""The reference as it is written: shapes in signatures, equations in docstrings.

jaxtyping's annotations are classes whose names say nothing to a reader; each is given
back the text that made it, ``Float[Tensor, "*b m d_q"]``. In docstrings the signs
that reStructuredText would take for mark-up (``|A|``, ``[*b, m]``) are kept as signs,
and lines set apart by their indentation, equations and commands, are kept as lines.
"""

import re
from typing import Any

import jaxtyping
from sphinx.application import Sphinx
from sphinx.util import inspect, typing

BLOCK = ".. code-block:: text"
_stringify = typing.stringify_annotation


def stringify(annotation: Any, *arguments: Any, **named: Any) -> str:
    """Return an annotation as a reader would write it."""
    if isinstance(annotation, type) and issubclass(annotation, jaxtyping.AbstractArray):
        kind = annotation.__name__.split("[")[0]
        array = getattr(annotation.array_type, "__name__", "Tensor")
        return f'{kind}[{array}, "{annotation.dim_str}"]'
    return _stringify(annotation, *arguments, **named)


def escape(text: str) -> str:
    """Escape a line of a docstring outside its ``literals``; `names` become them."""
    parts = re.split(r"(``.*?``|`[^`]*`|\*\*\w.*?\*\*)", text)
    for i, part in enumerate(parts):
        if i % 2 == 0:
            part = re.sub(r"(?<!\\)([|]|\*(?=\w))", r"\\\1", part)
            parts[i] = re.sub(r"(?<=\w)_(?!\w)", r"\\_", part)
        elif not part.startswith("*") and not parts[i - 1].endswith(":"):
            # "\\ " is no space: it lets a literal touch other letters.
            parts[i] = f"\\ ``{part.strip('`')}``\\ "
    return "".join(parts)


def keep_signs(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Escape a docstring in place, its examples and code blocks aside."""
    lines[:] = set_apart(lines)
    literal, margin = False, 0
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if literal and line.strip() and indent <= margin:
            literal = False
        if not literal and not line.lstrip().startswith((">>>", "...")):
            lines[i] = escape(line)
        if line.rstrip().endswith("::") or line.strip() == BLOCK:
            literal, margin = True, indent


def set_apart(lines: list[str]) -> list[str]:
    """Say before each indented block that it is one: it would run on as a sentence.

    A section (``Args:``), a list or a doctest has its own way to be indented.
    """
    found: list[str] = []
    for line in lines:
        before = next((x for x in reversed(found) if x.strip()), "")
        begins = line.startswith("    ") and found and not found[-1].strip()
        own = re.match(r"\s|[-*] |\w+:$|.*::$", before) or line.lstrip()[:3] == ">>>"
        if begins and before and not own:
            found += [BLOCK, ""]
        found.append(line)
    return found


def signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, given: Any, returned: Any
) -> tuple[Any, Any] | None:
    """Leave out a signature that says nothing: a module without its own."""
    if what == "class" and given and re.match(r"\(\*args.*\*\*kwargs", given):
        return "", returned
    return None


def skip(
    app: Sphinx, what: str, name: str, obj: Any, skipped: bool, options: Any
) -> bool | None:
    """Leave out the fields of named tuples: their class lists them."""
    text = getattr(obj, "__doc__", "") or ""
    return True if text.startswith("Alias for field number") else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Replace Sphinx's way of writing annotations, in all modules that hold it."""
    import sphinx.ext.autodoc as autodoc

    for module in (typing, inspect, autodoc):
        if hasattr(module, "stringify_annotation"):
            module.stringify_annotation = stringify
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-skip-member", skip)
    app.connect("autodoc-process-docstring", keep_signs, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
