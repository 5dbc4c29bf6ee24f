"""The statistics against plain Python over generated facts: every row, every total, every list behind a number."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import pytest

from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.figures.declared import Row
from outpost.health import rules as health
from outpost.health.rules import DoseStatus
from outpost.health.services import ensure_products
from outpost.sentinel.models import Category, Enrolment
from outpost.sentinel.queries import statistics
from outpost.sentinel.queries.statistics import DOSES, TESTS, Chosen, Grouping, lists, nat
from outpost.sentinel.queries.statistics.lists import Asked
from outpost.sentinel.tests.district import (
    EVERYBODY,
    FIRST_DAY,
    TODAY,
    District,
    Sees,
    actor_of,
    district_of,
    key_of,
    known_products,
    sample,
    scopes,
    somebody,
    vaccinate,
)
from outpost.testing.cast import NOON, Cast


@pytest.fixture(params=["few open", "many open"])
def reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the ways in which the facts are read."""
    if request.param == "many open":
        monkeypatch.setattr(nat, "FEW", 0)


def _ranges(random: Random, count: int) -> Iterator[tuple[date, date]]:
    for _ in range(count):
        last = FIRST_DAY + timedelta(days=random.randint(0, 20))
        yield last - timedelta(days=random.choice((0, 0, 2, 6, 13, 30))), last


def _members(asked: Asked, actor: Actor) -> list[UUID]:
    found = asked.ledger(actor, "sentinel.see_staff")
    statement = lists.staff_of(found, asked.figure)
    rows = found.rows(statement.rows, limit=None, offset=0)
    assert found.rows(statement.count) == [(len(rows),)]
    return [row[0] for row in rows]


def _part(by: Grouping, key: str) -> Chosen:
    match by:
        case Grouping.TOWN:
            return Chosen(town=key)
        case Grouping.ORGANIZATION:
            return Chosen(organization=UUID(key))
        case Grouping.CATEGORY:
            return Chosen(category=key)
        case Grouping.DEPARTMENT:
            return Chosen(department=key)


@pytest.mark.usefixtures("reading")
def test_test_statistics_equal_plain_counting(cast: Cast) -> None:
    random, district = Random(1), district_of(cast, 1)
    for who, sees in scopes(cast):
        for by in Grouping:
            for first, last in _ranges(random, 2):
                _compare_tests(district, first, last, by, actor_of(cast, who), sees)


def _compare_tests(
    district: District, first: date, last: date, by: Grouping, actor: Actor, sees: Sees
) -> None:
    rows = statistics.nat_statistics(first, last, by=by, actor=actor, with_empty=True)
    bodies = Counter(key_of(one, by) for one in district.ledger(last, sees))
    found: dict[str, list[int]] = defaultdict(list)
    for one in district.staff(last, sees):
        found[key_of(one.enrolment, by)].append(district.sampled(one, first, last))
    assert {row.key: row["organizations"] for row in rows} == bodies
    for row in rows:
        assert (row["staff"], row["tested"], row["samples"]) == _counted(found[row.key])
    total = TESTS.total(rows)
    assert total["organizations"] == sum(bodies.values())
    everybody = [count for counts in found.values() for count in counts]
    assert (total["staff"], total["tested"], total["samples"]) == _counted(everybody)
    shown = statistics.nat_statistics(first, last, by=by, actor=actor)
    assert shown == [row for row in rows if row["staff"]]


def _counted(samples: list[int]) -> tuple[int, int, int]:
    """Staff, tested, samples."""
    return len(samples), sum(count > 0 for count in samples), sum(samples)


@pytest.mark.usefixtures("reading")
def test_each_number_of_the_tests_opens_as_many_rows(cast: Cast) -> None:
    random, district = Random(7), district_of(cast, 7)
    opened = 0
    for (who, sees), by in product(scopes(cast), Grouping):
        actor = actor_of(cast, who)
        ((first, last),) = _ranges(random, 1)
        rows = statistics.nat_statistics(first, last, by=by, actor=actor, with_empty=True)
        staff = district.staff(last, sees)
        for key, row in [*((row.key, row) for row in rows), ("", TESTS.total(rows))]:
            part = _part(by, key) if key else statistics.ANY
            mine = [one for one in staff if not key or key_of(one.enrolment, by) == key]
            tested = {one.id for one in mine if district.sampled(one, first, last)}
            assert set(_members(Asked(first, last, part), actor)) == {one.id for one in mine}
            assert set(_members(Asked(first, last, part, "tested"), actor)) == tested
            untested = _members(Asked(first, last, part, "untested"), actor)
            assert set(untested) == {one.id for one in mine} - tested
            assert (len(mine), len(tested), len(untested)) == (row["staff"], row["tested"], row["untested"])
            found = Asked(first, last, part).ledger(actor, "sentinel.see_staff")
            assert found.rows(lists.TAKEN.count) == [(row["samples"],)]
            assert found.rows(lists.ENROLLED.count) == [(row["organizations"],)]
            opened += bool(tested) and bool(untested)
    assert opened > 4


