"""The parent's side: an uploaded paper goes into the child and comes back as it may be kept, or is refused."""

import os
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from outpost.core.errors import Refusal, problem_of
from outpost.core.papers import errors
from outpost.core.papers.rules import MIB, PAPER, PaperKind, PaperLimits

_one_at_a_time = (
    threading.Lock()
)  # a process opens one paper, whatever comes in: each may take its limit of memory
_PATIENCE = 2  # times the seconds of work that the child may have


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it may be kept."""

    kind: PaperKind
    pages: int
    content: bytes


def cleaned(path: Path, limits: PaperLimits = PAPER) -> Paper:
    """What the file at `path` is, checked; a picture drawn anew, a PDF as it came. Raises Refusal."""
    if not path.stat().st_size:
        raise Refusal(errors.EMPTY)
    with _one_at_a_time:
        answer = _ask_child(path, limits)
    line, parted, content = answer.partition(b"\n")
    if not parted:
        raise Refusal(errors.TOO_HEAVY)
    found = orjson.loads(line)
    if "code" in found:
        raise Refusal(problem_of(found["code"]), **found["fields"])
    kind = PaperKind(found["kind"])
    content = path.read_bytes() if kind is PaperKind.PDF else content
    if len(content) > limits.file_bytes:
        raise Refusal(errors.TOO_LARGE, limit=limits.file_bytes // MIB)
    return Paper(kind, found["pages"], content)


def _ask_child(path: Path, limits: PaperLimits) -> bytes:
    """What the child says; nothing when it died. Its environment is empty: it must not know any secret."""
    request = orjson.dumps(asdict(limits)).decode()
    with path.open("rb") as file:
        try:
            done = subprocess.run(
                [sys.executable, "-S", "-m", "outpost.core.papers.child", request],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"},
                cwd="/",
                check=False,
                timeout=limits.cpu_seconds * _PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return b""
    return done.stdout if done.returncode == 0 else b""
