"""Pictures of the pages: a third of their weight, in their place, when they are seen.

The notebooks keep PNG, which every program shows. In the pages the same picture stands
as WebP without loss, with its size (so that text does not jump when it comes) and is
fetched when the reader comes near.
"""

import re
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

FOLDER = "_images"
LINK = re.compile(rf'(href="[^"]*{FOLDER}/[^"]+)\.png"')
STYLE = re.compile(r' style="width: ([\d.]+)px; height: ([\d.]+)px;"')
TAG = re.compile(rf'<img ([^>]*)src="([^"]*{FOLDER}/)([^"]+)"([^>]*)>')


def mend(html: str, app: Sphinx) -> str:
    """Return a page whose pictures have sizes and wait, the PNG among them as WebP."""
    images: dict[str, str] = getattr(app.builder, "images", {})
    paths = {name: Path(app.srcdir, source) for source, name in images.items()}

    def tag(found: re.Match[str]) -> str:
        before, folder, name, after = found.groups()
        if name not in paths:
            return found[0]
        styled = STYLE.search(after)
        if styled:
            size = styled.groups()  # of a picture with two pixels to a point
        elif name.endswith((".png", ".jpg", ".jpeg", ".webp")):
            with Image.open(paths[name]) as picture:
                size = picture.size
        else:
            size = ()
        source = re.sub(r"\.png$", ".webp", folder + name)
        sides = zip(("width", "height"), size, strict=False)
        measures = "".join(f' {side}="{round(float(n))}"' for side, n in sides)
        rest = STYLE.sub("", after.rstrip(" /"))
        return f'<img {before}src="{source}"{rest}{measures} loading="lazy">'

    return LINK.sub(r'\1.webp"', TAG.sub(tag, html))


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Turn each PNG beside the pages into WebP."""
    if exception is not None or app.builder.name != "html":
        return
    for path in sorted(Path(app.outdir, FOLDER).glob("*.png")):
        with Image.open(path) as picture:
            picture.save(path.with_suffix(".webp"), lossless=True, method=4)
        path.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
