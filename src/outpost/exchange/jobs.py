"""The work of the exchange in the background: each loads an id and calls one service.

A killed worker's job is queued again (`server.jobs`); every service here begins anew or finds its work done.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app as jobs

from outpost.core import clock
from outpost.exchange import services

_log = logging.getLogger(__name__)

MOST_ATTEMPTS = 4
RETRY = RetryStrategy(max_attempts=MOST_ATTEMPTS, exponential_wait=3)


@contextmanager
def _settled(context: JobContext, import_id: str) -> Iterator[None]:
    """When the last attempt fails too, its owner gets the import back in a state from which it can go on."""
    is_done = False
    try:
        yield
        is_done = True
    finally:
        if not is_done and context.job.attempts >= MOST_ATTEMPTS:
            services.give_up_import(UUID(import_id), number=context.job.id or 0, at=clock.now())


@jobs.task(name="exchange.check", retry=RETRY, pass_context=True)
def check(context: JobContext, import_id: str) -> None:
    """Check an uploaded file."""
    with _settled(context, import_id):
        services.check_import(UUID(import_id), at=clock.now())


@jobs.task(name="exchange.apply", retry=RETRY, pass_context=True)
def apply(context: JobContext, import_id: str) -> None:
    """Apply a confirmed import."""
    with _settled(context, import_id):
        services.apply_import(UUID(import_id), at=clock.now())


@jobs.task(name="exchange.undo", retry=RETRY, pass_context=True)
def undo(context: JobContext, import_id: str) -> None:
    """Take an import back."""
    with _settled(context, import_id):
        services.undo_import(UUID(import_id), at=clock.now())


@jobs.task(name="exchange.write", retry=RETRY)
def write(export_id: str) -> None:
    """Write a requested export."""
    services.write_export(UUID(export_id), at=clock.now())


@jobs.periodic(cron="* * * * *")
@jobs.task(name="exchange.end_cut_off", queueing_lock="exchange.end_cut_off")
def end_cut_off(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """End imports of the command line that were cut off: within a minute of the next start."""
    for import_id in services.end_cut_off(at=clock.now()):
        _log.warning(
            "import %s of the command line was cut off: nothing was taken over, run it again", import_id
        )


@jobs.periodic(cron="7 * * * *")
@jobs.task(name="exchange.expire", queueing_lock="exchange.expire")
def expire(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Remove what is past its time, hourly."""
    services.expire(at=clock.now())
