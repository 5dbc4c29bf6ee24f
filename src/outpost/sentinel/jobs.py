"""The work of the sentinel instrument in the background."""

from datetime import date, datetime, time

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from outpost.access import queries as access
from outpost.access.rules import OFFICERS
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.notifications import services as notifications
from outpost.sentinel.models import MatchRun
from outpost.sentinel.queries.compliance import compliance
from outpost.sentinel.services.matching import run_match

DAWN = time(0, 30)
MESSAGES = {
    "sentinel.match_done": _(
        "The match for {on} is done: {missed} of {judged} people in your scope missed their tests."
    )
}


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="sentinel.match_today", queueing_lock="sentinel.match_today")
def match_today(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Run the day's match once, at 00:30 local time or as soon after it as the worker lives."""
    at = clock.now()
    local = at.astimezone(clock.zone())
    if local.time() >= DAWN and not MatchRun.objects.filter(on=local.date()).exists():
        run_match(local.date(), actor=Actor.system("sentinel.match_today"), at=at)


@jobs.task(name="sentinel.tell_match", retry=5)
def tell_match(on: str, run_at: str) -> None:
    """Tell every officer how many in their scope missed; once a run. A day made up for later is no news."""
    day, at = date.fromisoformat(on), datetime.fromisoformat(run_at)
    if day != clock.local_day(at):
        return
    for user, actor in access.holders(OFFICERS):
        standings = compliance(day, actor=actor)
        judged = sum(standing.judged for standing in standings)
        if judged:
            missed = sum(standing.missed for standing in standings)
            notifications.tell(
                user,
                "sentinel.match_done",
                {"on": on, "missed": missed, "judged": judged},
                link=f"{reverse('sentinel:compliance')}?on={on}",
                dedupe_key=f"match:{on}:{run_at}",
                at=at,
            )
