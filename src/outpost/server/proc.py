"""Processes as a supervisor sees them (psutil), and the tie of a child to its parent, which only Linux itself offers.

All go by number: a process that has ended meanwhile is an answer, not an error.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import psutil

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_Answer = TypeVar("_Answer")
_ENDED = frozenset({psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD})


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
    return _told(pid, lambda process: process.status() not in _ENDED, False)


def processes_named(name: str) -> list[int]:
    """List the live processes with this name of their program."""
    found = psutil.process_iter(["name", "status"])
    return [one.pid for one in found if one.info["name"] == name and one.info["status"] not in _ENDED]


def command_line(pid: int) -> list[str]:
    """Give the arguments that this process was started with; empty when it has ended."""
    return _told(pid, psutil.Process.cmdline, [])


def activity(pids: list[int]) -> tuple[float, ...]:
    """Give counters that grow while these processes work: seconds of CPU and bytes read and written."""
    return tuple(_cpu_seconds(pid) + _bytes_moved(pid) for pid in sorted(pids))


def cpu_seconds(pids: list[int]) -> float:
    """Give the processor time that these processes have used so far."""
    return sum(map(_cpu_seconds, pids))


def wait_for_end(pids: list[int], *, seconds: float) -> list[int]:
    """Wait until these processes have ended; give those still alive after the limit. Children are not reaped."""
    deadline = time.monotonic() + seconds
    left = [pid for pid in pids if is_alive(pid)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [pid for pid in left if is_alive(pid)]
    return left


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal, to a group when `pid` is below zero; a process that has just ended is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def memory_share(pid: int) -> int:
    """Give the proportional set size in bytes: private memory and its share of the common."""
    return _told(pid, lambda process: process.memory_full_info().pss, 0)


def descendants(pid: int) -> list[int]:
    """List all processes below this one."""
    return _told(pid, lambda process: [child.pid for child in process.children(recursive=True)], [])


def _cpu_seconds(pid: int) -> float:
    return _told(pid, lambda process: sum(process.cpu_times()[:2]), 0.0)


def _bytes_moved(pid: int) -> int:
    return _told(pid, lambda process: sum(process.io_counters()), 0)


def _told(pid: int, ask: Callable[[psutil.Process], _Answer], otherwise: _Answer) -> _Answer:
    """What psutil says of a process; `otherwise` when it has ended in between, or is not ours to read."""
    try:
        return ask(psutil.Process(pid))
    except psutil.Error:
        return otherwise
