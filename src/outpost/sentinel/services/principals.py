"""The principal 负责人 of an organisation, in clear for a stated purpose."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.people import rules as people
from outpost.regions.queries import Principal, principal_of
from outpost.sentinel.models import Enrolment

SEE = "sentinel.see_organizations"
REVEAL = "people.reveal"


@transaction.atomic
def reveal_principal(enrolment_id: UUID, *, purpose: str, actor: Actor, at: datetime) -> Principal:
    """Name and phone of the principal; the look is in the audit before anybody sees them.

    Raises Refusal: 403, NOT_FOUND outside the actor's scope, `people.purpose_missing`, `people.purpose_unknown`.
    """
    actor.require(REVEAL)
    enrolment = (
        Enrolment.objects.visible_to(actor, SEE)
        .visible_to(actor, REVEAL)
        .current()
        .select_related("organization")
        .filter(id=enrolment_id)
        .first()
    )
    if enrolment is None:
        raise Refusal(NOT_FOUND)
    purpose = people.check_purpose(purpose, is_operator=actor.is_system)
    audit.record("sentinel.principal_revealed", actor=actor, at=at, object_id=enrolment.id, purpose=purpose)
    return principal_of(enrolment.organization)
