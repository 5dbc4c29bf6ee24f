"""The work of tracing in the background: cases on which nobody works close."""

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.tracing import services

MESSAGES = {
    "tracing.case_asked": _(
        "A case of contact tracing, or another window of one, is asked for. Another officer looks at it and agrees, or "
        "closes it."
    ),
    "tracing.case_agreed": _(
        "A case of contact tracing is open, on the word of two; visits in its window may be read. The audit log says "
        "whose word."
    ),
    "tracing.searched_without_case": _(
        "At the server's own terminal somebody searched for who was there at the same time, without an open case. The "
        "audit log says on which ground. Ask the operator whose order it was."
    ),
    "tracing.search_refused": _(
        "Somebody asked for the visits of a person without an open case, or outside its window; nothing was read. Look "
        "at it, and take the right back if nobody can explain it."
    ),
}


@jobs.periodic(cron="20 3 * * *")
@jobs.task(name="tracing.close_idle", queueing_lock="tracing.close_idle")
def close_idle(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Close the cases on which nobody worked."""
    services.close_idle(actor=Actor.system("tracing.close_idle"), at=clock.now())
