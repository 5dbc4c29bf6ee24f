"""`python -m benchmarks [--full] [b3 …]`: each benchmark in a process of its own, a line of JSON a measurement."""

import argparse
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

from benchmarks import harness

FOLDER = Path(__file__).parent


def names(wanted: list[str]) -> list[str]:
    """The modules of all benchmarks, or of those that begin as asked (`b3`), in the order of their numbers."""
    found = [module.name for module in pkgutil.iter_modules([str(FOLDER)]) if re.match(r"b\d+_", module.name)]
    found.sort(key=lambda name: int(name[1:].partition("_")[0]))
    return [name for name in found if not wanted or name.partition("_")[0] in wanted or name in wanted]


def run_here(name: str, *, full: bool) -> None:
    """Run one benchmark in this process."""
    with harness.workspace():
        for result in importlib.import_module(f"benchmarks.{name}").run(full=full):
            print(result.line(), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the real sizes instead of small ones")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("benchmark", nargs="*", help="b3, b4 …; all without")
    asked = parser.parse_args()
    if asked.here:
        run_here(asked.benchmark[0], full=asked.full)
        return 0
    chosen = names(asked.benchmark)
    if not chosen:
        parser.error("no such benchmark")
    failed = 0
    for name in chosen:
        print(f"{name}{' (full)' if asked.full else ''}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "benchmarks", "--here", name, *(["--full"] if asked.full else [])]
        failed += subprocess.run(command, check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
