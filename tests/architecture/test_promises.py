"""The lists of promises and of drills agree with the tests: none is without a test, and no mark is of none."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = re.compile(r'mark\.promise\("([A-Z]\d+)"\)')


def test_every_promise_has_a_test_and_every_mark_a_promise() -> None:
    listed = set(tomllib.loads((ROOT / "docs" / "promises.toml").read_text(encoding="utf-8")))
    files = [one for folder in ("src/outpost", "tests") for one in (ROOT / folder).rglob("test_*.py")]
    marked = {name for one in files for name in MARK.findall(one.read_text(encoding="utf-8"))}
    assert marked == listed


def test_every_drill_has_its_tests() -> None:
    drills = tomllib.loads((ROOT / "docs" / "drills.toml").read_text(encoding="utf-8"))
    assert len(drills) == 10
    for one in (test for drill in drills.values() for test in drill["tests"]):
        file, _part, name = one.partition("::")
        assert (f"def {name}(" if name else "test") in (ROOT / file).read_text(encoding="utf-8"), one
