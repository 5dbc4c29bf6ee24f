"""What the pages of one category or one staff member show beside the ledger's row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson
from django.db.models import Count

from outpost.audit.models import RowVersion
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing, ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ledgers import plain
from outpost.health import queries as health
from outpost.health.queries import VaccinationRow
from outpost.health.rules import DoseGiven, DoseState, VaccinationHistory, dose_states
from outpost.people import queries as people
from outpost.people import rules as people_rules
from outpost.people import seals
from outpost.people.rules import DocumentType
from outpost.sentinel.columns import STAFF
from outpost.sentinel.duty import DutyState, Spell
from outpost.sentinel.models import Category, CategoryField, DutySpell, Enrolment, JobRule, StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.queries.categories import rules_of
from outpost.sentinel.queries.staff import StaffRow, staff_vaccinations
from outpost.sentinel.queries.staff_filter import SEE, StaffFilter, filtered
from outpost.sentinel.rules import Judgement, Recency, TestingRule, UnmatchedCause, cause_of_unmatched
from outpost.sentinel.seals import open_staff

EDIT = "sentinel.edit_staff"
LONGEST_HISTORY = 50


@dataclass(frozen=True, slots=True)
class Change:
    """The row as it stood until `at`. `changed` names the fields that differ from what came next;
    `cause` is the act, or "import"."""

    at: datetime
    cause: str
    changed: tuple[str, ...]


def is_code_taken(code: str) -> bool:
    """Whether a category in use has this code."""
    return Category.objects.filter(code=code, is_active=True).exists()


def fields_to_edit(category: str) -> dict[str, list[CategoryField]]:
    """The active extra fields of a category by audience, in their order."""
    rows = CategoryField.objects.filter(category=category, is_active=True).order_by("position", "code")
    by_audience: dict[str, list[CategoryField]] = {"organization": [], "staff": []}
    for row in rows:
        by_audience[row.audience].append(row)
    return by_audience


def field_to_edit(field_id: UUID) -> CategoryField:
    """An active extra field. Raises NOT_FOUND."""
    found = CategoryField.objects.filter(id=field_id, is_active=True).select_related("category").first()
    if found is None:
        raise Refusal(NOT_FOUND)
    return found


def job_rule_to_edit(rule_id: UUID) -> JobRule:
    """A rule by job type, with its category. Raises NOT_FOUND."""
    found = JobRule.objects.filter(id=rule_id).select_related("category").first()
    if found is None:
        raise Refusal(NOT_FOUND)
    return found


def job_rules_of(category: Category, *, actor: Actor) -> list[tuple[JobRule, TestingRule | None, int]]:
    """The rules by job type, and for how many of the staff in the reader's scope each holds."""
    living = StaffMember.objects.visible_to(actor, SEE).current().filter(enrolment__category=category)
    rules = rules_of(category).by_job
    rows = living.filter(job_type__in=rules).values_list("job_type").annotate(Count("id"))
    staff = dict(rows)
    return [(row, rules[row.job_type], staff.get(row.job_type, 0)) for row in category.job_rules.all()]


def spells_of(staff_id: UUID, *, actor: Actor) -> list[Spell]:
    """The absences of a staff member that were not called off, the latest first; empty out of reach."""
    found = DutySpell.objects.filter(staff=staff_id, staff__in=StaffMember.objects.visible_to(actor, SEE))
    return [
        Spell(row.id, DutyState(row.state), row.starts_on, row.ends_on)
        for row in found.order_by("-starts_on")
        if row.ends_on != row.starts_on
    ]


def judgements_of(staff_id: UUID, *, actor: Actor, at: datetime) -> list[tuple[date, Judgement]]:
    """How a staff member stands at the dawns of today, tomorrow and the day after, should nothing be added;
    empty while no rule holds for them."""
    member = _member(staff_id, actor)
    today = clock.local_day(at)
    found = []
    for on in (today, today + timedelta(days=1), today + timedelta(days=2)):
        tasks = match.tasks_of([member.enrolment.category], on)
        state = match.states(tasks, [member.id]).get(member.id)
        if state is not None:
            found += [(on, one.judgement(state, on)) for one in match.evidence(tasks, [member.id])]
    return found


def doses_of(
    staff_id: UUID, *, on: date, actor: Actor
) -> tuple[list[VaccinationRow], tuple[DoseState, DoseState, DoseState]]:
    """疫苗接种: the records of a staff member, withdrawn ones too, and where they stand with each dose on a day."""
    rows = staff_vaccinations(staff_id, actor=actor)
    products = {product.code: product for product in health.products()}
    codes = {product.name: code for code, product in products.items()}
    given = tuple(
        DoseGiven(given_on=one.given_on, dose=one.dose, product=codes[one.product])
        for one in rows
        if not one.is_withdrawn
    )
    return rows, dose_states(VaccinationHistory(given), on, products)


_PLAIN = tuple(column.name for column in plain(STAFF))


