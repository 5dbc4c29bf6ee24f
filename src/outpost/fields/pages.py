"""Extra fields as columns that the reader of a list may choose to see."""

from collections.abc import Iterable

from outpost.fields.specs import FieldSpec
from outpost.pages.listing import Column

_COLUMN = "field_"  # before the code in the key of its column: addresses and readers' choices hold it


def extra_columns(specs: Iterable[FieldSpec]) -> tuple[Column, ...]:
    """The extra fields as columns of a list."""
    return tuple(Column(_COLUMN + spec.code, spec.title, is_default=False, is_long=True) for spec in specs)


def extra_cells(specs: Iterable[FieldSpec]) -> list[tuple[str, str]]:
    """Column key and code of each extra field, for the cells of a list."""
    return [(_COLUMN + spec.code, spec.code) for spec in specs]
