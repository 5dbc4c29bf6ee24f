"""Writes of 代办: an account asks to act for somebody; who may confirm it does, and any of them undoes it at once."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from outpost.access import throttle
from outpost.access.contacts import contacts_of
from outpost.access.models import User
from outpost.access.throttle import Limit
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.errors import Refusal, or_not_found
from outpost.core.scoped import locked
from outpost.core.stated import Stated
from outpost.people import errors, queries
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.models import Dependant, RealName
from outpost.people.real_names import Statement
from outpost.people.rules import Document
from outpost.people.seals import person_id_of
from outpost.people.services import register_person
from outpost.people.stated import seal_stated
from outpost.people.token_ends import end_tokens
from outpost.regions.queries import towns

MOST = 10
ASKED = Limit("dependants.asked", 15, timedelta(days=1))  # by phone; the answer tells nothing of the person
OWN_WORD, GUARDIANS_WORD, SEEN = "own", "guardian", "seen"


def ask_to_act(user: User, stated: Statement, town: str, *, actor: Actor, at: datetime) -> None:
    """Ask to act for a person; it waits for the word of who may confirm it. Repeating it changes nothing.

    The answer is the same whoever the person is. Raises Refusal NOT_FOUND for no town, REAL_NAME_MISSING,
    DEPENDANT_IS_SELF, DEPENDANTS_ENOUGH, TOO_MANY_STATEMENTS.
    """
    phone = contacts_of(user).phone
    if not throttle.take(ASKED, ring().search_hash("phone", phone).hex(), at=at):
        raise Refusal(errors.TOO_MANY_STATEMENTS)
    region = or_not_found(towns().filter(code=town).first())
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        _refuse(user, person_id_of(ring(), stated.document))
        person_id = register_person(stated.document, stated.name, at=at)
        one = Dependant(account=user, person_id=person_id, region=region, asked_at=at)
        one.state(seal_stated(ring(), one.sealing_context, Stated(stated.name, phone), kind="dependant"))
        Dependant.objects.bulk_create([one], ignore_conflicts=True)
        record("people.dependant_asked", actor=actor, at=at, object_id=user.id)


def _refuse(user: User, person_id: UUID) -> None:
    own = RealName.objects.filter(account=user).first()
    if own is None:
        raise Refusal(errors.REAL_NAME_MISSING)
    if own.person_id == person_id:
        raise Refusal(errors.DEPENDANT_IS_SELF)
    others = Dependant.objects.filter(account=user).exclude(person_id=person_id)
    if others.count() >= MOST:
        raise Refusal(errors.DEPENDANTS_ENOUGH, most=MOST)


@transaction.atomic
def answer(dependant_id: UUID, user: User, *, is_right: bool, actor: Actor, at: datetime) -> None:
    """Confirm or refuse what waits for one's word. Raises NOT_FOUND."""
    (one,) = locked(queries.dependants_to_answer(user.id, today=local_day(at)), [dependant_id])
    if is_right:
        is_own = queries.speaks_seen(user.id).filter(person_id=one.person_id).exists()
        _confirm(one, OWN_WORD if is_own else GUARDIANS_WORD, at=at)
    else:
        one.delete()
    record(
        "people.dependant_answered", actor=actor, at=at, object_id=dependant_id, detail={"granted": is_right}
    )


@transaction.atomic
def confirm_on_sight(dependant_id: UUID, paper: Document | None, *, actor: Actor, at: datetime) -> None:
    """An officer's word on sight of the papers: the document as read from them, or None to refuse.

    Raises 403, NOT_FOUND outside the actor's reach, CARD_DIFFERS.
    """
    actor.require(DECIDE_CLAIMS)
    (one,) = locked(Dependant.objects.visible_to(actor, DECIDE_CLAIMS).waiting(), [dependant_id])
    if paper is None:
        one.delete()
    elif person_id_of(ring(), paper) != one.person_id:
        raise Refusal(errors.CARD_DIFFERS)
    else:
        _confirm(one, SEEN, at=at)
    granted = {"granted": paper is not None}
    record("people.dependant_decided", actor=actor, at=at, object_id=dependant_id, detail=granted)


def _confirm(one: Dependant, by: str, *, at: datetime) -> None:
    one.confirmed_at, one.confirmed_by = at, by
    one.save(update_fields=["confirmed_at", "confirmed_by"])


@transaction.atomic
def undo(dependant_id: UUID, user: User, *, actor: Actor, at: datetime) -> None:
    """End acting for somebody: one's own, or another's for oneself or for whom one acts as well. Tokens of the
    person end, for they lie in the other phone. Raises NOT_FOUND."""
    mine = Dependant.objects.filter(account=user).values("id")
    beside = queries.acting_beside(user.id, today=local_day(at)).values("id")
    (one,) = locked(Dependant.objects.filter(Q(id__in=mine) | Q(id__in=beside)), [dependant_id])
    if one.confirmed_at is not None:
        end_tokens(one.person_id, at=at)
    one.delete()
    record("people.dependant_undone", actor=actor, at=at, object_id=dependant_id)
