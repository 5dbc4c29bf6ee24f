"""Writes of real names 实名: stated once by an account, claimed by a second one, decided by the first or an officer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from outpost.access import throttle
from outpost.access.contacts import contacts_of
from outpost.access.models import User
from outpost.access.services.accounts import close_account
from outpost.access.throttle import Limit
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.scoped import locked
from outpost.core.stated import Stated, phone_hash
from outpost.people import errors
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.models import Claim, Dependant, RealName, StatedDocument
from outpost.people.rules import Document
from outpost.people.seals import person_id_of
from outpost.people.services import register_person
from outpost.people.stated import seal_stated
from outpost.people.token_ends import end_tokens
from outpost.regions.queries import towns

# Whether somebody speaks for a document shows in the answer: so few tries that nobody finds out about others (T11).
# Counted by phone, for an account may be closed and opened anew.
STATEMENTS = Limit("real_name.statements", 3, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Statement:
    """A name in its one form and a checked document."""

    name: str
    document: Document


def state_real_name(user: User, stated: Statement, *, actor: Actor, at: datetime) -> bool:
    """Let the account speak for a document; False when another does, so that the statement became a ticket.

    Nothing tells whose the document is. Raises Refusal REAL_NAME_STANDS, CLAIM_WAITS, TOO_MANY_STATEMENTS.
    """
    _refuse_second(user)
    phone = ring().search_hash("phone", contacts_of(user).phone).hex()
    if not throttle.take(STATEMENTS, phone, at=at):
        raise Refusal(errors.TOO_MANY_STATEMENTS)
    return _state(user.id, stated, actor=actor, at=at)


@transaction.atomic
def _state(user_id: UUID, stated: Statement, *, actor: Actor, at: datetime) -> bool:
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    _refuse_second(user)
    person_id = register_person(stated.document, stated.name, at=at)
    who = Stated(stated.name, contacts_of(user).phone)
    is_first = _is_first(user, person_id, who, at=at)
    if not is_first:
        holder = RealName.objects.filter(person_id=person_id).first()
        claim = Claim(
            account=user, person_id=person_id, holder_id=holder.account_id if holder else None, made_at=at
        )
        claim.state(seal_stated(ring(), claim.sealing_context, who, kind="claim"))
        claim.save(force_insert=True)
    action = "people.real_name_stated" if is_first else "people.real_name_claimed"
    record(action, actor=actor, at=at, object_id=user.id)
    return is_first


def _refuse_second(user: User) -> None:
    if RealName.objects.filter(account=user).exists():
        raise Refusal(errors.REAL_NAME_STANDS)
    if Claim.objects.waiting().filter(account=user).exists():
        raise Refusal(errors.CLAIM_WAITS)


def _is_first(user: User, person_id: UUID, who: Stated, *, at: datetime) -> bool:
    """Enter the real name unless another account speaks for the person: the database decides between two at once."""
    try:
        with transaction.atomic():
            _speaks(user, person_id, who, at=at)
    except IntegrityError:
        return False
    return True


def _speaks(user: User, person_id: UUID, who: Stated, *, at: datetime, seen_by: str = "") -> None:
    real_name = RealName(account=user, person_id=person_id, stated_at=at)
    if seen_by:
        real_name.seen_at, real_name.seen_by = at, seen_by
    real_name.state(seal_stated(ring(), real_name.sealing_context, who, kind="real_name"))
    real_name.save(force_insert=True)


@transaction.atomic
def choose_town(user: User, code: str, *, actor: Actor, at: datetime) -> None:
    """Say in which town the card will be shown: its officers see the ticket. Raises NOT_FOUND."""
    claim = _own(user)
    claim.region = towns().filter(code=code).first()
    if claim.region is None:
        raise Refusal(NOT_FOUND)
    claim.save(update_fields=["region"])
    record("people.claim_placed", actor=actor, at=at, object_id=claim.id)


@transaction.atomic
def withdraw_claim(user: User, *, actor: Actor, at: datetime) -> None:
    """Take one's own waiting ticket back. Raises NOT_FOUND."""
    claim = _own(user)
    claim.delete()
    record("people.claim_withdrawn", actor=actor, at=at, object_id=user.id)


def _own(user: User) -> Claim:
    return or_not_found(Claim.objects.waiting().select_for_update(of=("self",)).filter(account=user).first())


