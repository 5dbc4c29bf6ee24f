"""Plant the faults of mutants.toml one by one in a copy of this tree; the named tests must notice. `make mutants`.

`mutants.py [--check] [--tree DIRECTORY] [--faults FILE] [WORD …]`: only look whether all could be planted (seconds);
in another tree, other faults, only those with a word in their name. A fault says which text stands in which file and
what it becomes: `old` must be found exactly once, and its tests must be there. Exit code 1 when one could not be
planted (nothing is run then), when its tests fail before it is planted, or when one survives.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
NOT_COPIED = (
    ".git",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "build",
)
FAILED_TESTS = 1  # pytest's exit code; any other says that the tests did not run


@dataclass(frozen=True)
class Fault:
    """One fault: its name, the file below the tree, the text and what it becomes, the tests that must notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def read(path: Path) -> list[Fault]:
    """The faults of a file, in its order."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["fault"]
    return [Fault(**{**one, "tests": tuple(one["tests"])}) for one in found]


@contextmanager
def copy_of(tree: Path) -> Iterator[Path]:
    """A copy of the tree that uses its virtual environment; its own sources come first."""
    with tempfile.TemporaryDirectory(prefix="outpost-mutants-") as folder:
        Path(folder).chmod(0o755)  # some tests run commands as another account
        copy = Path(folder) / "tree"
        shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED, ".venv"))
        for shared in ("node_modules", ".venv"):
            (copy / shared).symlink_to(tree / shared)
        yield copy


def run(copy: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Run tests in the copy."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "-o", "pythonpath=src ."]
    command = [str(copy / ".venv/bin/python"), "-B", "-m", "pytest", *options, *tests]
    environment = {
        "PYTHONPATH": f"{copy / 'src'}:{copy}",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def hindrances(tree: Path, faults: Iterable[Fault]) -> Iterator[str]:
    """Why faults could not be planted in this tree: a text that moved, a test that is gone."""
    for fault in faults:
        place = tree / fault.file
        times = place.read_text(encoding="utf-8").count(fault.old) if place.exists() else 0
        if times != 1:
            yield f"{fault.name}: its text stands {times} times in {fault.file}"
        for test in fault.tests:
            if not (tree / test.partition("::")[0]).exists():
                yield f"{fault.name}: there is no {test}"


def verdict(copy: Path, fault: Fault) -> str:
    """`caught` by a test, or why not."""
    place = copy / fault.file
    whole = place.read_text(encoding="utf-8")
    place.write_text(whole.replace(fault.old, fault.new), encoding="utf-8")
    try:
        done = run(copy, fault.tests)
    finally:
        place.write_text(whole, encoding="utf-8")
    if done.returncode == FAILED_TESTS:
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return f"caught   {failed[0].split()[1] if failed else ''}"
    return "SURVIVED" if done.returncode == 0 else f"NOT RUN: {(done.stdout + done.stderr)[-300:]}"


def asked_for() -> argparse.Namespace:
    """What the command line says."""
    asked = argparse.ArgumentParser(description="Plant faults; the tests must notice.")
    asked.add_argument("--check", action="store_true")
    asked.add_argument("--tree", type=Path, default=HOUSE)
    asked.add_argument("--faults", type=Path, default=HOUSE / "tools" / "mutants.toml")
    asked.add_argument("words", nargs="*")
    return asked.parse_args()


def main() -> int:
    """Print a line a fault and what became of all."""
    given = asked_for()
    faults = [
        fault
        for fault in read(given.faults)
        if not given.words or any(word in fault.name for word in given.words)
    ]
    if hindered := list(hindrances(given.tree, faults)):
        print("\n".join(hindered), f"{len(hindered)} faults cannot be planted", sep="\n")
        return 1
    if given.check:
        print(f"{len(faults)} faults can be planted")
        return 0
    return plant(given.tree, faults)


def plant(tree: Path, faults: Collection[Fault]) -> int:
    """Plant one after the other in a copy of the tree; the exit code."""
    caught = 0
    with copy_of(tree.resolve()) as copy:
        sound = run(copy, sorted({test for fault in faults for test in fault.tests}))
        if sound.returncode:
            print(f"the tests fail without a fault:\n{sound.stdout[-2000:]}{sound.stderr[-500:]}")
            return 1
        for fault in faults:
            found = verdict(copy, fault)
            caught += found.startswith("caught")
            print(f"{fault.name:<58} {found}", flush=True)
    print(f"{caught} of {len(faults)} planted faults caught")
    return int(caught < len(faults))


if __name__ == "__main__":
    sys.exit(main())
