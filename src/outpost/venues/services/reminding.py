"""Who is named as manager of a venue and has not answered is reminded by itself, while they can still answer. It
prolongs no question: to ask once more is for who named them."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from outpost.audit import services as audit
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.venues.models import HandOver, Venue
from outpost.venues.queries import venues
from outpost.venues.rules import HAND_OVER_WAITS, REMINDED_AFTER, is_daytime, reminders_due
from outpost.venues.services.handing_over import tell

REMINDED = "venues.manager_reminded"
MOST_AT_ONCE = 500


@transaction.atomic
def remind_named(*, actor: Actor, at: datetime) -> int:
    """Remind whom it is time to remind; returns of how many venues. A phone gets one message a day for all of them, and
    no more than it gets of those who name it. At night nobody is reminded."""
    if not is_daytime(at, clock.zone()):
        return 0
    due = [one for one in _waiting(at) if one.reminders < reminders_due(one.asked_at, at=at)][:MOST_AT_ONCE]
    for one in due:
        one.reminders = reminders_due(one.asked_at, at=at)
        audit.record(REMINDED, actor=actor, at=at, object_id=one.venue_id, detail={"time": one.reminders})
    HandOver.objects.bulk_update(due, ["reminders"])
    phones = {venues.named(one).phone for one in due}
    tell(REMINDED, sorted(phones), cause=clock.local_day(at).isoformat(), at=at)
    return len(due)


def _waiting(at: datetime) -> list[HandOver]:
    """Those that a first manager can still answer, locked, the longest asked first; what another hand holds is left for
    the next time."""
    open_ones = Venue.objects.current().asking().filter(confirmed_at__isnull=True)
    asked = HandOver.objects.filter(
        state=HandOver.WAITING,
        asked_at__gt=at - HAND_OVER_WAITS,
        asked_at__lte=at - REMINDED_AFTER[0],
        phone_hash=F("former_phone_hash"),
        former_phone_hash=F("venue__manager_phone_hash"),
        venue__in=open_ones.values("id"),
    )
    return list(asked.select_for_update(of=("self",), skip_locked=True).order_by("asked_at"))