@pytest.mark.usefixtures("reading")
def test_vaccination_statistics_equal_the_rules_and_add_up(cast: Cast) -> None:
    random, district = Random(3), district_of(cast, 3)
    met: Counter[str] = Counter()
    for who, sees in scopes(cast):
        for by in Grouping:
            for on in (TODAY, FIRST_DAY + timedelta(days=random.randint(0, 20))):
                met += _compare_doses(district, on, by, actor_of(cast, who), sees)
    assert min(met[one] for one in (*DoseStatus, "by_later")) > 100


def _compare_doses(district: District, on: date, by: Grouping, actor: Actor, sees: Sees) -> Counter[str]:
    """Returns how many of each standing were compared."""
    rows = statistics.vaccination_statistics(on, by=by, actor=actor, with_empty=True)
    staff = district.staff(on, sees)
    expected: dict[str, list[Counter[str]]] = defaultdict(lambda: [Counter() for _ in range(3)])
    for one in staff:
        for dose, standing in zip(
            expected[key_of(one.enrolment, by)], district.standings(one, on), strict=True
        ):
            dose[standing] += 1
    for row in [*rows, DOSES.total(rows)]:
        doses = expected[row.key] if row.key else _summed(expected)
        for number, standings in enumerate(doses, 1):
            assert _figures(row, number) == standings
            assert sum(standings.values()) == row["staff"]
    assert sum(row["staff"] for row in rows) == len(staff)
    return sum(_summed(expected), Counter())


def _figures(row: Row, dose: int) -> Counter[str]:
    """A dose's figures by the names of the rules; what a later dose shows is apart from what is on record."""
    names = ("eligible", "done", "by_later", "not_due", "not_applicable")
    counts = Counter({name: row[f"{name}_{dose}"] for name in names})
    counts["done"] -= counts["by_later"]
    return +counts


def _summed(expected: dict[str, list[Counter[str]]]) -> list[Counter[str]]:
    return [sum((doses[n] for doses in expected.values()), Counter()) for n in range(3)]


@pytest.mark.usefixtures("reading")
def test_each_number_of_the_doses_opens_its_people(cast: Cast) -> None:
    district, actor = district_of(cast, 5), cast.actor("command")
    rows = statistics.vaccination_statistics(TODAY, by=Grouping.TOWN, actor=actor)
    staff = district.staff(TODAY, dict(scopes(cast))["command"])
    for key, row in [*((row.key, row) for row in rows), ("", DOSES.total(rows))]:
        mine = [one for one in staff if not key or one.enrolment.organization.region_id == key]
        for n in (1, 2, 3):
            for figure in ("eligible", "done", "by_later", "not_due", "not_applicable"):
                of_figure = {"done", "by_later"} if figure == "done" else {figure}
                expected = {one.id for one in mine if district.standings(one, TODAY)[n - 1] in of_figure}
                asked = Asked(TODAY, TODAY, Chosen(town=key), f"{figure}_{n}")
                assert set(_members(asked, actor)) == expected
                assert row[f"{figure}_{n}"] == len(expected)


def test_the_facts_of_a_listed_person_are_those_that_are_counted(cast: Cast) -> None:
    district = district_of(cast, 6)
    first, last = TODAY - timedelta(days=6), TODAY
    found = Asked(first, last, statistics.ANY).ledger(EVERYBODY, "sentinel.see_staff")
    facts = lists.facts_of(found, [one.id for one in district.members])
    assert len(facts) == len(district.members)
    for one in district.members:
        assert facts[one.id].samples == district.sampled(one, first, last)
        standings = tuple(standing.name.lower() for standing in facts[one.id].doses)
        assert tuple(s.replace("done_by_later", "by_later") for s in standings) == district.standings(
            one, last
        )


# --- by hand --------------------------------------------------------------------------------------------------------