def history_of(staff_id: UUID, *, actor: Actor) -> list[Change]:
    """When the row of a staff member changed, why, and which fields; the latest first, no values."""
    member = _member(staff_id, actor)
    key = f"{member.enrolment_id}/{member.person_id}"
    rows = RowVersion.objects.filter(table="sentinel_staffmember", row_key=key).order_by("-replaced_at")
    versions = [row for row in rows[:LONGEST_HISTORY] if row.row["id"] == str(member.id)]
    keys = ring()
    states = [_stated_now(keys, member)] + [_stated_then(keys, row.row) for row in versions]
    return [
        Change(row.replaced_at, _cause(row.cause), _differences(states[n + 1], states[n]))
        for n, row in enumerate(versions)
    ]


def _stated_now(keys: KeyRing, member: StaffMember) -> dict[str, object]:
    private = open_staff(keys, member.enrolment_id, member.person_id, member.sealed)
    return {
        "name": private.name,
        "phone": private.phone,
        "address": private.address,
        **{name: getattr(member, name) for name in _PLAIN},
        "joined_on": member.joined_on.isoformat(),
        "fields": member.fields,
    }


def _stated_then(keys: KeyRing, row: Mapping[str, object]) -> dict[str, object]:
    sealed = bytes.fromhex(str(row["sealed"]).removeprefix("\\x"))
    private = open_staff(keys, str(row["enrolment_id"]), str(row["person_id"]), sealed)
    fields = row["fields"]
    return {
        "name": private.name,
        "phone": private.phone,
        "address": private.address,
        **{name: row.get(name, "") for name in _PLAIN},  # a version may be older than a column
        "joined_on": row["joined_on"],
        "fields": orjson.loads(fields) if isinstance(fields, str) else fields,
    }


def _differences(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name, value in after.items() if before[name] != value)


def _cause(cause: str) -> str:
    return cause if cause.startswith("sentinel.") else "import"


def holder_in(
    enrolment_id: UUID, doc_type: DocumentType, number: str, *, actor: Actor, at: datetime
) -> UUID | None:
    """The staff member who stands in this organisation with this document, None if nobody does.

    Answers about an organisation whose staff the actor may edit, and no other (NOT_FOUND). Raises Refusal for a
    number that cannot be one.
    """
    if not Enrolment.objects.visible_to(actor, EDIT).current().filter(id=enrolment_id).exists():
        raise Refusal(NOT_FOUND)
    person = people.find_by_document(doc_type, number, today=clock.local_day(at))
    living = StaffMember.objects.current().filter(enrolment=enrolment_id, person=person)
    return living.values_list("id", flat=True).first()


def causes_of_unmatched(wanted: StaffFilter, *, actor: Actor, at: datetime) -> dict[UUID, UnmatchedCause]:
    """Why those of a filter who have no record in the last 14 days may have none, by staff member."""
    unmatched = filtered(wanted, actor=actor, at=at).order_by("id")
    return _causes(dict(unmatched.values_list("id", "person_id")), today=clock.local_day(at))


def causes_of(rows: Iterable[StaffRow], *, at: datetime) -> dict[UUID, UnmatchedCause]:
    """The same for rows that the actor has been given: of those who are unmatched."""
    unmatched = {row.id: row.person_id for row in rows if row.recency is Recency.UNMATCHED}
    return _causes(unmatched, today=clock.local_day(at)) if unmatched else {}


def cause_of(staff_id: UUID, recency: Recency, *, actor: Actor, at: datetime) -> UnmatchedCause | None:
    """The likely cause for one staff member; None for who has a record."""
    if recency is not Recency.UNMATCHED:
        return None
    member = _member(staff_id, actor)
    return _causes({member.id: member.person_id}, today=clock.local_day(at))[member.id]


def _causes(people_of: Mapping[UUID, UUID], *, today: date) -> dict[UUID, UnmatchedCause]:
    identities = people.identities(set(people_of.values()))
    others = {
        person: _other_documents(identity.doc_type, identity.number, today)
        for person, identity in identities.items()
    }
    asked = {other for found in others.values() for other in found}
    known = set(health.last_samples(asked))
    return {
        staff: cause_of_unmatched(
            has_valid_check_digit=_is_whole(identities[person].number, today),
            has_other_document=any(other in known for other in others[person]),
        )
        for staff, person in people_of.items()
    }


def _is_whole(number: str, today: date) -> bool:
    """Whether a number that looks like a resident ID is one: under "other" a damaged one may have slipped in."""
    if len(number) != people_rules.LENGTH:
        return True
    return _person(DocumentType.RESIDENT_ID, number, today) is not None


def _other_documents(doc_type: str, number: str, today: date) -> Sequence[UUID]:
    others = (_person(other, number, today) for other in DocumentType if other != doc_type)
    return [person for person in others if person is not None]


def _person(doc_type: DocumentType, number: str, today: date) -> UUID | None:
    try:
        document = people_rules.normalise_document(doc_type, number, today=today)
    except Refusal:
        return None
    return seals.person_id_of(ring(), document)


def _member(staff_id: UUID, actor: Actor) -> StaffMember:
    found = (
        StaffMember.objects.visible_to(actor, SEE)
        .current()
        .filter(id=staff_id)
        .select_related("enrolment__category")
        .first()
    )
    if found is None:
        raise Refusal(NOT_FOUND)
    return found
