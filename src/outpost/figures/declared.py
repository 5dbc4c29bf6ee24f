"""A figure, declared once: its SQL, its words, the list that it opens. A statistic is its figures in their order.

TESTED = Figure("tested", _("Tested"), "sum(n.tested)", opens="staff", where="coalesce(l.samples, 0) > 0")
TESTS = Statistic((ORGANIZATIONS, STAFF, TESTED, Rate("rate", _("Rate"), part="tested")))

Table, total, picture, file, call and the filter of the list behind a number read nothing else. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

Text = str | Promise
STAFF = "staff"


def rate(part: int, whole: int) -> str:
    """Return `part` of `whole` in per cent as text: two decimals, half up, "0.00" of nothing."""
    if whole == 0:
        return "0.00"
    hundredths = (part * 20_000 + whole) // (whole * 2)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of every group.

    `key` names it in rows, addresses and calls. `sum` is its SQL over the parts of a group (alias `g`) and what was
    counted of each (alias `n`). `opens` is the list behind it, `where` the SQL condition of whom it counts there
    (empty: everybody). Figures of one `band` stand under its name. Files hold all of them, the page those `in_table`.
    """

    key: str
    label: Text
    sum: str
    opens: str = STAFF
    where: str = ""
    band: Text = ""
    in_table: bool = True

    @property
    def name(self) -> str:
        """What it is called where no band stands above it."""
        return _named(self)


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of `whole` (keys of figures) in per cent; opens no list."""

    key: str
    label: Text
    part: str
    whole: str = STAFF
    band: Text = ""
    in_table: bool = True

    @property
    def name(self) -> str:
        return _named(self)


def _named(column: Figure | Rate) -> str:
    if not column.band:
        return str(column.label)
    return _("{dose}: {figure}").format(dose=column.band, figure=column.label)


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one group by their keys. `key` names the group; empty: all groups."""

    key: str
    group: str
    counts: Mapping[str, int]

    def __getitem__(self, figure: str) -> int:
        return self.counts[figure]

    def share(self, part: str, whole: str = STAFF) -> str:
        """One figure of another in per cent."""
        return rate(self.counts[part], self.counts[whole])

    def value(self, column: Figure | Rate) -> int | str:
        """What stands in the column: a number, or per cent as text."""
        return self.share(column.part, column.whole) if isinstance(column, Rate) else self.counts[column.key]


@dataclass(frozen=True, slots=True)
class Statistic:
    """A table: its columns in their order."""

    columns: tuple[Figure | Rate, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The columns that are counted."""
        return tuple(column for column in self.columns if isinstance(column, Figure))

    @property
    def sums(self) -> str:
        """SQL: every figure of a group, in their order."""
        return ", ".join(f"coalesce({figure.sum}, 0)" for figure in self.figures)

    def row(self, key: str, group: str, counts: Iterable[int]) -> Row:
        """A group's row from the values of `sums`."""
        keys = (figure.key for figure in self.figures)
        return Row(key, group, dict(zip(keys, map(int, counts), strict=True)))

    def total(self, rows: Sequence[Row]) -> Row:
        """The total row 合计."""
        counts = {figure.key: sum(row[figure.key] for row in rows) for figure in self.figures}
        return Row("", "", counts)

    def values(self, row: Row) -> dict[str, Any]:
        """JSON-ready: each column by its key."""
        return {column.key: row.value(column) for column in self.columns}
