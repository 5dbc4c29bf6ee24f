"""Why somebody may have no record in the last 14 days: what stands on the pages beside 未匹配."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from outpost.core import clock
from outpost.core.actor import Actor, Reach
from outpost.core.errors import Refusal
from outpost.health.queries import facts as health
from outpost.people import queries as people
from outpost.people import rules as people_rules
from outpost.people.rules import DocumentType
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries.sight import sight_of
from outpost.sentinel.queries.staff import StaffRow
from outpost.sentinel.queries.staff_filter import SEE, StaffFilter, filtered
from outpost.sentinel.rules import Recency, UnmatchedCause, cause_of_unmatched


def causes_of_unmatched(wanted: StaffFilter, *, actor: Actor, at: datetime) -> dict[UUID, UnmatchedCause]:
    """Why those of a filter who have no record in the last 14 days may have none, by staff member."""
    unmatched = filtered(wanted, actor=actor, at=at).order_by("staff_id")
    people_of = dict(unmatched.values_list("staff_id", "person_id"))
    return _causes(people_of, today=clock.local_day(at), reach=actor.reach(SEE))


def causes_of(rows: Iterable[StaffRow], *, actor: Actor, at: datetime) -> dict[UUID, UnmatchedCause]:
    """The same for rows that the actor has been given: of those who are unmatched."""
    unmatched = {row.id: row.person_id for row in rows if row.recency is Recency.UNMATCHED}
    return _causes(unmatched, today=clock.local_day(at), reach=actor.reach(SEE)) if unmatched else {}


def _causes(people_of: Mapping[UUID, UUID], *, today: date, reach: Reach) -> dict[UUID, UnmatchedCause]:
    identities = people.identities(set(people_of.values()))
    others = {
        person: _other_documents(identity.doc_type, identity.number, today)
        for person, identity in identities.items()
    }
    asked = {other for found in others.values() for other in found}
    known = health.names_of_sampled(asked)
    sight, stated = sight_of(people_of, reach), _names(people_of) if known else {}
    return {
        staff: cause_of_unmatched(
            has_valid_check_digit=_is_whole(identities[person].number, today),
            has_other_document=any(
                other in known and (sight.shows(staff) or stated[staff] in known[other])
                for other in others[person]
            ),
            is_borne_out=sight.shows(staff),
        )
        for staff, person in people_of.items()
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
