"""How long ago staff were sampled, and why somebody may have no record in the last 14 days: what stands on the pages
beside 未匹配."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health.queries import facts as health
from outpost.people import queries as people
from outpost.people import rules as people_rules
from outpost.people.rules import DocumentType
from outpost.sentinel.models import StaffMember
from outpost.sentinel.narrow import LAST_SAMPLE
from outpost.sentinel.queries.latest import AS_ENTERED, is_employers
from outpost.sentinel.queries.staff import StaffRow
from outpost.sentinel.queries.staff_filter import SEE, StaffFilter, filtered, recency_of
from outpost.sentinel.rules import Recency, UnmatchedCause, cause_of_unmatched


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Somebody without a record in the last 14 days. `shows_facts`: whether any fact of health shows to the reader."""

    staff: UUID
    person: UUID
    shows_facts: bool


def recencies(
    wanted: StaffFilter, *, actor: Actor, at: datetime
) -> tuple[dict[Recency, int], list[Unmatched]]:
    """How many of those who match the filter were sampled how long ago, and who is unmatched, in the order of the
    ledger."""
    shows_all = not is_employers(actor.reach(SEE))
    found = filtered(wanted, actor=actor, at=at).alias(last=LAST_SAMPLE).annotate(recency=recency_of(at))
    rows = found.order_by().values_list("recency").annotate(number=Count("*"), **_unmatched())
    counts, unmatched = dict.fromkeys(Recency, 0), []
    for recency, number, *who in rows:
        counts[Recency(recency)] = number
        unmatched += [
            Unmatched(staff, person, shows_all or shown_from is not None)
            for staff, person, shown_from in zip(*who, strict=True)
        ]
    return counts, unmatched


def _unmatched() -> dict[str, ArrayAgg]:
    """Who is: staff member, person, and since when facts show, each a list in the order of the ledger."""
    order = ("enrolment__organization__name", *AS_ENTERED)
    return {
        f"{name}_of_unmatched": ArrayAgg(
            name, filter=Q(recency=Recency.UNMATCHED), order_by=order, default=[]
        )
        for name in ("staff_id", "person_id", "shown_from")
    }


def unmatched_in(rows: Iterable[StaffRow]) -> list[Unmatched]:
    """Who of these rows is unmatched."""
    return [
        Unmatched(row.id, row.person_id, row.shows_facts) for row in rows if row.recency is Recency.UNMATCHED
    ]


def causes_of(unmatched: Sequence[Unmatched], *, at: datetime) -> dict[UUID, UnmatchedCause]:
    """Why each may be, by staff member, in that order."""
    if not unmatched:
        return {}
    today = clock.local_day(at)
    identities = people.identities({one.person for one in unmatched})
    others = {
        person: _other_documents(identity.doc_type, identity.number, today)
        for person, identity in identities.items()
    }
    asked = {other for found in others.values() for other in found}
    known = health.names_of_sampled(asked)
    stated = _names(one.staff for one in unmatched) if known else {}
    return {
        one.staff: cause_of_unmatched(
            has_valid_check_digit=_is_whole(identities[one.person].number, today),
            has_other_document=any(
                other in known and (one.shows_facts or stated[one.staff] in known[other])
                for other in others[one.person]
            ),
            is_borne_out=one.shows_facts,
        )
        for one in unmatched
    }


def _names(staff: Iterable[UUID]) -> dict[UUID, bytes]:
    """The hashes of the names that are stated of staff members."""
    rows = StaffMember.objects.filter(id__in=list(staff)).values_list("id", "name_hash")
    return {one: bytes(name_hash) for one, name_hash in rows}


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
        return people.find_by_document(doc_type, number, today=today)
    except Refusal:
        return None
