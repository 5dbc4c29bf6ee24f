"""The column of a ledger, declared once: its files, forms, lists, filters, masks and tables follow from it.

STAFF = (
    LedgerColumn("job_type", "人员类别", label=_("Job type"), is_plain=True, order="job_type", is_filter=True),
    …
)

A column that `is_plain` is all that has to be written down beside its place in the model: it is read, staged, merged,
compared, changed, listed, filtered and exported by its name. What is sealed, derived or of another table is read and
written by the module's own code, under the same name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise, lazystr
from django.utils.translation import get_language

from outpost.core.sheets.columns import Column, ColumnKind

NOTHING = "–"
_TEXTS = frozenset({ColumnKind.TEXT, ColumnKind.IDENTIFIER, ColumnKind.CHOICE})
_SQL: Mapping[ColumnKind, str] = {
    ColumnKind.DATE: "date",
    ColumnKind.DATETIME: "timestamptz",
    ColumnKind.NUMBER: "numeric",
    ColumnKind.WHOLE: "bigint",
}


@dataclass(frozen=True, slots=True)
class LedgerColumn(Column):
    """A column of a sheet and what the pages must know of it besides.

    `label` names it on pages, `heading` in lists where that is another word; without them its header does.
    `advice` stands below its field in a form.
    `mask` writes a value for readers who may not see it in clear. `options` (stored value → words) are what a form
    offers for a text that the check reads. `typed` is the kind of input, a key of `{% field %}`.
    """

    label: str | Promise = ""
    heading: str | Promise = ""
    advice: str | Promise = ""
    is_plain: bool = False
    mask: Callable[[str], str] | None = None
    in_form: bool = True
    in_list: bool = True
    is_default: bool = True
    is_long: bool = False
    order: str = ""
    is_filter: bool = False
    typed: str = ""
    options: Mapping[str, str | Promise] = field(default_factory=dict)

    @property
    def title(self) -> str | Promise:
        """What a form and a filter call it, in the reader's language."""
        return self.label or lazystr(_Header(self))

    @property
    def is_text(self) -> bool:
        """Whether a blank cell is stored as an empty text."""
        return self.kind in _TEXTS

    def shown(self, value: Any) -> str:
        """A stored value as a page shows it."""
        if value in (None, ""):
            return NOTHING
        words = {choice.code: choice.label(get_language()) for choice in self.choices}
        return words.get(value, str(value))


@dataclass(frozen=True, slots=True)
class _Header:
    """The header of a column in the language of whoever reads it."""

    column: Column

    def __str__(self) -> str:
        return self.column.header(get_language())


def plain(columns: Iterable[LedgerColumn]) -> tuple[LedgerColumn, ...]:
    """Those that are columns of the ledger's own table."""
    return tuple(column for column in columns if column.is_plain)


def masks(columns: Iterable[LedgerColumn]) -> dict[str, Callable[[str], str]]:
    """How private values are written, by the names of their columns."""
    return {column.name: column.mask for column in columns if column.mask}


def sql_types(columns: Iterable[LedgerColumn]) -> dict[str, str]:
    """The columns of a staging table: name → SQL type. NULL is what a file does not state."""
    return {column.name: "text" if column.is_text else _SQL[column.kind] for column in columns}


def blanks(columns: Iterable[LedgerColumn]) -> dict[str, str]:
    """What stands for a blank cell, by the names of the columns that keep texts."""
    return {column.name: "" for column in columns if column.is_text}
