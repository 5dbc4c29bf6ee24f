"""A principal who cannot get a code by message gets one from an officer who has them before them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.access.actions import REVEAL
from outpost.access.queries import accounts_over
from outpost.access.services import issue_on_sight
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.core.rights import Role
from outpost.notifications.recipients import Account, Medium
from outpost.notifications.services import send
from outpost.regions.rules import ORGANIZATION
from outpost.sentinel import errors
from outpost.sentinel.actions import EDIT_ORGANIZATIONS
from outpost.sentinel.models import Enrolment


@transaction.atomic
def issue_sign_in_code(enrolment_id: UUID, *, actor: Actor, at: datetime) -> str:
    """A code for the principal of an organisation, who is told that somebody gave one out.

    Whoever has it sees the staff of the organisation in clear, in all its categories. So it is given out by who may
    edit the organisation and see all of that in clear. Raises Refusal: 403, NOT_FOUND outside the actor's scope or
    where nobody signs in, CODE_BEYOND_REACH where others answer for a part of the organisation.
    """
    actor.require(EDIT_ORGANIZATIONS)
    actor.require(REVEAL)
    current = Enrolment.objects.current()
    within = current.visible_to(actor, EDIT_ORGANIZATIONS).visible_to(actor, REVEAL)
    found = or_not_found(within.filter(id=enrolment_id).first())
    whole = current.filter(organization_id=found.organization_id)
    if whole.exclude(id__in=within.values("id")).exists():
        raise Refusal(errors.CODE_BEYOND_REACH)
    key = str(found.organization_id)
    holders = accounts_over(Role.PRINCIPAL, ORGANIZATION, [key]).get(key, [])
    if not holders:
        raise Refusal(NOT_FOUND)
    told = [Account(holders[-1], frozenset({Medium.INBOX}))]
    send("sentinel.code_issued", recipients=told, dedupe=f"sentinel.code_issued:{new_id()}", at=at)
    return issue_on_sight(holders[-1], actor=actor, at=at)
