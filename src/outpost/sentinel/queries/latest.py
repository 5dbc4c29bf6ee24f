"""The narrow row of a staff member (`sentinel_stafflatest`, in SQL with the alias `n`): what its samples and doses
come to.

Samples stand oldest first, so `width_bucket` finds by halving how many lie before an instant.
"""

import re
from datetime import date

from django.db.models import QuerySet

from outpost.core.actor import Actor, Reach
from outpost.core.db import as_subquery
from outpost.health.rules import LATEST_KEPT
from outpost.regions.rules import ORGANIZATION
from outpost.sentinel.actions import SEE_STAFF
from outpost.sentinel.models import Enrolment
from outpost.sentinel.narrow import NarrowRow, StaffLatest, StaffShown

_OF_RECORDS = re.compile(r"\b([ht])\.person_id = n\.person_id\b")


def is_employers(reach: Reach) -> bool:
    """Whether a reader meets single organisations alone: then by what was entered there, and facts show as
    `narrow.StaffShown` says."""
    return not reach.without(ORGANIZATION)


def as_shown(statement: str) -> str:
    """A statement over narrow rows `n`, and the test records `h` or `t` of their people, for such a reader."""
    shown = _OF_RECORDS.sub(r"\g<0> AND \1.sampled_at >= n.shown_from", statement)
    return shown.replace("sentinel_stafflatest n", "sentinel_staffshown n")


def shown_to(reach: Reach) -> QuerySet[NarrowRow]:
    """All narrow rows, as a reader of this reach is shown them."""
    rows: QuerySet[NarrowRow] = (StaffShown if is_employers(reach) else StaffLatest).objects.all()
    return rows


def standing(reach: Reach) -> QuerySet[NarrowRow]:
    """The narrow rows of those who stand in the ledger now, within reach, as its reader is shown them."""
    found = shown_to(reach).filter(left_at=None)
    return found if reach.everything else found.filter(enrolment__in=Enrolment.objects.within(reach))


def in_ledger(people: str, actor: Actor) -> int | None:
    """How many of some people (SQL that gives `person_id`) stand in the ledger that the actor sees; None for who sees
    none: whoever only delivers facts must not learn from them whose they are."""
    reach = actor.reach(SEE_STAFF)
    if not reach:
        return None
    return (
        standing(reach).filter(person_id__in=as_subquery(people, {})).values("person_id").distinct().count()
    )


def before(instant: str) -> str:
    """SQL: how many of the kept samples lie before an instant, which is given as the microsecond before it."""
    return f"width_bucket({instant}, n.sampled_at)"


def inside(start: str, end: str) -> str:
    """SQL: how many of the kept samples lie in a span; start and end as `before` takes them."""
    return f"({before(end)} - {before(start)})"


def those_inside(start: str, end: str) -> str:
    """SQL: these samples."""
    return f"n.sampled_at[{before(start)} + 1 : {before(end)}]"


def may_lack(start: str) -> str:
    """SQL: whether there may be samples since `start` that are not kept."""
    return f"(cardinality(n.sampled_at) = {LATEST_KEPT} AND {before(start)} = 0)"


UNKNOWN_LAPSE = date(1900, 1, 1)
"""`lapses_on` where the samples that are kept do not tell."""


def is_known(dawn: str) -> str:
    """SQL: whether `lapses_on` tells who misses this dawn and those after it, by the samples that are known."""
    return f"""(n.lapses_on > '{UNKNOWN_LAPSE}'
    AND coalesce(n.sampled_at[cardinality(n.sampled_at)] < {dawn}, true))"""


def is_open(dawn: str) -> str:
    """SQL: whether only the samples tell, of whoever has a rule; answered by index."""
    return f"""(n.lapses_on = '{UNKNOWN_LAPSE}' OR n.sampled_at[cardinality(n.sampled_at)] >= {dawn})"""


AS_ENTERED = ("created_at", "position", "staff_id")
"""The order of `models.AS_ENTERED`."""
IN_ORDER = ", ".join(f"n.{name}" for name in AS_ENTERED)
"""SQL: the same."""

DOSE_COLUMNS = (
    *("dose_1_on", "dose_2_on", "dose_3_on", "dose_4_on"),
    *("product_1", "product_2", "has_doses_again"),
)


def _day(dose: str) -> str:
    return f"max(v.given_on) FILTER (WHERE v.dose {dose})"


def _product(dose: int) -> str:
    latest = (
        f"max(to_char(v.given_on, 'YYYYMMDD') || v.product_id COLLATE \"C\") FILTER (WHERE v.dose = {dose})"
    )
    return f"substr({latest}, 9)"


DOSES = f"""{_day("= 1")} AS dose_1_on, {_day("= 2")} AS dose_2_on, {_day("= 3")} AS dose_3_on,
    {_day("> 3")} AS dose_4_on, {_product(1)} AS product_1, {_product(2)} AS product_2,
    count(*) > count(DISTINCT least(v.dose, 4)) AS has_doses_again
  FROM health_vaccination v"""
"""SQL: DOSE_COLUMNS from records `v` that count, to be grouped by person."""
