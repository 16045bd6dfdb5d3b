"""Public data sets, fetched once, verified always, kept in one folder."""

import contextlib
import csv
import hashlib
import os
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pooch
import requests
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
    for row in csv.DictReader(
        text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
    ):
        url = row["url"] if row["url"].startswith(("http://", "https://")) else ""
        entries[row["key"]] = Entry(
            row["key"],
            int(row["bytes"]),
            row["sha256"],
            url,
            row["licence"],
            row["what"],
            row["instead"],
        )
    return entries


def cache_folder() -> Path:
    """The folder that COURSE_DATA names, else the user's cache of the course."""
    named = os.environ.get("COURSE_DATA", "")
    return (
        Path(named).expanduser() if named else Path(pooch.os_cache("attention-course"))
    )


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
    entry = _entry(key)
    folder = cache_folder()
    path = folder / key
    fault = _fault(path, entry)
    if not fault:
        return path
    if path.exists() and os.environ.get("COURSE_DATA"):
        raise DataUnavailable(
            f"{path} (in COURSE_DATA) {fault} and is not used: replace it by the file "
            f"from {entry.url or 'whoever gave it to you'}, or remove it."
        )
    if not entry.url:
        raise DataUnavailable(
            f"{key} cannot be downloaded, since it has no upstream file "
            f"({entry.what}): set COURSE_DATA to a folder that holds it as {key}; "
            f"{_instead(entry)}."
        )
    part = path.with_name(path.name + ".part")
    try:
        if path.exists() and path.stat().st_size < entry.bytes and not part.exists():
            path.rename(part)  # the cache's own truncated file: go on from there
        resumed = part.exists()
        try:
            _download(entry, folder)
        except _WrongChecksumError:
            if not resumed:
                raise
            _download(entry, folder)  # the old beginning was bad: once more, afresh
    except _WrongChecksumError:
        raise DataUnavailable(
            f"{entry.url} gave a file whose checksum is not that of {key} in the "
            "registry, so it was thrown away: the address may serve another version "
            f"or a log-in page; set COURSE_DATA to a folder that holds the right file "
            f"as {key}; {_instead(entry)}."
        ) from None
    except (requests.RequestException, _BrokenError) as error:
        raise DataUnavailable(
            f"{key} is not in {folder} and could not be downloaded from {entry.url} "
            f"({_short(error)}): connect to the internet, or set COURSE_DATA to a "
            f"folder that holds the file as {key}; {_instead(entry)}."
        ) from None
    except OSError as error:
        raise DataUnavailable(
            f"{key} from {entry.url} could not be written to {folder} ({error}): set "
            f"COURSE_DATA to a folder that you can write to, or that holds the file as "
            f"{key}; {_instead(entry)}."
        ) from None
    return path


class _BrokenError(Exception):
    """The server answered, but not with the whole file."""


class _WrongChecksumError(Exception):
    """The whole file arrived, and is another one."""


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
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
            return "has the wrong checksum"
    return ""


def _download(entry: Entry, folder: Path) -> None:
    """Fetch into the folder through pooch, which verifies and then moves into place."""

    def downloader(url: str, output_file: str, _: pooch.Pooch) -> None:
        part = folder / (entry.key + ".part")
        _receive(url, part, entry)
        os.replace(part, output_file)

    shelf = pooch.Pooch(
        path=folder,
        base_url="",
        registry={entry.key: f"sha256:{entry.sha256}"},
        urls={entry.key: entry.url},
    )
    try:
        shelf.fetch(entry.key, downloader=downloader)
    except ValueError as error:  # pooch's word for a wrong hash
        raise _WrongChecksumError from error


def _receive(url: str, part: Path, entry: Entry) -> None:
    """Append to `part` until it has all its bytes; broken connections are resumed."""
    for attempt in range(ATTEMPTS):
        have = part.stat().st_size if part.exists() else 0
        if have == entry.bytes:
            return
        if have > entry.bytes:
            part.unlink()
            have = 0
        try:
            _receive_rest(url, part, have, entry)
        except (requests.exceptions.ChunkedEncodingError, _BrokenError):
            if attempt == ATTEMPTS - 1:
                raise


def _receive_rest(url: str, part: Path, have: int, entry: Entry) -> None:
    # identity: a compressed transfer would change the bytes and their count
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as reply:
        if reply.status_code not in (200, 206):
            answer = f"{reply.status_code} {reply.reason}"
            raise requests.HTTPError(f"the server answered {answer}")
        resumes = reply.status_code == 206 and reply.headers.get(
            "Content-Range", ""
        ).startswith(f"bytes {have}-")
        if reply.status_code == 206 and not resumes:
            raise _BrokenError("the server sent another piece than it was asked for")
        if not resumes:
            have = 0  # it does not know ranges and sends everything
        with (
            part.open("ab" if resumes else "wb") as file,
            tqdm(
                total=entry.bytes,
                initial=have,
                desc=entry.key,
                unit="B",
                unit_scale=True,
                leave=False,
            ) as bar,
        ):
            for piece in reply.iter_content(1 << 14):
                have += file.write(piece)
                bar.update(len(piece))
                if have > entry.bytes:
                    break
    if have > entry.bytes:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        raise _WrongChecksumError
    if have < entry.bytes:
        raise _BrokenError(f"it ended after {have:,} of {entry.bytes:,} bytes")


def _instead(entry: Entry) -> str:
    known = entry.instead or "antonyms, copying, g2p and numbers in course_lib.data"
    return f"no download is needed for {known}"


def _short(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error) or type(error).__name__
