"""A nightly check that puts rows right and leaves an audit row when some were wrong, and what `outpost doctor` says."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from outpost.audit import services as audit
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.findings import Finding, ok, warn

_TOLD_FOR = timedelta(days=7)


@transaction.atomic
def put_right(mend: Callable[[], int], action: str, *, by: str, at: datetime) -> None:
    """Run the check; `action` is its audit row, `by` its job."""
    if wrong := mend():
        audit.record(action, actor=Actor.system(by), at=at, count=wrong)


def mended(name: str, action: str, fine: str, wrong: str, *, at: datetime) -> Iterator[Finding]:
    """Whether the check of the last week found something wrong: `action` is its audit row, `fine` and `wrong` (of
    {people} on {day}) the words."""
    found = AuditEntry.objects.filter(action=action, at__gt=at - _TOLD_FOR).order_by("-seq").first()
    if found is None:
        yield ok(name, fine)
        return
    mend = _("Was anything written to the database by hand? If not, report it with the log of that day.")
    yield warn(name, wrong, mend, day=f"{found.at:%Y-%m-%d}", people=found.count)
