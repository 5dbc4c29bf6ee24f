"""Rehearse a bad day: `python tools/drills.py [NAME …]`, all of them without a name; `--list` says what they are.

A drill is a few tests of the suite (docs/drills.toml), the long ones among them: each starts the real thing, breaks it
and looks at what is left. Exit 1 when one does not pass.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DRILLS = ROOT / "docs" / "drills.toml"
FIELD = "field/"


def drills() -> dict[str, dict[str, list[str] | str]]:
    """The drills by name: `what` goes wrong, and the `tests` that rehearse it."""
    return tomllib.loads(DRILLS.read_text(encoding="utf-8"))


def rehearse(tests: list[str]) -> bool:
    """Run these tests, those of the gate app by their own runner; whether all passed."""
    ours = [one for one in tests if not one.startswith(FIELD)]
    theirs = [one.removeprefix(FIELD) for one in tests if one.startswith(FIELD)]
    runs = []
    if ours:
        runs.append(([sys.executable, "-m", "pytest", "-m", "", "-q", *ours], ROOT))
    if theirs:
        runs.append((["npx", "vitest", "run", *theirs], ROOT / FIELD))
    return all(subprocess.run(command, cwd=folder, check=False).returncode == 0 for command, folder in runs)


def main() -> int:
    known = drills()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", choices=[*known, []], help=", ".join(known))
    parser.add_argument("--list", action="store_true", help="say what each is")
    asked = parser.parse_args()
    if asked.list:
        for name, drill in known.items():
            print(f"{name:<14}{drill['what']}")
        return 0
    failed = [name for name in asked.name or known if not rehearse(list(known[name]["tests"]))]
    print("all passed" if not failed else f"failed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
