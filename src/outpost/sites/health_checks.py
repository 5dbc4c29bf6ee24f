"""What `outpost doctor` says of the figures of construction sites."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from outpost.audit.models import AuditEntry
from outpost.core.findings import Finding, ok, warn
from outpost.sites.services.tallies import MENDED

_TOLD_FOR = timedelta(days=7)


def tallies_agree(at: datetime) -> Iterator[Finding]:
    """Whether the nightly check of the last week found figures that did not agree with the rows."""
    found = AuditEntry.objects.filter(action=MENDED, at__gt=at - _TOLD_FOR).order_by("-seq").first()
    if found is None:
        yield ok("sites", _("the figures of construction sites agree with their rows"))
        return
    yield warn(
        "sites",
        _(
            "On {day} the figures of {employers} employers on sites did not agree with the rows; they were put right."
        ),
        _("Was anything written to the database by hand? If not, report it with the log of that day."),
        day=f"{found.at:%Y-%m-%d}",
        employers=found.count,
    )
