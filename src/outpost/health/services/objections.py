"""Objections 申诉 to a pass: raised by whom it is about, answered within a day, else told to everybody who may answer.

The answer corrects a record (a test withdrawn by its source, a declaration, a disposition) or says why it stands. It
never sets a colour: the pass follows from the facts.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.access.queries import users_who_may
from outpost.audit import services as audit
from outpost.audit.actions import SEE_AUDIT
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import hold_lock
from outpost.core.errors import Refusal, or_not_found
from outpost.core.text import says_something
from outpost.health import errors
from outpost.health.actions import ANSWER_OBJECTIONS
from outpost.health.conditions import Colour
from outpost.health.models import Objection
from outpost.health.queries import pass_now
from outpost.health.rules import Outcome
from outpost.health.sealing import answer_context, objection_context
from outpost.notifications.recipients import Account
from outpost.notifications.services.sending import send

ANSWERED_WITHIN = timedelta(hours=24)
LONGEST_TEXT = 1000


@transaction.atomic
def raise_objection(person_id: UUID, text: str, *, key: UUID, actor: Actor, at: datetime) -> Objection:
    """Object to the pass of this person as it is now. `key`: the caller's own id; the same again changes nothing.

    The caller has checked that the actor may speak for the person. Raises Refusal: OBJECTION_TEXT, NOTHING_TO_OBJECT
    where the pass is green, OBJECTION_OPEN while another of the person waits.
    """
    hold_lock(f"health.objection:{person_id}")
    known = Objection.objects.filter(id=key, person_id=person_id).first()
    if known is not None:
        return known
    stated = _stated(text)
    if Objection.objects.filter(person_id=person_id, answered_at__isnull=True).exists():
        raise Refusal(errors.OBJECTION_OPEN)
    decision = pass_now.passes_of([person_id], at=at)[person_id]
    if decision.colour is Colour.GREEN:
        raise Refusal(errors.NOTHING_TO_OBJECT)
    objection = Objection(
        id=key,
        person_id=person_id,
        condition=decision.condition.value,
        since=decision.since,
        sealed=ring().seal(stated.encode(), objection_context(key)),
        raised_at=at,
        raised_by=actor.id,
        due_at=at + ANSWERED_WITHIN,
    )
    objection.save(force_insert=True)
    send(
        "health.objection_raised",
        recipients=[Account(user.id) for user in users_who_may(ANSWER_OBJECTIONS)],
        url=reverse("health:objections"),
        dedupe=f"objection_raised:{at:%Y-%m-%dT%H}",  # once an hour: the list has them all
        at=at,
    )
    audit.record("health.objection_raised", actor=actor, at=at, object_id=key)
    return objection


def _stated(text: str) -> str:
    stated = text.strip()
    if not says_something(stated) or len(stated) > LONGEST_TEXT:
        raise Refusal(errors.OBJECTION_TEXT, limit=LONGEST_TEXT, column="text")
    return stated


@transaction.atomic
def answer_objection(objection_id: UUID, outcome: Outcome, text: str, *, actor: Actor, at: datetime) -> None:
    """Answer an objection, once. Raises Refusal: 403, NOT_FOUND for one that does not wait, OBJECTION_TEXT."""
    actor.require(ANSWER_OBJECTIONS)
    stated = _stated(text)
    waiting = Objection.objects.select_for_update().filter(answered_at__isnull=True)
    objection = or_not_found(waiting.filter(id=objection_id).first())
    objection.outcome = outcome.value
    objection.sealed_answer = ring().seal(stated.encode(), answer_context(objection_id))
    objection.answered_at, objection.answered_by = at, actor.id
    objection.save(update_fields=["outcome", "sealed_answer", "answered_at", "answered_by"])
    detail = {"outcome": outcome.value}
    audit.record("health.objection_answered", actor=actor, at=at, object_id=objection_id, detail=detail)


@transaction.atomic
def escalate_objections(*, actor: Actor, at: datetime) -> int:
    """Tell everybody who may answer, and the auditors, of objections whose time is over; once each. How many."""
    late = Objection.objects.select_for_update().filter(
        answered_at__isnull=True, escalated_at__isnull=True, due_at__lte=at
    )
    ids = [one.id for one in late]
    if not ids:
        return 0
    Objection.objects.filter(id__in=ids).update(escalated_at=at)
    everybody = {user.id for action in (ANSWER_OBJECTIONS, SEE_AUDIT) for user in users_who_may(action)}
    send(
        "health.objections_late",
        recipients=[Account(one) for one in sorted(everybody)],
        values={"objections": len(ids)},
        url=reverse("health:objections"),
        dedupe=f"objections:{at.isoformat()}",
        at=at,
    )
    audit.record("health.objections_escalated", actor=actor, at=at, count=len(ids))
    return len(ids)
