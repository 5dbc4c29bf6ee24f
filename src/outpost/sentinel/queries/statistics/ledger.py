"""The ledger as it stood at the end of a range of days: which organisations and staff a figure counts.

An organisation counts once in each category that it stands in, a person once in each organisation.
Who left the ledger after the range still counts in it; who joined after it does not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from outpost.core import clock
from outpost.core.actor import Reach
from outpost.core.db import rows_of
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.scoped import condition_sql
from outpost.core.vocabulary import Vocabulary, Word
from outpost.figures.declared import STAFF, Figure
from outpost.sentinel.errors import RANGE_REVERSED
from outpost.sentinel.models import EnrolmentQuerySet
from outpost.sentinel.queries.latest import as_shown, is_employers


class Grouping(Vocabulary):
    """What the rows of a statistic are."""

    TOWN = Word("town", "所属镇街", "Town")
    ORGANIZATION = Word("organization", "主体", "Organisation")
    CATEGORY = Word("category", "哨点类别", "Category")
    DEPARTMENT = Word("department", "主管部门", "Responsible department")


BODIES = (
    Figure("organizations", _("Number of organisations"), "sum(g.organizations)", opens="organizations"),
    Figure(STAFF, _("Number of staff"), "sum(n.staff)"),
)
"""The figures with which every statistic over the ledger begins."""

NO_DEPARTMENT = "-"

_CODE = re.compile(r"[\w-]{0,64}")

JUST = timedelta(microseconds=1)
CHUNK = 2000  # rows that are read at once for a file
FEW = 20_000
"""The facts of up to so many people are looked up one by one; beyond, all facts are read at once."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which part of the ledger; empty means any.

    `town` is a region's code, `organization` an organisation's id, `department` a code or NO_DEPARTMENT.
    """

    category: str = ""
    town: str = ""
    organization: UUID | None = None
    department: str = ""

    def __post_init__(self) -> None:
        """Raises Refusal NOT_FOUND for what cannot be a code."""
        if not all(map(_CODE.fullmatch, (self.category, self.town, self.department))):
            raise Refusal(NOT_FOUND)


ANY = Chosen()

# grouping → (key, name, order) of the group, over the aliases of ENROLMENTS. No key is the column of a unique index
# (hence coalesce): the planner would take everybody for a group of their own.
GROUPS: Mapping[Grouping, tuple[str, str, str]] = {
    Grouping.TOWN: ("o.region_id", "r.name", "r.code"),
    Grouping.ORGANIZATION: ("coalesce(o.id, e.id)", "o.name", "r.code"),
    Grouping.CATEGORY: ("e.category_id", "c.name", "c.position"),
    Grouping.DEPARTMENT: ("coalesce(d.code, '-')", "coalesce(d.name, '')", "coalesce(d.code, '')"),
}

# The organisations of the ledger, narrowed to what is chosen; `{scope}` narrows them to what is in reach.
ENROLMENTS = """sentinel_enrolment e
  JOIN sentinel_category c ON c.code = e.category_id AND c.is_active
  JOIN regions_organization o ON o.id = e.organization_id
  JOIN regions_region r ON r.code = o.region_id
  LEFT JOIN regions_department d ON d.code = c.department_id
  WHERE (e.removed_at IS NULL OR e.removed_at >= %(end)s)
    AND (%(category)s = '' OR e.category_id = %(category)s)
    AND (%(town)s = '' OR o.region_id = %(town)s)
    AND (%(organization)s::uuid IS NULL OR o.id = %(organization)s::uuid)
    AND (%(department)s = '' OR coalesce(c.department_id, '-') = %(department)s)
    AND {scope}"""

# The staff of the ledger, by their narrow rows.
MEMBER = "n.joined_on <= %(last)s AND (n.left_at IS NULL OR n.left_at >= %(end)s)"

IN_GROUPS = (
    "sentinel_stafflatest n JOIN (SELECT id, key FROM enrolment OFFSET '0') g ON g.id = n.enrolment_id"
)
"""SQL: the narrow rows with their group `g` in a statement of `grouped`. They are counted by group at once: counted by
organisation first, every worker would send tens of thousands of sums instead of a few."""

_THOSE = f"""SELECT count(*) FROM sentinel_stafflatest n
  WHERE {MEMBER} AND {{condition}} AND n.enrolment_id IN (SELECT e.id FROM {{enrolments}})"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The days `first` to `last`, what is chosen of the ledger at their end, and what of it is in reach.

    Several reaches: what lies in all of them.
    """

    first: date
    last: date
    chosen: Chosen
    reaches: Sequence[Reach]

    def __post_init__(self) -> None:
        """Raises Refusal RANGE_REVERSED."""
        if self.first > self.last:
            raise Refusal(RANGE_REVERSED, first=self.first, last=self.last)

    @property
    def enrolments(self) -> str:
        """FROM and WHERE of the organisations, aliases e, c, o, r and d."""
        narrow = [text for text, _parameters in self._narrowed()]
        return ENROLMENTS.format(scope=" AND ".join(narrow) or "true")

    def _narrowed(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        for n, reach in enumerate(self.reaches):
            yield condition_sql(EnrolmentQuerySet.scopes, reach, f"reach_{n}")

    @property
    def parameters(self) -> dict[str, Any]:
        """What every statement over the ledger takes."""
        start, end = clock.day_span(self.first, self.last)
        days = {
            "start": start,
            "end": end,
            "before_start": start - JUST,
            "before_end": end - JUST,
            "last": self.last,
        }
        found: dict[str, Any] = {**days, **asdict(self.chosen)}
        for _text, parameters in self._narrowed():
            found |= parameters
        return found

    @property
    def is_shown(self) -> bool:
        """Whether it is read by what the employer is shown (`latest.as_shown`)."""
        return any(map(is_employers, self.reaches))

    def _read(self, statement: str) -> str:
        statement = statement.replace("{enrolments}", self.enrolments)
        return as_shown(statement) if self.is_shown else statement

    def people(self, condition: str) -> int:
        """How many of the staff meet a condition on their narrow rows."""
        ((found,),) = self.rows(_THOSE.replace("{condition}", condition))
        return int(found)

    def rows(self, statement: str, **more: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement; `{enrolments}` in it stands for the organisations."""
        return rows_of(self._read(statement), self.parameters | more)

    def streamed(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        """All rows of a statement with `limit` and `offset`, CHUNK at a time, by a cursor of the database."""
        with connection.chunked_cursor() as cursor:
            parameters = self.parameters | {"limit": None, "offset": 0}
            cursor.execute(self._read(statement), parameters)
            while rows := cursor.fetchmany(CHUNK):
                yield rows


def grouped(by: Grouping, counts: str, sums: str) -> str:
    """A statement with one row a group: key, name, then `sums`, in the order of the groups.

    `counts` gives by group (`key`, `staff` …) what is to be summed, of narrow rows IN_GROUPS; organisations without
    staff count.
    Last in a row stands of how many people the narrow rows do not tell (`unknown`).
    """
    key, name, order = GROUPS[by]
    return f"""WITH enrolment AS NOT MATERIALIZED (
    SELECT e.id, {key} AS key, {name} AS name, {order} AS position FROM {{enrolments}})
  SELECT g.key::text, g.name, {sums}, coalesce(sum(n.unknown), 0)
  FROM (SELECT key, name, position, count(*) AS organizations FROM enrolment GROUP BY key, name, position) g
  LEFT JOIN ({counts}) n ON n.key = g.key
  GROUP BY g.position, g.name, g.key ORDER BY g.position, g.name, g.key"""


def unknown_in(rows: Iterable[tuple[Any, ...]]) -> int:
    """Of how many people the rows of such a statement lack something that only the records tell."""
    return sum(int(row[-1]) for row in rows)
