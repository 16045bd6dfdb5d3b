"""Walls around a learner's process: nothing in there to break, reach or read.

`bubblewrap` gives it a file system of its own (the system, Python and the course,
read-only, and a small /tmp), no network, no other processes to see, no rights and an
empty environment.  The worker itself takes limits on memory, file size and processes;
the grader keeps the time, and looks at the memory of all processes together.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

COURSE = Path(__file__).parent.parent
START = 60.0  # seconds in which Python, PyTorch and IPython must have started
UNPROTECTED = "GRADE_WITHOUT_SANDBOX"
AS_USER = "GRADE_AS_USER"  # the number of a user who runs what has no sandbox
NOBODY = "65534"
ENVIRONMENT = {
    "HOME": "/tmp",
    "PATH": "/usr/bin",
    "PYTHONPATH": "/course",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TORCHDYNAMO_DISABLE": "1",  # torch.compile: the same values, without the wait
    "MPLBACKEND": "Agg",
    "COURSE_PROGRESS": "0",
    "LANG": "C.UTF-8",
}


class GraderError(Exception):
    """The grader cannot do its work; nobody's mark."""


@dataclass(frozen=True)
class Limits:
    """What a notebook may use.

    Attributes:
        cell: seconds for each cell.
        call: seconds for each call of a function.
        question: seconds for judging one question, all calls together.
        starts: how often the process may be started: once for each cell that stops it,
            and for each that left something behind which may have.
        whole: seconds for everything; what is judged by then counts.
        megabytes: of memory.
    """

    cell: float = 20.0
    call: float = 10.0
    question: float = 30.0
    starts: int = 10
    whole: float = 240.0
    megabytes: int = 4096


def protected() -> bool:
    """Whether notebooks run in a sandbox here.

    Raises:
        GraderError: if there is none, and nobody said in so many words that this is
            all right.
    """
    if os.environ.get(UNPROTECTED) == "1":
        return False
    if shutil.which("bwrap") is None:
        raise GraderError(
            "bubblewrap (bwrap) is not installed, so a notebook could read, change and "
            "send away whatever you can. Install it (Debian, Ubuntu: apt-get install "
            "bubblewrap), or grade inside a container as the book's page for "
            f"instructors shows, with {UNPROTECTED}=1 set in there"
        )
    command = [*walls(), sys.executable, "-c", ""]
    try:
        tried = subprocess.run(
            command, env={}, capture_output=True, text=True, timeout=START
        )
    except subprocess.TimeoutExpired:
        raise GraderError(f"bubblewrap does nothing for {START:g} seconds") from None
    if tried.returncode != 0:
        raise GraderError(
            f"bubblewrap does not work here: {tried.stderr.strip()[:300]} (in a "
            "container, it needs the right to make user namespaces; the page for "
            "instructors shows the other way)"
        )
    return True


def stranger() -> int | None:
    """The user who runs a notebook that has no sandbox, if another one than we are."""
    return int(os.environ[AS_USER]) if os.environ.get(AS_USER) else None


def walls(info: int | None = None) -> list[str]:
    """The command in front of the worker's.

    Args:
        info: a file descriptor on which bubblewrap says which process is the first.
    """
    bwrap, known = _installed()
    inside = [bwrap, "--unshare-all", "--unshare-user", "--uid", NOBODY]
    inside += ["--gid", NOBODY]
    inside += ["--cap-drop", "ALL", "--die-with-parent", "--new-session"]
    inside += [] if info is None else ["--info-fd", str(info)]
    if "--disable-userns" in known:  # in a namespace of its own it would have rights
        inside += ["--disable-userns"]
    ends = ["--proc", "/proc", "--dev", "/dev", *_tmpfs("/dev/shm"), *_tmpfs("/tmp")]
    for target in sorted(_places()):
        if target.is_relative_to("/tmp"):  # an environment there is hidden by now
            ends += ["--ro-bind", str(target), str(target)]
    ends += ["--remount-ro", "/dev", "--chdir", "/tmp", "--clearenv"]
    for name, value in ENVIRONMENT.items():
        ends += ["--setenv", name, value]
    if os.getuid() != 0:
        return [*inside, *_tree(), *ends, "--remount-ro", "/"]
    # Limits do not bind root: root lays out the files, and nobody builds the walls.
    setpriv = shutil.which("setpriv") or "setpriv"
    outside = [bwrap, "--die-with-parent", "--cap-add", "CAP_SETUID"]
    outside += ["--cap-add", "CAP_SETGID", *_tree(), "--dev", "/dev"]
    outside += ["--bind", "/proc", "/proc", "--dir", "/tmp", "--remount-ro", "/"]
    outside += [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [*outside, *inside, "--ro-bind", "/", "/", *ends]


def visible(path: Path) -> bool:
    """Whether a notebook in a sandbox could read a file; the course does not count."""
    found = path.resolve()
    return any(
        found.is_relative_to(source.resolve())
        for source in (*_places().values(), Path("/usr"))
        if source != COURSE
    )


def _places() -> dict[Path, Path]:
    """What can be read beside the system: where it is in there, and where it is here.

    Of the course the package alone, not the folder it is in: hidden tests and solutions
    stay out.
    """
    packages = Path(sysconfig.get_path("purelib"))
    own = (Path(sys.prefix), Path(sys.base_prefix), packages)
    system = (Path("/etc/alternatives"), Path("/etc/ld.so.cache"))
    places = {path: path for path in (*own, *system) if not path.is_relative_to("/usr")}
    return {**places, Path("/course/course_lib"): COURSE}


def _tree() -> list[str]:
    """The file system, as options."""
    options = []
    for folder in ("/usr", "/lib", "/lib64", "/bin"):
        path = Path(folder)
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), folder]
        elif path.exists():
            options += ["--ro-bind", folder, folder]
    for target, source in sorted(_places().items()):
        if source.exists():
            for parent in reversed(target.parents[:-1]):
                options += ["--dir", str(parent)]  # which others than root may enter
            options += ["--ro-bind", str(source), str(target)]
    return options


def _tmpfs(folder: str) -> list[str]:
    """A folder in memory, of 256 MiB where this bubblewrap can say so (0.7)."""
    size = ["--size", str(256 << 20)] if "--size" in _installed()[1] else []
    return [*size, "--tmpfs", folder]


@cache
def _installed() -> tuple[str, str]:
    """Where bubblewrap is, and what it says of itself."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise GraderError("bubblewrap (bwrap) is not installed")
    asked = subprocess.run([bwrap, "--help"], capture_output=True, text=True)
    return bwrap, asked.stdout + asked.stderr
