"""Extra fields of a category: what may be typed into them, and the columns they are in files. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from django.utils.functional import lazystr
from django.utils.translation import get_language

from outpost.core.errors import Refusal
from outpost.core.ledgers import LedgerColumn
from outpost.core.sheets.columns import Choice, ColumnKind
from outpost.core.vocabulary import Vocabulary, Word, is_chinese
from outpost.sentinel import errors

FieldValue: TypeAlias = str | int | float
LONGEST_TEXT = 200
MOST_CHOICES = 100
MOST_DIGITS = 15  # what a double keeps exactly


class Audience(Vocabulary):
    """Whose field it is; the value stands in the database."""

    ORGANIZATION = Word("organization", "主体", "Organisations")
    STAFF = Word("staff", "员工", "Staff")


class FieldKind(Vocabulary):
    """What a field holds; the value stands in the database."""

    TEXT = Word("text", "文本", "Text")
    CHOICE = Word("choice", "选项", "Choice")
    DATE = Word("date", "日期", "Date")
    NUMBER = Word("number", "数字", "Numeric")


_COLUMN_KINDS: Mapping[FieldKind, ColumnKind] = {
    FieldKind.TEXT: ColumnKind.TEXT,
    FieldKind.CHOICE: ColumnKind.CHOICE,
    FieldKind.DATE: ColumnKind.DATE,
    FieldKind.NUMBER: ColumnKind.NUMBER,
}
_EXAMPLES: Mapping[FieldKind, str] = {FieldKind.DATE: "2022-06-01", FieldKind.NUMBER: "1"}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One extra field as forms, files and filters need it. A choice is stored as its own text."""

    code: str
    name: str
    kind: FieldKind
    name_en: str = ""
    choices: tuple[str, ...] = ()
    is_required: bool = False

    def label(self, language: str) -> str:
        """Return the name in the reader's language; the Chinese one where there is no other."""
        return self.name if is_chinese(language) else self.name_en or self.name

    def column(self) -> LedgerColumn:
        """Return the field as a column of the ledger; its checked value is what the JSON holds."""
        return LedgerColumn(
            self.code,
            self.name,
            required=self.is_required,
            kind=_COLUMN_KINDS[self.kind],
            synonyms=(self.name_en,) if self.name_en else (),
            choices=tuple(Choice(choice) for choice in self.choices),
            example=self.choices[0] if self.choices else _EXAMPLES.get(self.kind, ""),
            max_length=LONGEST_TEXT,
            check=stored,
            label=lazystr(_Name(self)),
            is_default=False,
            is_long=True,
        )


@dataclass(frozen=True, slots=True)
class _Name:
    """The name of a field in the language of whoever reads it."""

    spec: FieldSpec

    def __str__(self) -> str:
        return self.spec.label(get_language() or "zh-hans")


def stored(value: str | date | Decimal) -> FieldValue:
    """Return a parsed value as it stands in the JSON: days as ISO text, numbers as numbers.

    Raises Refusal for a number of more digits than JSON keeps.
    """
    if isinstance(value, Decimal):
        if len(value.as_tuple().digits) > MOST_DIGITS:
            raise Refusal(errors.FIELD_NUMBER_LONG, most=MOST_DIGITS)
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
