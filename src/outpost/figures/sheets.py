"""A statistic as a file (a line a group, the total below), and the list behind a number as one."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.sheets.writing import Cell
from outpost.core.vocabulary import Vocabulary
from outpost.exchange.kinds import ExportKind
from outpost.figures.declared import Rate, Row, Statistic, Text
from outpost.figures.lists import CountedList, Opened


class TableExport(ExportKind):
    """The file of a statistic: its columns follow from the declaration."""

    statistic: ClassVar[Statistic]

    @abstractmethod
    def counted(self, params: Mapping[str, str], actor: Actor) -> Sequence[Row]:
        """The groups, as the page counts them."""

    @abstractmethod
    def grouping(self, params: Mapping[str, str]) -> Text:
        """What the groups are called."""

    def headers(self, params: Mapping[str, str]) -> list[str]:
        columns = self.statistic.columns
        return [
            str(self.grouping(params)),
            *(f"{column.name} %" if isinstance(column, Rate) else column.name for column in columns),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        rows = self.counted(params, actor)
        for row in [*rows, self.statistic.total(rows)]:
            name = row.group if row.key else _("Total")
            yield name, *(row.value(column) for column in self.statistic.columns)


class CountedExport(ExportKind):
    """The file of the list behind a number: the same rows as its page, in the columns of the declaration."""

    of: ClassVar[CountedList]

    @abstractmethod
    def opened(self, params: Mapping[str, str], actor: Actor) -> Opened:
        """The number, as far as the actor may both see it and take it out; in clear if the view is."""

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - a number may span categories
        return self.of.headers

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        for one in self.opened(params, actor).all():
            yield [_in_file(one.cells[key]) for key in self.of.in_file]

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return self.opened(params, actor).count()


def _in_file(value: Any) -> Cell:
    if isinstance(value, Vocabulary):
        return value.label
    if isinstance(value, datetime):
        return value.astimezone(clock.zone()).replace(tzinfo=None)
    return value  # type: ignore[no-any-return]
