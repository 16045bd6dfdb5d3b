"""What was handed in: the notebooks of a folder, and the names of their reports.

Names of files come from learners: they may hold anything, be no text at all, or be made
to look like another's.  Here they become harmless, and stay apart.
"""

import hashlib
import os
import re
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .judge import MOST
from .reports import plain
from .sandbox import GraderError

# What else lies in the folder of the reports.
RESERVED = {"index", "run", "grades", "canvas", "gradescope", "withdrawn"}


@dataclass
class Submission:
    """A notebook that was handed in.

    Attributes:
        name: its path inside the folder, with / between the parts.
        path: where it lies.
        report: the name of its reports, made of harmless characters, unique.
        content: what was read of it, and a hash of that; None before, or if it could
            not be read.
        problem: why it could not be read.
    """

    name: str
    path: Path
    report: str
    content: bytes | None = None
    digest: str = ""
    problem: str = ""
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = key(self.name)

    def read(self) -> None:
        """Read the file once: no link, no device, not more than can be a notebook."""
        try:
            # a pipe must not keep us waiting; a link may lead anywhere
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OSError("no file")
                # what is too large is not read to its end, and judged as too large
                self.content = file.read(MOST + 1)
        except OSError as error:
            link = self.path.is_symlink()
            why = "a link, and links are not followed" if link else error.strerror
            self.problem = f"not read: {why or error}"
            return
        self.digest = hashlib.sha256(self.content).hexdigest()


def key(name: str) -> str:
    """A hash of a submission's name."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()


def find(folder: Path, besides: Path) -> tuple[list[Submission], list[str]]:
    """The notebooks in a folder and below it, and the names of what is no notebook.

    What programs leave behind (.ipynb_checkpoints, ._name, __MACOSX) counts as neither,
    nor does the folder `besides`, of the reports.

    Raises:
        GraderError: if the folder cannot be read, or holds no notebook.
    """
    notebooks: dict[str, Path] = {}
    others = []
    for place, folders, files in os.walk(folder, onerror=_unreadable):
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(
            name
            for name in folders
            if name[0] != "." and name != "__MACOSX"
            if Path(place, name).resolve() != besides.resolve()
        )
        for name in sorted(files + links):
            path = Path(place, name)
            notebook = path.suffix.lower() == ".ipynb"
            shown = path.relative_to(folder).as_posix()
            if notebook and name[0] != "." and name not in links:
                notebooks[shown] = path
            elif name[0] != "." or (notebook and name[:2] != "._"):
                others.append(plain(shown))
    if not notebooks:
        raise GraderError(f"no notebook (.ipynb) in {folder}")
    names = report_names(list(notebooks))
    return [Submission(n, p, names[n]) for n, p in notebooks.items()], others


def _unreadable(error: OSError) -> None:
    raise GraderError(f"cannot read the folder {error.filename}: {error.strerror}")


def report_names(names: list[str]) -> dict[str, str]:
    """For each submission the name of its reports; no two are equal on any disk.

    It is the file's own name where that is harmless and nobody else's; otherwise what
    is harmless in it, followed by a part of its hash.
    """
    stems = {name: name.rpartition(".")[0] for name in names}
    count = Counter(stem.casefold() for stem in stems.values())
    found = {}
    for name, stem in stems.items():
        harmless = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", stem)
        # nobody may choose a name that another one's hash would give
        posing = re.search(r"-[0-9a-f]{12}$", stem)
        taken = count[stem.casefold()] > 1 or stem.casefold() in RESERVED
        if harmless and not posing and not taken:
            found[name] = stem
        else:
            safe = re.sub(r"[^A-Za-z0-9._]+", "_", stem).strip("._")
            found[name] = f"{safe[:80] or 'notebook'}-{key(name)[:12]}"
    return found


def share(submissions: list[Submission], shard: str) -> list[Submission]:
    """The K-th of N parts, for a shard "K/N", by a hash of the names alone.

    Raises:
        GraderError: if it is none of "1/N" to "N/N".
    """
    match = re.fullmatch(r"(\d+)/(\d+)", shard)
    part, parts = map(int, match.groups()) if match else (0, 0)
    if not 1 <= part <= parts:
        raise GraderError(
            f"--shard {shard}: say which part of how many, from 1/16 to 16/16"
        )
    return [one for one in submissions if int(one.key[:12], 16) % parts == part - 1]
