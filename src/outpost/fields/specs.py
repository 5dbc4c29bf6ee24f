"""What an extra field is: its kinds, its definition and the checks of it, its column, its values. Pure.

A field whose values are kept under `code` is called `field.<code>` wherever it stands beside columns of the ledger: in
forms, in filters, in the parameters of exports, in histories.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from django.utils.functional import Promise, lazystr
from django.utils.translation import get_language

from outpost.core.errors import Refusal
from outpost.core.ledgers import LedgerColumn
from outpost.core.sheets.columns import Choice, ColumnKind
from outpost.core.vocabulary import Vocabulary, Word, is_chinese
from outpost.fields import errors

FieldValue: TypeAlias = str | int | float
PREFIX = "field."
LONGEST_NAME = 40
LONGEST_CODE = 40
LONGEST_TEXT = 200
MOST_CHOICES = 100
MOST_DIGITS = 15  # what a double keeps exactly
_CODE = re.compile(rf"[a-z][a-z0-9_]{{1,{LONGEST_CODE - 1}}}")


class FieldKind(Vocabulary):
    """What a field holds; the value stands in the database."""

    TEXT = Word("text", "文本", "Text")
    CHOICE = Word("choice", "选项", "Choice")
    DATE = Word("date", "日期", "Date")
    NUMBER = Word("number", "数字", "Numeric")


class _Way(NamedTuple):
    """How cells of a kind are read, and what a template shows for an example."""

    column: ColumnKind
    example: str = ""


_WAYS: Mapping[FieldKind, _Way] = {
    FieldKind.TEXT: _Way(ColumnKind.TEXT),
    FieldKind.CHOICE: _Way(ColumnKind.CHOICE),
    FieldKind.DATE: _Way(ColumnKind.DATE, "2022-06-01"),
    FieldKind.NUMBER: _Way(ColumnKind.NUMBER, "1"),
}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One extra field. `kind` is a `FieldKind`, any text until it is `checked`; a choice is stored as its own text."""

    code: str
    name: str
    kind: str
    name_en: str = ""
    choices: tuple[str, ...] = ()
    is_required: bool = False
    choices_en: tuple[str, ...] = ()

    def label(self, language: str | None) -> str:
        """Return the name in the reader's language; the Chinese one where there is no other."""
        return self.name if is_chinese(language) else self.name_en or self.name

    @property
    def title(self) -> str | Promise:
        """The name, in the language of whoever reads it then."""
        return lazystr(_Name(self))

    def column(self) -> LedgerColumn:
        """Return the field as a column of the ledger; its checked value is what the JSON holds."""
        way = _WAYS[FieldKind(self.kind)]
        return LedgerColumn(
            self.code,
            self.name,
            required=self.is_required,
            kind=way.column,
            synonyms=(self.name_en,) if self.name_en else (),
            choices=tuple(Choice(*names) for names in self._named_choices()),
            example=self.choices[0] if self.choices else way.example,
            max_length=LONGEST_TEXT,
            check=stored,
            label=self.title,
            is_default=False,
            is_long=True,
        )

    def _named_choices(self) -> Iterable[tuple[str, str, str]]:
        """Each choice as it is stored, and in both languages; the Chinese one where there is no other."""
        return zip(self.choices, self.choices, self.choices_en or self.choices, strict=True)

    def value(self, text: str, zone: tzinfo) -> FieldValue:
        """A text that is not empty as the JSON holds it. Raises Refusal when it is no value of the field."""
        return stored(self.column().parser(zone)(text))

    def checked(self) -> "FieldSpec":
        """Return the definition in its one form. Raises Refusal FIELD_*."""
        if self.kind not in set(FieldKind):
            raise Refusal(errors.FIELD_KIND)
        if not _CODE.fullmatch(self.code):
            raise Refusal(errors.FIELD_CODE_FORM)
        name, name_en = (" ".join(text.split()) for text in (self.name, self.name_en))
        if not name:
            raise Refusal(errors.FIELD_NAME_EMPTY)
        choices = tuple(choice.strip() for choice in self.choices) if self.kind == FieldKind.CHOICE else ()
        if self.kind == FieldKind.CHOICE and not (_is_whole(choices) and 2 <= len(choices) <= MOST_CHOICES):
            raise Refusal(errors.FIELD_CHOICES, most=MOST_CHOICES, limit=LONGEST_TEXT)
        choices_en = tuple(choice.strip() for choice in self.choices_en) if choices else ()
        if choices_en and not (_is_whole(choices_en) and _go_together(choices, choices_en)):
            raise Refusal(errors.FIELD_CHOICES_EN)
        return replace(self, name=name, name_en=name_en, choices=choices, choices_en=choices_en)


@dataclass(frozen=True, slots=True)
class _Name:
    """The name of a field in the language of whoever reads it."""

    spec: FieldSpec

    def __str__(self) -> str:
        return self.spec.label(get_language())


def _is_whole(choices: tuple[str, ...]) -> bool:
    return len(set(choices)) == len(choices) and all(0 < len(one) <= LONGEST_TEXT for one in choices)


def _go_together(choices: tuple[str, ...], choices_en: tuple[str, ...]) -> bool:
    """Whether there is one text for each choice, and none that means another choice."""
    if len(choices) != len(choices_en):
        return False
    return all(
        text == choice or text not in choices for choice, text in zip(choices, choices_en, strict=True)
    )


def stored(value: str | date | Decimal) -> FieldValue:
    """Return a parsed value as it stands in the JSON: days as ISO text, numbers as numbers.

    Raises Refusal for a number of more digits than JSON keeps.
    """
    if isinstance(value, Decimal):
        if len(value.as_tuple().digits) > MOST_DIGITS:
            raise Refusal(errors.FIELD_NUMBER_LONG, most=MOST_DIGITS)
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def read(specs: Iterable[FieldSpec], texts: Mapping[str, str], zone: tzinfo) -> dict[str, FieldValue]:
    """Values as texts by code → as the JSON holds them; unknown and empty ones are left out.

    Raises Refusal when a text is no value of its field.
    """
    typed = {spec.code: (spec, texts.get(spec.code, "").strip()) for spec in specs}
    return {code: spec.value(text, zone) for code, (spec, text) in typed.items() if text}


def named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by code → by `field.<code>`."""
    return {PREFIX + code: value for code, value in values.items()}


def taken_from(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some parameters that belong to extra fields, by code."""
    return {name.removeprefix(PREFIX): one for name, one in parameters.items() if name.startswith(PREFIX)}


def labels(specs: Iterable[FieldSpec]) -> dict[str, str | Promise]:
    """How the fields are called, by `field.<code>`."""
    return {PREFIX + spec.code: spec.title for spec in specs}
