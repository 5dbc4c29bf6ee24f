"""每日健康 of a shift: who has no report yet in a table; all mistakes at once, at their rows; nothing lost."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health.daily import DailySymptom, Report
from outpost.health.models import DailyReport
from outpost.sites import services
from outpost.sites.forms.shift import MOST_ROWS
from outpost.sites.models import Registration
from outpost.sites.queries.people import registration_rows, registrations
from outpost.sites.services.daily_health import report_one, report_shift
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_passing import command, crew, registered  # noqa: F401 - fixtures
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(cast: Cast, crew: list[Registration], command: Actor) -> Client:  # noqa: F811 - the fixtures' values
    """A browser of the town; all three are on site."""
    services.enter([one.id for one in crew], Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    return client


def page_of(people: Sequence[Registration]) -> str:
    return reverse("sites:report_shift", args=[people[0].contract_id])


def typed(people: Sequence[Registration], **more: str) -> dict[str, object]:
    return {"rows": " ".join(str(one.id) for one in people), **more}


def test_a_table_is_typed_and_whoever_has_no_row_filled_is_left_alone(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    town: Client,
) -> None:
    first, second, third = crew
    ill = {f"symptoms.{second.id}": ["发热", "咳嗽"]}
    town.post(page_of(crew), typed(crew) | {f"temperature.{first.id}": "36.4", **ill})
    kept = {one.person_id: one for one in DailyReport.objects.all()}
    assert (kept[first.person_id].temperature, kept[first.person_id].symptoms) == (Decimal("36.4"), [])
    assert (kept[second.person_id].temperature, kept[second.person_id].symptoms) == (None, ["发热", "咳嗽"])
    assert third.person_id not in kept
    left = town.get(page_of(crew)).content.decode()
    assert str(third.id) in left
    assert str(first.id) not in left


@pytest.mark.parametrize(
    ("more", "temperature"), [({"temperature": "36.9"}, Decimal("36.9")), ({"is_unmeasured": "on"}, None)]
)
def test_the_others_are_said_to_be_well_with_what_was_measured(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    town: Client,
    more: dict[str, str],
    temperature: Decimal | None,
) -> None:
    ill = {f"temperature.{crew[0].id}": "38.2", f"symptoms.{crew[0].id}": "发热"}
    town.post(page_of(crew), typed(crew, **more) | ill)
    kept = {one.person_id: one.temperature for one in DailyReport.objects.all()}
    others = dict.fromkeys((one.person_id for one in crew[1:]), temperature)
    assert kept == {crew[0].person_id: Decimal("38.2"), **others}


def test_a_fever_that_came_while_the_table_was_filled_in_stands(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    town: Client,
    command: Actor,  # noqa: F811
) -> None:
    """What is said of all the others together, by whichever method, takes back nobody's fever."""
    ill, *others = crew
    report_one(ill.id, Decimal("38.4"), (), "forehead", actor=command, at=clock.now())
    town.post(page_of(crew), typed(crew, temperature="36.8", method="armpit"))
    of_ill = DailyReport.objects.filter(person_id=ill.person_id)
    assert [one.temperature for one in of_ill] == [Decimal("38.4")]
    assert DailyReport.objects.count() == 1 + len(others)
    again = {f"temperature.{ill.id}": "36.7", "method": "armpit"}
    town.post(page_of(crew), typed(crew, **again))
    assert of_ill.all().count() == 2  # who is measured again has a row of their own


def test_all_mistakes_stand_at_their_rows_and_what_was_typed_is_still_there(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    town: Client,
) -> None:
    wrong = {
        f"temperature.{crew[0].id}": "366",
        f"temperature.{crew[1].id}": "abc",
        f"temperature.{crew[2].id}": "36.2",
        f"symptoms.{crew[2].id}": "咽痛",
    }
    crew = [crew[1], crew[2], crew[0]]
    answer = town.post(page_of(crew), typed(crew, temperature="37.5") | wrong)
    page = town.get(answer.headers["location"]).content.decode()
    assert DailyReport.objects.count() == 0
    for text in ('value="366"', "36.6", 'value="abc"', 'value="36.2"', 'value="37.5"'):
        assert text in page, text
    assert page.count('class="field-error"') == 3
    places = [page.index(f'name="temperature.{one.id}"') for one in crew]
    assert places == sorted(places), "rows stand as they were sent"
    ticked = [part[:120] for part in page.split('value="咽痛"')[1:] if "checked" in part[:120]]
    assert len(ticked) == 1


