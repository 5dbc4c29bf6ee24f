"""每日健康: of one, of the rest, told at once where it is abnormal, and nobody's beyond reach."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health.daily import Wellness
from outpost.health.models import DailyReport
from outpost.notifications.models import InboxMessage
from outpost.sites import services
from outpost.sites.forms.contracts import NONE
from outpost.sites.forms.health import HealthForm
from outpost.sites.models import Contract, Registration
from outpost.sites.queries.contracts import contract_rows, contracts, headline
from outpost.sites.queries.contradictions import contradiction_rows, contradictions
from outpost.sites.queries.leads import leads_of
from outpost.sites.queries.people import registration_rows, registrations, reports_today
from outpost.sites.services.daily_health import remind, report_one, report_rest
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_passing import command, crew, registered  # noqa: F401 - fixtures
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


def states(crew: list[Registration]) -> list[Wellness]:  # noqa: F811 - the fixture's value
    return [row.wellness for row in registration_rows(crew, at=NOON)]


def test_no_symptom_beside_another_is_named_as_the_form_names_it() -> None:
    with override("zh-hans"):
        form = HealthForm({"symptoms": [NONE, "发热"]})
        assert f"“{form['symptoms'][-1].choice_label}”不能" in str(form.errors["symptoms"])


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


def test_the_lower_second_reading_does_not_win(cast: Cast, crew: list[Registration], command: Actor) -> None:  # noqa: F811
    """37.7 at 8:00, 34.2 a minute later at the forehead: still a fever; 36.8 under the arm at 8:20: well."""
    services.enter([crew[0].id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    for minutes, degrees, method in (
        (0, "37.7", "forehead"),
        (1, "34.2", "forehead"),
        (20, "36.8", "forehead"),
    ):
        at = NOON + timedelta(minutes=minutes)
        report_one(
            crew[0].id, Decimal(degrees), ["发热"] if minutes == 0 else [], method, actor=command, at=at
        )
        assert states(crew)[0] is Wellness.ABNORMAL
    report_one(crew[0].id, Decimal("36.8"), [], "armpit", actor=command, at=NOON + timedelta(minutes=21))
    assert states(crew)[0] is Wellness.NORMAL
    assert DailyReport.objects.count() == 4


def test_a_failed_measurement_is_missed_like_no_report(crew: list[Registration], command: Actor) -> None:  # noqa: F811
    services.enter([crew[0].id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    report_one(crew[0].id, Decimal("34.2"), [], actor=command, at=NOON)
    (row,) = contract_rows(contracts({"number": "HT0001"}, actor=command), actor=command, on=NOON.date())
    assert (states(crew)[0], row.unreported) == (Wellness.FAILED, 1)


def test_the_page_says_from_when_to_measure_again_and_asks_a_contradiction_once(
    cast: Cast,
    crew: list[Registration],  # noqa: F811 - the fixture's value
) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    where = reverse("sites:report_health", args=[crew[0].id])
    for said in ({"temperature": "38.6", "symptoms": "none"}, {"temperature": "36.4", "symptoms": "发热"}):
        answer = client.post(where, said)
        assert 'name="is_kept"' in client.get(answer.headers["location"]).content.decode()
        assert not DailyReport.objects.exists()
    client.post(where, {"temperature": "38.6", "symptoms": "none", "is_kept": "on"})
    assert DailyReport.objects.get().is_contradictory
    page = client.get(reverse("sites:person", args=[crew[0].id])).content.decode()
    assert "复测" in page
    assert "相互矛盾" in page


def test_contradictions_are_listed_within_reach_alone(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
) -> None:
    report_one(crew[0].id, Decimal("38.6"), [], actor=command, at=NOON)
    town = cast.actor("town")
    (listed,) = contradiction_rows(contradictions(actor=town, at=NOON), actor=town)
    assert (listed.registration.id, listed.symptoms) == (crew[0].id, "")
    (far,) = brought(contract_row(3, 所属镇街=FAR_TOWN), actor=command)
    Contract.objects.filter(id=crew[0].contract_id).update(project=far.project)
    assert contradictions(actor=town, at=NOON).count() == 0
    assert contradictions(actor=command, at=NOON).count() == 1
    assert contradictions(actor=command, at=NOON + timedelta(days=8)).count() == 0


def test_a_fever_just_before_midnight_is_there_after_it(
    crew: list[Registration],  # noqa: F811
    cast: Cast,
) -> None:
    """A forehead's reading of ten past twelve takes nothing back, in the list, its filter and on the page; the armpit's
    does. Who is not reported on the new day is missing."""
    officer, late = cast.actor("command"), NOON + timedelta(hours=11, minutes=58)
    for one in crew[:2]:
        report_one(one.id, Decimal("37.7"), (), "forehead", actor=officer, at=late)
    early = late + timedelta(minutes=12)

    def listed(at: datetime) -> list[Wellness]:
        return [row.wellness for row in registration_rows(crew, at=at)]

    assert listed(early) == [Wellness.MISSING] * 3
    assert reports_today(crew[0], at=early).recheck_from == late + timedelta(minutes=15)
    report_one(crew[0].id, Decimal("36.5"), (), "forehead", actor=officer, at=early)
    assert listed(early) == [Wellness.ABNORMAL, Wellness.MISSING, Wellness.MISSING]
    wanted = registrations(crew[0].contract, {"wellness": "abnormal"}, actor=officer, at=early)
    assert [one.id for one in wanted] == [crew[0].id]
    later = late + timedelta(minutes=16)
    report_one(crew[0].id, Decimal("36.5"), (), "armpit", actor=officer, at=later)
    assert listed(later)[0] is Wellness.NORMAL
    assert reports_today(crew[0], at=later).recheck_from is None
