"""Extra fields in files that go out, and what a file changes of them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import orjson
from django.utils.translation import get_language

from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import Difference
from outpost.exchange.target import Becomes
from outpost.fields.specs import FieldKind, FieldSpec, FieldValue

MERGED = Becomes("jsonb_strip_nulls(t.fields || s.fields)", "jsonb_strip_nulls(s.fields)")
"""The column `fields` of a merge: a field that is stated blank goes, one that is not stated stays."""


def staged(values: Mapping[str, FieldValue | None]) -> str:
    """What a row states of its extra fields, as it is staged: None for a blank cell."""
    return orjson.dumps(values).decode() if values else "{}"


def cell_writer(specs: Iterable[FieldSpec]) -> Callable[[Mapping[str, FieldValue]], dict[str, Cell]]:
    """From the JSON of extra fields to their cells, by their codes."""
    kinds = {spec.code: spec.kind for spec in specs}
    days = [code for code, kind in kinds.items() if kind == FieldKind.DATE]
    none: dict[str, Cell] = dict.fromkeys(kinds)

    def write(fields: Mapping[str, FieldValue]) -> dict[str, Cell]:
        cells = {**none, **fields}
        for code in days:
            if cells[code] is not None:
                cells[code] = date.fromisoformat(str(cells[code]))
        return cells

    return write


def differences(
    specs: Iterable[FieldSpec], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    """What changes in the extra fields of a row."""
    language = get_language()
    return [
        Difference(spec.label(language), str(before.get(spec.code, "")), str(after.get(spec.code, "")))
        for spec in specs
        if before.get(spec.code) != after.get(spec.code)
    ]
