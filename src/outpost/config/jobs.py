"""What crosses the modules: the nightly purge of what `config.wiring` names."""

from pathlib import Path

from django.conf import settings
from procrastinate.contrib.django import app as jobs

from outpost.audit import certificates
from outpost.audit.clocks import require_true_clock
from outpost.audit.purging import AUDIT, PURGE, Span, finish, is_due, purging
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.retention import first_kept_days, periods


@jobs.periodic(cron="11 18 * * *")  # 02:11 in Shanghai
@jobs.task(name="outpost.purge", queueing_lock="outpost.purge")
def purge(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Remove what is past its time. The audit's own end and the disk are the command's: they need the owner's role."""
    at, actor = clock.now(), Actor.system("outpost.purge")
    days = first_kept_days(clock.local_day(at), periods(settings.OUTPOST_RETENTION))
    span = Span({name: day for name, day in days.items() if name != AUDIT})
    if not is_due(span):
        return
    require_true_clock(at)
    with purging(PURGE, span, actor=actor, at=at, progress=lambda _name, _removed: None) as run:
        certificate = finish(run, erased=None, actor=actor, at=clock.now())
    certificates.store(certificate, Path(settings.OUTPOST_DATA) / certificates.FOLDER)
