"""A tree of child processes in the foreground: started, watched, restarted, stopped, their lines prefixed.

One thread does it all. A child gets a process group of its own, so that nothing of it is left behind, and is
tied to us: when we die, the kernel asks it to stop.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from outpost.server import proc

FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0
STEADY_AFTER = 60.0
"""Seconds: a child that ran this long and then ends is restarted as if for the first time."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, under which name in the log, and how long it may take to stop before it is killed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_seconds: float = 15.0


class Backoff:
    """How long to wait before the next try: doubling, limited, forgotten after a steady time."""

    def __init__(self) -> None:
        self._delay = FIRST_DELAY

    def next(self, *, ran_seconds: float) -> float:
        """Give the seconds to wait after a run of this length."""
        if ran_seconds >= STEADY_AFTER:
            self._delay = FIRST_DELAY
        delay, self._delay = self._delay, min(self._delay * 2, LONGEST_DELAY)
        return delay


class _Child:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.start_at = 0.0
        self.backoff = Backoff()
        self.rest = b""
        self.is_killed = False


class ProcessTree:
    """The children of one supervisor. Call `tick` again and again; `stop` ends them all."""

    def __init__(self, programs: Sequence[Program], *, log: Callable[[str, str], None] | None = None) -> None:
        self._children = [_Child(program) for program in programs]
        self._selector = selectors.DefaultSelector()
        self._log = log or _to_standard_error

    def pids(self) -> dict[str, int]:
        """Give the process ids of the children that run now, by name."""
        return {child.program.name: child.process.pid for child in self._children if child.process}

    def tick(self, seconds: float = 0.1) -> None:
        """Pass on what the children write, for at most this long, and start those that should run."""
        self._pump(seconds)
        now = time.monotonic()
        for child in self._children:
            if child.process is None and now >= child.start_at:
                self._start(child)
            elif child.process is not None and not proc.is_alive(child.process.pid):
                code = self._bury(child)
                delay = child.backoff.next(ran_seconds=now - child.started)
                child.start_at = now + delay
                self._log(child.program.name, f"ended with {_outcome(code)}; starts again in {delay:g} s")

    def stop(self) -> None:
        """Ask all children to stop, and kill what is left of each after its limit."""
        running = [child for child in self._children if child.process]
        began = time.monotonic()
        for child in running:
            self._signal(child, signal.SIGTERM)
        while running:
            self._pump(0.05)
            waited = time.monotonic() - began
            for child in running.copy():
                if child.process is None or not proc.is_alive(child.process.pid):
                    self._bury(child)
                    running.remove(child)
                elif waited > child.program.stop_seconds and not child.is_killed:
                    child.is_killed = True
                    self._log(child.program.name, f"did not stop in {child.program.stop_seconds:g} s: killed")
                    self._kill_group(child)

    def _start(self, child: _Child) -> None:
        process = subprocess.Popen(
            child.program.command,
            env=child.program.environment,
            stdin=subprocess.DEVNULL,
            bufsize=0,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # The supervisor has one thread only.
            preexec_fn=proc.die_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )
        child.process, child.started, child.rest = process, time.monotonic(), b""
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            self._selector.register(process.stdout, selectors.EVENT_READ, child)

    def _pump(self, seconds: float) -> None:
        if not self._selector.get_map():
            time.sleep(seconds)
        for key, _mask in self._selector.select(seconds):
            self._read(key.data)

    def _read(self, child: _Child) -> bool:
        """Pass on what is there now; False when there was nothing."""
        if child.process is None or child.process.stdout is None:
            return False
        chunk = child.process.stdout.read(65536)
        if chunk == b"" and child.process.stdout in self._selector.get_map():
            self._selector.unregister(child.process.stdout)
        *lines, child.rest = (child.rest + (chunk or b"")).split(b"\n")
        for line in lines:
            self._log(child.program.name, line.decode(errors="replace"))
        return bool(chunk)

    def _bury(self, child: _Child) -> int:
        """End the rest of the group, pass on the last words, and reap the child. Gives its return code."""
        if child.process is None:
            return 0
        # Before reaping: until then its number, which is also the group's, belongs to nobody else.
        self._kill_group(child)
        code = child.process.wait()
        while self._read(child):
            pass
        if child.rest:
            self._log(child.program.name, child.rest.decode(errors="replace"))
        if child.process.stdout is not None:
            if child.process.stdout in self._selector.get_map():
                self._selector.unregister(child.process.stdout)
            child.process.stdout.close()
        child.process = None
        return code

    def _signal(self, child: _Child, number: signal.Signals) -> None:
        if child.process is not None:
            proc.send(child.process.pid, number)

    def _kill_group(self, child: _Child) -> None:
        if child.process is not None:
            proc.send(-child.process.pid, signal.SIGKILL)


def _outcome(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _to_standard_error(name: str, line: str) -> None:
    print(f"{name:<8} | {line}", file=sys.stderr, flush=True)
