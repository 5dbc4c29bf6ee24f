"""Every benchmark runs in its small size: what is measured seldom would break unseen when a table gets a column."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (HOUSE / "benchmarks").glob("b[0-9]*_*.py"))


@pytest.mark.nightly
@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", name], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    measured = [json.loads(line) for line in done.stdout.splitlines()]
    assert measured
    assert all(one["ours"] > 0 for one in measured), measured
