"""The work of the sites instrument in the background, and what people are told."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from outpost.audit import services as audit
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.outgoing import outgoing
from outpost.sites.models import Contract
from outpost.sites.services import (
    arrival_delivery,
    daily_health,
    moved_ends,
    recalling,
    releasing,
    tallies,
    telling,
    users,
    verifying,
)

MESSAGES = {
    "sites.arrivals_asked": _(
        "Somebody asked that pre-registrations go to public security. Look to which address, and agree or decline."
    ),
    "sites.arrivals_on": _("From now on pre-registrations go to public security, as two officers agreed."),
    "sites.arrivals_declined": _("That pre-registrations go to public security was declined."),
    "sites.arrivals_off": _("Pre-registrations do not go to public security any more."),
    "sites.arrivals_stuck": _(
        "For an hour and more public security has taken no pre-registration. Nothing is lost; see what they answer."
    ),
    "sites.not_declared": _(
        "Somebody of a construction site who was registered while the service of declarations was down has not "
        "declared. They stay outside until they have."
    ),
    "sites.abnormal_health": _(
        "Somebody on a construction site has a fever or another symptom. Look who it is, and see to them; the command "
        "decides what is ordered."
    ),
    "sites.health_missing": _(
        "People on your construction site have no report of daily health today. Look who they are, and report how they "
        "are."
    ),
    "sites.lead_named": _(
        "You were named as project lead of a construction site. Sign in with this phone to pre-register people and to "
        "see who is on site; if you cannot explain it, tell your town."
    ),
    "sites.low_stock": _(
        "Some supplies of a construction site run low. Look which, and enter what comes in."
    ),
    "sites.entered_elsewhere": _(
        "Somebody who stood as on your construction site entered another one, and stands as having left yours. Look "
        "who it is; whoever is with you after all, tell your town."
    ),
    "sites.exception_asked": _(
        "Somebody asks that a person may enter a construction site though a condition fails. Look who and why, and "
        "agree or decline."
    ),
    "sites.exception_agreed": _(
        "An exception for somebody of your construction site was agreed to. Look who it is, and until when."
    ),
    "sites.exception_ended": _(
        "An exception for somebody of your construction site was declined or taken back. Look who it is; what is asked "
        "of everybody holds for them."
    ),
    "sites.verdict": _(
        "The station has looked at the resumption checklist of a construction site. Read what it says."
    ),
    "sites.supervisor_named": _(
        "You were named as lead of the supervision company of a construction site. Sign in with this phone to see who "
        "is on site and to report daily health; if you cannot explain it, tell your town."
    ),
    "sites.user_named": _(
        "You may register the people of an employer at a construction site. Sign in with this phone; if you cannot "
        "explain it, tell the site."
    ),
    "sites.released": _(
        "The command has lifted what kept somebody of your construction site outside. Look who it is, and whether "
        "anything else is missing."
    ),
    "sites.released_person": _(
        "What the command had ordered for you has ended. Your pass says what holds now; if it says otherwise, object "
        "there."
    ),
    "sites.end_moved": _(
        "What the command ordered for somebody of your construction site ends on another day than before. Look who it "
        "is."
    ),
    "sites.end_moved_person": _(
        "The last day of what the command ordered for you is now {last_day}. It holds until you are told that it is "
        "lifted, also where that day is over; your pass says what holds. If this is wrong, object there."
    ),
    "sites.to_leave": _(
        "Somebody on a construction site has to leave it now. Look who it is, and let them leave."
    ),
}


@jobs.periodic(cron="* * * * *")
@jobs.task(name="sites.recall", queueing_lock="sites.recall")
def recall(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Tell those in charge who has to leave."""
    recalling.recall(actor=Actor.system("sites.recall"), at=clock.now())


@jobs.periodic(cron="* * * * *")
@jobs.task(name="sites.release", queueing_lock="sites.release")
def release(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Tell of liftings that have begun."""
    releasing.tell_released(actor=Actor.system("sites.release"), at=clock.now())


@jobs.periodic(cron="* * * * *")
@jobs.task(name="sites.moved_ends", queueing_lock="sites.moved_ends")
def tell_moved_ends(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Tell of orders that end on another day than before."""
    moved_ends.tell_moved_ends(actor=Actor.system("sites.moved_ends"), at=clock.now())


@jobs.periodic(cron="* * * * *")
@jobs.task(name="sites.deliver_arrivals", queueing_lock="sites.deliver_arrivals")
def deliver_arrivals(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Send what waits in the arrivals feed."""
    arrival_delivery.deliver(clock=clock.now, out=outgoing())


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="sites.remind_of_health", queueing_lock="sites.remind_of_health")
def remind_of_health(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Tell the leads once a day, at the set hour or as soon after it as the worker lives, who was not reported."""
    at = clock.now()
    if at.astimezone(clock.zone()).hour >= settings.OUTPOST_DAILY_HEALTH_HOUR:
        daily_health.remind(actor=Actor.system("sites.remind_of_health"), at=at)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="sites.verify", queueing_lock="sites.verify")
def verify(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Ask again for the declarations of those who wait."""
    verifying.verify_due(clock=clock.now, out=outgoing())


@jobs.periodic(cron="* * * * *")
@jobs.task(name="sites.end_users", queueing_lock="sites.end_users")
def end_users(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """End the rights of users whose last day is over, or whose employer is gone."""
    users.end_overdue(actor=Actor.system("sites.end_users"), at=clock.now())


@jobs.periodic(cron="10 4 * * *")
@jobs.task(name="sites.check_tallies", queueing_lock="sites.check_tallies")
def check_tallies(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Hold what is counted of sites against their rows; what was wrong is put right and stands in the audit."""
    with transaction.atomic():
        if wrong := tallies.mend(at=clock.now()):
            actor = Actor.system("sites.check_tallies")
            audit.record(tallies.MENDED, actor=actor, at=clock.now(), count=wrong)


@jobs.periodic(cron="30 0 * * *")  # 08:30 in Shanghai
@jobs.task(name="sites.low_stock", queueing_lock="sites.low_stock")
def tell_low_stock(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Tell the leads where stock lasts for few days at the present use, which falls without any entry."""
    telling.tell_low_stock(Contract.objects.current(), at=clock.now())
