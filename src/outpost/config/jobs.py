"""The dispatch of announced events to the jobs named in `config.wiring`."""

from django.db import transaction
from procrastinate.contrib.django import app as jobs

from outpost.audit.models import OutboxEvent
from outpost.config.wiring import EVENTS
from outpost.core import clock


@jobs.task(name="outpost.dispatch", retry=10)
def dispatch(event_id: str) -> None:
    """Queue the jobs of one event, once: a repeated dispatch finds the event already dispatched."""
    with transaction.atomic():
        event = OutboxEvent.objects.select_for_update(of=("self",), no_key=True).get(id=event_id)
        if event.dispatched_at is not None:
            return
        for job in EVENTS[event.name]:
            jobs.configure_task(job).defer(**event.payload)
        event.dispatched_at = clock.now()
        event.save(update_fields=["dispatched_at"])