def test_nat_statistics_by_town(cast: Cast) -> None:
    twice, once, _never, withdrawn = (somebody(cast.near).person_id for _ in range(4))
    outside = somebody(cast.far).person_id
    # 23:00 on the 7th in Shanghai is 15:00 here; the 6th begins at 16:00 of the 5th
    sample(twice, NOON.replace(day=6, hour=9), NOON.replace(day=7, hour=15))
    sample(once, NOON.replace(day=5, hour=16))
    sample(withdrawn, NOON.replace(day=6, hour=9), is_withdrawn=True)
    sample(outside, NOON.replace(day=7, hour=16))
    first, last = date(2022, 6, 6), date(2022, 6, 7)
    near, far = statistics.nat_statistics(first, last, by=Grouping.TOWN, actor=EVERYBODY)
    assert (near.group, near["organizations"], near["staff"], near["tested"], near["samples"]) == (
        "南沙街道",
        1,
        4,
        2,
        3,
    )
    assert (near["untested"], near.share("tested")) == (2, "50.00")
    assert (far["staff"], far["tested"], far.share("tested")) == (1, 0, "0.00")
    total = TESTS.total([near, far])
    assert (total["organizations"], total["staff"], total["tested"], total.share("tested")) == (
        2,
        5,
        2,
        "40.00",
    )


@pytest.mark.promise("T2")
def test_statistics_count_only_what_is_in_reach(cast: Cast) -> None:
    somebody(cast.near)
    somebody(cast.far)
    span = (date(2022, 6, 6), date(2022, 6, 7))

    def seen(name: str) -> list[str]:
        return [
            row.group for row in statistics.nat_statistics(*span, by=Grouping.TOWN, actor=cast.actor(name))
        ]

    assert seen("command") == ["南沙街道", "万顷沙镇"]
    assert seen("bureau") == ["南沙街道", "万顷沙镇"]
    assert seen("town") == ["南沙街道"]
    assert seen("principal") == ["南沙街道"]
    assert seen("outsider") == []
    assert seen("auditor") == []


def test_groups_without_staff_only_on_request(cast: Cast) -> None:
    somebody(cast.near)
    span = (TODAY, TODAY)
    assert len(statistics.nat_statistics(*span, by=Grouping.ORGANIZATION, actor=EVERYBODY)) == 1
    assert (
        len(statistics.nat_statistics(*span, by=Grouping.ORGANIZATION, actor=EVERYBODY, with_empty=True)) == 2
    )


def test_groups_stand_in_the_order_of_menus(cast: Cast) -> None:
    Category.objects.filter(code="cast-cold").update(position=5)
    Enrolment(
        category=cast.courier, organization=cast.near.organization, created_at=NOON, updated_at=NOON
    ).save(force_insert=True)
    rows = statistics.nat_statistics(TODAY, TODAY, by=Grouping.CATEGORY, actor=EVERYBODY, with_empty=True)
    assert [row.key for row in rows] == ["cast-courier", "cast-cold"]
    assert [row["organizations"] for row in rows] == [1, 2]


def test_reversed_range_is_refused(cast: Cast) -> None:
    with pytest.raises(Refusal) as refusal:
        statistics.nat_statistics(TODAY, TODAY - timedelta(days=1), by=Grouping.TOWN, actor=EVERYBODY)
    assert refusal.value.code == "sentinel.range_reversed"


def test_a_figure_that_no_table_has_is_not_found() -> None:
    with pytest.raises(Refusal) as refusal:
        Asked(TODAY, TODAY, statistics.ANY, "eligible_4")
    assert refusal.value.problem is NOT_FOUND


def test_the_number_of_statements_does_not_grow(cast: Cast, django_assert_num_queries: Any) -> None:
    ensure_products()
    for _ in range(5):
        somebody(cast.near)
    with django_assert_num_queries(1):
        statistics.nat_statistics(TODAY, TODAY, by=Grouping.ORGANIZATION, actor=EVERYBODY)
    with django_assert_num_queries(1):
        statistics.vaccination_statistics(TODAY, by=Grouping.ORGANIZATION, actor=EVERYBODY)


def test_a_report_has_the_promised_figures_and_the_balance_on_request(cast: Cast) -> None:
    known_products()
    vaccinate(somebody(cast.near).person_id, health.DoseGiven(given_on=TODAY, dose=2, product="aa-two"))
    plain = statistics.vaccination_report(TODAY, by=Grouping.TOWN, actor=EVERYBODY)
    assert plain["rows"] == [
        {
            "group": "南沙街道",
            "organizations": 1,
            "staff": 1,
            "doses": [
                {"eligible": 0, "done": 1, "rate": "100.00"},
                {"eligible": 0, "done": 1, "rate": "100.00"},
                {"eligible": 0, "done": 0, "rate": "0.00"},
            ],
        }
    ]
    balanced = statistics.vaccination_report(TODAY, by=Grouping.TOWN, actor=EVERYBODY, with_balance=True)
    assert [dose["done_by_later"] for dose in balanced["total"]["doses"]] == [1, 0, 0]
    assert [dose["not_applicable"] for dose in balanced["total"]["doses"]] == [0, 0, 1]
