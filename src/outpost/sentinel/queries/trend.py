"""How many missed on the days before: what stands beside today's figures."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db.models import BigIntegerField, Sum, Value

from outpost.core.actor import Actor
from outpost.sentinel.models import Enrolment, MatchCount, MatchRun
from outpost.sentinel.queries.compliance import ACTION, Standing

DAYS = 14
"""Today among them."""


def missed_by_day(standings: Sequence[Standing], *, actor: Actor) -> dict[str, dict[date, int]]:
    """By category, how many missed within reach on each of the last days that were matched; today as it stands."""
    if not standings:
        return {}
    today = standings[0].on
    runs = MatchRun.objects.filter(
        category__in=[one.category.code for one in standings],
        on__range=(today - timedelta(days=DAYS - 1), today - timedelta(days=1)),
        is_latest=True,
    )
    mine = Enrolment.objects.within(actor.reach(ACTION)).values("id")
    counts = MatchCount.objects.filter(run__in=runs.values("id"), enrolment__in=mine)
    missed = counts.values_list("run__category_id", "run__on").annotate(Sum("missed"))
    # A run that counted nobody of mine is a day, too.
    none = runs.values_list("category_id", "on", Value(0, BigIntegerField()))
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for code, on, number in none.union(missed, all=True).order_by("on"):
        found[code][on] = found[code].get(on, 0) + number
    for one in standings:
        found[one.category.code][today] = one.missed
    return found


def missed_on(
    day: date, found: Mapping[str, Mapping[date, int]], standings: Sequence[Standing]
) -> int | None:
    """How many missed on a day in the same categories that are judged; None unless all of them were matched then."""
    judged = [found[one.category.code] for one in standings if one.rules.is_on]
    if not judged or not all(day in days for days in judged):
        return None
    return sum(days[day] for days in judged)
