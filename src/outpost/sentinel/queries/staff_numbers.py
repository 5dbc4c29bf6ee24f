"""How many people of each organisation a list of staff has, for its count and for where its page lies.

Who stands in the ledger and who missed is told by the sums (`narrow.StaffTally`), less who is off duty
(`narrow.StaffAway`); only those who must be judged by themselves are read row by row. Any other filter counts its
narrow rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Q, QuerySet, Sum, Value

from outpost.core import clock
from outpost.core.actor import Actor, Reach
from outpost.core.db import value_of
from outpost.core.spells import covering
from outpost.sentinel.models import Enrolment
from outpost.sentinel.narrow import LAST_SAMPLE, NarrowRow, StaffAway, StaffTally
from outpost.sentinel.queries.latest import UNKNOWN_LAPSE, is_employers
from outpost.sentinel.queries.match import Task
from outpost.sentinel.queries.staff_filter import (
    ON_DUTY,
    SEE,
    StaffFilter,
    filtered,
    missed_in,
    of_duty,
    of_place,
    tasks_for,
)
from outpost.sentinel.rules import State

LIST = "list"
"""The one kind of people in it."""

_TOLD = frozenset({"category", "town", "organization", "organization_name", "state", "duty"})
_BY_ORGANIZATION = f"""SELECT '{LIST}' AS kind, o.name, c.enrolment_id, sum(c.number)::int AS number
  FROM ({{parts}}) c (enrolment_id, number)
  JOIN sentinel_enrolment e ON e.id = c.enrolment_id JOIN regions_organization o ON o.id = e.organization_id
  GROUP BY o.name, c.enrolment_id HAVING sum(c.number) > 0"""
_NOBODY = "SELECT NULL AS kind, NULL AS name, NULL::uuid AS enrolment_id, NULL::int AS number WHERE false"


def by_organization(
    wanted: StaffFilter, found: QuerySet[NarrowRow], tasks: Sequence[Task], *, actor: Actor, at: datetime
) -> tuple[str, list[Any]]:
    """For `holdings`: how many people of the list each organisation has, as a statement and its values. `found`: the
    list, `tasks`: what its state is judged by."""
    is_told = _is_told(wanted, actor.reach(SEE))
    return _added(_told(wanted, tasks, actor=actor, at=at) if is_told else [_people(found)])


def number_of(
    wanted: StaffFilter,
    *,
    actor: Actor,
    at: datetime,
    action: str = SEE,
    tasks: Sequence[Task] | None = None,
) -> int:
    """How many people the list has; `tasks` as `filtered` takes them."""
    if tasks is None:
        tasks = tasks_for(wanted, actor=actor, at=at, action=action)
    if not _is_told(wanted, actor.reach(action)):
        return filtered(wanted, actor=actor, at=at, action=action, tasks=tasks).count()
    statement, values = _added(_told(wanted, tasks, actor=actor, at=at, action=action))
    return int(value_of(f"SELECT coalesce(sum(number), 0) FROM ({statement}) counted", values))


def _is_told(wanted: StaffFilter, reach: Reach) -> bool:
    """Whether the sums tell; they are of what officers are shown."""
    asked = {name for name in StaffFilter.__slots__ if getattr(wanted, name)}
    in_sums = wanted.state in ("", State.MISSED) and wanted.duty in ("", ON_DUTY)
    return asked <= _TOLD and in_sums and not is_employers(reach)


def _told(
    wanted: StaffFilter, tasks: Sequence[Task], *, actor: Actor, at: datetime, action: str = SEE
) -> Iterator[QuerySet[Any, Any]]:
    """What adds up to the list, as pairs of enrolment and number."""
    today = clock.local_day(at)
    of_list = _of_list(wanted, actor.reach(action))
    if wanted.state:
        people = filtered(replace(wanted, state="", duty=""), actor=actor, at=at, action=action)
        people = people.alias(last=LAST_SAMPLE)
        judged = missed_in(people, tasks, today).judged
        yield _people(of_duty(people.filter(judged), ON_DUTY, today))
        of_list &= Q(
            enrolment__category__in={task.category for task in tasks},
            lapses_on__gt=UNKNOWN_LAPSE,
            lapses_on__lte=today,
            last_on__lt=today,
        )
    yield _people(StaffTally.objects.filter(of_list), Sum("people"))
    if wanted.duty or wanted.state:
        away = StaffAway.objects.filter(of_list, covering(today))
        yield _people(away, Value(0) - Count("*"))


def _of_list(wanted: StaffFilter, reach: Reach) -> Q:
    """Which sums the list is of."""
    if reach.everything and not (wanted.category or of_place(wanted)):
        return Q()
    enrolments = Enrolment.objects.within(reach).filter(of_place(wanted))
    if wanted.category:
        enrolments = enrolments.filter(category=wanted.category)
    return Q(enrolment__in=enrolments)


def _people(found: QuerySet[Any, Any], number: Any = Count("*")) -> QuerySet[Any, Any]:  # noqa: B008 - an expression
    counted: QuerySet[Any, Any] = found.order_by().values_list("enrolment_id").annotate(number=number)
    return counted


def _added(parts: Iterable[QuerySet[Any, Any]]) -> tuple[str, list[Any]]:
    statements: list[str] = []
    values: list[Any] = []
    for part in parts:
        with suppress(EmptyResultSet):  # a reach or filter of nothing
            statement, parameters = part.query.sql_with_params()
            statements.append(statement)
            values += parameters
    if not statements:
        return _NOBODY, []
    return _BY_ORGANIZATION.replace("{parts}", " UNION ALL ".join(statements)), values
