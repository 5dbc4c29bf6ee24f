"""Writes of links between documents of one person, on an officer's word; what others see of them. Who counts together
says `documents`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outpost.access import throttle
from outpost.access.throttle import Limit
from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import hold_lock
from outpost.core.errors import Refusal, or_not_found
from outpost.core.masking import mask_document
from outpost.people import errors, queries
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.documents import LINKING, documents_of, tell
from outpost.people.grounds import LINKED_PURPOSE, MOST, UNLINKED_PURPOSE, LinkGround, UnlinkReason
from outpost.people.models import DocumentLink
from outpost.people.queries import LINKED, UNLINKED
from outpost.people.real_names import Statement
from outpost.people.rules import DocumentType
from outpost.people.seals import person_id_of
from outpost.people.services import LOOKED, register_person

# A link shows what is known under a number: so few a day that nobody reads strangers by it (T11).
STATED = Limit("links.stated", 20, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """Another document of a person, its number masked: a link reveals nobody."""

    id: UUID
    doc_type: DocumentType
    number: str
    ground: LinkGround
    linked_at: datetime
    linked_by: str


def linked_to(person_id: UUID) -> list[LinkedDocument]:
    """The other documents that count for a person, the first linked first; the caller may see the person."""
    documents = documents_of(person_id)[1:]
    rows = DocumentLink.objects.standing().filter(person__in=documents).order_by("linked_at", "id")
    identities = queries.identities(documents)
    return [
        LinkedDocument(
            id=row.id,
            doc_type=DocumentType(identities[row.person_id].doc_type),
            number=mask_document(identities[row.person_id].number),
            ground=LinkGround(row.ground),
            linked_at=row.linked_at,
            linked_by=row.linked_by,
        )
        for row in rows
    ]


def standing_link(person_id: UUID, link_id: UUID) -> DocumentLink:
    """The link of another document to this person's. Raises Refusal NOT_FOUND, also once it is undone."""
    others = DocumentLink.objects.standing().filter(person__in=documents_of(person_id)[1:])
    return or_not_found(others.filter(id=link_id).first())


def link_documents(
    person_id: UUID, stated: Statement, ground: LinkGround, *, actor: Actor, at: datetime
) -> None:
    """An officer's word that a second document is the same person's: facts under either count for both from now on.

    The caller has resolved the person within the actor's reach for DECIDE_CLAIMS; of the second document nothing but
    the facts counts, and nothing is told of whether any are known. Raises Refusal: 403, LINK_IS_SELF, LINKED_ALREADY,
    LINKS_ENOUGH, TOO_MANY_LINKS.
    """
    actor.require(DECIDE_CLAIMS)
    if not throttle.take(STATED, actor.id, at=at):
        raise Refusal(errors.TOO_MANY_LINKS, most=STATED.tries)
    with transaction.atomic():
        hold_lock(LINKING)
        other = person_id_of(ring(), stated.document)
        groups = _groups_to_join(person_id, other)
        register_person(stated.document, stated.name, at=at)
        people = _join(groups, person_id, other, ground, by=actor.label, at=at)
        tell(people)
        _record(LINKED, people, LINKED_PURPOSE, ground, actor=actor, at=at)


def _groups_to_join(person_id: UUID, other: UUID) -> dict[UUID, list[UUID]]:
    """The documents of either; refuses what is no second document, and a person of too many."""
    if other == person_id:
        raise Refusal(errors.LINK_IS_SELF)
    groups = {one: documents_of(one) for one in (person_id, other)}
    if other in groups[person_id]:
        raise Refusal(errors.LINKED_ALREADY)
    if sum(map(len, groups.values())) > MOST:
        raise Refusal(errors.LINKS_ENOUGH, most=MOST)
    return groups


def _join(
    groups: Mapping[UUID, list[UUID]],
    person_id: UUID,
    other: UUID,
    ground: LinkGround,
    *,
    by: str,
    at: datetime,
) -> list[UUID]:
    """Put both into the group of the first; returns all who are in it."""
    people = [one for documents in groups.values() for one in documents]
    standing = DocumentLink.objects.standing().filter(person__in=people)
    known = set(standing.values_list("person_id", flat=True))
    first = standing.filter(person=person_id).first()
    group_id = first.group_id if first else person_id
    standing.update(group_id=group_id)
    DocumentLink.objects.bulk_create(
        DocumentLink(person_id=one, group_id=group_id, ground=ground, linked_at=at, linked_by=by)
        for one in (person_id, other)
        if one not in known
    )
    return people


@transaction.atomic
def unlink_documents(
    person_id: UUID, link_id: UUID, reason: UnlinkReason, *, actor: Actor, at: datetime
) -> None:
    """Take a document from the others of a person, to whom it was linked: its facts count for them no longer.

    The caller has resolved the person as in `link_documents`. Raises Refusal 403, NOT_FOUND for no link of this person.
    """
    actor.require(DECIDE_CLAIMS)
    hold_lock(LINKING)
    people, gone = documents_of(person_id), standing_link(person_id, link_id)
    left = [one for one in people if one != gone.person_id]
    ended = DocumentLink.objects.standing().filter(person__in=people if len(left) == 1 else [gone.person_id])
    ended.update(unlinked_at=at, unlinked_by=actor.label, unlinked_because=reason)
    DocumentLink.objects.standing().filter(person__in=left).update(group_id=person_id)
    tell(people)
    _record(UNLINKED, people, UNLINKED_PURPOSE, reason, actor=actor, at=at)


def _record(
    action: str, people: Collection[UUID], purpose: str, why: str, *, actor: Actor, at: datetime
) -> None:
    """One entry, which `queries.looks_at` finds for each of them."""
    announce(LOOKED)
    detail = {"people": sorted(map(str, people)), "ground": str(why)}
    record(action, actor=actor, at=at, count=len(people), purpose=purpose, detail=detail)
