"""A second document that somebody states of themselves, such as a passport beside the ID card: a ticket that links
nothing until an officer has seen both papers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outpost.access import throttle
from outpost.access.contacts import contacts_of
from outpost.access.models import User
from outpost.access.throttle import Limit
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import hold_lock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.stated import phone_hash
from outpost.people import errors, queries
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.documents import documents_of
from outpost.people.grounds import LinkGround
from outpost.people.links import link_documents
from outpost.people.models import RealName, StatedDocument
from outpost.people.real_names import Statement
from outpost.people.rules import Document, DocumentType
from outpost.people.seals import person_id_of
from outpost.people.services import register_person

# No answer tells whether a document is known here; what is stated fills the register, so it has an end (by phone).
STATED = Limit("second_document.stated", 3, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class WaitingDocument:
    """What an account stated and nobody has seen yet, its number masked."""

    doc_type: DocumentType
    number: str
    stated_at: datetime


def own_waiting(account_id: UUID) -> WaitingDocument | None:
    """The document that waits for an officer, for the account's own page."""
    row = StatedDocument.objects.filter(account=account_id).first()
    if row is None:
        return None
    identity = queries.masked_identities([row.person_id])[row.person_id]
    return WaitingDocument(DocumentType(identity.doc_type), identity.number, row.stated_at)


def state_document(user: User, stated: Statement, *, actor: Actor, at: datetime) -> None:
    """Let an account state a second document of its own person. Nothing is linked; nothing tells whether it is known.

    Raises Refusal: REAL_NAME_MISSING, LINK_IS_SELF, LINKED_ALREADY, DOCUMENT_WAITS, TOO_MANY_STATEMENTS.
    """
    phone = ring().search_hash("phone", contacts_of(user).phone).hex()
    if not throttle.take(STATED, phone, at=at):
        raise Refusal(errors.TOO_MANY_STATEMENTS)
    with transaction.atomic():
        hold_lock(f"people.second_document:{user.id}")
        own = RealName.objects.filter(account=user).first()
        if own is None:
            raise Refusal(errors.REAL_NAME_MISSING)
        other = person_id_of(ring(), stated.document)
        if other == own.person_id:
            raise Refusal(errors.LINK_IS_SELF, column="document_number")
        if own.seen_at is not None and other in documents_of(own.person_id):
            raise Refusal(errors.LINKED_ALREADY, column="document_number")
        if StatedDocument.objects.filter(account=user).exists():
            raise Refusal(errors.DOCUMENT_WAITS)
        register_person(stated.document, stated.name, at=at)
        StatedDocument(account=user, person_id=other, stated_at=at).save(force_insert=True)
        record("people.document_stated", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def withdraw_document(user: User, *, actor: Actor, at: datetime) -> None:
    """Take back what waits. Raises Refusal NOT_FOUND."""
    removed, _rows = StatedDocument.objects.filter(account=user).delete()
    if not removed:
        raise Refusal(NOT_FOUND)
    record("people.document_withdrawn", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def link_on_sight(card: Document, other: Document, phone: str, *, actor: Actor, at: datetime) -> None:
    """An officer's word that both papers and the phone (normal form) were before them, as the phone's account stated
    both: from now on facts under either count for the person, whose card is seen by that, too.

    Raises Refusal: 403, PAPERS_DIFFER whichever of the three is another, and as `links.link_documents`.
    """
    actor.require(DECIDE_CLAIMS)
    own = RealName.objects.select_for_update(of=("self",)).filter(
        person_id=person_id_of(ring(), card), phone_hash=phone_hash(ring(), phone)
    )
    speaks = own.first()
    waiting = StatedDocument.objects.filter(person_id=person_id_of(ring(), other))
    ticket = waiting.filter(account=speaks.account_id).first() if speaks else None
    if speaks is None or ticket is None:
        raise Refusal(errors.PAPERS_DIFFER)
    ticket.delete()
    if speaks.seen_at is None:
        speaks.seen_at, speaks.seen_by = at, actor.label
        speaks.save(update_fields=["seen_at", "seen_by"])
    name = speaks.stated(ring()).name
    link_documents(speaks.person_id, Statement(name, other), LinkGround.BOTH_SEEN, actor=actor, at=at)
    record("people.document_seen", actor=actor, at=at, object_id=speaks.account_id)
