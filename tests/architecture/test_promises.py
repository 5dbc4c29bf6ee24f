"""The list of promises and the marks of the tests agree: none is without a test, and no mark is of none."""

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
