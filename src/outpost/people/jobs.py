"""The watch over reading, woken by every look and every file in clear, and once an hour; what follows when an account
is disabled."""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from outpost.core import clock
from outpost.people import real_names, watching

SLACK = timedelta(minutes=10)

MESSAGES = {
    "people.unusual_people": _(
        "Unusual reading: one account has opened {found} people in clear today (limit {limit}). Look at it, and take "
        "the right back if nobody can explain it."
    ),
    "people.unusual_readers": _(
        "Unusual reading: {found} accounts have opened the same person today (limit {limit}). Look at it."
    ),
    "people.unusual_night": _(
        "Unusual reading: one account has opened or exported {found} people in clear at night (limit {limit}). Look at "
        "it, and take the right back if nobody can explain it."
    ),
    "people.unusual_tries": _(
        "Unusual reading: one account has tried {found} numbers today that are shown masked (limit {limit}); it is "
        "stopped until tomorrow. Look at it, and take the right back if nobody can explain it."
    ),
    "people.unusual_short_lived": _(
        "Unusual reading: one account has taken {found} people out of a ledger today who were added days ago (limit "
        "{limit}); their tests could be read meanwhile. Look at it, and take the right back if nobody can explain it."
    ),
    "people.unusual_exports": _(
        "Unusual reading: one account has exported {found} people in clear today in several files, without a second "
        "person (limit {limit}). Look at it."
    ),
}


@jobs.periodic(cron="17 * * * *")
@jobs.task(name="people.watch_hourly", queueing_lock="people.watch_hourly")
def watch_hourly(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Look at what wakes no watch of its own: the first days of who took a principal's place."""
    watch()


@jobs.task(name="people.watch", retry=5)
def watch(**_event: str) -> None:
    """Judge the looks of today, and at midnight those of the day that has just ended."""
    at = clock.now()
    for on in sorted({clock.local_day(at - SLACK), clock.local_day(at)}):
        watching.watch(on, at=at)


@jobs.task(name="people.end_tokens", retry=5)
def end_tokens(account_id: str) -> None:
    """End what the phones of an account check in by."""
    real_names.end_tokens_of(UUID(account_id), at=clock.now())
