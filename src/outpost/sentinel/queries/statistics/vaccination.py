"""疫苗数据统计: for each of three doses who of the ledger may have it, who has had it, and where the rest stand.

The twin of `health.rules.dose_states`, held against it by a test. The record that decides is the last of a person by
dose number, day and product: packed into one number, it is the greatest, and a set of bits says which dose
numbers are on record at all.
"""

from collections.abc import Sequence
from datetime import date
from enum import IntEnum

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outpost.core.actor import Actor
from outpost.figures.declared import Figure, Rate, Row, Statistic, Text
from outpost.health.rules import DoseStatus
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.labels import DOSE_NAMES
from outpost.sentinel.queries.statistics.ledger import (
    ANY,
    BODIES,
    MEMBER,
    Chosen,
    Grouping,
    Ledger,
    grouped,
)


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


def standing_of(dose: int) -> str:
    """SQL: the digit of one dose."""
    return f"({STANDING} / {10 ** (3 - dose)} %% 10)"


# Counted first by the three standings in one number, which is one count instead of twelve.
_COUNTS = f"""SELECT one.enrolment_id, one.standing, count(*) AS staff FROM (
    SELECT s.enrolment_id, {STANDING} AS standing
    FROM sentinel_staffmember s {{facts}}
    WHERE {MEMBER} AND s.enrolment_id IN (SELECT id FROM enrolment)) one
  GROUP BY one.enrolment_id, one.standing"""


# of each dose: the figure, its words, whom it counts, whether the table has a column for it
_OF_DOSE: tuple[tuple[str, Text, tuple[Standing, ...], bool], ...] = (
    ("eligible", _("May be given"), (Standing.ELIGIBLE,), True),
    ("done", _("People vaccinated"), (Standing.DONE, Standing.DONE_BY_LATER), True),
    ("by_later", _("Shown by a later dose"), (Standing.DONE_BY_LATER,), False),
    ("not_due", _("Not due yet"), (Standing.NOT_DUE,), False),
    ("not_applicable", _("Does not apply"), (Standing.NOT_APPLICABLE,), False),
)


def _columns_of(dose: int) -> list[Figure | Rate]:
    """The figures of one dose, which make up the staff; `by_later` of `done` have no record of the dose itself."""
    band = DOSE_NAMES[dose]

    def figure(name: str, label: Text, standings: Sequence[Standing], in_table: bool) -> Figure:
        key, digits = f"{name}_{dose}", ", ".join(f"{one:d}" for one in standings)
        where = f"{standing_of(dose)} IN ({digits})"
        return Figure(key, label, f"sum(n.{key})", where=where, band=band, in_table=in_table)

    eligible, done, *rest = (figure(*one) for one in _OF_DOSE)
    return [eligible, done, Rate(f"rate_{dose}", _("Vaccination rate"), done.key, band=band), *rest]


DOSES = Statistic((*BODIES, *(column for dose in DOSE_NAMES for column in _columns_of(dose))))

_BY_FIGURE = ", ".join(
    f"sum(one.staff) FILTER (WHERE {figure.where.replace(STANDING, 'one.standing')}) AS {figure.key}"
    for figure in DOSES.figures
    if figure.where
)
_BY_ENROLMENT = f"""SELECT one.enrolment_id, sum(one.staff) AS staff, {_BY_FIGURE}
  FROM ({_COUNTS}) one GROUP BY one.enrolment_id"""


def vaccination_statistics(
    on: date,
    *,
    by: Grouping,
    actor: Actor,
    chosen: Chosen = ANY,
    with_empty: bool = False,
) -> list[Row]:
    """For each of three doses where the staff stand on the day `on`, by group, all of one instant.

    The staff are those of the ledger at the end of that day. Groups without staff only `with_empty`.
    """
    ledger = Ledger(on, on, chosen, (actor.reach(SEE_COMPLIANCE),))
    rows = ledger.rows(grouped(by, _BY_ENROLMENT.replace("{facts}", facts(ledger)), DOSES.sums))
    found = [DOSES.row(key, name, counts) for key, name, *counts in rows]
    return [row for row in found if with_empty or row["staff"]]


def facts(ledger: Ledger) -> str:
    """How the doses of the ledger's people (alias `s`) are read: aliases `v` and `p`."""
    return LOOKED_UP if ledger.has_few() else AT_ONCE
