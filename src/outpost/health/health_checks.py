"""What `outpost doctor` says of the facts from which passes are decided."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from outpost.audit.models import AuditEntry
from outpost.core.findings import Finding, ok, warn
from outpost.health.pass_facts import MENDED

_TOLD_FOR = timedelta(days=7)


def pass_rows(at: datetime) -> Iterator[Finding]:
    """Whether the nightly check of the last week found facts of passes that did not agree with the records."""
    found = AuditEntry.objects.filter(action=MENDED, at__gt=at - _TOLD_FOR).order_by("-seq").first()
    if found is None:
        yield ok("passes", _("the facts of the passes agree with the records"))
        return
    yield warn(
        "passes",
        _("On {day} the facts of {people} passes did not agree with the records; they were put right."),
        _("Was anything written to the database by hand? If not, report it with the log of that day."),
        day=f"{found.at:%Y-%m-%d}",
        people=found.count,
    )
