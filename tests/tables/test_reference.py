"""The reference of formats names every column with its field, and every note."""

from pathlib import Path

import pytest

from outpost.core.sheets import errors as sheets
from outpost.health import errors as health
from outpost.ingest.app import Stated, StatedPosition
from outpost.sentinel.errors import DROPPED_OTHER_NAME
from tests.tables.cases import SHEETS

REFERENCE = Path("docs/reference/formats.md")
NOTES = (
    *(health.OTHER_NAME, health.OLDER_RESULT, health.RESULT_STAYS, health.STAYS_WITHDRAWN),
    *(DROPPED_OTHER_NAME, sheets.MAY_BE_CUT, sheets.NO_ROWS),
)


@pytest.mark.rules
def test_the_reference_is_complete() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    missing = [note.code for note in NOTES if f"| `{note.code}` |" not in text]
    for kind, sheet in SHEETS.items():
        (chapter,) = (
            part for part in text.split("\n## ") if f"outpost import {kind}" in part.partition("\n")[0]
        )
        for column in sheet.columns:
            mark = rf"{column.zh}\*" if column.required else column.zh
            missing += [f"{kind}: {word}" for word in (mark, f"`{column.name}`") if word not in chapter]
    assert not missing


@pytest.mark.rules
def test_the_reference_has_every_field_of_a_check_in() -> None:
    chapter = REFERENCE.read_text(encoding="utf-8").partition("### `POST /api/v1/check-ins`")[2]
    rows = [
        line.split(" | ")[0].removeprefix("| ") for line in chapter.splitlines() if line.startswith("| `")
    ]
    assert rows == [
        rf"`{name}`\*" if field.is_required() else f"`{name}`" for name, field in Stated.model_fields.items()
    ]
    assert all(f"`{name}`" in chapter for name in StatedPosition.model_fields)
