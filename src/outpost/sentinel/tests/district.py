"""A generated district for the statistics: ledgers, samples and doses, and the plain answers of Python to them."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID, uuid4

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.health import rules as health
from outpost.health.models import LatestSamples, Product, TestRecord, Vaccination
from outpost.people.models import Person
from outpost.regions.models import Organization
from outpost.sentinel.models import Category, Enrolment, StaffMember
from outpost.sentinel.queries.statistics import NO_DEPARTMENT, Grouping
from outpost.sentinel.services import latest
from outpost.testing.cast import NOON, Cast

TODAY = date(2022, 6, 8)
EVERYBODY = Actor.system("test")
FIRST_DAY = date(2022, 5, 20)
Sees = Callable[[Enrolment], bool]
PRODUCTS = (
    *health.BUILT_IN_PRODUCTS,
    health.Product("zz-once", "单针无加强", "One dose, no booster", 1, 0, None),
    health.Product("aa-two", "两针无加强", "Two doses, no booster", 2, 14, None),
)


def _noon(day: date) -> datetime:
    return clock.day_start(day) + timedelta(hours=12)


def somebody(
    enrolment: Enrolment,
    *,
    joined_on: date = date(2022, 1, 1),
    removed_at: datetime | None = None,
    person_id: UUID | None = None,
) -> StaffMember:
    """A staff member with an unreadable identity."""
    if person_id is None:
        person_id = uuid4()
        Person(person_id=person_id, doc_type="other", sealed=b"", name_hash=b"", registered_at=NOON).save(
            force_insert=True
        )
    member = StaffMember(
        enrolment=enrolment,
        person_id=person_id,
        sealed=b"",
        name_hash=b"",
        phone_hash=b"",
        content_hash=b"",
        joined_on=joined_on,
        created_at=NOON,
        updated_at=NOON,
        removed_at=removed_at,
    )
    member.save(force_insert=True)
    followed(person_id)
    return member


def followed(person: UUID) -> None:
    """Bring the narrow rows of a person up to what was written past the services."""
    latest.follow_people("SELECT %s::uuid AS person_id", [person])


def known_products() -> dict[str, health.Product]:
    for product in PRODUCTS:
        Product.objects.get_or_create(
            code=product.code,
            defaults={
                "name": product.name,
                "doses": product.doses,
                "least_days": product.least_days,
                "booster_after_days": product.booster_after_days,
            },
        )
    return {product.code: product for product in PRODUCTS}


def sample(person: UUID, *times: datetime, is_withdrawn: bool = False) -> None:
    """Test records, and the row of the latest as the feed keeps it."""
    TestRecord.objects.bulk_create(
        TestRecord(
            source="t",
            record_id=str(uuid4()),
            person_id=person,
            sampled_at=at,
            received_at=NOON,
            is_withdrawn=is_withdrawn,
        )
        for at in times
    )
    kept = TestRecord.objects.filter(person_id=person, is_withdrawn=False).order_by("-sampled_at")
    newest = list(kept.values_list("sampled_at", flat=True)[: health.LATEST_KEPT])
    if newest:
        LatestSamples.objects.update_or_create(person_id=person, defaults={"sampled_at": newest})
    followed(person)


def vaccinate(person: UUID, *given: health.DoseGiven, is_withdrawn: bool = False) -> None:
    Vaccination.objects.bulk_create(
        Vaccination(
            source="t",
            record_id=str(uuid4()),
            person_id=person,
            product_id=dose.product,
            dose=dose.dose,
            given_on=dose.given_on,
            received_at=NOON,
            is_withdrawn=is_withdrawn,
        )
        for dose in given
    )
    followed(person)


@dataclass
class District:
    """A generated ledger with facts of health, and what Python counts in it."""

    products: dict[str, health.Product]
    members: list[StaffMember]
    enrolments: list[Enrolment]
    samples: dict[UUID, list[datetime]]
    doses: dict[UUID, list[health.DoseGiven]]

    def ledger(self, last: date, sees: Sees) -> list[Enrolment]:
        return [
            one
            for one in self.enrolments
            if sees(one) and one.category.is_active and _stands(one.removed_at, last)
        ]

    def staff(self, last: date, sees: Sees) -> list[StaffMember]:
        living = {one.id for one in self.ledger(last, sees)}
        return [
            one
            for one in self.members
            if one.enrolment_id in living and one.joined_on <= last and _stands(one.removed_at, last)
        ]

    def sampled(self, member: StaffMember, first: date, last: date) -> int:
        days = [clock.local_day(at) for at in self.samples[member.person_id]]
        return sum(first <= day <= last for day in days)

    def standings(self, member: StaffMember, on: date) -> tuple[str, str, str]:
        history = health.VaccinationHistory(tuple(self.doses[member.person_id]))
        first, second, third = (
            "by_later" if state.is_done_by_later else state.status.value
            for state in health.dose_states(history, on, self.products)
        )
        return first, second, third


def _stands(removed_at: datetime | None, last: date) -> bool:
    """Whether a row still stood in the ledger at the end of the day."""
    return removed_at is None or clock.local_day(removed_at) > last


def key_of(member_or_enrolment: Enrolment, by: Grouping) -> str:
    one = member_or_enrolment
    return {
        "town": one.organization.region_id,
        "organization": str(one.organization_id),
        "category": one.category_id,
        "department": one.category.department_id or NO_DEPARTMENT,
    }[by]


def _moment(random: Random) -> datetime:
    """Any instant of the days around, one in three at a local midnight or a moment beside it."""
    day = FIRST_DAY + timedelta(days=random.randint(0, 22))
    if random.random() < 0.33:
        return clock.day_start(day) + timedelta(microseconds=random.choice((-1, 0, 1)))
    return clock.day_start(day) + timedelta(seconds=random.randint(0, 86_399))


def _given(random: Random) -> list[health.DoseGiven]:
    numbers = random.choice(
        ((), (1,), (1,), (1,), (1, 2), (1, 2), (2,), (3,), (2, 3), (1, 3), (1, 2, 3), (4,), (1, 1))
    )
    days = (0, 1, 13, 14, 20, 21, 27, 28, 29, 179, 180, 181, 300, -1, -5)
    return [
        health.DoseGiven(
            given_on=TODAY - timedelta(days=random.choice(days)),
            dose=number,
            product=random.choice(PRODUCTS).code,
        )
        for number in numbers
    ]


def district_of(cast: Cast, seed: int) -> District:
    random = Random(seed)
    products = known_products()
    alone = Category(code="cast-alone", name="无主管（测试）", updated_at=NOON, position=9)
    retired = Category(code="cast-retired", name="停用（测试）", updated_at=NOON, is_active=False)
    for category in (alone, retired):
        category.save(force_insert=True)
    organizations = [cast.near.organization, cast.far.organization]
    for n in range(4):
        body = Organization(
            name=f"示例{n // 2}",  # two of one name, in two towns
            region_id=("440115001", "440115100", "440106001")[n % 3],
            principal_name_hash=b"",
            principal_phone_hash=b"",
            content_hash=b"",
            created_at=NOON,
            updated_at=NOON,
            sealed=b"",
        )
        body.save(force_insert=True)
        organizations.append(body)
    enrolments = [cast.near, cast.far]
    for organization in organizations:
        for category in (cast.courier, alone, retired):
            if random.random() < 0.5:
                one = Enrolment(
                    category=category, organization=organization, created_at=NOON, updated_at=NOON
                )
                one.removed_at = _moment(random) if random.random() < 0.25 else None
                one.save(force_insert=True)
                enrolments.append(one)
    found = District(products, [], enrolments, defaultdict(list), defaultdict(list))
    for _ in range(90):
        _add(found, random)
    return found


def _add(district: District, random: Random) -> None:
    """Somebody, in one organisation or two, with samples and doses; some withdrawn."""
    person = None
    for enrolment in random.sample(district.enrolments, random.choice((1, 1, 1, 2))):
        joined_on = random.choice((date(2022, 1, 1), FIRST_DAY + timedelta(days=random.randint(0, 22))))
        removed_at = _moment(random) if random.random() < 0.2 else None
        member = somebody(enrolment, joined_on=joined_on, removed_at=removed_at, person_id=person)
        district.members.append(member)
        person = member.person_id
    assert person is not None
    times = [_moment(random) for _ in range(random.choice((0, 0, 1, 2, 5, 8, 15, 16, 17, 30)))]
    times += times[:1]  # two samples of one instant are two
    sample(person, *(_moment(random) for _ in range(random.randint(0, 2))), is_withdrawn=True)
    sample(person, *times)
    district.samples[person] = times
    doses = _given(random)
    vaccinate(person, *_given(random)[:1], is_withdrawn=True)
    vaccinate(person, *doses)
    district.doses[person] = doses


SCOPES: dict[str, Callable[[Cast, Enrolment], bool]] = {
    "system": lambda _cast, _one: True,
    "command": lambda _cast, one: one.organization.region_id.startswith("440115"),
    "bureau": lambda _cast, one: one.category.department_id == "market",
    "town": lambda _cast, one: one.organization.region_id == "440115001",
    "principal": lambda cast, one: one.organization_id == cast.near.organization_id,
    "outsider": lambda _cast, _one: False,
    "auditor": lambda _cast, _one: False,
}


def scopes(cast: Cast) -> Iterator[tuple[str, Sees]]:
    for who, sees in SCOPES.items():
        yield who, partial(sees, cast)


def actor_of(cast: Cast, name: str) -> Actor:
    return EVERYBODY if name == "system" else cast.actor(name)
