"""每日健康: of one, of the rest, told at once where it is abnormal, and nobody's beyond reach."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health.daily import Wellness
from outpost.health.models import DailyReport
from outpost.notifications.models import InboxMessage
from outpost.sites import services
from outpost.sites.leads import leads_of
from outpost.sites.models import Contract, Registration
from outpost.sites.people import registration_rows
from outpost.sites.queries import contract_rows, contracts, headline
from outpost.sites.services.daily_health import remind, report_one, report_rest
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_passing import command, crew  # noqa: F401 - fixtures
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


def states(crew: list[Registration]) -> list[Wellness]:  # noqa: F811 - the fixture's value
    return [row.wellness for row in registration_rows(crew, at=NOON)]


def test_the_rest_is_who_is_on_site_and_has_no_report(crew: list[Registration], command: Actor) -> None:  # noqa: F811
    first, second, _third = crew
    ids = [first.id, second.id]
    services.enter(ids, Checked.WORD, occurred_at=NOON - timedelta(hours=1), actor=command, at=NOON)
    report_one(first.id, Decimal("38.6"), ["发热"], actor=command, at=NOON)
    assert report_rest(first.contract_id, Decimal("36.9"), actor=command, at=NOON) == 1
    assert report_rest(first.contract_id, None, actor=command, at=NOON) == 0
    assert states(crew) == [Wellness.ABNORMAL, Wellness.NORMAL, Wellness.MISSING]
    assert DailyReport.objects.get(person_id=second.person_id).temperature == Decimal("36.9")


def test_those_in_charge_are_told_of_an_abnormal_report_alone(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
) -> None:
    before = InboxMessage.objects.filter(template="sites.abnormal_health").count()
    report_one(crew[0].id, Decimal("36.5"), [], actor=command, at=NOON)
    assert InboxMessage.objects.filter(template="sites.abnormal_health").count() == before
    report_one(crew[0].id, Decimal("37.3"), [], actor=command, at=NOON + timedelta(minutes=1))
    assert InboxMessage.objects.filter(template="sites.abnormal_health").count() > before


def test_nobody_reports_beyond_reach(cast: Cast, crew: list[Registration]) -> None:  # noqa: F811
    (far,) = brought(contract_row(3, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    Contract.objects.filter(id=crew[0].contract_id).update(project=far.project)
    town = cast.actor("town")
    with pytest.raises(Refusal):
        report_one(crew[0].id, None, [], actor=town, at=NOON)
    with pytest.raises(Refusal):
        report_rest(crew[0].contract_id, None, actor=town, at=NOON)


@pytest.mark.parametrize(
    ("typed", "is_taken"),
    [
        ({"temperature": "36.5"}, True),
        ({"is_unmeasured": "on"}, True),
        ({}, False),
        ({"temperature": "36.5", "is_unmeasured": "on"}, False),
        ({"temperature": "37.3"}, False),
        ({"temperature": "366"}, False),
    ],
)
def test_the_rest_is_measured_or_said_not_to_be(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    typed: dict[str, str],
    is_taken: bool,
) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    where = reverse("sites:report_rest", args=[crew[0].contract_id])
    answer = client.post(where, typed)
    assert (answer.headers["location"] != where) is is_taken


def test_the_lead_is_told_once_a_day_that_reports_are_missing_and_the_figure_opens_their_list(
    cast: Cast,
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
) -> None:
    system = Actor.system("sites.remind_of_health")
    services.enter([one.id for one in crew], Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    report_one(crew[0].id, Decimal("36.5"), [], actor=command, at=NOON)
    found = contracts({"number": "HT0001"}, actor=command)
    (row,) = contract_rows(found, actor=command, on=NOON.date())
    assert (row.on_site, row.unreported) == (3, 2)
    assert headline(found, actor=command, on=NOON.date()).unreported == 2
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    page = client.get(reverse("sites:supervision")).content.decode()
    assert (
        reverse("sites:registrations", args=[row.contract.id]) + "?presence=inside&amp;wellness=missing"
        in page
    )
    messages = InboxMessage.objects.filter(template="sites.health_missing")
    for hours in (0, 1):
        remind(actor=system, at=NOON + timedelta(hours=hours))
        assert messages.count() == 1
    remind(actor=system, at=NOON + timedelta(days=1))
    assert messages.count() == 2
    assert {one.user_id for one in messages} == set(leads_of(row.contract))
    assert [one.params for one in messages] == [{}, {}], "a message names nobody"


def test_a_report_is_missed_of_who_is_on_site_alone(crew: list[Registration], command: Actor) -> None:  # noqa: F811
    first, second, _third = crew
    services.enter([first.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    report_one(second.id, Decimal("36.5"), [], actor=command, at=NOON)
    assert [row.is_asked for row in registration_rows(crew, at=NOON)] == [True, True, False]
