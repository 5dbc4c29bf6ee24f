"""What `outpost doctor` says of purging: how long things are kept, what should be gone, here and on the disk."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Min
from django.utils.translation import gettext_noop as _

from outpost.audit.clocks import largest_step
from outpost.audit.models import Purge
from outpost.audit.purging import Span, due
from outpost.core.clock import local_day
from outpost.core.findings import Finding, ok, warn
from outpost.core.retention import first_kept_days, periods

_LONGEST_ON_DISK = timedelta(days=31)  # what was removed is erased from the disk within
_PURGE_SLACK = timedelta(days=2)


def purges(at: datetime) -> Iterator[Finding]:
    """The periods, since when removed rows wait to be erased from the disk, and what is past its time."""
    kept = periods(settings.OUTPOST_RETENTION)
    since = _on_disk_since()
    if since is not None and at - since > _LONGEST_ON_DISK:
        yield warn(
            "retention",
            _("Removed rows have been lying on the disk since {day}."),
            _("Run in a quiet hour: outpost purge"),
            day=f"{since:%Y-%m-%d}",
        )
    else:
        listed = ", ".join(f"{name} {days}" for name, days in kept.items())
        yield ok("retention", _("days kept: {periods}"), periods=listed)
    step = largest_step(at)
    if step.is_far:
        yield warn(
            "purge",
            _("Nothing is removed: since the last purge the clock went from {earlier} to {later}."),
            _("Is it right now? If not, set it. Then run: outpost purge --clock-is-right"),
            **step.days,
        )
    left = due(Span(first_kept_days(local_day(at - _PURGE_SLACK), kept)))
    if any(left.values()):
        yield warn(
            "purge",
            _("Past its time and still there: {left}."),
            _("Are the workers running? If they are: outpost purge"),
            left=", ".join(f"{name} {rows}" for name, rows in left.items() if rows),
        )
    else:
        yield ok("purge", _("nothing is overdue"))


def _on_disk_since() -> datetime | None:
    """When the first purge ended after which nothing was erased."""
    waiting = Purge.objects.filter(erased_at__isnull=True, finished_at__isnull=False)
    erased_at = Purge.objects.aggregate(last=Max("erased_at"))["last"]
    if erased_at is not None:
        waiting = waiting.filter(finished_at__gt=erased_at)
    since: datetime | None = waiting.aggregate(first=Min("finished_at"))["first"]
    return since
