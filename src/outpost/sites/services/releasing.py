"""Release 解除告知: whom the command lets in again is told, and so is the lead of each site of theirs, once the lifting
holds: by what is on record at that moment, never by what was planned."""

from datetime import datetime, timedelta

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.health.queries.lifting_sets import lifted_since
from outpost.sites.models import Registration
from outpost.sites.services.ordered import RELEASED, reached, tell_leads, tell_people

TOLD = "sites.released"
LATEST = timedelta(days=1)
"""How long after its beginning a lifting is still told, such as after the worker was down."""


@transaction.atomic
def tell_released(*, actor: Actor, at: datetime) -> int:
    """Tell of each lifting that has begun, once; returns of how many registrations."""
    lifted = lifted_since(at - LATEST, at=at)
    locked = reached(list(lifted)).select_for_update(of=("self",))
    new = [row for row in locked if row.released_at != lifted[row.person_id]]
    if not new:
        return 0
    for row in new:
        row.released_at = lifted[row.person_id]
    Registration.objects.bulk_update(new, ["released_at"])
    tell_leads(TOLD, new, at=at)
    tell_people(RELEASED, new, {one: began.isoformat() for one, began in lifted.items()}, at=at)
    audit.record(TOLD, actor=actor, at=at, count=len(new))
    return len(new)
