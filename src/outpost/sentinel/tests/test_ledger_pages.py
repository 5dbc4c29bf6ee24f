"""The list pages' queries: who sees whom, how, and at what cost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.core.db import rows_of
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.health import services as health_services
from outpost.health.models import LatestSamples, TestRecord, Vaccination
from outpost.health.queries import vaccinations
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries.enrolments import (
    ENROLMENT_ORDERS,
    EnrolmentFilter,
    enrolment,
    enrolment_choices,
    enrolment_page,
    own_enrolments,
)
from outpost.sentinel.queries.holding import holdings
from outpost.sentinel.queries.jobs import job_types
from outpost.sentinel.queries.person import doses_of, nat_tests_of
from outpost.sentinel.queries.staff import (
    STAFF_ORDERS,
    member_as_row,
    member_of,
    staff_member,
    staff_page,
)
from outpost.sentinel.queries.staff_filter import DOSES, StaffFilter, filtered
from outpost.sentinel.queries.unmatched import recencies
from outpost.sentinel.rules import Recency, State, hours_bucket
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.latest import mend
from outpost.sentinel.services.organizations import add_organization
from outpost.sentinel.tests.ledgers import add, id_number, organization_entry
from outpost.testing.cast import NOON, Cast

TODAY = date(2022, 6, 8)
ALL = StaffFilter()


def found(cast: Cast, who: str = "command", **wanted: Any) -> set[UUID]:
    rows, total = staff_page(StaffFilter(**wanted), actor=cast.actor(who), at=NOON, limit=500)
    assert len(rows) == total
    return {row.id for row in rows}


def sampled(person_id: UUID, *times: datetime) -> None:
    """Records of samples, and the small row that is kept beside them."""
    for at in times:
        TestRecord(
            source="t",
            record_id=str(new_id()),
            person_id=person_id,
            sampled_at=at,
            received_at=at,
            kind="nat",
        ).save(force_insert=True)
    newest_first = sorted(times, reverse=True)
    LatestSamples.objects.update_or_create(person_id=person_id, defaults={"sampled_at": newest_first})
    mend()


def given_dose(person_id: UUID, product: str, dose: int, on: date) -> None:
    Vaccination(
        source="t",
        record_id=str(new_id()),
        person_id=person_id,
        product_id=product,
        dose=dose,
        given_on=on,
        received_at=NOON,
    ).save(force_insert=True)


@pytest.mark.promise("T2")
def test_each_role_sees_its_own(cast: Cast) -> None:
    near, far = add(cast), add(cast, 2, to=cast.far.id)
    assert found(cast, "command") == found(cast, "bureau") == {near.id, far.id}
    assert found(cast, "town") == found(cast, "principal") == {near.id}
    for nobody in ("outsider", "operator", "security", "auditor", "feeder"):
        assert found(cast, nobody) == set()
        assert enrolment_page(EnrolmentFilter(), actor=cast.actor(nobody)) == ([], 0)
    for number in (id_number(2), id_number(9)):
        assert found(cast, "town", document=number) == set()


@pytest.mark.promise("T4")
def test_officers_see_masks_and_principals_their_own_in_clear(cast: Cast) -> None:
    member = add(cast)
    masked = staff_member(member.id, actor=cast.actor("command"), at=NOON)
    assert (masked.name, masked.phone, masked.address) == ("甄**", "139****0001", "金沙***")
    assert masked.number == f"1101**********{id_number(1)[-4:]}"
    assert not masked.is_clear
    clear = staff_member(member.id, actor=cast.actor("principal"), at=NOON)
    assert (clear.name, clear.number, clear.is_clear) == ("甄测试", id_number(1), True)
    assert enrolment(cast.near.id, actor=cast.actor("town")).principal_phone == "138****8001"
    assert enrolment(cast.near.id, actor=cast.actor("principal")).principal_phone == "13800138001"
    assert [row.id for row in own_enrolments(actor=cast.actor("principal"))] == [cast.near.id]
    assert own_enrolments(actor=cast.actor("command")) == []


@pytest.mark.promise("T2")
def test_outside_the_scope_there_is_nothing(cast: Cast) -> None:
    far = add(cast, to=cast.far.id)
    town = cast.actor("town")
    looks: tuple[Callable[[UUID], object], ...] = (
        lambda key: staff_member(key, actor=town, at=NOON),
        lambda key: nat_tests_of(member_of(key, actor=town), first=TODAY, last=TODAY, actor=town),
        lambda key: doses_of(member_of(key, actor=town), on=TODAY, actor=town),
    )
    for look in looks:
        for key in (far.id, new_id()):
            with pytest.raises(Refusal) as refused:
                look(key)
            assert refused.value.problem is NOT_FOUND
    for key in (cast.far.id, new_id()):
        with pytest.raises(Refusal) as hidden:
            enrolment(key, actor=town)
        assert hidden.value.problem is NOT_FOUND


def test_the_filters_of_organisations(cast: Cast) -> None:
    command = cast.actor("command")
    add(cast)

    def names(**wanted: Any) -> list[str]:
        return [row.name for row in enrolment_page(EnrolmentFilter(**wanted), actor=command)[0]]

    assert names() == ["近岸冷链有限公司", "远洋冷链有限公司"]
    assert names(name="远洋") == names(town="440115100") == names(phone="13800138002") == ["远洋冷链有限公司"]
    assert names(category="cast-courier") == names(name="没有") == []
    assert [row.staff for row in enrolment_page(EnrolmentFilter(), actor=command, order="-staff")[0]] == [
        1,
        0,
    ]
    for order in ENROLMENT_ORDERS:
        rows, total = enrolment_page(EnrolmentFilter(), actor=command, order=order, limit=1, offset=1)
        assert (len(rows), total) == (1, 2)


def test_namesakes_are_told_apart_by_their_town(cast: Cast) -> None:
    command = cast.actor("command")
    add_organization("cast-cold", organization_entry(name="远洋冷链有限公司"), actor=command, at=NOON)
    choices = enrolment_choices("cast-cold", actor=command, action="sentinel.edit_staff")
    assert sorted(name for _, name in choices) == [
        "近岸冷链有限公司",
        "远洋冷链有限公司（万顷沙镇）",
        "远洋冷链有限公司（南沙街道）",
    ]


def test_the_filters_of_staff(cast: Cast) -> None:
    first = add(cast)
    second = add(cast, 2, to=cast.far.id, name="贾测试", job_type="叉车工")
    assert found(cast, name="甄 测试") == found(cast, phone="139 0000 0001") == {first.id}
    assert found(cast, document=id_number(2).lower()) == {second.id}
    assert found(cast, organization_name="远洋") == found(cast, town="440115100") == {second.id}
    assert found(cast, organization=cast.near.id) == found(cast, plain={"job_type": "搬运工"}) == {first.id}
    assert found(cast, category="cast-courier") == set()
    assert job_types("cast-cold", actor=cast.actor("command")) == ["叉车工", "搬运工"]
    assert job_types("cast-cold", actor=cast.actor("town")) == ["搬运工"]
    for wrong in ({"phone": "12"}, {"document": "!!"}, {"name": "12"}):
        with pytest.raises(Refusal):
            found(cast, **wrong)


def test_duty_and_state_at_dawn(cast: Cast) -> None:
    long_ago = date(2022, 5, 1)
    met = add(cast, 1, joined_on=long_ago)
    missed = add(cast, 2, joined_on=long_ago)
    joiner = add(cast, 3)
    away = add(cast, 4, joined_on=long_ago)
    set_duty([away.id], "resting", starts_on=TODAY, actor=cast.actor("command"), at=NOON)
    sampled(met.person_id, *(NOON - timedelta(days=days) for days in (1, 2)))
    assert found(cast, duty="resting") == found(cast, state="off_duty") == {away.id}
    assert found(cast, duty="on_duty") == {met.id, missed.id, joiner.id}
    assert found(cast, state="met") == {met.id}
    assert found(cast, state="missed", category="cast-cold") == {missed.id}
    assert found(cast, state="new_joiner") == {joiner.id}
    assert found(cast, state="no_rule") == set()
    rows = {row.id: row for row in staff_page(ALL, actor=cast.actor("command"), at=NOON)[0]}
    assert (rows[away.id].state, rows[away.id].duty) == (State.OFF_DUTY, DutyState.RESTING)
    assert [rows[m.id].state for m in (met, missed, joiner)] == [State.MET, State.MISSED, State.NEW_JOINER]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.lists(st.none() | st.integers(-2, 400), min_size=1, max_size=6))
def test_the_filter_by_hours_equals_the_rule(cast: Cast, hours: list[int | None]) -> None:
    StaffMember.objects.all().delete()
    LatestSamples.objects.all().delete()
    expected: dict[Recency, set[UUID]] = {recency: set() for recency in Recency}
    for number, ago in enumerate(hours):
        member = add(cast, number)
        last = None if ago is None else NOON - timedelta(hours=ago)
        if last is not None:
            LatestSamples(person_id=member.person_id, sampled_at=[last]).save(force_insert=True)
        expected[hours_bucket(last, NOON)].add(member.id)
    mend()
    assert {recency: found(cast, recency=recency.value) for recency in Recency} == expected
    counts, unmatched = recencies(ALL, actor=cast.actor("command"), at=NOON)
    assert counts == {recency: len(members) for recency, members in expected.items()}
    assert {one.staff for one in unmatched} == expected[Recency.UNMATCHED]


doses = st.lists(
    st.tuples(
        st.sampled_from(["inactivated-vero", "recombinant-cho", "recombinant-ad5"]),
        st.integers(1, 4),
        st.integers(-5, 250),
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(doses, min_size=1, max_size=4))
def test_the_filter_by_dose_equals_the_rule(cast: Cast, people: list[list[tuple[str, int, int]]]) -> None:
    StaffMember.objects.all().delete()
    Vaccination.objects.all().delete()
    mend()
    health_services.ensure_products()
    members = [add(cast, number) for number in range(len(people))]
    for member, records in zip(members, people, strict=True):
        for product, dose, days in records:
            given_dose(member.person_id, product, dose, TODAY - timedelta(days=days))
    standings = vaccinations.dose_standings({member.person_id for member in members}, on=TODAY)
    expected: dict[str, set[UUID]] = {dose: set() for dose in DOSES}
    for member in members:
        standing = standings[member.person_id]
        expected[f"given_{min(standing.given, 3)}" if standing.given else "none"].add(member.id)
        if standing.due:
            expected[f"due_{standing.due}"].add(member.id)
    assert {dose: found(cast, dose=dose) for dose in DOSES} == expected


def test_facts_of_one_person(cast: Cast) -> None:
    health_services.ensure_products()
    member = add(cast)
    sampled(member.person_id, NOON, NOON - timedelta(days=9))
    given_dose(member.person_id, "inactivated-vero", 2, TODAY - timedelta(days=200))
    principal = cast.actor("principal")
    member = member_as_row(member.id, actor=principal, at=NOON)
    week = nat_tests_of(member, first=TODAY - timedelta(days=6), last=TODAY, actor=principal)
    assert [row.sampled_at for row in week] == [NOON]
    assert [row.dose for row in doses_of(member, on=TODAY, actor=principal)[0]] == [2]
    row = staff_member(member.id, actor=principal, at=NOON)
    assert (row.dose, row.dose_due, row.last_sampled_at) == (2, 3, NOON)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_page_is_read_from_the_organisations_that_hold_it(db: None, is_reversed: bool) -> None:
    counted = [(name, uuid4(), number) for name, number in (("a", 2), ("b", 3), ("b", 1), ("c", 2))]
    in_order = list(reversed(counted)) if is_reversed else counted
    people = [(name, one) for name, _, number in in_order for one in range(number)]
    names = {enrolment: name for name, enrolment, _ in counted}
    rows = ", ".join(f"('k', '{name}', '{enrolment}'::uuid, {number})" for name, enrolment, number in counted)
    statement = f"SELECT * FROM (VALUES {rows}) v (kind, name, enrolment_id, number)"
    for offset in range(10):
        for limit in range(1, 10):
            pages = holdings(
                *(statement, rows_of), kinds=["k"], limit=limit, offset=offset, is_reversed=is_reversed
            )
            found = pages["k"]
            held = {names[enrolment] for enrolment in found.enrolments}
            there = [one for one in people if one[0] in held]
            first = offset - found.before
            assert there[first : first + limit] == people[offset : offset + limit]
            assert found.total == len(people)
            assert len(held) == len({name for name, _ in people[offset : offset + limit]})


def test_every_order_pages_without_loss(cast: Cast) -> None:
    places = (cast.near.id, cast.far.id)
    everybody = {add(cast, number, to=places[number % 2]).id for number in range(7)}
    for name in STAFF_ORDERS:
        for order in (name, f"-{name}"):
            seen: list[UUID] = []
            for offset in (0, 3, 6):
                rows, total = staff_page(
                    ALL, actor=cast.actor("command"), at=NOON, order=order, limit=3, offset=offset
                )
                assert total == 7
                seen += [row.id for row in rows]
            assert len(seen) == 7
            assert set(seen) == everybody


@pytest.mark.parametrize("order", ["organization", "last_sampled_at"])
def test_a_longer_page_costs_no_more_queries(cast: Cast, order: str) -> None:
    actor = cast.actor("command")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            staff_page(replace(ALL, duty="on_duty"), actor=actor, at=NOON, order=order)
            enrolment_page(EnrolmentFilter(), actor=actor)
        return len(queries)

    add(cast)
    few = cost()
    for number in range(2, 12):
        add(cast, number, to=cast.far.id)
    assert cost() == few <= 12


def test_a_removed_organisation_hides_its_staff(cast: Cast) -> None:
    member = add(cast)
    cast.near.removed_at = NOON
    cast.near.save(update_fields=["removed_at"])
    mend()
    assert not filtered(ALL, actor=cast.actor("command"), at=NOON).filter(staff=member).exists()
