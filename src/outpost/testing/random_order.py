"""`-p outpost.testing.random_order`: files in an order of chance, and the tests of each in an order of chance.

The seed stands at the head of the run; `OUTPOST_TEST_SEED` repeats it. Workers inherit it: all must collect alike.
"""

import os
import random
from itertools import groupby

import pytest

SEED = os.environ.setdefault("OUTPOST_TEST_SEED", str(random.randrange(1_000_000)))


def pytest_report_header() -> str:
    """The seed, to repeat the run."""
    return f"random order: OUTPOST_TEST_SEED={SEED}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Shuffle after everybody else has sorted."""
    chance = random.Random(SEED)
    by_file = {file: list(tests) for file, tests in groupby(sorted(items, key=_file), key=_file)}
    files = list(by_file)
    chance.shuffle(files)
    for tests in by_file.values():
        chance.shuffle(tests)
    items[:] = [test for file in files for test in by_file[file]]


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
