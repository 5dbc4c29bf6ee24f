"""住址不一致 is looked into, and stays: the word of a lead or an officer, who may take it back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.core.text import says_something
from outpost.sites import errors
from outpost.sites.actions import CHECK_ADDRESSES
from outpost.sites.models import Registration
from outpost.sites.queries.addresses import differences
from outpost.sites.services import tallies

LONGEST_GROUND, SHORTEST_GROUND = 200, 4
CHECKED, REOPENED = "sites.address_checked", "sites.address_reopened"


@transaction.atomic
def check_address(registration_id: UUID, ground: str, *, actor: Actor, at: datetime) -> None:
    """Say why both addresses stay as they are; it counts until either states something else.

    Raises Refusal: 403, NOT_FOUND, GROUND_MISSING, ADDRESS_AGREES where nothing is open.
    """
    actor.require(CHECK_ADDRESSES)
    (row,) = lock_rows(Registration.objects.visible_to(actor, CHECK_ADDRESSES).current(), [registration_id])
    ground = " ".join(ground.split())
    if not says_something(ground, least=SHORTEST_GROUND):
        raise Refusal(errors.GROUND_MISSING, column="ground")
    found = differences([row], at=at).get(row.id)
    if found is None or not found.is_open:
        raise Refusal(errors.ADDRESS_AGREES)
    row.address_checked_at, row.address_checked_by, row.address_ground = at, actor.id, ground
    _keep(row, at)
    audit.record(CHECKED, actor=actor, at=at, object_id=row.id, purpose=ground)


@transaction.atomic
def reopen_address(registration_id: UUID, *, actor: Actor, at: datetime) -> bool:
    """Take such a word back: somebody finds out again, by the day that stood before. False where none stands.

    Raises Refusal: 403, NOT_FOUND.
    """
    actor.require(CHECK_ADDRESSES)
    (row,) = lock_rows(Registration.objects.visible_to(actor, CHECK_ADDRESSES).current(), [registration_id])
    found = differences([row], at=at).get(row.id)
    if found is None or found.is_open:
        return False
    row.address_checked_at, row.address_checked_by, row.address_ground = None, "", ""
    _keep(row, at)
    audit.record(REOPENED, actor=actor, at=at, object_id=row.id)
    return True


def _keep(row: Registration, at: datetime) -> None:
    row.save(update_fields=["address_checked_at", "address_checked_by", "address_ground"])
    tallies.follow([row.contract_id], at=at, stated=[row.person_id])
