"""What Linux tells about processes under /proc: just what a supervisor has to know."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PROC = Path("/proc")
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(by: signal.Signals) -> Callable[[], None]:
    """Make a `preexec_fn` that asks the kernel to send this signal to the child when its parent ends.

    The tie is to the thread that started the child: call `Popen` from the main thread. Linux only.
    """
    parent = os.getpid()

    def tie() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the tie was made
            os.kill(os.getpid(), by)

    return tie


def is_alive(pid: int) -> bool:
    """Tell whether this process exists and is not a zombie."""
    return _state(pid) not in {"", "Z", "X"}


def processes_named(name: str) -> list[int]:
    """List the live processes with this name of their program."""
    return [pid for pid in _pids() if _read(pid, "comm").strip() == name and is_alive(pid)]


def command_line(pid: int) -> list[str]:
    """Give the arguments that this process was started with; empty when it has ended."""
    return _read(pid, "cmdline").split("\0")[:-1]


def activity(pids: list[int]) -> tuple[int, ...]:
    """Give counters that grow while these processes work: clock ticks of CPU and bytes read and written."""
    return tuple(_ticks(pid) + _bytes_moved(pid) for pid in sorted(pids))


def cpu_seconds(pids: list[int]) -> float:
    """Give the processor time that these processes have used so far."""
    return sum(map(_ticks, pids)) / os.sysconf("SC_CLK_TCK")


def wait_for_end(pids: list[int], *, seconds: float) -> list[int]:
    """Wait until these processes have ended; give those still alive after the limit."""
    deadline = time.monotonic() + seconds
    left = [pid for pid in pids if is_alive(pid)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [pid for pid in left if is_alive(pid)]
    return left


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that has just ended is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def memory_share(pid: int) -> int:
    """Give the proportional set size in bytes: private memory and its share of the common."""
    rollup = _read(pid, "smaps_rollup")
    return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))


def descendants(pid: int) -> list[int]:
    """List all processes below this one."""
    children: dict[int, list[int]] = {}
    for candidate in _pids():
        fields = _stat(candidate)
        if fields:
            children.setdefault(int(fields[1]), []).append(candidate)
    found: list[int] = []
    queue = [pid]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _read(pid: int, what: str) -> str:
    try:
        return (_PROC / str(pid) / what).read_text(encoding="utf-8", errors="replace")
    except OSError:  # ended in between, or not ours to read
        return ""


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on (the name before it may hold spaces and brackets)."""
    return _read(pid, "stat").rpartition(")")[2].split()


def _state(pid: int) -> str:
    fields = _stat(pid)
    return fields[0] if fields else ""


def _ticks(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _bytes_moved(pid: int) -> int:
    return sum(int(line.split()[1]) for line in _read(pid, "io").splitlines())
