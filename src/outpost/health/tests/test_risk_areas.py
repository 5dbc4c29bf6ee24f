"""Risk areas: added, ended, never rewritten; declared travel is marked by them."""

from datetime import date

import pytest
from django.test import Client

from outpost.audit.models import AuditEntry
from outpost.core.errors import Refusal
from outpost.health import services
from outpost.health.models import RiskArea
from outpost.health.queries import declarations
from outpost.health.rules import RiskLevel
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, Cast

DAY = date(2022, 6, 8)


def test_an_area_holds_from_its_day_until_it_is_ended(cast: Cast) -> None:
    command = cast.actor("command")
    area = services.add_risk_area("杭州", RiskLevel.HIGH, DAY, actor=command, at=NOON)
    with pytest.raises(Refusal) as known:
        services.add_risk_area("杭州", RiskLevel.MEDIUM, DAY, actor=command, at=NOON)
    assert known.value.code == "health.risk_area_known"
    assert [one.level for one in declarations.areas_named(["杭州市"], on=DAY)] == [RiskLevel.HIGH]
    services.end_risk_area(area.id, actor=command, at=NOON)
    assert declarations.areas_named(["杭州市"], on=DAY) == []
    with pytest.raises(Refusal):
        services.end_risk_area(area.id, actor=command, at=NOON)
    services.add_risk_area("杭州", RiskLevel.MEDIUM, DAY, actor=command, at=NOON)
    acts = AuditEntry.objects.filter(action__startswith="health.risk_area").order_by("seq")
    assert [one.action for one in acts] == [f"health.risk_area_{act}" for act in ("added", "ended", "added")]


@pytest.mark.parametrize("role", ["town", "bureau", "principal", "feeder", "auditor", "outsider"])
def test_nobody_but_the_command_marks_an_area(cast: Cast, role: str) -> None:
    with pytest.raises(Refusal):
        services.add_risk_area("杭州", RiskLevel.HIGH, DAY, actor=cast.actor(role), at=NOON)


def test_the_pages(client: Client, cast: Cast) -> None:
    sign_in(client, cast.users["command"])
    assert "没有风险地区" in client.get("/health/risk-areas").content.decode()
    path, stated = "/health/risk-areas/new", {"name": "杭州", "level": "high", "begins_on": "2022-06-08"}
    for wrong in ({"name": "杭"}, {"level": "red"}, {"begins_on": ""}, {"begins_on": "9999-12-31"}):
        assert 'role="alert"' in shown(client, client.post(path, {**stated, **wrong})).content.decode()
    assert client.post(path, stated).status_code == 302
    assert "高风险" in client.get("/health/risk-areas").content.decode()
    assert client.post(f"/health/risk-areas/{RiskArea.objects.get().id}/end").status_code == 302
    assert RiskArea.objects.get().ends_on is not None
