"""Commands in forks of one process that has imported everything: `python -m tests.faults.preloaded`.

Each runs as it would by itself, from its arguments to its exit code, only without seconds of imports. A line of
JSON in asks for one: {"arguments": [...], "folder": where its output goes}; a line out gives its exit code.
"""

import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path

from outpost import cli
from outpost.server.django import set_up

CRASHED = 70


def run(arguments: list[str], folder: Path) -> int:
    """Fork, run `outpost` with these arguments to its end, give its exit code."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        os._exit(_run_here(arguments, folder))
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _run_here(arguments: list[str], folder: Path) -> int:
    for number, name in ((0, "in"), (1, "out"), (2, "err")):
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, number)
    sys.argv = ["outpost", *arguments]
    try:
        cli.main()
    except SystemExit as ended:
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
        asked = json.loads(line)
        print(run(asked["arguments"], Path(asked["folder"])), flush=True)


if __name__ == "__main__":
    main()
