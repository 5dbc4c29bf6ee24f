"""Everybody judged at once (`queries.match`): how many of each organisation stand how, and who missed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from outpost.core.db import planned_with
from outpost.sentinel.narrow import StaffTally
from outpost.sentinel.queries import latest
from outpost.sentinel.queries.match import (
    EVIDENCE,
    WITH_EVIDENCE,
    Task,
    is_judged,
    is_met,
    ledger,
    rows_for,
    tasks_sql,
)
from outpost.sentinel.rules import State


@dataclass(frozen=True, slots=True)
class Tally:
    """How the staff of one category stand, organisation by organisation."""

    counts: dict[UUID, Counter[State]]  # by enrolment

    def total(self) -> Counter[State]:
        return sum(self.counts.values(), Counter())


def _sums(misses: str, rows: str = "sentinel_stafflatest n", among: str = "") -> str:
    """SQL: how many stand how, in one pass by parallel workers. They share the work only when few groups are to be
    expected: hence one key, known to the statistics of the rows, and room in memory for all groups (and `_PLANNING`).
    """
    return f"""SELECT min(t.n), n.enrolment_id, count(*), count(t.least), count(a.staff_id),
    count(*) FILTER (WHERE a.staff_id IS NULL AND n.joined_on > t.joined_by),
    count(*) FILTER (WHERE {is_judged("t", "a")} AND {misses})
  {ledger(rows)} {among} GROUP BY n.enrolment_id"""


def _those(columns: str, misses: str, joined: str = "") -> str:
    """SQL: who missed, a row each."""
    return f"SELECT {columns} {ledger(joined=joined)} AND {is_judged('t', 'a')} AND {misses}"


_MISSED = f"NOT {is_met('t')}"

# By the rules in force a narrow row says when it lapses, and the sums of them (`narrow.StaffTally`) how many lapse
# when. That tells who met and who missed, but for the odd ones, who are taken out of the sums and told by their rows:
# who is off duty, joined late or left since the dawn. Of whom only the samples tell is judged. All in one statement,
# and so of one instant.
_OPEN = latest.is_open("%(t_dawn)s")
_LAPSED = "n.lapses_on <= %(t_day)s"
# OFFSET: only the index of staff may seek in the list, whatever the planner takes the categories for. As a condition on
# rows that were found otherwise each would be sought from its beginning, and on the day on which everybody has just
# joined the list is everybody. Quoted as in `match.tasks_sql`.
_OFF_DUTY_OR_NEW = """(SELECT * FROM sentinel_stafflatest n WHERE n.staff_id = ANY(ARRAY(
      SELECT m.id FROM sentinel_staffmember m WHERE m.joined_on > %(t_first_joined_by)s
      UNION SELECT d.staff_id FROM sentinel_dutyspell d
      WHERE d.starts_on <= %(t_day)s AND (d.ends_on IS NULL OR d.ends_on > %(t_day)s))) OFFSET '0') n"""


def _odd(rows: str, which: str) -> str:
    return f"""SELECT n.staff_id, n.enrolment_id, n.category_id, n.job_type, n.joined_on, n.left_at, n.lapses_on
    FROM {rows} WHERE n.category_id = ANY(%(t_categories)s) AND {which} AND ({_OPEN}) IS NOT TRUE"""


_ODD = f"""odd AS MATERIALIZED ({_odd("sentinel_stafflatest n", "n.left_at >= %(t_first_stands_at)s")}
    UNION ALL {_odd(_OFF_DUTY_OR_NEW, "n.left_at IS NULL")})"""
_SUMS_IN_FORCE = f"""SELECT min(t.n), s.enrolment_id, sum(s.people),
    coalesce(sum(s.people) FILTER (WHERE s.is_ruled), 0), 0, 0,
    coalesce(sum(s.people) FILTER (WHERE s.is_lapsed), 0)
  FROM (SELECT enrolment_id, people, lapses_on < '{StaffTally.NEVER}' AS is_ruled, lapses_on <= %(t_day)s AS is_lapsed
      FROM sentinel_stafftally WHERE lapses_on > '{latest.UNKNOWN_LAPSE}' AND last_on < %(t_day)s
    UNION ALL SELECT n.enrolment_id, -1, n.lapses_on IS NOT NULL, {_LAPSED} FROM odd n WHERE n.left_at IS NULL) s
  JOIN sentinel_enrolment e ON e.id = s.enrolment_id
  JOIN {tasks_sql("t")} ON t.category_id = e.category_id AND t.is_rest
  GROUP BY s.enrolment_id HAVING sum(s.people) > 0
  UNION ALL {_sums(_LAPSED, "odd n")}
  UNION ALL {_sums(_MISSED, among=f"AND {_OPEN}")}"""


def _those_in_force(columns: str, joined: str = "") -> str:
    return f"""{_those(columns, f"{_LAPSED} AND ({_OPEN}) IS NOT TRUE", joined)}
  UNION ALL {_those(columns, f"{_OPEN} AND {_MISSED}", joined)}"""


# Never by nested loops: statistics older than the last import would make them look cheap, and they take hours. And
# what is computed of each row is dear, so that it is computed where the rows are read, by all workers.
_PLANNING = {"work_mem": "256MB", "enable_nestloop": "off", "cpu_operator_cost": "0.02"}


def tallies(tasks: Sequence[Task]) -> dict[tuple[str, date], Tally]:
    """Judge all staff of all tasks, a day in one pass; keyed by category and day."""
    found: dict[tuple[str, date], Tally] = {}
    for on in {task.on for task in tasks}:
        of_day = [task for task in tasks if task.on == on]
        statement = f"WITH {_ODD} {_SUMS_IN_FORCE}" if _are_in_force(of_day) else _sums(_MISSED)
        found |= _added_up(_judged(statement, of_day), of_day)
    return found


def tallies_while(kept: str, tasks: Sequence[Task], **parameters: Any) -> dict[tuple[str, date], Tally]:
    """The same of rules in force on one day, while a statement keeps those who `missed` (staff_id, n: the task's
    number, samples, last_at), as of the same instant."""
    missed = _those_in_force(EVIDENCE, WITH_EVIDENCE)
    statement = f"WITH {_ODD}, missed AS ({missed}), kept AS ({kept}) {_SUMS_IN_FORCE}"
    return _added_up(_judged(statement, tasks, **parameters), tasks)


def who_missed(tasks: Sequence[Task]) -> list[UUID]:
    """The staff members who missed; the tasks are of one day."""
    statement = _those_in_force("n.staff_id") if _are_in_force(tasks) else _those("n.staff_id", _MISSED)
    return [staff for (staff,) in _judged(statement, tasks)]


def _are_in_force(tasks: Sequence[Task]) -> bool:
    return all(task.is_in_force for task in tasks)


def _judged(statement: str, tasks: Sequence[Task], **parameters: Any) -> list[tuple[Any, ...]]:
    with planned_with(**_PLANNING):
        return rows_for(statement, tasks, **parameters)


def _added_up(rows: Iterable[tuple[Any, ...]], tasks: Sequence[Task]) -> dict[tuple[str, date], Tally]:
    """The tallies; the tasks of a category add up to one."""
    found = {(task.category, task.on): Tally({}) for task in tasks}
    for number, enrolment, staff, ruled, off_duty, new_joiners, missed in rows:
        task = tasks[number - 1]
        counts = found[task.category, task.on].counts.setdefault(enrolment, Counter())
        counts[State.NO_RULE] += staff - ruled
        counts[State.MET] += ruled - off_duty - new_joiners - missed
        counts[State.MISSED] += missed
        counts[State.OFF_DUTY] += off_duty
        counts[State.NEW_JOINER] += new_joiners
    return found
