"""The lines of 核酸数据统计 and 疫苗数据统计: figures, and the addresses of the lists behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page
from django.utils.functional import Promise

from outpost.health.rules import rate
from outpost.sentinel.queries.statistics import DoseCount, NatRow, VaccinationRow

BARS = 20  # groups of a picture; more cannot be told apart

RowT = TypeVar("RowT", NatRow, VaccinationRow)


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose of a line, with the addresses of its figures."""

    name: str | Promise
    count: DoseCount
    urls: Mapping[str, str]

    @property
    def reached(self) -> str:
        """Who has had it or may have it now, of staff in per cent."""
        return rate(self.count.done + self.count.eligible, self.count.staff)


@dataclass(frozen=True, slots=True)
class Line(Generic[RowT]):
    """One line of a table: its figures and the addresses of the lists behind them."""

    row: RowT
    urls: Mapping[str, str]
    doses: Sequence[Dose] = ()


@dataclass(frozen=True, slots=True)
class Table(Generic[RowT]):
    """The lines of this page, the total of all, and what the groups without staff come to (None: none left out)."""

    page: Page[Any]
    lines: Sequence[Line[RowT]]
    total: Line[RowT]
    left_out: RowT | None
    left_out_groups: int

    @property
    def bars(self) -> Sequence[Line[RowT]]:
        return [line for line in self.lines if line.row.staff][:BARS]
