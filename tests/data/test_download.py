"""No test here leaves the machine: the files come from a server on 127.0.0.1."""

import hashlib
import os
import random
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from course_lib.data import download

KEY = "small/file.bin"
CONTENT = random.Random(1).randbytes(200_003)


class Handler(BaseHTTPRequestHandler):
    """Serves `server.content`, by ranges too, in the way that the test asks for."""

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.asked.append(wanted)
        if server.status != 200:
            self.send_error(server.status)
            return
        start = 0
        if wanted and server.ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            total = len(server.content)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        else:
            self.send_response(200)
        body = server.content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.cut_after:  # hang up in the middle, once for each entry
            body = body[: server.cut_after.pop(0)]
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.content, server.asked, server.status = CONTENT, [], 200
    server.ranges, server.cut_after = True, []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    entry = download.Entry(
        KEY,
        len(CONTENT),
        hashlib.sha256(CONTENT).hexdigest(),
        f"http://127.0.0.1:{server.server_port}/file.bin",
        "none",
        "a small file",
        "the_embedded_set.load()",
    )
    entries = {KEY: entry, "made/here.gz": entry._replace(key="made/here.gz", url="")}
    monkeypatch.setattr(download, "registry", lambda: entries)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """The user's own cache; COURSE_DATA is not set."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(download.pooch, "os_cache", lambda name: tmp_path / name)
    return tmp_path / "attention-course"


@pytest.fixture
def named(monkeypatch, tmp_path):
    """A folder that COURSE_DATA names."""
    folder = tmp_path / "named"
    monkeypatch.setenv("COURSE_DATA", str(folder))
    return folder


def put(folder, content, key=KEY):
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_is_downloaded_once(server, cache):
    assert not download.available(KEY)
    assert server.asked == []  # available never asks
    path = download.fetch(KEY)
    assert path == cache / KEY
    assert path.read_bytes() == CONTENT
    assert download.available(KEY)
    assert download.fetch(KEY) == path
    assert server.asked == [None]
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


def test_course_data_is_used_and_not_downloaded(server, named):
    path = put(named, CONTENT)
    assert download.available(KEY)
    assert download.fetch(KEY) == path
    assert server.asked == []


def test_course_data_is_the_cache_where_a_file_is_missing(server, named):
    assert download.fetch(KEY) == named / KEY
    assert (named / KEY).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (CONTENT[:-7], r"is truncated \(199,996 of 200,003 bytes\)"),
        (CONTENT[:-1] + b"?", "has the wrong checksum"),
        (CONTENT + b"?", "has the wrong checksum"),
        (b"", "is truncated"),
    ],
)
def test_a_wrong_file_in_course_data_is_an_error_and_stays(
    server, named, content, fault
):
    path = put(named, content)
    assert not download.available(KEY)
    with pytest.raises(download.DataUnavailable, match=fault) as error:
        download.fetch(KEY)
    assert str(path) in str(error.value)
    assert path.read_bytes() == content
    assert server.asked == []


def test_a_truncated_file_in_the_cache_is_resumed(server, cache):
    put(cache, CONTENT[:70_001])
    assert download.fetch(KEY).read_bytes() == CONTENT
    assert server.asked == ["bytes=70001-"]


def test_a_broken_connection_is_resumed_at_once(server, cache):
    server.cut_after = [50_000, 60_000]  # and whole at the third attempt
    assert download.fetch(KEY).read_bytes() == CONTENT
    assert server.asked[0] is None
    starts = [int(r.removeprefix("bytes=").rstrip("-")) for r in server.asked[1:]]
    assert 0 < starts[0] <= 50_000 < starts[1] <= 110_000


def test_a_download_that_fails_is_resumed_by_the_next_call(server, cache):
    server.cut_after = [80_000, 0, 0]  # nothing more comes: give up
    with pytest.raises(download.DataUnavailable, match="could not be downloaded"):
        download.fetch(KEY)
    part = cache / (KEY + ".part")
    have = part.stat().st_size
    assert 0 < have <= 80_000
    assert not download.available(KEY)
    server.asked.clear()
    assert download.fetch(KEY).read_bytes() == CONTENT
    assert server.asked == [f"bytes={have}-"]
    assert not part.exists()


def test_a_server_without_ranges_sends_everything_again(server, cache):
    server.ranges = False
    put(cache, CONTENT[:1000], KEY + ".part")
    assert download.fetch(KEY).read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-"]


def test_a_bad_beginning_is_thrown_away_and_fetched_afresh(server, cache):
    put(cache, b"?" * 1000, KEY + ".part")
    assert download.fetch(KEY).read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-", None]


def test_a_part_that_is_too_long_is_thrown_away(server, cache):
    put(cache, CONTENT + b"?", KEY + ".part")
    assert download.fetch(KEY).read_bytes() == CONTENT
    assert server.asked == [None]


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT + b"more"])
def test_a_wrong_checksum_is_an_error_and_leaves_nothing(server, cache, content):
    server.content = content
    with pytest.raises(download.DataUnavailable, match="checksum is not that of"):
        download.fetch(KEY)
    assert list((cache / KEY).parent.iterdir()) == []
    server.content = CONTENT
    assert download.fetch(KEY).read_bytes() == CONTENT


def test_a_wrong_file_in_the_cache_is_replaced_only_by_a_right_one(server, cache):
    wrong = b"?" * len(CONTENT)
    path = put(cache, wrong)
    server.status = 503
    with pytest.raises(download.DataUnavailable, match="503"):
        download.fetch(KEY)
    assert path.read_bytes() == wrong
    server.status = 200
    assert download.fetch(KEY).read_bytes() == CONTENT


def test_a_missing_page_says_so(server, cache):
    server.status = 404
    with pytest.raises(download.DataUnavailable, match="the server answered 404"):
        download.fetch(KEY)
    assert len(server.asked) == 1  # asking again would not help


def test_offline_is_one_sentence_and_quick(server, named, monkeypatch):
    with socket.socket() as free:  # a port that nobody listens on
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/file.bin"
    entries = {KEY: download.registry()[KEY]._replace(url=url)}
    monkeypatch.setattr(download, "registry", lambda: entries)
    start = time.monotonic()
    with pytest.raises(download.DataUnavailable) as error:
        download.fetch(KEY)
    assert time.monotonic() - start < 20
    text = str(error.value)
    for part in (KEY, url, "COURSE_DATA", "the_embedded_set.load()", str(named)):
        assert part in text
    assert text.count(". ") == 0
    assert text.endswith(".")
    assert error.value.__suppress_context__


def test_a_server_that_never_answers_is_given_up(server, cache, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/file.bin"
        entries = {KEY: download.registry()[KEY]._replace(url=url)}
        monkeypatch.setattr(download, "registry", lambda: entries)
        monkeypatch.setattr(download, "TIMEOUT", (0.2, 0.2))
        with pytest.raises(download.DataUnavailable, match="no answer in time"):
            download.fetch(KEY)


def test_an_unknown_key_lists_the_known_ones(server, cache):
    for function in (download.fetch, download.available):
        with pytest.raises(ValueError, match="unknown data key 'x'; known: small/file"):
            function("x")


def test_a_file_without_upstream_can_only_be_brought(server, named):
    with pytest.raises(download.DataUnavailable, match="no upstream file") as error:
        download.fetch("made/here.gz")
    assert "COURSE_DATA" in str(error.value)
    assert server.asked == []
    path = put(named, CONTENT, "made/here.gz")
    assert download.fetch("made/here.gz") == path


def test_a_folder_that_cannot_be_written(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "file"))
    with pytest.raises(download.DataUnavailable, match="could not be written"):
        download.fetch(KEY)


def test_an_empty_course_data_counts_as_not_set(cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "")
    assert download.cache_folder() == cache
    monkeypatch.setenv("COURSE_DATA", os.path.join("~", "data"))
    assert "~" not in str(download.cache_folder())


def test_the_registry_is_well_formed():
    entries = download.registry()
    assert len(entries) == 15
    for key, entry in entries.items():
        assert entry.key == key
        assert entry.bytes > 0
        assert len(bytes.fromhex(entry.sha256)) == 32
        assert entry.licence not in ("", "same")
        assert entry.what
        assert entry.url.startswith("https://") or key.startswith("couplets/")
        assert not key.startswith("/")
        assert ".." not in key
    assert len({entry.sha256 for entry in entries.values()}) == 15
