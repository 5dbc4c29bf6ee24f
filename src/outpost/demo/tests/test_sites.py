"""Construction sites of the made-up district: there once however often they are loaded."""

from pathlib import Path

import pytest

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.core.rights import Role
from outpost.demo import district, sign_ins, sites
from outpost.regions.services import load_divisions
from outpost.sites.models import Contract, Employer, Project
from outpost.sites.queries.contracts import contracts
from outpost.testing.cast import NOON

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("transactional_db")]


def test_forty_sites_are_there_once(tmp_path: Path) -> None:
    load_divisions("440115", actor=district.ACTOR, at=NOON)
    for _ in range(2):
        sites.load_sites(tmp_path, at=NOON, progress=lambda _line: None)
    assert Project.objects.count() == sites.SITES == 40
    assert Contract.objects.count() == 40 + 40 // sites.SECOND_EVERY
    assert Employer.objects.count() > Contract.objects.count()


def test_the_officer_of_a_station_sees_the_sites_that_it_supervises(tmp_path: Path) -> None:
    load_divisions("440115", actor=district.ACTOR, at=NOON)
    sites.load_sites(tmp_path, at=NOON, progress=lambda _line: None)
    name = Project.objects.order_by("filing_number")[0].station
    made = sign_ins.station_officer(name, actor=district.ACTOR, at=NOON)
    assert (made.role, made.name) == (Role.TOWN, name)
    officer = actor_of(User.objects.get(username=made.user), is_verified=True)
    seen = contracts({}, actor=officer)
    assert {one.id for one in seen} >= {one.id for one in Contract.objects.filter(project__station=name)}
    assert seen.count() < Contract.objects.count()
