"""离开打卡: a venue offers it or does not, and who came says when they leave."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import rows_of
from outpost.core.errors import Refusal
from outpost.people.queries import Spoken
from outpost.venues import errors
from outpost.venues.queries.leaving import has_left, leaving_of, sight
from outpost.venues.rules import FARTHEST_BACK, why_not_left
from outpost.venues.services.ledger import tell_lanes
from outpost.venues.services.running import locked

_END = "SELECT venues_end_visit(%s, %s, %s, %s, %s)"


@transaction.atomic
def offer_check_out(venue_id: UUID, *, offers: bool, actor: Actor, at: datetime) -> None:
    """Let who comes to a venue say when they leave, or no more; what was said stays. Raises Refusal: 403, NOT_FOUND."""
    venue = locked(venue_id, actor=actor)
    venue.checks_out = offers
    venue.save(update_fields=["checks_out"])
    tell_lanes()
    audit.record(
        "venues.check_out_offered", actor=actor, at=at, object_id=venue.id, detail={"offers": offers}
    )


@transaction.atomic
def check_out(
    account_id: UUID, spoken: Spoken, visit_id: UUID, *, left_at: datetime | None = None, at: datetime
) -> int:
    """End one's own visit, with those of whom one brought along by the same touch; returns how many ended, none where
    just that was said before. `left_at`: when it was said, where a phone has kept it.

    Raises Refusal: NO_OPEN_VISIT for what is not one's own, has ended, or lies too far back; LEFT_AT_ONCE, TIME_AHEAD.
    """
    left_at = left_at or at
    seen = sight(spoken, at=min(left_at, at)) if left_at > at - FARTHEST_BACK else None
    if seen is None:
        raise Refusal(errors.NO_OPEN_VISIT)
    if leaving := leaving_of(account_id, seen, visit_id, left_at):
        if problem := why_not_left(leaving, at=at):
            raise Refusal(problem)
        ((ended,),) = rows_of(_END, [account_id, visit_id, seen.since, seen.source, left_at])
        if ended:
            return int(ended)
    if has_left(account_id, visit_id, left_at):
        return 0
    raise Refusal(errors.NO_OPEN_VISIT)
