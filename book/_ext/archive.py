"""All notebooks in one file to download, made while the book is built."""

import zipfile
from pathlib import Path

from sphinx.application import Sphinx

ARCHIVE = "_static/notebooks.zip"
FOLDERS = ("book", "exercises", "solutions")
EARLIEST = (1980, 1, 1, 0, 0, 0)  # no clock: the same notebooks, the same bytes


def pack(root: Path, target: Path) -> None:
    """Write every notebook of the course, in its folder, with the licences."""
    paths = [path for name in FOLDERS for path in (root / name).glob("*.ipynb")]
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted([*paths, root / "LICENSE", root / "book" / "LICENSE"]):
            name = Path("attention-course", path.relative_to(root)).as_posix()
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Put the archive beside the pages."""
    if exception is None and app.builder.name == "html":
        pack(Path(app.srcdir), Path(app.outdir, ARCHIVE))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
