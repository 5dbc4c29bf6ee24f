"""疫苗数据统计: for each of three doses who of the ledger may have it, who has had it, and where the rest stand.

The twin of `health.rules.dose_states`, held against it by a test. The record that decides is the last of a person by
dose number, day and product: packed into one number, it is the greatest, and a set of bits says which dose
numbers are on record at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from django.utils.translation import gettext

from outpost.core.actor import Actor
from outpost.health.rules import DoseStatus, rate
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.queries.statistics.ledger import ANY, MEMBER, Chosen, Grouping, Ledger, grouped


class Standing(IntEnum):
    """Where somebody stands with one dose; `health.rules.DoseStatus` with what a later dose shows set apart."""

    NOT_APPLICABLE = 0
    NOT_DUE = 1
    ELIGIBLE = 2
    DONE = 3
    DONE_BY_LATER = 4

    @property
    def label(self) -> str:
        """How it is called in the reader's language."""
        if self is Standing.DONE_BY_LATER:
            return gettext("Shown by a later dose")
        return DoseStatus[self.name].label


@dataclass(frozen=True, slots=True)
class DoseCount:
    """One dose: who may have it now, who has had it, who is not due yet, for whom there is none. They make up `staff`.

    `by_later` of `done` have no record of the dose itself; a later one shows that it was given.
    """

    eligible: int
    done: int
    by_later: int
    not_due: int
    not_applicable: int

    @property
    def staff(self) -> int:
        return self.eligible + self.done + self.not_due + self.not_applicable

    @property
    def rate(self) -> str:
        return rate(self.done, self.staff)


@dataclass(frozen=True, slots=True)
class VaccinationRow:
    """One line of the vaccination statistics; `key` names the group."""

    key: str
    group: str
    organizations: int
    staff: int
    doses: tuple[DoseCount, DoseCount, DoseCount]


# Products by their rank, because a rank packs into a number and a code does not; "C" orders as Python does.
_PRODUCTS = """(SELECT code, doses, least_days, row_number() OVER (ORDER BY code COLLATE "C") AS rank,
    CASE WHEN doses = 3 THEN least_days ELSE booster_after_days END AS to_third FROM health_product)"""
_DECIDING = f"""bit_or(1 << v.dose) AS numbers,
    max((v.dose::bigint << 48) | ((v.given_on - date '1900-01-01')::bigint << 16) | p.rank) AS deciding
  FROM health_vaccination v JOIN {_PRODUCTS} p ON p.code = v.product_id
  WHERE NOT v.is_withdrawn AND v.given_on <= %(last)s"""
_DOSE = "(d.deciding >> 48)"
_AGE = "(%(last)s - date '1900-01-01' - ((d.deciding >> 16) & 4294967295))"  # days since the deciding dose
_DONE = f"CASE WHEN d.numbers & (1 << {{n}}) = 0 THEN {Standing.DONE_BY_LATER:d} ELSE {Standing.DONE:d} END"
_DUE = f"CASE WHEN {_AGE} >= {{days}} THEN {Standing.ELIGIBLE:d} ELSE {Standing.NOT_DUE:d} END"
_FIRST = _DONE.format(n=1)
_SECOND = f"""CASE WHEN {_DOSE} >= 2 THEN {_DONE.format(n=2)}
      WHEN p.doses >= 2 THEN {_DUE.format(days="p.least_days")} ELSE {Standing.NOT_APPLICABLE:d} END"""
_THIRD = f"""CASE WHEN {_DOSE} >= 3 THEN {_DONE.format(n=3)}
      WHEN {_DOSE} >= least(p.doses, 2) AND p.to_third IS NOT NULL THEN {_DUE.format(days="p.to_third")}
      ELSE {Standing.NOT_APPLICABLE:d} END"""
_STANDING = f"100 * {_FIRST} + 10 * {_SECOND} + {_THIRD} AS standing"
_PRODUCT = f"JOIN {_PRODUCTS} p ON p.rank = d.deciding & 65535"

STANDING = f"coalesce(v.standing, {100 * Standing.ELIGIBLE:d})"
"""SQL over `v` of these joins: where the person `s` stands with the three doses, a decimal digit each."""
AT_ONCE = f"""LEFT JOIN (SELECT d.person_id, {_STANDING}
    FROM (SELECT v.person_id, {_DECIDING} GROUP BY v.person_id) d {_PRODUCT}) v ON v.person_id = s.person_id"""
