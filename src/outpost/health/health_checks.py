"""What `outpost doctor` says of the facts from which passes are decided."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_noop as _

from outpost.audit.mending import mended
from outpost.core.findings import Finding
from outpost.health.pass_facts import MENDED


def pass_rows(at: datetime) -> Iterator[Finding]:
    """Whether the facts of passes agreed with the records."""
    fine = _("the facts of the passes agree with the records")
    wrong = _("On {day} the facts of {people} passes did not agree with the records; they were put right.")
    return mended("passes", MENDED, fine, wrong, at=at)
