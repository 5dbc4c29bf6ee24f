"""What the audit does by the clock."""

from procrastinate.contrib.django import app as jobs

from outpost.audit.printed_heads import heads_file, print_head
from outpost.core import clock


@jobs.periodic(cron="7 * * * *")
@jobs.task(name="audit.print_head", queueing_lock="audit.print_head")
def print_hourly_head(timestamp: int) -> None:  # noqa: ARG001 - the scheduler passes its instant
    """Print the head of the chain to the data directory, every hour."""
    print_head(heads_file(), at=clock.now())
