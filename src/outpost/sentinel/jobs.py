"""The work of the sentinel instrument in the background: the match at dawn, the alerts at nine, the nightly check."""

from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from outpost.audit.mending import put_right
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.sentinel.models import MatchRun
from outpost.sentinel.services import latest
from outpost.sentinel.services.alerts import send_alerts
from outpost.sentinel.services.matching import run_match

DAWN = time(0, 30)
NINE = time(9)
MOST_MADE_UP = 14
"""Days: what lies further back was not looked at for so long that the ledgers of then say little."""

MESSAGES = {
    "sentinel.alert": _(
        "{category}: {missed} of {judged} people in your scope missed their tests ({on}). "
        "Open the list and follow it up."
    ),
    "sentinel.alert_own": _("{missed} of {judged} of your staff missed their tests ({on}). See who is due."),
    "sentinel.principal_asked": _(
        "Another phone was asked for as the person in charge of an organisation. It waits for the present person in "
        "charge or a second officer: agree, or decline what you cannot explain."
    ),
    "sentinel.principal_agreed": _(
        "The change of the person in charge of an organisation was agreed to; the new phone signs in from now on."
    ),
    "sentinel.principal_declined": _(
        "The change of the person in charge of an organisation was declined; everything stays as it was."
    ),
    "sentinel.code_issued": _(
        "An officer gave out a sign-in code for your account. If it was not given to you, tell your town at once."
    ),
    "sentinel.alert_summary": _(
        "{on}: {missed} of {judged} people in {categories} categories missed their tests."
    ),
}


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="sentinel.match_today", queueing_lock="sentinel.match_today")
def match_today(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Match the day once, at 00:30 local time or as soon after it as the worker lives; missed days first."""
    at = clock.now()
    local = at.astimezone(clock.zone())
    if local.time() >= DAWN:
        for on in unmatched_days(local.date()):
            run_match(on, actor=Actor.system("sentinel.match_today"), at=at)


def unmatched_days(today: date) -> list[date]:
    """The days since the last match, today included; just today where there never was one."""
    latest = MatchRun.objects.filter(on__lte=today).order_by("-on").values_list("on", flat=True).first()
    days = 1 if latest is None else min((today - latest).days, MOST_MADE_UP)
    return [today - timedelta(days=back) for back in reversed(range(days))]


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="sentinel.send_alerts", queueing_lock="sentinel.send_alerts")
def alerts_at_nine(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Send the day's alerts once, at nine local time or as soon after it as the worker lives."""
    at: datetime = clock.now()
    local = at.astimezone(clock.zone())
    if local.time() >= NINE:
        send_alerts(local.date(), actor=Actor.system("sentinel.send_alerts"), at=at)


@jobs.periodic(cron="40 3 * * *")
@jobs.task(name="sentinel.check_latest", queueing_lock="sentinel.check_latest")
def check_latest(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Hold the narrow rows against the ledger and the facts; what was wrong is put right and stands in the audit."""
    put_right(latest.mend, latest.MENDED, by="sentinel.check_latest", at=clock.now())
