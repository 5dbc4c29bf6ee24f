"""The outbox does not grow for ever, and forgets nothing that was not passed on."""

from datetime import timedelta

import pytest
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app as jobs

from outpost.audit.models import OutboxEvent
from outpost.audit.services import DISPATCHED_KEPT, prune_outbox
from outpost.testing.cast import NOON

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def event(name: str, *, announced: timedelta, dispatched: timedelta | None) -> None:
    """An event of so long ago."""
    dispatched_at = None if dispatched is None else NOON - dispatched
    row = OutboxEvent(name=name, payload={}, announced_at=NOON - announced, dispatched_at=dispatched_at)
    row.save(force_insert=True)


def test_what_was_passed_on_long_ago_goes_and_what_waits_stays() -> None:
    event("fresh", announced=SECOND, dispatched=SECOND)
    event("kept", announced=DISPATCHED_KEPT, dispatched=DISPATCHED_KEPT)
    event("passed on late", announced=2 * DISPATCHED_KEPT, dispatched=SECOND)
    event("waiting", announced=2 * DISPATCHED_KEPT, dispatched=None)
    event("old", announced=DISPATCHED_KEPT + SECOND, dispatched=DISPATCHED_KEPT + SECOND)
    assert prune_outbox(at=NOON) == 1
    assert prune_outbox(at=NOON) == 0  # repeating is harmless
    left = OutboxEvent.objects.values_list("name", flat=True)
    assert set(left) == {"fresh", "kept", "passed on late", "waiting"}


def test_a_job_does_it_every_night() -> None:
    import_string("outpost.audit.jobs.prune_outbox")(timestamp=0)
    (periodic,) = [
        found
        for found in jobs.periodic_registry.periodic_tasks.values()
        if found.task.name == "audit.prune_outbox"
    ]
    assert periodic.cron == "37 3 * * *"
