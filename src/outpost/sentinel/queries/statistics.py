"""核酸数据统计 and 疫苗数据统计: figures by town, organisation, category or department."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import connection

from outpost.core import clock
from outpost.core.actor import Actor, Reach
from outpost.core.errors import Refusal
from outpost.health.rules import rate
from outpost.sentinel.errors import RANGE_REVERSED

Grouping = Literal["town", "organization", "category", "department"]
GROUPINGS: tuple[Grouping, ...] = ("town", "organization", "category", "department")
ACTION = "sentinel.see_compliance"

# grouping → (key, name) of the group, over the aliases of _STAFF
_GROUPS: dict[Grouping, tuple[str, str]] = {
    "town": ("r.code", "r.name"),
    "organization": ("o.id", "o.name"),
    "category": ("c.code", "c.name"),
    "department": ("coalesce(d.code, '')", "coalesce(d.name, '')"),
}


@dataclass(frozen=True, slots=True)
class NatRow:
    """One line of the test statistics. `rate` is tested of staff in per cent."""

    group: str
    organizations: int
    staff: int
    tested: int
    samples: int

    @property
    def untested(self) -> int:
        return self.staff - self.tested

    @property
    def rate(self) -> str:
        return rate(self.tested, self.staff)


@dataclass(frozen=True, slots=True)
class DoseCount:
    """One dose: who may have it now, who has had it, and the share of all staff."""

    eligible: int
    done: int
    staff: int

    @property
    def rate(self) -> str:
        return rate(self.done, self.staff)


@dataclass(frozen=True, slots=True)
class VaccinationRow:
    """One line of the vaccination statistics."""

    group: str
    organizations: int
    staff: int
    doses: tuple[DoseCount, DoseCount, DoseCount]


# The ledger as it stood on a day, narrowed to a reach; groups without staff are kept by the outer join.
_LEDGER = """
  FROM sentinel_enrolment e
  JOIN sentinel_category c ON c.code = e.category_id AND c.is_active
  JOIN regions_organization o ON o.id = e.organization_id
  JOIN regions_region r ON r.code = o.region_id
  LEFT JOIN regions_department d ON d.code = c.department_id
  LEFT JOIN sentinel_staffmember s ON s.enrolment_id = e.id AND s.joined_on <= %(last)s
    AND (s.removed_at IS NULL OR s.removed_at >= %(end)s)
