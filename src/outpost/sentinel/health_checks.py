"""What `outpost doctor` says of the narrow rows from which everybody is judged and counted."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from outpost.audit.models import AuditEntry
from outpost.core.findings import Finding, ok, warn
from outpost.sentinel.services.latest import MENDED

_TOLD_FOR = timedelta(days=7)


def latest_rows(at: datetime) -> Iterator[Finding]:
    """Whether the nightly check of the last week found rows that did not agree with the ledger and the facts."""
    found = AuditEntry.objects.filter(action=MENDED, at__gt=at - _TOLD_FOR).order_by("-seq").first()
    if found is None:
        yield ok("figures", _("the rows that are counted agree with the ledger and the facts"))
        return
    yield warn(
        "figures",
        _("On {day} the figures of {people} people did not agree with the records; they were put right."),
        _("Was anything written to the database by hand? If not, report it with the log of that day."),
        day=f"{found.at:%Y-%m-%d}",
        people=found.count,
    )
