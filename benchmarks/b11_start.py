"""B11: `outpost up` on an initialised directory, from the command to its first page, and what it takes while idle.

The goals are 8 s and 400 MB; there is no peer. The time is the median of three starts.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.harness import Result
from outpost.config import env
from outpost.server import network, proc
from outpost.server.embedded import EmbeddedPostgres

PORT = 8139
STARTS = 3
PATIENCE = 120.0
IDLE_SECONDS = {False: 5, True: 30}
MB = 1_000_000
OURS = ("DATABASE_URL", "OUTPOST_DATA")


def run(*, full: bool) -> Iterable[Result]:
    """Initialise a directory, start on it, look at the memory, stop; again."""
    data = Path(tempfile.mkdtemp(prefix="outpost-bench-"))
    data.chmod(0o711)
    try:
        _outpost("init", data).wait(PATIENCE)
        seconds, memory = zip(*(_start(data, idle=IDLE_SECONDS[full]) for _ in range(STARTS)), strict=True)
    finally:
        EmbeddedPostgres(data).erase()
        shutil.rmtree(data)
    yield Result("B11 start to the first page (goal 8)", "s", 1, ours=median(seconds))
    yield Result("B11 idle memory of all processes (PSS, goal 400)", "MB", 1, ours=median(memory) / MB)


def _outpost(command: str, data: Path, *arguments: str) -> subprocess.Popen[bytes]:
    inherited = {name: value for name, value in env.child_environment().items() if name not in OURS}
    return subprocess.Popen(
        [sys.executable, "-m", "outpost.cli", command, "--data", str(data), *arguments],
        env=inherited,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _start(data: Path, *, idle: int) -> tuple[float, int]:
    """Seconds from the command to the first page, and bytes of all processes after a while without work."""
    network.require_free_port("127.0.0.1", PORT)
    began = time.monotonic()
    with _running(data) as process:
        while not _first_page():
            assert process.poll() is None, "outpost up has ended"
            assert time.monotonic() - began < PATIENCE, "no page came"
            time.sleep(0.02)
        seconds = time.monotonic() - began
        time.sleep(idle)
        memory = 0
        for pid in (process.pid, *proc.descendants(process.pid)):
            memory += (share := proc.memory_share(pid))
            print(f"  {share / MB:7.1f} MB  {' '.join(proc.command_line(pid))[:90]}", file=sys.stderr)
    print(f"  start {seconds:.2f} s, idle {memory / MB:.0f} MB", file=sys.stderr, flush=True)
    return seconds, memory


@contextmanager
def _running(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = _outpost("up", data, "--port", str(PORT))
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _first_page() -> bool:
    """Whether the page that everybody sees first is there, not only its server."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=30) as response:
            return response.status == 200 and b"<form" in response.read()
    except (urllib.error.URLError, ConnectionError):
        return False
