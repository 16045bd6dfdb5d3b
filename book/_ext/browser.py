"""Where a browser is, and what to do where there is none."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# No network: every name but this machine's own is unknown.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
ADVICE = (
    "no browser found: the tests in tests/site are left out. Install Chromium "
    "(Debian, Ubuntu: apt-get install chromium), or name one in CHROMIUM."
)


def browser() -> str | None:
    """Return the path of a Chromium or Chrome, if there is one."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


if __name__ == "__main__":
    print(f"Browser for tests/site: {browser()}" if browser() else f"Note: {ADVICE}")