def test_nothing_typed_is_asked_back_and_of_the_others_one_thing_is_said(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    town: Client,
) -> None:
    for more in ({}, {"temperature": "36.5", "is_unmeasured": "on"}, {"rows": "x"}):
        town.post(page_of(crew), typed(crew) | more)
    assert DailyReport.objects.count() == 0


def test_a_full_table_stays_below_what_a_form_may_send() -> None:
    assert MOST_ROWS * (1 + len(DailySymptom)) + 10 < (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or 1000)


def test_the_list_is_narrowed_by_how_people_were_reported_today(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
) -> None:
    contract, told = crew[0].contract, {crew[0].id: "36.5", crew[1].id: "38.0"}
    stated = {id_: Report(NOON, Decimal(degrees)) for id_, degrees in told.items()}
    report_shift(contract.id, stated, actor=command, at=NOON)
    for place, wellness in enumerate(("normal", "abnormal", "missing")):
        found = registrations(contract, {"wellness": wellness}, actor=command, at=NOON)
        assert [one.id for one in found] == [crew[place].id]
    tomorrow = NOON + timedelta(days=1)
    missing = registrations(contract, {"wellness": "missing"}, actor=command, at=tomorrow)
    assert missing.count() == len(crew)


def test_nobody_reports_a_shift_beyond_reach_nor_people_of_another_contract(
    cast: Cast,
    crew: list[Registration],  # noqa: F811 - the fixture's value
    town: Client,
) -> None:
    (far,) = brought(contract_row(3, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    for name in ("town", "command"):
        with pytest.raises(Refusal) as refusal:
            report_shift(far.id, {crew[0].id: Report(NOON, None)}, actor=cast.actor(name), at=NOON)
        assert refusal.value.status == 404
    assert town.get(reverse("sites:report_shift", args=[far.id])).status_code == 404


def test_a_contradiction_is_asked_back_once_at_its_row_and_kept_as_such(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    town: Client,
) -> None:
    first, second, _third = crew
    said = {
        f"temperature.{first.id}": "38.6",
        f"temperature.{second.id}": "36.4",
        f"symptoms.{second.id}": "发热",
    }
    answer = town.post(page_of(crew), typed(crew) | said)
    page = town.get(answer.headers["location"]).content.decode()
    assert DailyReport.objects.count() == 0
    assert page.count('name="is_kept.') == 2
    for one in (first, second):
        name = registration_rows([one], at=NOON)[0].person.name
        assert f"{name}：两项都属实，按原样保留" in page, "the list of faults says whose row it is"
    kept = {f"is_kept.{one.id}": "on" for one in (first, second)}
    town.post(page_of(crew), typed(crew, method="forehead") | said | kept)
    assert {(one.is_contradictory, one.method) for one in DailyReport.objects.all()} == {(True, "forehead")}
    listed = town.get(reverse("sites:contradictions")).content.decode()
    assert "38.6 °C" in listed
    assert "36.4 °C" in listed


def test_who_was_measured_too_cold_is_told_and_stands_in_the_table_again(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    town: Client,
    command: Actor,  # noqa: F811
) -> None:
    answer = town.post(page_of(crew), typed(crew) | {f"temperature.{crew[0].id}": "34.2"})
    page = town.get(answer.headers["location"]).content.decode()
    assert "重测" in page
    assert "已上报" not in page, "a failed measurement is no report"
    assert f"temperature.{crew[0].id}" in page
    failed = registrations(
        crew[0].contract, {"wellness": "failed"}, actor=command, at=DailyReport.objects.get().reported_at
    )
    assert [one.id for one in failed] == [crew[0].id]
    town.post(page_of(crew), typed(crew, temperature="34.5"))
    assert DailyReport.objects.count() == 1, "nobody is well by a failed measurement"
