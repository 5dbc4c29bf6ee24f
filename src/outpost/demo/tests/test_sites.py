"""Construction sites of the made-up district: there once however often they are loaded."""

from pathlib import Path

import pytest

from outpost.demo import district, sites
from outpost.regions.services import load_divisions
from outpost.sites.models import Contract, Employer, Project
from outpost.testing.cast import NOON

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("transactional_db")]


def test_forty_sites_are_there_once(tmp_path: Path) -> None:
    load_divisions("440115", actor=district.ACTOR, at=NOON)
    for _ in range(2):
        sites.load_sites(tmp_path, at=NOON, progress=lambda _line: None)
    assert Project.objects.count() == sites.SITES == 40
    assert Contract.objects.count() == 40 + 40 // sites.SECOND_EVERY
    assert Employer.objects.count() > Contract.objects.count()
