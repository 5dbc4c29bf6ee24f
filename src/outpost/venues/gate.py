"""How venues take part in devices: what a gate is told of its venue, who works there, how its entries are written."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.desks.gates import told
from outpost.desks.places import Desk, Worker
from outpost.health.passes import HOURS
from outpost.health.queries import rule_sets
from outpost.venues.actions import RUN_VENUES
from outpost.venues.models import Checkpoint, Member, Venue
from outpost.venues.queries.members import stated
from outpost.venues.rules import COLDEST, HOTTEST, NORMAL_UP_TO, VENUE
from outpost.venues.services.gate import take


def setup(key: str) -> dict[str, Any] | None:
    """What a gate is told, JSON-ready; None for a closed venue."""
    venue = Venue.objects.current().filter(id=UUID(key)).first()
    if venue is None:
        return None
    checkpoints = Checkpoint.objects.filter(venue=venue, closed_at__isnull=True)
    return {
        "place": {"kind": VENUE, "name": venue.name},
        "checkpoints": [{"id": str(one.id), "name": one.name} for one in checkpoints],
        "pass_rules": _pass_rules(),
        **told(COLDEST, HOTTEST, NORMAL_UP_TO),
    }


def _pass_rules() -> list[dict[str, Any]]:
    """The reasons that a pass names by the place of its rule in the set that holds."""
    found = rule_sets.in_force(clock.now())
    return [
        {
            "version": found.version,
            "position": position,
            "zh": rule.zh.replace(HOURS, str(rule.hours)),
            "en": rule.en.replace(HOURS, str(rule.hours)),
        }
        for position, rule in enumerate(found.rules)
    ]


def workers(key: str) -> Sequence[Worker]:
    """Who works or worked at a venue under their own name."""
    found = Member.objects.filter(venue_id=UUID(key)).order_by("joined_at", "id")
    return [Worker(one.id, stated(one).name, one.removed_at) for one in found]


def may_pair(key: str, actor: Actor) -> bool:
    """Whether somebody runs the venue."""
    return Venue.objects.visible_to(actor, RUN_VENUES).filter(id=UUID(key)).exists()


GATE = Desk(str(VENUE), may_pair, setup, workers, take)
