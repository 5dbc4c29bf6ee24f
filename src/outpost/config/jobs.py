"""What crosses the modules: the dispatch of announced events, and the nightly purge of what `config.wiring` names."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app as jobs

from outpost.audit import certificates
from outpost.audit.models import OutboxEvent
from outpost.audit.purging import AUDIT, PURGE, Span, due, finish, purging
from outpost.config.wiring import EVENTS
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.retention import first_kept_days, periods


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


@jobs.periodic(cron="11 18 * * *")  # 02:11 in Shanghai
@jobs.task(name="outpost.purge", queueing_lock="outpost.purge")
def purge(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Remove what is past its time. The audit's own end and the disk are the command's: they need the owner's role."""
    at, actor = clock.now(), Actor.system("outpost.purge")
    days = first_kept_days(clock.local_day(at), periods(settings.OUTPOST_RETENTION))
    span = Span({name: day for name, day in days.items() if name != AUDIT})
    if not any(due(span).values()):
        return
    with purging(PURGE, span, actor=actor, at=at, progress=lambda _name, _removed: None) as run:
        certificate = finish(run, erased=None, actor=actor, at=clock.now())
    certificates.store(certificate, Path(settings.OUTPOST_DATA) / certificates.FOLDER)
