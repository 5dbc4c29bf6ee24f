"""疫苗数据统计: for each of three doses who of the ledger may have it, who has had it, and where the rest stand.

The twin of `health.rules.dose_states`, held against it by a test. The narrow row says on which day each dose was given
and what the first two were; the highest that was given by the day decides. Only where a dose stands on record twice and
something came after the day is it read from the records.
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
from outpost.sentinel.queries import latest
from outpost.sentinel.queries.statistics.ledger import (
    ANY,
    BODIES,
    IN_GROUPS,
    MEMBER,
    Chosen,
    Grouping,
    Ledger,
    grouped,
    unknown_in,
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


_PRODUCTS = """(SELECT code, doses, least_days,
    CASE WHEN doses = 3 THEN least_days ELSE booster_after_days END AS to_third FROM health_product)"""


def _is_given(dose: int, of: str) -> str:
    return f"{of}.dose_{dose}_on <= %(last)s"


def _later(dose: int, of: str) -> str:
    return " OR ".join(_is_given(one, of) for one in range(dose + 1, 5))


def _is_done(dose: int, of: str) -> str:
    return f"WHEN {_is_given(dose, of)} THEN {Standing.DONE:d} WHEN {_later(dose, of)} THEN {Standing.DONE_BY_LATER:d}"


def _follows(dose: int, days: str, of: str) -> str:
    """What comes `days` after a dose: due by the day, not yet, or never (null)."""
    return f"""CASE WHEN %(last)s - {of}.dose_{dose}_on >= {days} THEN {Standing.ELIGIBLE:d}
      WHEN {days} IS NULL THEN {Standing.NOT_APPLICABLE:d} ELSE {Standing.NOT_DUE:d} END"""


def _standings(of: str) -> str:
    """SQL: the three doses of `of` (`latest.DOSE_COLUMNS`) with its deciding product `p`, a decimal digit each."""
    never = f"ELSE {Standing.NOT_APPLICABLE:d}"
    first = f"CASE {_is_done(1, of)} ELSE {Standing.ELIGIBLE:d} END"
    second = f"CASE {_is_done(2, of)} WHEN p.doses >= 2 THEN {_follows(1, 'p.least_days', of)} {never} END"
    third = f"""CASE {_is_done(3, of)} WHEN {_is_given(2, of)} THEN {_follows(2, "p.to_third", of)}
      WHEN p.doses = 1 THEN {_follows(1, "p.to_third", of)} {never} END"""
    return f"100 * {first} + 10 * {second} + {third}"


def _product(of: str) -> str:
    decides = (
        f"CASE WHEN {_is_given(2, of)} THEN {of}.product_2 WHEN {_is_given(1, of)} THEN {of}.product_1 END"
    )
    return f"LEFT JOIN {_PRODUCTS} p ON p.code = {decides}"


_IS_OPEN = """(n.has_doses_again
    AND greatest(n.dose_1_on, n.dose_2_on, n.dose_3_on, n.dose_4_on) > %(last)s)"""
_NEWEST = f"""SELECT {latest.DOSES}
    WHERE NOT v.is_withdrawn AND v.given_on <= %(last)s AND v.person_id = n.person_id AND {_IS_OPEN}"""
_RECORDS = f"SELECT {_standings('d')} AS standings FROM ({_NEWEST}) d {_product('d')}"
NONE_OPEN = f"{_product('n')} CROSS JOIN (SELECT 0 AS standings) v"
SOME_OPEN = f"{_product('n')} LEFT JOIN LATERAL ({_RECORDS}) v ON {_IS_OPEN}"
STANDING = f"CASE WHEN {_IS_OPEN} THEN v.standings ELSE {_standings('n')} END"
"""SQL over `n` and one of these joins: where the person stands with the three doses, a decimal digit each."""
_KNOWN = f"CASE WHEN NOT {_IS_OPEN} THEN {_standings('n')} END"


def standing_of(dose: int) -> str:
    """SQL: the digit of one dose."""
    return f"({STANDING} / {10 ** (3 - dose)} %% 10)"


# Counted first by the three standings in one number, which is one count instead of twelve; as int, or the sums of it
# were slow decimals. OFFSET: or the planner takes each of a million for a group of its own, and one process counts them
# all. Quoted as in `match.tasks_sql`.
_COUNTS = f"""SELECT one.key, one.standing, count(*)::int AS staff FROM (
    SELECT g.key, {{standing}} AS standing
    FROM {IN_GROUPS} {{facts}}
    WHERE {MEMBER} OFFSET '0') one
  GROUP BY one.key, one.standing"""


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
_BY_GROUP = f"""SELECT one.key, sum(one.staff) AS staff, {_BY_FIGURE},
    sum(one.staff) FILTER (WHERE one.standing IS NULL) AS unknown
  FROM ({_COUNTS}) one GROUP BY one.key"""


def vaccination_statistics(
    on: date, *, by: Grouping, actor: Actor, chosen: Chosen = ANY, with_empty: bool = False
) -> list[Row]:
    """For each of three doses where the staff stand on the day `on`, by group, all of one instant.

    The staff are those of the ledger at the end of that day. Groups without staff only `with_empty`.
    """
    ledger = Ledger(on, on, chosen, (actor.reach(SEE_COMPLIANCE),))
    rows = ledger.rows(_grouped(by, _KNOWN, NONE_OPEN))
    if unknown_in(rows):
        rows = ledger.rows(_grouped(by, STANDING, SOME_OPEN))
    found = [DOSES.row(key, name, counts) for key, name, *counts, _unknown in rows]
    return [row for row in found if with_empty or row["staff"]]


def _grouped(by: Grouping, standing: str, facts: str) -> str:
    counts = _BY_GROUP.replace("{standing}", standing).replace("{facts}", facts)
    return grouped(by, counts, DOSES.sums)


def facts(ledger: Ledger) -> str:
    """How the doses of the ledger's people (alias `n`) are read: a join, for STANDING."""
    return SOME_OPEN if ledger.people(_IS_OPEN) else NONE_OPEN
