"""A statistic as a page's table: lines of cells, each number with the address of the list that it opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from outpost.figures.declared import STAFF, Figure, Rate, Row, Statistic, Text
from outpost.pages.listing import PAGE

GROUPS_ON_A_PAGE = 100
BARS = 20  # groups of a picture; more cannot be told apart
NO_NAME = "–"

Address = Callable[[Figure, Row], str]
"""The list behind a figure of a group."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one column of a line; `url` is empty where no list is behind it."""

    column: Figure | Rate
    value: int | str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, with all its cells by their keys."""

    row: Row
    cells: dict[str, Cell]

    @property
    def name(self) -> str:
        return self.row.group or NO_NAME

    @property
    def shown(self) -> list[Cell]:
        """The cells of the table's columns."""
        return [cell for cell in self.cells.values() if cell.column.in_table]


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of this page, the total of all, and what the groups without staff come to (None: none left out)."""

    statistic: Statistic
    page: Page[Any]
    lines: Sequence[Line]
    total: Line
    left_out: Row | None
    left_out_groups: int

    @property
    def columns(self) -> list[Figure | Rate]:
        return [column for column in self.statistic.columns if column.in_table]

    @property
    def bands(self) -> list[tuple[Text, list[Figure | Rate]]]:
        """The columns, those side by side under one name together."""
        return [(band, list(found)) for band, found in groupby(self.columns, lambda column: column.band)]

    @property
    def is_banded(self) -> bool:
        return any(column.band for column in self.columns)

    @property
    def beyond_staff(self) -> int:
        """How many columns a line has that speaks of organisations and staff alone."""
        return len(self.columns) - 2

    @property
    def bars(self) -> list[Line]:
        """The lines of a picture."""
        return [line for line in self.lines if line.row[STAFF]][:BARS]


def table_of(
    request: HttpRequest, statistic: Statistic, rows: Sequence[Row], *, address: Address, with_empty: bool
) -> Table:
    """All groups add up to the total; those without staff are one line unless asked for."""

    def line(row: Row) -> Line:
        return Line(row, {column.key: cell(column, row) for column in statistic.columns})

    def cell(column: Figure | Rate, row: Row) -> Cell:
        return Cell(column, row.value(column), address(column, row) if isinstance(column, Figure) else "")

    shown = [row for row in rows if with_empty or row[STAFF]]
    hidden = [row for row in rows if not (with_empty or row[STAFF])]
    page = Paginator(shown, GROUPS_ON_A_PAGE).get_page(request.GET.get(PAGE))
    return Table(
        statistic=statistic,
        page=page,
        lines=[line(row) for row in page.object_list],
        total=line(statistic.total(rows)),
        left_out=statistic.total(hidden) if hidden else None,
        left_out_groups=len(hidden),
    )
