"""The statistics in SQL against the pure rules, counted by hand."""

from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health import rules as health
from outpost.health.models import Product, TestRecord, Vaccination
from outpost.people.models import Person
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries import statistics
from outpost.testing.cast import NOON, Cast

TODAY = date(2022, 6, 8)
EVERYBODY = Actor.system("test")


def _staff(enrolment: Enrolment) -> UUID:
    """A staff member with an unreadable identity; returns the person."""
    person = Person(person_id=uuid4(), doc_type="other", sealed=b"", name_hash=b"", registered_at=NOON)
    person.save(force_insert=True)
    StaffMember(
        enrolment=enrolment,
        person=person,
        sealed=b"",
        name_hash=b"",
        phone_hash=b"",
        content_hash=b"",
        joined_on=date(2022, 1, 1),
        created_at=NOON,
        updated_at=NOON,
    ).save(force_insert=True)
    return person.person_id


def _products() -> dict[str, health.Product]:
    for product in health.BUILT_IN_PRODUCTS:
        Product.objects.get_or_create(
            code=product.code,
            defaults={
                "name": product.name,
                "doses": product.doses,
                "least_days": product.least_days,
                "booster_after_days": product.booster_after_days,
            },
        )
    return {product.code: product for product in health.BUILT_IN_PRODUCTS}


def _doses(random: Random) -> list[health.DoseGiven]:
    numbers = random.choice(((), (1,), (1,), (1,), (1, 2), (1, 2), (2,), (3,), (2, 3), (1, 2, 3)))
    return [
        health.DoseGiven(
            given_on=TODAY
            - timedelta(days=random.choice((0, 1, 20, 21, 27, 28, 29, 179, 180, 181, 300, -1))),
            dose=number,
            product=random.choice(health.BUILT_IN_PRODUCTS).code,
        )
        for number in numbers
    ]


def test_vaccination_sql_equals_the_rule(cast: Cast) -> None:
    products = _products()
    random = Random(3)
    expected = [{"eligible": 0, "done": 0} for _ in range(3)]
    for _ in range(600):
        person, given = _staff(cast.near), _doses(random)
        for dose in given:
            Vaccination(
                source="t",
                record_id=str(uuid4()),
                person_id=person,
                product_id=dose.product,
                dose=dose.dose,
                given_on=dose.given_on,
                received_at=NOON,
            ).save(force_insert=True)
        states = health.dose_states(health.VaccinationHistory(tuple(given)), TODAY, products)
        for number, state in enumerate(states):
            if state.status in ("eligible", "done"):
                expected[number][state.status.value] += 1
    [row] = statistics.vaccination_statistics(TODAY, by="town", actor=EVERYBODY)
    assert row.group == "南沙街道"
    assert row.staff == 600
    assert [{"eligible": dose.eligible, "done": dose.done} for dose in row.doses] == expected
    assert all(count["eligible"] > 20 and count["done"] > 20 for count in expected)


def _sample(person: UUID, day: int, hour: int = 9, *, is_withdrawn: bool = False) -> None:
    TestRecord(
        source="t",
        record_id=str(uuid4()),
        person_id=person,
        sampled_at=NOON.replace(day=day, hour=hour),
        received_at=NOON,
        is_withdrawn=is_withdrawn,
    ).save(force_insert=True)


def test_nat_statistics_by_town(cast: Cast) -> None:
    twice, once, _never, withdrawn = (_staff(cast.near) for _ in range(4))
    outside = _staff(cast.far)
    _sample(twice, 6)
    _sample(twice, 7, hour=15)  # 23:00 on the 7th in Shanghai
    _sample(once, 5, hour=16)  # midnight: the 6th begins
    _sample(withdrawn, 6, is_withdrawn=True)
    _sample(outside, 7, hour=16)  # midnight: the 8th, past the range
    first, last = date(2022, 6, 6), date(2022, 6, 7)
    near, far = statistics.nat_statistics(first, last, by="town", actor=EVERYBODY)
    assert (near.group, near.organizations, near.staff, near.tested, near.samples) == ("南沙街道", 1, 4, 2, 3)
    assert (near.untested, near.rate) == (2, "50.00")
    assert (far.staff, far.tested, far.rate) == (1, 0, "0.00")
    total = statistics.nat_total([near, far])
    assert (total.organizations, total.staff, total.tested, total.rate) == (2, 5, 2, "40.00")


@pytest.mark.promise("T2")
def test_statistics_count_only_what_is_in_reach(cast: Cast) -> None:
    _staff(cast.near)
    _staff(cast.far)
    span = (date(2022, 6, 6), date(2022, 6, 7))

    def seen(name: str) -> list[str]:
        return [row.group for row in statistics.nat_statistics(*span, by="town", actor=cast.actor(name))]

    assert seen("command") == ["南沙街道", "万顷沙镇"]
    assert seen("bureau") == ["南沙街道", "万顷沙镇"]
    assert seen("town") == ["南沙街道"]
    assert seen("principal") == ["南沙街道"]
    assert seen("outsider") == []
    assert seen("auditor") == []


def test_groups_without_staff_only_on_request(cast: Cast) -> None:
    _staff(cast.near)
    span = (TODAY, TODAY)
    assert len(statistics.nat_statistics(*span, by="organization", actor=EVERYBODY)) == 1
    assert len(statistics.nat_statistics(*span, by="organization", actor=EVERYBODY, with_empty=True)) == 2


def test_reversed_range_is_refused(cast: Cast) -> None:
    with pytest.raises(Refusal) as refusal:
        statistics.nat_statistics(TODAY, TODAY - timedelta(days=1), by="town", actor=EVERYBODY)
    assert refusal.value.code == "sentinel.range_reversed"
