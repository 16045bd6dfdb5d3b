"""Public data sets, fetched once, verified always, kept in one folder."""

import os
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pooch
import requests
from requests.exceptions import ChunkedEncodingError as BrokenOff
from tqdm.auto import tqdm

TIMEOUT = (5.0, 30.0)  # seconds to connect, seconds without a byte
ATTEMPTS = 3


class DataUnavailable(RuntimeError):
    """A file cannot be had, or is not the right one; the text says what to do."""


class Entry(NamedTuple):
    """One row of registry.tsv. `url` is empty where there is no upstream file."""

    key: str
    bytes: int
    sha256: str
    url: str
    licence: str
    what: str
    instead: str


@lru_cache(maxsize=1)
def registry() -> dict[str, Entry]:
    """Every file that the course knows: key -> size, checksum, address, licence."""
    text = (resources.files(__package__) / "registry.tsv").read_text(encoding="utf-8")
    entries = {}
    for line in text.splitlines()[1:]:
        key, size, sha256, url, licence, what, instead = line.split("\t")
        url = url if url.startswith("http") else ""
        entries[key] = Entry(key, int(size), sha256, url, licence, what, instead)
    return entries


def cache_folder() -> Path:
    """The folder that COURSE_DATA names, else the user's cache of the course."""
    named = os.environ.get("COURSE_DATA", "")
    return Path(named or pooch.os_cache("attention-course")).expanduser()


def available(key: str) -> bool:
    """Whether the file is in the cache folder and right. Never uses the network.

    Raises:
        ValueError: an unknown key.
    """
    return _fault(cache_folder() / key, _entry(key)) == ""


def fetch(key: str) -> Path:
    """The path of a verified file: size and sha256 are those of the registry.

    The file is looked for under its key in the folder that the variable COURSE_DATA
    names, else in the user's cache, and is downloaded into that folder only where it is
    missing. A broken download is kept as `key.part` and resumed. A wrong file in the
    user's cache is replaced once a right one has arrived; in a folder that COURSE_DATA
    names, nothing is ever replaced or deleted: a wrong file there is an error.

    Raises:
        ValueError: an unknown key.
        DataUnavailable: the file is wrong, or is missing and cannot be downloaded.
    """
    entry, folder = _entry(key), cache_folder()
    path = folder / key
    fault = _fault(path, entry)
    if not fault:
        return path
    if path.exists() and os.environ.get("COURSE_DATA"):
        raise DataUnavailable(
            f"{path} (in COURSE_DATA) {fault} and is not used: replace it by the file "
            f"from {entry.url or 'whoever gave it to you'}, or remove it."
        )
    others = entry.instead or "antonyms, copying, g2p and numbers in course_lib.data"
    bring_it = (
        f"set COURSE_DATA to a folder that holds the file as {key}; no download is "
        f"needed for {others}."
    )
    if not entry.url:
        raise DataUnavailable(
            f"{key} cannot be downloaded, since it has no upstream file "
            f"({entry.what}): {bring_it}"
        )
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size < entry.bytes and not part.exists():
            path.rename(part)  # the cache's own truncated file: go on from there
        # an old beginning may be bad: then once more, afresh
        for _ in range(2 if part.exists() else 1):
            _receive(entry, part)
            if not _fault(part, entry):
                return part.replace(path)
            part.unlink()
    except requests.RequestException as error:
        raise DataUnavailable(
            f"{key} is not in {folder} and could not be downloaded from {entry.url} "
            f"({_short(error)}): connect to the internet, or {bring_it}"
        ) from None
    except OSError as error:
        raise DataUnavailable(
            f"{key} from {entry.url} could not be written to {folder} ({error}): let "
            f"COURSE_DATA name a folder that you can write to, or {bring_it}"
        ) from None
    raise DataUnavailable(
        f"{entry.url} gave a file whose checksum is not that of {key} in the registry, "
        "so it was thrown away: the address may serve another version or a log-in "
        f"page; {bring_it}"
    )


def _entry(key: str) -> Entry:
    entries = registry()
    if key not in entries:
        raise ValueError(f"unknown data key {key!r}; known: {', '.join(entries)}")
    return entries[key]


def _fault(path: Path, entry: Entry) -> str:
    """What is wrong with the file, in words; empty when it is right."""
    if not path.is_file():
        return "is missing"
    size = path.stat().st_size
    if size < entry.bytes:
        return f"is truncated ({size:,} of {entry.bytes:,} bytes)"
    right = pooch.file_hash(str(path)) == entry.sha256
    return "" if right else "has the wrong checksum"


def _receive(entry: Entry, part: Path) -> None:
    """Append to `part` until it has all its bytes; broken connections are resumed."""
    for attempt in range(ATTEMPTS):
        have = part.stat().st_size if part.exists() else 0
        try:
            if have != entry.bytes:
                _receive_rest(entry, part, have if have < entry.bytes else 0)
            return
        except BrokenOff:
            if attempt == ATTEMPTS - 1:
                raise


def _receive_rest(entry: Entry, part: Path, have: int) -> None:
    # identity: a compressed transfer would change the bytes and their count
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with requests.get(
        entry.url, headers=headers, stream=True, timeout=TIMEOUT
    ) as reply:
        piece_begins = reply.headers.get("Content-Range", "")
        if reply.status_code == 200:
            have = 0  # it does not know ranges and sends everything
        elif reply.status_code != 206 or not piece_begins.startswith(f"bytes {have}-"):
            answer = f"{reply.status_code} {reply.reason} {piece_begins}".rstrip()
            raise requests.HTTPError(f"the server answered {answer}")
        with (
            part.open("ab" if have else "wb") as file,
            tqdm.wrapattr(
                file, "write", entry.bytes, initial=have, desc=entry.key, leave=False
            ) as shown,
        ):
            for piece in reply.iter_content(1 << 14):
                shown.write(piece)
                have += len(piece)
                if have > entry.bytes:
                    return  # another file: its checksum will tell
    if have < entry.bytes:
        raise BrokenOff(f"it ended after {have:,} of {entry.bytes:,} bytes")


def _short(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, BrokenOff):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error) or type(error).__name__
