"""What `outpost doctor` says of the narrow rows from which everybody is judged and counted."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_noop as _

from outpost.audit.mending import mended
from outpost.core.findings import Finding
from outpost.sentinel.services.latest import MENDED


def latest_rows(at: datetime) -> Iterator[Finding]:
    """Whether the narrow rows agreed with the ledger and the facts."""
    fine = _("the rows that are counted agree with the ledger and the facts")
    wrong = _("On {day} the figures of {people} people did not agree with the records; they were put right.")
    return mended("figures", MENDED, fine, wrong, at=at)
