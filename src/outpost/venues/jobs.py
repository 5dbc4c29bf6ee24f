"""The work of the venues instrument in the background: the days of check-ins, rights over what was closed, reminders to
named managers."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.venues import days
from outpost.venues.services import managers, reminding

MESSAGES = {
    "venues.abnormal_temperature": _(
        "An abnormal temperature was measured at a venue. Look at it, and say what became of it."
    ),
    "venues.created": _(
        "A venue was created by its manager. Look whether it is one of your town, and close it if not."
    ),
    "venues.hand_over_asked": _(
        "The manager of a venue named you to take it over. Sign in with this phone to agree or decline; if you do "
        "nothing, nothing happens."
    ),
    "venues.hand_over_agreed": _(
        "The venue that you handed over has its new manager; your right over it has ended."
    ),
    "venues.hand_over_declined": _("Whom you named does not take the venue over; you stay its manager."),
    "venues.manager_asked": _(
        "You were named as manager of a venue. Sign in with this phone to agree or decline; if you do nothing, nothing "
        "happens."
    ),
    "venues.manager_reminded": _(
        "You were named as manager of a venue and have not answered yet. Sign in with this phone to agree or decline; "
        "if you do nothing, nothing happens."
    ),
    "venues.naming_declined": _(
        "Somebody whom you named as manager of a venue declined. The venue waits: name somebody else."
    ),
    "venues.manager_named": _(
        "You were named as manager of a venue. Sign in with this phone to print its posters and see how many come; "
        "if you cannot explain it, tell your town."
    ),
}


@jobs.periodic(cron="23 * * * *")
@jobs.task(name="venues.keep_days", queueing_lock="venues.keep_days")
def keep_days(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Make the partitions of the coming days, drop those that a purge has emptied."""
    days.keep_days(clock.local_day(clock.now()))


@jobs.periodic(cron="41 * * * *")
@jobs.task(name="venues.release_rights", queueing_lock="venues.release_rights")
def release_rights(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """End the rights over venues that come back no more."""
    managers.release_rights(actor=Actor.system("venues.release_rights"), at=clock.now())


@jobs.periodic(cron="19 * * * *")
@jobs.task(name="venues.remind_managers", queueing_lock="venues.remind_managers")
def remind_managers(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Remind named managers who have not answered, unless that is switched off."""
    if settings.OUTPOST_MANAGER_REMINDERS:
        reminding.remind_named(actor=Actor.system("venues.remind_managers"), at=clock.now())
