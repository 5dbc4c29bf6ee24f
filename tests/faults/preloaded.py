"""Commands in forks of one process that has imported everything: `python -m tests.faults.preloaded`.

Each runs as it would by itself, from its arguments to its exit code, only without seconds of imports. A line of
JSON in asks for one: {"arguments": [...], "folder": where its output goes, "variables": {...}, "account": uid or null};
a line out gives its exit code. The variable CLOCK_AHEAD says by how many seconds its clock is wrong.
"""

import json
import os
import signal
import sys
import traceback
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from outpost import cli
from outpost.config import env
from outpost.core import clock
from outpost.server.django import set_up

CRASHED = 70
LONGEST = 300
"""Seconds of a command; one that serves where it should refuse would never end."""


def run(asked: dict[str, Any]) -> int:
    """Fork, run `outpost` with these arguments to its end, give its exit code."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        signal.alarm(LONGEST)
        os._exit(_run_here(asked))
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _run_here(asked: dict[str, Any]) -> int:
    folder = Path(asked["folder"])
    for number, name in ((0, "in"), (1, "out"), (2, "err")):
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, number)
    sys.argv = ["outpost", *asked["arguments"]]
    env.put(**asked["variables"])
    if asked["account"] is not None:
        os.setgroups([])
        os.setgid(asked["account"])
        os.setuid(asked["account"])
    true, ahead = clock.now, timedelta(seconds=float(asked["variables"].get("CLOCK_AHEAD", 0)))
    try:
        with patch.object(clock, "now", lambda: true() + ahead):
            cli.main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter itself does
        traceback.print_exc()
        return CRASHED
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def main() -> None:
    set_up()
    for entry in cli.COMMANDS.values():
        import_module(f"outpost.commands.{entry.target.partition(':')[0]}")
    for line in sys.stdin:
        print(run(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
