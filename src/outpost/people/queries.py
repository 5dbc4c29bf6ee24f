"""Reads of identities. The scope is the caller's: it narrows to people of records that the actor may see."""

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from psycopg import sql

from outpost.audit import queries as audit
from outpost.audit.actions import SEE_AUDIT
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.errors import Refusal, or_not_found
from outpost.core.masking import mask_document, mask_name
from outpost.core.phones import normalise_phone
from outpost.core.stated import name_hash, phone_hash
from outpost.exchange.queries import files_with
from outpost.people import rules, seals
from outpost.people.acting import last_until
from outpost.people.actions import DECIDE_CLAIMS, SEE_OWN_STAFF
from outpost.people.models import Claim, Dependant, RealName, TokenEnd
from outpost.people.models.speaking import DependantQuerySet
from outpost.people.rules import OWN_STAFF, DocumentType
from outpost.people.seals import Identity
from outpost.people.stated import surname_hash
from outpost.regions.rules import ORGANIZATION

REVEALED = "people.revealed"
OWN_STAFF_SEEN = "people.own_staff_seen"
LINKED, UNLINKED = "people.documents_linked", "people.documents_unlinked"
DECLARATION_USED = "people.declaration_used"
SHARED = "people.shared"
_TOLD = (REVEALED, OWN_STAFF_SEEN, LINKED, UNLINKED, DECLARATION_USED, SHARED)
SEE_OWN = SEE_OWN_STAFF


@dataclass(frozen=True, slots=True)
class Spoken:
    """For whom an account speaks, masked. `since` is from when on it may see what is kept of the person: before an
    officer has seen the card, nothing of before it was stated."""

    person_id: UUID
    name: str
    doc_type: str
    number: str
    stated_at: datetime
    seen_at: datetime | None

    @property
    def since(self) -> datetime | None:
        return None if self.seen_at else self.stated_at


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A ticket as it is shown: the claimant as they state themselves, masked."""

    claim: Claim
    name: str
    phone: str
    doc_type: str
    number: str


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody saw a person's identity in clear."""

    at: datetime
    who: str
    purpose: str


OTHER_NAMES = """SELECT s.row_no FROM {staging} s JOIN people_person p ON p.person_id = s.person_id
    WHERE s.name_hash IS NOT NULL AND s.name_hash <> p.name_hash"""
"""Staged rows that call a person otherwise than the ledger does, for `exchange.target.Watch.met`."""


def find_by_document(doc_type: DocumentType, text: str, *, today: date) -> UUID:
    """The person of a document as typed, registered or not. Raises Refusal when the number cannot be one."""
    return seals.person_id_of(ring(), rules.normalise_document(doc_type, text, today=today))


def holders(number: str, *, today: date) -> list[UUID]:
    """The people whom this number may name, under whatever type it fits. Raises Refusal when it fits none."""
    found = []
    complaints: list[Refusal] = []
    for doc_type in DocumentType:
        try:
            found.append(find_by_document(doc_type, number, today=today))
        except Refusal as refusal:
            complaints.append(refusal)
    if not found:
        raise complaints[0]
    return found


def stated_as(*, name: str = "", phone: str = "", document: str = "", today: date) -> Q:
    """The filter on a table with the columns of `StatedPerson`: whole values as typed, empty means any.

    A name finds those who bear it, and those whose surname it is. Raises Refusal for what cannot be one.
    """
    condition = Q()
    if name:
        named = rules.normalise_name(name)
        condition &= Q(name_hash=name_hash(ring(), named)) | Q(surname_hash=surname_hash(ring(), named))
    if phone:
        condition &= Q(phone_hash=phone_hash(ring(), normalise_phone(phone)))
    if document:
        condition &= Q(person__in=holders(document, today=today))
    return condition


def own_organizations(actor: Actor) -> Container[str]:
    """The ids of the organisations whose people the actor sees in clear, because they keep them."""
    return actor.reach(SEE_OWN).keys(ORGANIZATION)


