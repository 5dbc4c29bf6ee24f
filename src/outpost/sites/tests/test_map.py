"""The map beside 监督查询: contracts whose project has a point, and what is to be done there."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from outpost.sites import services
from outpost.sites.models import Contract, Project, Registration
from outpost.sites.queries.contracts import contracts
from outpost.sites.queries.site_map import site_states
from outpost.sites.services.daily_health import report_one
from outpost.sites.tests.ledger import FAR_TOWN, bring, brought, contract_row, sent
from outpost.sites.tests.test_passing import HOUR, dispose
from outpost.sites.tests.test_registrations import Bring, declare, person_row
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
POINT = {"经度": "113.5312345", "纬度": "22.8"}


def test_a_point_comes_by_file_stays_where_none_is_stated_and_is_whole(cast: Cast) -> None:
    command = cast.actor("command")
    bring(contract_row(1, **POINT), actor=command)
    bring(contract_row(1, 项目名称="第1住宅小区东区"), actor=command)
    bring(contract_row(1, 项目名称="第1住宅小区西区", 经度="", 纬度=""), actor=command)
    project = Project.objects.get()
    assert (project.name, str(project.longitude), project.latitude) == (
        "第1住宅小区西区",
        "113.5312345",
        Decimal("22.8"),
    )
    for wrong in ({"经度": "113.5", "纬度": ""}, {"经度": "22.8", "纬度": "113.5"}):
        assert sent(contract_row(2, **wrong), actor=command).rejected == 1
    twice = contract_row(1, **POINT), contract_row(1, 用人单位="丁劳务有限公司", 经度="113.6", 纬度="22.8")
    assert sent(*twice, actor=command).rejected == 1


def test_each_contract_says_who_has_to_leave_and_who_was_not_reported(cast: Cast, tmp_path: Path) -> None:
    command = cast.actor("command")
    brought(contract_row(1, **POINT), contract_row(2), actor=command)
    for number in (1, 2, 3):
        declare(number)
    Bring(command, tmp_path)(*map(person_row, (1, 2, 3)))
    rows = list(Registration.objects.order_by("id"))
    ids = [row.id for row in rows]
    services.enter(ids, Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    report_one(ids[0], None, (), actor=command, at=NOON)
    dispose(rows[1].person_id, "isolation", NOON + HOUR)
    found = site_states(contracts({}, actor=command).order_by("number"), actor=command, at=NOON + 2 * HOUR)
    told = [(one.has_point, one.on_site, one.to_leave, one.unreported, one.is_low) for one in found]
    assert told == [(True, 3, 1, 2, False), (False, 0, 0, 0, False)]


def test_the_map_shows_what_the_filter_leaves_within_reach(cast: Cast) -> None:
    command = cast.actor("command")
    rows = (contract_row(n, 监督站=f"第{n}监督站", 经度="113.5", 纬度=f"22.{n}") for n in (1, 2))
    brought(*rows, contract_row(3), contract_row(4, 所属镇街=FAR_TOWN, **POINT), actor=command)
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["town"])
    page = client.get(reverse("sites:map")).content.decode()
    shown = {one.number: reverse("sites:contract", args=[one.id]) in page for one in Contract.objects.all()}
    assert shown == {"HT0001": True, "HT0002": True, "HT0003": False, "HT0004": False}
    assert "1 more have no point" in page
    narrowed = client.get(reverse("sites:map"), {"station": "第1监督站"}).content.decode()
    assert narrowed.count("map-dot") == 1
    assert "HT0002" not in narrowed
    assert reverse("sites:map") in client.get(reverse("sites:supervision")).content.decode()
