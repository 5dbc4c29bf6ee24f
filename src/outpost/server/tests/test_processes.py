"""The process tree: log lines, restarts, and stops that leave nothing behind."""

import sys
import time
from collections.abc import Callable

import pytest

from outpost.config import env
from outpost.server import proc
from outpost.server.processes import LONGEST_DELAY, STEADY_AFTER, Backoff, ProcessTree, Program

Lines = list[tuple[str, str]]


def program(name: str, code: str, *, stop_seconds: float = 5.0) -> Program:
    return Program(name, [sys.executable, "-u", "-c", code], env.child_environment(), stop_seconds)


def tick_until(tree: ProcessTree, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline, "waited too long"
        tree.tick(0.05)


def make_tree(*programs: Program) -> tuple[ProcessTree, Lines]:
    lines: Lines = []
    return ProcessTree(programs, log=lambda name, line: lines.append((name, line))), lines


def test_lines_carry_the_name_of_who_wrote_them() -> None:
    tree, lines = make_tree(
        program("web", "import time; print('头一行\\nsecond'); time.sleep(60)"),
        program("worker", "import sys, time; print('third', file=sys.stderr); time.sleep(60)"),
    )
    tick_until(tree, lambda: len(lines) >= 3)
    tree.stop()
    assert sorted(lines) == [("web", "second"), ("web", "头一行"), ("worker", "third")]


def test_a_child_that_ends_is_started_again_after_a_delay() -> None:
    tree, lines = make_tree(program("worker", "print('here', end=''); raise SystemExit(3)"))
    tick_until(tree, lambda: lines.count(("worker", "here")) >= 2)
    tree.stop()
    assert lines[:2] == [("worker", "here"), ("worker", "ended with exit code 3; starts again in 0.5 s")]


def test_delays_grow_to_a_limit_and_are_forgotten() -> None:
    backoff = Backoff()
    assert [backoff.next(ran_seconds=0) for _ in range(7)] == [0.5, 1, 2, 4, 8, LONGEST_DELAY, LONGEST_DELAY]
    assert backoff.next(ran_seconds=STEADY_AFTER) == 0.5


def test_stop_waits_for_a_clean_end() -> None:
    code = (
        "import signal, sys, time\n"
        "def end(*_): time.sleep(0.3); print('clean'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up'); time.sleep(60)"
    )
    tree, lines = make_tree(program("web", code))
    tick_until(tree, lambda: ("web", "up") in lines)
    tree.stop()
    assert lines[-1] == ("web", "clean")
    assert tree.pids() == {}


def test_what_ignores_the_stop_is_killed_with_its_children() -> None:
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid); time.sleep(60)"
    )
    tree, lines = make_tree(program("web", code, stop_seconds=0.3))
    tick_until(tree, lambda: bool(lines))
    web, grandchild = tree.pids()["web"], int(lines[0][1])
    began = time.monotonic()
    tree.stop()
    assert time.monotonic() - began < 5
    assert proc.wait_for_end([web, grandchild], seconds=5) == []
    assert ("web", "did not stop in 0.3 s: killed") in lines


def test_children_of_a_child_that_crashed_are_ended_before_it_starts_again() -> None:
    code = (
        "import os, signal, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid); os.kill(os.getpid(), signal.SIGKILL)"
    )
    tree, lines = make_tree(program("web", code))
    tick_until(tree, lambda: any("signal SIGKILL" in line for _, line in lines))
    tree.stop()
    assert proc.wait_for_end([int(lines[0][1])], seconds=5) == []


@pytest.mark.parametrize("size", [10, 200_000])
def test_much_output_does_not_block_a_child(size: int) -> None:
    tree, lines = make_tree(program("web", f"print('x' * {size}); print('end'); import time; time.sleep(60)"))
    tick_until(tree, lambda: ("web", "end") in lines)
    tree.stop()
    assert len(lines[0][1]) == size
