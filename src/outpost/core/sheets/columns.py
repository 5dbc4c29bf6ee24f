"""The one definition of a table. Header matching, checks, template, failure file and export all follow it.

STAFF = Sheet("staff", "员工", (
    Column("organization", "主体名称", required=True),
    Column("document_number", "身份证号码", required=True, synonyms=("证件号码",), kind=ColumnKind.IDENTIFIER),
    Column("joined_on", "入职日期", kind=ColumnKind.DATE),
))
layout = STAFF.match(headers)           # Refusal if required columns are missing

Its rows are read by `core.sheets.parsing`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext

from outpost.core.errors import Fault, Problem, Refusal
from outpost.core.sheets import cells, errors
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.headers import fold, is_header, locate
from outpost.core.vocabulary import Vocabulary, is_chinese

REASON_ZH, REASON_EN = "失败原因", "Failure reason"
_REASONS = frozenset({fold(REASON_ZH), fold(REASON_EN)})
_CHOICES_SHOWN = 20


class ColumnKind(StrEnum):
    """What a cell holds, and the type of its value."""

    TEXT = "text"  # str
    IDENTIFIER = "identifier"  # str; digits that name something, never a quantity
    KEY = "key"  # str; the name that somebody gave to a record
    CHOICE = "choice"  # str, the code
    DATE = "date"  # date, local
    DATETIME = "datetime"  # datetime, UTC
    NUMBER = "number"  # Decimal
    WHOLE = "whole"  # int


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value: its code, and the names by which people write it (the code itself where none is given)."""

    code: str
    zh: str = ""
    en: str = ""
    synonyms: tuple[str, ...] = ()

    @classmethod
    def all_of(cls, vocabulary: Iterable[Vocabulary]) -> "tuple[Choice, ...]":
        """The members of a vocabulary, or some of them, as the choices of a column."""
        return tuple(cls(word.value, word.zh, word.en, word.synonyms) for word in vocabulary)

    def label(self, language: str | None) -> str:
        return (self.zh if is_chinese(language) else self.en) or self.code


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` is its English code, `zh` its Chinese header, `check` a rule of the owner's module.

    `check` gets the parsed value of a filled cell and returns the value to keep, or raises `Refusal`. `repeats`: the
    same few cells come in many rows.
    """

    name: str
    zh: str
    required: bool = False
    kind: ColumnKind = ColumnKind.TEXT
    synonyms: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    example: str = ""
    help: str | Promise = ""
    max_length: int = 200
    check: Callable[[Any], Any] | None = None
    repeats: bool = True

    @property
    def en(self) -> str:
        return self.name.replace("_", " ").capitalize()

    def header(self, language: str | None) -> str:
        return self.zh if is_chinese(language) else self.en

    def names(self) -> frozenset[str]:
        """Every folded name by which a header may call this column."""
        return frozenset(fold(name) for name in (self.name, self.zh, *self.synonyms))

    def parser(self, zone: tzinfo) -> Callable[[Raw], Any]:
        """The function from a filled cell to its value; it raises `Refusal`. `zone` reads times without one."""
        limit = self.max_length
        match self.kind:
            case ColumnKind.TEXT:
                return lambda raw: cells.text(raw, limit)
            case ColumnKind.IDENTIFIER:
                return lambda raw: cells.identifier(raw, limit)
            case ColumnKind.KEY:
                return lambda raw: cells.key(raw, limit)
            case ColumnKind.CHOICE:
                codes, known = self._codes(), self._known()
                return lambda raw: cells.choice(raw, codes, known)
            case ColumnKind.DATE:
                return lambda raw: cells.day(raw, zone)
            case ColumnKind.DATETIME:
                return lambda raw: cells.instant(raw, zone)
            case ColumnKind.NUMBER:
                return lambda raw: cells.number(raw, limit)
            case ColumnKind.WHOLE:
                return lambda raw: cells.whole(raw, limit)

    def _codes(self) -> Mapping[str, str]:
        return {
            cells.choice_key(name): choice.code
            for choice in self.choices
            for name in (choice.code, choice.zh, choice.en, *choice.synonyms)
            if name
        }

    def _known(self) -> str:
        labels = [choice.label(get_language()) for choice in self.choices]
        return "、".join(labels[:_CHOICES_SHOWN]) + ("…" if len(labels) > _CHOICES_SHOWN else "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its code, its Chinese title, its columns in the order of templates and exports."""

    name: str
    title: str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [name for column in self.columns for name in column.names()]
        clashes = {name for name in names if names.count(name) > 1 or name in _REASONS}
        if clashes:
            raise ValueError(f"sheet {self.name}: several columns answer to {sorted(clashes)}")

    def names(self) -> frozenset[str]:
        """Every folded name of every column."""
        return frozenset(name for column in self.columns for name in column.names())

    def relaxed(self, name: str) -> "Sheet":
        """The same table, but the column of that name may be blank."""
        columns = (replace(one, required=False) if one.name == name else one for one in self.columns)
        return replace(self, columns=tuple(columns))

    def headers(self, language: str | None = None, *, marked: bool = False) -> list[str]:
        """The header row in a language; `marked` puts * behind what is required."""
        return [
            column.header(language) + ("*" if marked and column.required else "") for column in self.columns
        ]

    def match(self, headers: Sequence[str]) -> "Layout":
        """Where each column stands under these headers. Order is free, unknown headers are only listed.

        Raises `Refusal` MISSING_COLUMNS, or DUPLICATE_COLUMNS in the file's own words, naming all of them.
        """
        by_name = {name: column for column in self.columns for name in column.names()}
        found: dict[str, list[int]] = {}
        unknown: list[str] = []
        for index, header in enumerate(headers):
            folded = fold(header)
            if column := by_name.get(folded):
                found.setdefault(column.name, []).append(index)
            elif folded and folded not in _REASONS:
                unknown.append(header)
        self._refuse(errors.MISSING_COLUMNS, [c for c in self.columns if c.required and c.name not in found])
        twice = [headers[place] for places in found.values() if len(places) > 1 for place in places]
        if twice:
            raise Refusal(errors.DUPLICATE_COLUMNS, columns="、".join(twice))
        positions = {name: places[0] for name, places in found.items()}
        return Layout(self, tuple(headers), positions, tuple(unknown))

    def _refuse(self, problem: Problem, columns: Sequence[Column]) -> None:
        if columns:
            raise Refusal(problem, columns=self._listed(columns))

    def _listed(self, columns: Sequence[Column]) -> str:
        return "、".join(column.header(get_language()) for column in columns)

    def header_row(self, rows: Sequence[Sequence[object]]) -> int:
        """The index of the header among the first rows of a file. Raises `Refusal` NO_HEADER."""
        names = self.names()
        index, found = locate(rows, names)
        if not is_header(found, len(names)):
            raise self.no_header()
        return index

    def no_header(self) -> Refusal:
        """The refusal of a file in which no row names the columns."""
        wanted = [column for column in self.columns if column.required] or self.columns
        return Refusal(errors.NO_HEADER, columns=self._listed(wanted))


@dataclass(frozen=True, slots=True)
class Layout:
    """A sheet found in a user's file: the file's own headers, and where the known columns stand.

    `surplus`: so many blank cells the header has behind its last name. `delimiter` of a text file that may hold line
    breaks inside cells.
    """

    sheet: Sheet
    headers: tuple[str, ...]
    positions: Mapping[str, int]
    unknown: tuple[str, ...]
    surplus: int = 0
    delimiter: str = ""

    def has(self, name: str) -> bool:
        """Whether the file has this column at all (an absent one is not the same as an empty one)."""
        return name in self.positions

    def kept(self) -> list[int]:
        """The places that a failure file repeats: all but an earlier failure reason."""
        return [index for index, header in enumerate(self.headers) if fold(header) not in _REASONS]


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with one cell (or with the whole row: `column` is None). May quote the cell: never log it."""

    column: Column | None
    problem: Problem
    fields: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, column: Column | None, refusal: Refusal) -> "CellError":
        return cls(column, refusal.problem, refusal.fields)

    @property
    def message(self) -> str:
        """In the reader's language: the column, what was found, what to do."""
        said = self.problem.render(**self.fields)
        return said if self.column is None else self.column.header(get_language()) + gettext(": ") + said

    @property
    def as_fault(self) -> Fault:
        """The same for whoever states a single row: by the name of its column."""
        return Fault("" if self.column is None else self.column.name, self.problem, self.fields)
