"""The narrow row of a staff member follows whatever changes it, and one that does not is noticed and put right."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.clock import day_start
from outpost.core.crypto import ring
from outpost.core.stated import name_hash
from outpost.health.services import (
    TEST_STAGING,
    VACCINATION_STAGING,
    record_tests,
    record_vaccinations,
)
from outpost.sentinel.health_checks import latest_rows
from outpost.sentinel.jobs import check_latest
from outpost.sentinel.models import StaffMember
from outpost.sentinel.narrow import StaffAway, StaffLatest, StaffTally
from outpost.sentinel.services import latest
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.organizations import remove_organizations
from outpost.sentinel.services.staff import add_staff, change_staff, confirm_staff, remove_staff
from outpost.sentinel.tests.district import known_products
from outpost.sentinel.tests.ledgers import add, entry
from outpost.testing.cast import NOON, Cast, build_cast

FEED = Actor.system("feed")
UNSAID = {"is_corrected": False, "result": "negative"}


def sampled(person: UUID, record: str = "1", **changes: Any) -> None:
    row = dict.fromkeys(TEST_STAGING) | {"source": "t", "record_id": record, "person_id": person}
    record_tests([row | {"sampled_at": NOON, **UNSAID, **changes}], actor=FEED, at=NOON)


def vaccinated(person: UUID, dose: int, on: date, product: str, **changes: Any) -> None:
    row = dict.fromkeys(VACCINATION_STAGING) | {
        "source": "t",
        "record_id": f"{person}{dose}",
        "person_id": person,
    }
    given = {"product_id": product, "dose": dose, "given_on": on, "is_corrected": False}
    record_vaccinations([row | given | changes], actor=FEED, at=NOON)


def row_of(member: StaffMember) -> StaffLatest:
    """The row of a member; every row agrees with the ledger and the facts."""
    assert latest.mend() == 0
    return StaffLatest.objects.get(staff_id=member.id)


def test_the_row_follows_ledger_and_facts(cast: Cast) -> None:
    product = next(iter(known_products()))
    member = add(cast)
    person, officer = member.person_id, cast.actor("command")
    assert (row_of(member).sampled_at, row_of(member).category_id) == ([], "cast-cold")
    sampled(person)
    sampled(person, "2", sampled_at=NOON - timedelta(days=1))
    assert row_of(member).sampled_at == [NOON - timedelta(days=1), NOON]
    sampled(person, "2", sampled_at=NOON - timedelta(days=1), is_withdrawn=True)
    assert row_of(member).sampled_at == [NOON]
    vaccinated(person, 1, date(2021, 3, 1), product)
    assert (row_of(member).dose_1_on, row_of(member).product_1) == (date(2021, 3, 1), product)
    change_staff(member.id, entry(2), actor=officer, at=NOON)
    assert (row_of(member).sampled_at, row_of(member).dose_1_on) == ([], None)
    remove_staff([member.id], actor=officer, at=NOON)
    assert row_of(member).left_at == NOON
    other = add(cast, 3, to=cast.far.id)
    remove_organizations([cast.far.id], actor=officer, at=NOON)
    assert row_of(other).left_at == NOON


def test_the_row_says_since_when_facts_show_to_the_employer(cast: Cast) -> None:
    """Never while nothing but the employer's word bears the name out; then from a month before the number came."""
    principal, officer = cast.actor("principal"), cast.actor("town")
    mine = {"name_hash": name_hash(ring(), "甄测试")}
    since, later = day_start(date(2022, 5, 8)), NOON + timedelta(days=10)
    member = add_staff(cast.near.id, entry(1), actor=principal, at=NOON)
    sampled(member.person_id)
    sampled(member.person_id, "2", name_hash=name_hash(ring(), "李四"))
    assert row_of(member).shown_from is None
    sampled(member.person_id, "3", sampled_at=NOON - timedelta(days=1), **mine)
    assert row_of(member).shown_from == since
    sampled(member.person_id, "3", sampled_at=NOON - timedelta(days=1), is_withdrawn=True)
    assert row_of(member).shown_from is None
    vaccinated(member.person_id, 1, date(2021, 3, 1), next(iter(known_products())), **mine)
    assert row_of(member).shown_from == since
    change_staff(member.id, entry(2), actor=principal, at=later)
    assert row_of(member).shown_from is None
    change_staff(member.id, {**entry(3), "name": "李四"}, actor=officer, at=later)
    assert row_of(member).shown_from == since + timedelta(days=10)
    change_staff(member.id, {**entry(3), "name": "甄测试"}, actor=principal, at=later)
    assert row_of(member).shown_from is None
    assert confirm_staff([member.id], actor=officer, at=later) == 1
    assert row_of(member).shown_from == since + timedelta(days=10)
    assert row_of(add(cast, 4)).shown_from == since


def test_a_wrong_row_is_put_right_and_told(cast: Cast) -> None:
    member, whole = add(cast), add(cast, 2)
    assert [one.state for one in latest_rows(NOON)] == ["ok"]
    check_latest(0)
    assert not AuditEntry.objects.filter(action=latest.MENDED).exists()
    StaffLatest.objects.filter(staff_id=member.id).update(joined_on=date(2020, 1, 1))
    StaffLatest.objects.filter(staff_id=whole.id).delete()
    check_latest(0)
    told = AuditEntry.objects.get(action=latest.MENDED)
    assert told.count == 2
    assert latest.mend() == 0
    assert [one.state for one in latest_rows(told.at)] == ["warn"]
    assert [one.state for one in latest_rows(told.at + timedelta(days=8))] == ["ok"]


def test_a_wrong_sum_is_put_right_and_told(cast: Cast) -> None:
    add(cast)
    add(cast, 2)
    [kept] = StaffTally.objects.all()
    assert (kept.enrolment_id, kept.last_on, kept.people) == (cast.near.id, StaffTally.NO_DAY, 2)
    StaffTally.objects.update(people=5)
    check_latest(0)
    assert AuditEntry.objects.get(action=latest.MENDED).count == 3
    assert StaffTally.objects.get().people == 2
    StaffTally.objects.all().delete()
    assert latest.mend() == 2
    assert StaffTally.objects.get().people == 2


def test_a_spell_follows_ledger_and_facts_and_a_wrong_one_is_put_right(cast: Cast) -> None:
    member, other = add(cast), add(cast, 2)
    today, command = NOON.date(), cast.actor("command")
    set_duty([member.id, other.id], "resting", starts_on=today, actor=command, at=NOON)
    sampled(member.person_id)
    assert latest.mend() == 0
    assert StaffAway.objects.get(staff_id=member.id).last_on == today
    set_duty([other.id], "on_duty", starts_on=today, actor=command, at=NOON)
    assert StaffAway.objects.get().staff_id == member.id
    StaffAway.objects.update(starts_on=date(2020, 1, 1))
    check_latest(0)
    assert AuditEntry.objects.get(action=latest.MENDED).count == 1
    assert StaffAway.objects.get().starts_on == today
    StaffAway.objects.all().delete()
    assert latest.mend() == 1
    remove_staff([member.id], actor=command, at=NOON)
    assert not StaffAway.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_fact_waits_for_whoever_is_being_entered(transactional_db: None) -> None:
    cast = build_cast()

    def feed(person: UUID) -> None:
        try:
            sampled(person)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            member = add(cast)
            fact = pool.submit(feed, member.person_id)
            time.sleep(0.5)
            assert not fact.done()
        fact.result(timeout=10)
    assert row_of(member).sampled_at == [NOON]
    assert StaffLatest.objects.count() == StaffMember.objects.count()
