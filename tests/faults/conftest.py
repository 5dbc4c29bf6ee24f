"""One installation for the tests of this folder: they only add to it."""

from collections.abc import Iterator

import pytest

from tests.faults.installation import Installation, an_installation


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    with an_installation() as found:
        yield found
