"""The work of the venues instrument in the background: the days of check-ins."""

from procrastinate.contrib.django import app as jobs

from outpost.core import clock
from outpost.venues import days


@jobs.periodic(cron="23 * * * *")
@jobs.task(name="venues.keep_days", queueing_lock="venues.keep_days")
def keep_days(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Make the partitions of the coming days, drop those that a purge has emptied."""
    days.keep_days(clock.local_day(clock.now()))