LOOKED_UP = f"""LEFT JOIN LATERAL (SELECT {_STANDING}
    FROM (SELECT {_DECIDING} AND v.person_id = s.person_id) d {_PRODUCT}) v ON true"""


def standing_of(dose: int, standing: str = STANDING) -> str:
    """SQL: the digit of one dose."""
    return f"({standing} / {10 ** (3 - dose)} %% 10)"


# Counted first by the three standings in one number, which is one count instead of twelve.
_COUNTS = f"""SELECT one.enrolment_id, one.standing, count(*) AS staff FROM (
    SELECT s.enrolment_id, {STANDING} AS standing
    FROM sentinel_staffmember s {{facts}}
    WHERE {MEMBER} AND s.enrolment_id IN (SELECT id FROM enrolment)) one
  GROUP BY one.enrolment_id, one.standing"""


def _sum_of(dose: int, *standings: Standing) -> str:
    """The staff whose digit for the dose (hundreds, tens, ones) is one of these."""
    digits = ", ".join(f"{one:d}" for one in standings)
    return f"sum(one.staff) FILTER (WHERE {standing_of(dose, 'one.standing')} IN ({digits}))"


_COLUMNS: tuple[tuple[Standing, ...], ...] = (
    (Standing.ELIGIBLE,),
    (Standing.DONE, Standing.DONE_BY_LATER),
    (Standing.DONE_BY_LATER,),
    (Standing.NOT_DUE,),
    (Standing.NOT_APPLICABLE,),
)
_NAMES = [f"{column}_{dose}" for dose in (1, 2, 3) for column in "abcde"]
_BY_DOSE = ", ".join(
    f"{_sum_of(dose, *standings)} AS {column}_{dose}"
    for dose in (1, 2, 3)
    for column, standings in zip("abcde", _COLUMNS, strict=True)
)
_BY_ENROLMENT = f"""SELECT one.enrolment_id, sum(one.staff) AS staff, {_BY_DOSE}
  FROM ({_COUNTS}) one GROUP BY one.enrolment_id"""
_SUMS = ", ".join(f"coalesce(sum(n.{name}), 0)" for name in _NAMES)


def vaccination_statistics(
    on: date,
    *,
    by: Grouping,
    actor: Actor,
    chosen: Chosen = ANY,
    with_empty: bool = False,
) -> list[VaccinationRow]:
    """For each of three doses where the staff stand on the day `on`, by group, all of one instant.

    The staff are those of the ledger at the end of that day. Groups without staff only `with_empty`.
    """
    ledger = Ledger(on, on, chosen, (actor.reach(SEE_COMPLIANCE),))
    rows = ledger.rows(grouped(by, _BY_ENROLMENT.replace("{facts}", facts(ledger)), _SUMS))
    found = [_row(key, name, [int(count) for count in counts]) for key, name, *counts in rows]
    return [row for row in found if with_empty or row.staff]


def facts(ledger: Ledger) -> str:
    """How the doses of the ledger's people (alias `s`) are read: aliases `v` and `p`."""
    return LOOKED_UP if ledger.has_few() else AT_ONCE


def _row(key: str, group: str, counts: Sequence[int]) -> VaccinationRow:
    organizations, staff, *doses = counts
    first, second, third = (DoseCount(*doses[at : at + 5]) for at in (0, 5, 10))
    return VaccinationRow(key, group, organizations, staff, (first, second, third))


def vaccination_total(rows: Sequence[VaccinationRow]) -> VaccinationRow:
    """The total row 合计 of the vaccination statistics."""
    first, second, third = (_sum_of_doses([row.doses[n] for row in rows]) for n in range(3))
    return VaccinationRow(
        "",
        "",
        sum(row.organizations for row in rows),
        sum(row.staff for row in rows),
        (first, second, third),
    )


def _sum_of_doses(doses: Sequence[DoseCount]) -> DoseCount:
    def total(name: str) -> Any:
        return sum(getattr(dose, name) for dose in doses)

    return DoseCount(*map(total, ("eligible", "done", "by_later", "not_due", "not_applicable")))
