"""The doors by which tables come in, for all tests here."""

from pathlib import Path

import pytest

from outpost.health import services
from outpost.testing.cast import Cast
from tests.tables.doors import Doors, open_doors


@pytest.fixture
def doors(cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Doors:
    services.ensure_products()
    return open_doors(cast, tmp_path, capsys)