def identities(person_ids: Collection[UUID]) -> dict[UUID, Identity]:
    """Identities in clear, of those that are registered.

    For exports and messages that were checked and audited by their own service, for a principal's own staff (the
    page calls `services.record_own_staff_seen`), and for masking; anything else goes through `services.reveal`.
    """
    keys = ring()
    return {
        person_id: seals.open_identity(keys, person_id, doc_type, sealed)
        for person_id, doc_type, sealed in _rows(["person_id", "doc_type", "sealed"], person_ids)
    }


def _rows(columns: Sequence[str], person_ids: Collection[UUID]) -> list[tuple[Any, ...]]:
    """One array as the only parameter: with a long `IN (…)` the ORM takes several times as long."""
    statement = sql.SQL("SELECT {} FROM people_person WHERE person_id = ANY(%s)").format(
        sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    return rows_of(statement, [list(person_ids)])


def masked_identities(person_ids: Collection[UUID]) -> dict[UUID, Identity]:
    """What pages show by default: 张*, 4401**********1234."""
    return {person_id: masked(identity) for person_id, identity in identities(person_ids).items()}


def masked(identity: Identity) -> Identity:
    return Identity(identity.doc_type, mask_name(identity.name), mask_document(identity.number))


def spoken_for(user_id: UUID) -> Spoken | None:
    """The person for whom an account speaks; None before it has stated a real name."""
    row = RealName.objects.filter(account=user_id).first()
    if row is None:
        return None
    name, _phone, doc_type, number = _masked_statement(row)
    return Spoken(row.person_id, name, doc_type, number, row.stated_at, row.seen_at)


def stated_alone_since(spoken: Spoken) -> datetime | None:
    """From when on whatever phones state of a person comes from this account alone, as nobody else acts for them; None
    once its card was seen: then all of it is its own to know."""
    if spoken.since is None:
        return None
    ended = TokenEnd.objects.filter(person_id=spoken.person_id).values_list("ended_at", flat=True).first()
    return max(spoken.since, ended or spoken.since)


def names_stated_by(user_id: UUID) -> dict[UUID, bytes]:
    """The hash of the name under which an account stated each person for whom it speaks or acts."""
    own = RealName.objects.filter(account=user_id).values_list("person_id", "name_hash")
    acting = Dependant.objects.confirmed().filter(account=user_id).values_list("person_id", "name_hash")
    return {person_id: bytes(name) for person_id, name in (*acting, *own)}


def may_know_stated(spoken: Spoken) -> bool:
    """Whether an account may see what phones stated of its person: once its card was seen, before only while nobody was
    confirmed to act for them, for who states a number follows nobody."""
    others = Dependant.objects.confirmed().filter(person_id=spoken.person_id)
    return spoken.seen_at is not None or not others.exists()


def speaks_seen(user_id: UUID) -> QuerySet[RealName]:
    """What an account has stated, where an officer has seen the card; nothing else is its own person's word."""
    return RealName.objects.filter(account=user_id, seen_at__isnull=False)


def _masked_statement(row: RealName | Claim | Dependant) -> tuple[str, str, str, str]:
    """Name and phone as the account stated them, not as anybody else did, and the document; all masked."""
    identity = masked_identities([row.person_id])[row.person_id]
    stated = row.stated(ring()).masked()
    return stated.name, stated.phone, DocumentType(identity.doc_type).label, identity.number


def claim_rows(claims: Iterable[Claim]) -> list[ClaimRow]:
    """Tickets of a page, masked."""
    return [ClaimRow(claim, *_masked_statement(claim)) for claim in claims]


def own_claim(user_id: UUID) -> ClaimRow | None:
    """The last ticket of an account; what was decided is shown until it is purged."""
    rows = claim_rows(Claim.objects.filter(account=user_id).select_related("region").order_by("-made_at")[:1])
    return rows[0] if rows else None


def claims_about(user_id: UUID) -> list[Claim]:
    """The tickets about the document for which an account speaks or spoke: those that wait for its word, and those that
    took the document from it."""
    asked = Q(decided_at__isnull=True, denied_at__isnull=True)
    return list(Claim.objects.filter(asked | Q(is_granted=True), holder=user_id).order_by("-made_at"))


def claims_to_decide(*, actor: Actor) -> QuerySet[Claim]:
    """The tickets that wait within the officer's reach."""
    return Claim.objects.visible_to(actor, DECIDE_CLAIMS).waiting().select_related("region")


def claim_to_decide(claim_id: UUID, *, actor: Actor) -> ClaimRow:
    """One of them. Raises NOT_FOUND."""
    return or_not_found(next(iter(claim_rows(claims_to_decide(actor=actor).filter(id=claim_id))), None))


@dataclass(frozen=True, slots=True)
class DependantRow:
    """Somebody for whom an account acts or asks to act, masked; `phone` is the account's."""

    dependant: Dependant
    name: str
    phone: str
    doc_type: str
    number: str


def dependant_rows(found: Iterable[Dependant]) -> list[DependantRow]:
    """Those of a page, masked."""
    return [DependantRow(one, *_masked_statement(one)) for one in found]


def own_dependants(user_id: UUID, *, today: date) -> list[Dependant]:
    """For whom an account acts or asks to, the confirmed first; a child that has come of age is among them no more."""
    found = list(
        Dependant.objects.filter(account=user_id)
        .select_related("region")
        .order_by("confirmed_at", "asked_at")
    )
    ends = acting_ends(found)
    return [one for one in found if one.id not in ends or today < ends[one.id]]


def acting_ends(found: Collection[Dependant]) -> dict[UUID, date]:
    """With which day the confirmed ones among them end, by their ids; those that end by nobody's age are left out."""
    people = identities({one.person_id for one in found})
    ends = {
        one.id: last_until(rules.born_on(people[one.person_id].number), local_day(one.confirmed_at))
        for one in found
        if one.confirmed_at is not None
    }
    return {id_: on for id_, on in ends.items() if on is not None}


def dependants_to_see(*, actor: Actor) -> QuerySet[Dependant]:
    """Who asks to act for somebody and shows the papers within the officer's reach."""
    return Dependant.objects.visible_to(actor, DECIDE_CLAIMS).waiting().select_related("region")


def dependant_to_see(dependant_id: UUID, *, actor: Actor) -> DependantRow:
    """One of them. Raises NOT_FOUND."""
    return or_not_found(
        next(iter(dependant_rows(dependants_to_see(actor=actor).filter(id=dependant_id))), None)
    )


def dependants_to_answer(user_id: UUID, *, today: date) -> DependantQuerySet:
    """What waits for this account's word: about itself, or about whom it acts for."""
    return _about(user_id, today).waiting().exclude(account=user_id)


def acting_beside(user_id: UUID, *, today: date) -> DependantQuerySet:
    """The other accounts that act for this account's person or for its dependants."""
    return _about(user_id, today).confirmed().exclude(account=user_id)


def _about(user_id: UUID, today: date) -> DependantQuerySet:
    """About oneself only once a card was seen: else two phones and a stranger's number would bind that stranger, and
    whoever states a child's number would end what its parents do for it."""
    own = speaks_seen(user_id).values_list("person_id", flat=True)
    acts_for = [one.person_id for one in own_dependants(user_id, today=today) if one.confirmed_at]
    return Dependant.objects.filter(person_id__in=[*own, *acts_for])


def looks_at(person_id: UUID, *, actor: Actor) -> list[Look]:
    """Who saw this person's identity in clear, on a page or in a file, linked it with another document, looked their
    declaration up by number and name, or was sent their pre-registration; when and what for, the last first.

    Empty unless the actor may read the audit; a door for the person themselves acts as the system.
    """
    whom = Q(object_id=str(person_id)) | Q(detail__people__contains=str(person_id))
    if not actor.may(SEE_AUDIT):
        return []
    looks = audit.entries(actor=actor).filter(whom, action__in=_TOLD).order_by("-seq")
    on_pages = [Look(entry.at, entry.actor_label, entry.purpose) for entry in looks]
    in_files = [
        Look(one.created_at, one.actor_label, one.purpose or OWN_STAFF) for one in files_with(person_id)
    ]
    return sorted([*on_pages, *in_files], key=lambda look: look.at, reverse=True)
