"""A statistic as a file: a line a group, the total below."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from django.utils.translation import gettext as _

from outpost.core.actor import Actor
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import ExportKind
from outpost.figures.declared import Rate, Row, Statistic, Text


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
