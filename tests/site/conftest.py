"""The built book, a server for it, and a browser without the network."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from browser import ADVICE, FLAGS, browser
from server import serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def html():
    """Build the book: any warning fails, and a second build takes seconds.

    One worker at a time: the lock is on the Makefile, which is there anyway.
    """
    build = ["make", "--no-print-directory", "pages"]
    environment = f"BIN={Path(sys.executable).parent}"
    with open(ROOT / "Makefile") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        result = subprocess.run(
            [*build, environment], cwd=ROOT, capture_output=True, text=True
        )
    assert result.returncode == 0, result.stdout + result.stderr
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def site(html):
    """Serve the book, and say where."""
    with serving(html) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    """Start a browser that reaches this machine and no other."""
    if browser() is None:
        pytest.skip(ADVICE)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        yield program
        program.close()