@transaction.atomic
def answer_claim(claim_id: UUID, user: User, *, is_own: bool, actor: Actor, at: datetime) -> None:
    """The word of the account that speaks for the document: it is mine on another phone, or it is not.

    The first hands over; after the second an officer decides, for the first account may be the wrong one. Raises
    NOT_FOUND for a ticket that is not about the account's own document.
    """
    mine = RealName.objects.filter(account=user).values("person_id")
    (claim,) = locked(Claim.objects.waiting().filter(person_id__in=mine), [claim_id])
    if is_own:
        _grant(claim, at=at)
    else:
        claim.denied_at = at
        claim.save(update_fields=["denied_at"])
    record("people.claim_answered", actor=actor, at=at, object_id=claim.id, detail={"granted": is_own})


@transaction.atomic
def decide_claim(claim_id: UUID, card: Document | None, *, actor: Actor, at: datetime) -> None:
    """An officer's decision on sight: the document as read from the card before them, or None to refuse.

    Raises 403, NOT_FOUND outside the actor's reach, CARD_DIFFERS when the card is of somebody else.
    """
    actor.require(DECIDE_CLAIMS)
    (claim,) = locked(Claim.objects.visible_to(actor, DECIDE_CLAIMS).waiting(), [claim_id])
    if card is None:
        _decide(claim, is_granted=False, by=actor.label, at=at)
    elif person_id_of(ring(), card) != claim.person_id:
        raise Refusal(errors.CARD_DIFFERS)
    else:
        _grant(claim, seen_by=actor.label, at=at)
    granted = {"granted": card is not None}
    record("people.claim_decided", actor=actor, at=at, object_id=claim.id, detail=granted)


@transaction.atomic
def confirm_on_sight(card: Document, phone: str, *, actor: Actor, at: datetime) -> None:
    """An officer's word that who speaks for this document stood there with card and phone (normal form): from now on
    the account is told what is known of the person.

    Raises Refusal: 403, NOT_STATED_SO unless that phone's account stated that document and was not seen yet.
    """
    actor.require(DECIDE_CLAIMS)
    stated = RealName.objects.select_for_update(of=("self",)).filter(
        person_id=person_id_of(ring(), card), phone_hash=phone_hash(ring(), phone), seen_at__isnull=True
    )
    row = stated.first()
    if row is None:
        raise Refusal(errors.NOT_STATED_SO)
    row.seen_at, row.seen_by = at, actor.label
    row.save(update_fields=["seen_at", "seen_by"])
    record("people.real_name_seen", actor=actor, at=at, object_id=row.account_id)


def _grant(claim: Claim, *, at: datetime, seen_by: str = "") -> None:
    """Let the claimant speak for the document from now on; other tickets for it stay with the new holder to answer."""
    former = RealName.objects.filter(person_id=claim.person_id).first()
    claim.holder_id = former.account_id if former else None
    RealName.objects.filter(person_id=claim.person_id).delete()
    end_tokens(claim.person_id, at=at)
    _speaks(claim.account, claim.person_id, claim.stated(ring()), at=at, seen_by=seen_by)
    Claim.objects.waiting().filter(person_id=claim.person_id).update(holder_id=claim.account_id)
    _decide(claim, is_granted=True, by=seen_by, at=at)


def _decide(claim: Claim, *, is_granted: bool, by: str, at: datetime) -> None:
    claim.is_granted, claim.decided_at, claim.decided_by = is_granted, at, by
    claim.save(update_fields=["is_granted", "decided_at", "decided_by", "holder"])


@transaction.atomic
def end_own_tokens(user: User, *, actor: Actor, at: datetime) -> None:
    """End what any phone checks in by for the account's person and for those it acts for, when a phone is lost. Who
    else acts for these fetches anew with the next sign-in."""
    end_tokens_of(user.id, at=at)
    record("people.tokens_ended", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def end_tokens_of(account_id: UUID, *, at: datetime) -> None:
    """The same for whoever has it done, and writes the audit row."""
    own = RealName.objects.filter(account=account_id).values_list("person_id", flat=True)
    others = Dependant.objects.confirmed().filter(account=account_id).values_list("person_id", flat=True)
    for person_id in sorted({*own, *others}):
        end_tokens(person_id, at=at)


@transaction.atomic
def close_own_account(user: User, *, actor: Actor, at: datetime) -> None:
    """Close an account at its owner's word: what it stated of them goes with it, and its tokens end. Check-ins and
    facts of health stay for as long as the law keeps them. Raises Refusal RIGHTS_HELD."""
    for real_name in RealName.objects.filter(account=user):
        end_tokens(real_name.person_id, at=at)
        real_name.delete()
    for dependant in Dependant.objects.filter(account=user):
        end_tokens(dependant.person_id, at=at)
        dependant.delete()
    Claim.objects.filter(account=user).delete()
    StatedDocument.objects.filter(account=user).delete()
    close_account(user, actor=actor, at=at)
