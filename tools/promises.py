"""Print the table of promises: id, promise, tests, last result. `make promises`."""

import json
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / ".promises.json"


def main() -> int:
    """Exit 1 when a promise has no test or its last result is not a pass."""
    promises = tomllib.loads((ROOT / "docs" / "promises.toml").read_text(encoding="utf-8"))
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    broken = 0
    for name, text in promises.items():
        tests = results.get(name, {})
        verdict = (
            "no test has run" if not tests else "kept" if set(tests.values()) == {"passed"} else "BROKEN"
        )
        broken += verdict != "kept"
        print(f"{name:<4} {verdict:<16} {text}")
        for test, outcome in sorted(tests.items()):
            print(f"     {outcome:<8} {test}")
    print(f"{len(promises) - broken} of {len(promises)} promises kept in the last runs")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
