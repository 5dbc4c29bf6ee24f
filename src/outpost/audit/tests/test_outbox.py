"""The outbox does not grow for ever, and forgets nothing that was not passed on."""

from datetime import timedelta

import pytest

from outpost.audit.models import OutboxEvent
from outpost.audit.purging import PURGE, Span, due, purging
from outpost.core.actor import Actor
from outpost.core.clock import day_start, local_day
from outpost.testing.cast import NOON

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
FIRST_KEPT = local_day(NOON - timedelta(days=30))
KEPT = NOON - day_start(FIRST_KEPT)


def event(name: str, *, announced: timedelta, dispatched: timedelta | None) -> None:
    """An event of so long ago."""
    dispatched_at = None if dispatched is None else NOON - dispatched
    row = OutboxEvent(name=name, payload={}, announced_at=NOON - announced, dispatched_at=dispatched_at)
    row.save(force_insert=True)


def test_what_was_passed_on_long_ago_goes_and_what_waits_stays() -> None:
    event("fresh", announced=SECOND, dispatched=SECOND)
    event("kept", announced=KEPT, dispatched=KEPT)
    event("passed on late", announced=2 * KEPT, dispatched=SECOND)
    event("waiting", announced=2 * KEPT, dispatched=None)
    event("old", announced=KEPT + SECOND, dispatched=KEPT + SECOND)
    span = Span({"events": FIRST_KEPT})
    assert due(span) == {"events": 1}
    with purging(PURGE, span, actor=Actor.system("test"), at=NOON, progress=lambda *_: None) as run:
        assert run.counts == {"events": 1}
    assert due(span) == {"events": 0}  # repeating is harmless
    left = OutboxEvent.objects.values_list("name", flat=True)
    assert set(left) == {"fresh", "kept", "passed on late", "waiting"}
