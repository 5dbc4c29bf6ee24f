"""What access does by the clock."""

from datetime import timedelta

from procrastinate.contrib.django import app as jobs

from outpost.access import throttle, tries
from outpost.access.models import Session
from outpost.access.services import passcodes, sign_in
from outpost.core import clock


@jobs.periodic(cron="* * * * *")
@jobs.task(name="access.record_denials", queueing_lock="access.record_denials")
def record_denials(timestamp: int) -> None:  # noqa: ARG001 - the scheduler passes its instant
    """Record refusals that were counted only, each minute."""
    sign_in.record_denials(at=clock.now())


@jobs.periodic(cron="23 3 * * *")
@jobs.task(name="access.sweep", queueing_lock="access.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - the scheduler passes its instant
    """Delete what has expired: sessions, passcodes, counters of tries, what was tried."""
    at = clock.now()
    Session.objects.filter(expire_date__lt=at).delete()
    passcodes.sweep(at=at)
    throttle.sweep(at=at)
    tries.sweep(before=clock.local_day(at) - timedelta(days=1))