"""
_LIVING = """(e.removed_at IS NULL OR e.removed_at >= %(end)s)
    AND (%(category)s::text IS NULL OR e.category_id = %(category)s)
    AND (%(everything)s OR c.department_id = ANY(%(departments)s) OR c.code = ANY(%(categories)s)
      OR o.id::text = ANY(%(organizations)s)
      OR EXISTS (SELECT FROM unnest(%(regions)s::text[]) scope WHERE starts_with(r.code, scope)))"""

_TESTS = f"""SELECT {{key}}, {{name}}, count(DISTINCT e.id), count(s.id),
    count(s.id) FILTER (WHERE t.samples > 0), coalesce(sum(t.samples), 0)
  {_LEDGER}
  LEFT JOIN (
    SELECT person_id, count(*) AS samples FROM health_testrecord
    WHERE NOT is_withdrawn AND sampled_at >= %(start)s AND sampled_at < %(end)s GROUP BY person_id
  ) t ON t.person_id = s.person_id
  WHERE {_LIVING} GROUP BY 1, 2 ORDER BY 1"""

# The twin of health.rules.dose_states: the record that decides is the last by dose, day and product.
_DOSES = f"""SELECT {{key}}, {{name}}, count(DISTINCT e.id), count(s.id),
    count(s.id) FILTER (WHERE v.dose IS NULL),
    count(s.id) FILTER (WHERE v.dose >= 1),
    count(s.id) FILTER (WHERE v.dose = 1 AND p.doses >= 2 AND v.given_on + p.least_days <= %(last)s),
    count(s.id) FILTER (WHERE v.dose >= 2),
    count(s.id) FILTER (WHERE v.dose BETWEEN least(p.doses, 2) AND 2
      AND v.given_on + CASE WHEN p.doses = 3 THEN p.least_days ELSE p.booster_after_days END <= %(last)s),
    count(s.id) FILTER (WHERE v.dose >= 3)
  {_LEDGER}
  LEFT JOIN (
    SELECT DISTINCT ON (person_id) person_id, dose, given_on, product_id FROM health_vaccination
    WHERE NOT is_withdrawn AND given_on <= %(last)s ORDER BY person_id, dose DESC, given_on DESC, product_id DESC
  ) v ON v.person_id = s.person_id
  LEFT JOIN health_product p ON p.code = v.product_id
  WHERE {_LIVING} GROUP BY 1, 2 ORDER BY 1"""


def _parameters(first: date, last: date, reach: Reach, category: str | None) -> dict[str, Any]:
    start, end = clock.day_span(first, last)
    return {
        "start": start,
        "end": end,
        "last": last,
        "category": category,
        "everything": reach.everything,
        "departments": list(reach.departments),
        "categories": list(reach.categories),
        "organizations": list(reach.organizations),
        "regions": list(reach.regions),
    }


def _rows(text: str, by: Grouping, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    key, name = _GROUPS[by]
    statement = text.replace("{key}", key).replace("{name}", name)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def nat_statistics(
    first: date, last: date, *, by: Grouping, actor: Actor, with_empty: bool = False
) -> list[NatRow]:
    """Organisations, staff, tested people and samples of the days `first` to `last`, by group.

    The staff are those of the ledger at the end of the range. Groups without staff only `with_empty`.
    """
    if first > last:
        raise Refusal(RANGE_REVERSED, first=first, last=last)
    rows = _rows(_TESTS, by, _parameters(first, last, actor.reach(ACTION), None))
    return [NatRow(name, *map(int, counts)) for _, name, *counts in rows if with_empty or counts[1]]


def vaccination_statistics(
    on: date, *, by: Grouping, actor: Actor, category: str | None = None, with_empty: bool = False
) -> list[VaccinationRow]:
    """For each of three doses who may have it and who has had it on the day `on`, by group."""
    rows = _rows(_DOSES, by, _parameters(on, on, actor.reach(ACTION), category))
    return [_vaccination_row(name, counts) for _, name, *counts in rows if with_empty or counts[1]]


def _vaccination_row(group: str, counts: Sequence[str]) -> VaccinationRow:
    organizations, staff, *doses = map(int, counts)
    first, second, third = (DoseCount(doses[at], doses[at + 1], staff) for at in (0, 2, 4))
    return VaccinationRow(group, organizations, staff, (first, second, third))


def nat_total(rows: Sequence[NatRow]) -> NatRow:
    """The total row of the test statistics."""
    return NatRow(
        "",
        sum(row.organizations for row in rows),
        sum(row.staff for row in rows),
        sum(row.tested for row in rows),
        sum(row.samples for row in rows),
    )


def vaccination_total(rows: Sequence[VaccinationRow]) -> VaccinationRow:
    """The total row 合计 of the vaccination statistics."""
    staff = sum(row.staff for row in rows)
    first, second, third = (
        DoseCount(sum(row.doses[n].eligible for row in rows), sum(row.doses[n].done for row in rows), staff)
        for n in range(3)
    )
    return VaccinationRow("", sum(row.organizations for row in rows), staff, (first, second, third))


def nat_report(
    first: date, last: date, *, by: Grouping, actor: Actor, with_empty: bool = False
) -> dict[str, Any]:
    """The test statistics as JSON-ready values."""
    rows = nat_statistics(first, last, by=by, actor=actor, with_empty=with_empty)
    total = _nat_json(nat_total(rows))
    total.pop("group")
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "by": by,
        "rows": [_nat_json(row) for row in rows],
        "total": total,
    }


def vaccination_report(
    on: date, *, by: Grouping, actor: Actor, category: str | None = None, with_empty: bool = False
) -> dict[str, Any]:
    """The vaccination statistics as JSON-ready values."""
    rows = vaccination_statistics(on, by=by, actor=actor, category=category, with_empty=with_empty)
    total = _vaccination_json(vaccination_total(rows))
    total.pop("group")
    return {"by": by, "rows": [_vaccination_json(row) for row in rows], "total": total}


def _nat_json(row: NatRow) -> dict[str, Any]:
    return {
        "group": row.group,
        "organizations": row.organizations,
        "staff": row.staff,
        "tested": row.tested,
        "untested": row.untested,
        "samples": row.samples,
        "rate": row.rate,
    }


def _vaccination_json(row: VaccinationRow) -> dict[str, Any]:
    return {
        "group": row.group,
        "organizations": row.organizations,
        "staff": row.staff,
        "doses": [{"eligible": d.eligible, "done": d.done, "rate": d.rate} for d in row.doses],
    }
