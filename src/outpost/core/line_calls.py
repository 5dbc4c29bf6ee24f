"""Calls that bring rows in lines: what OpenAPI says of them, how a line is read, how its outcome is answered.

A line is a row of the table that a file of the same kind has.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ninja import Schema

from outpost.core import ndjson
from outpost.core.ndjson import Line, LineLimits
from outpost.core.sheets.columns import CellError, Column, ColumnKind

LIMITS = LineLimits()
ID_SHOWN = 128

Outcome = Literal["new", "replaced", "unchanged", "rejected"]


class FaultOut(Schema):
    """One thing that is wrong with a line: at which field (null: the line as a whole), which code, in words."""

    field: str | None
    code: str
    message: str


class Told(Schema):
    """What became of a line. `faults` say all that is wrong with one that was rejected; `code` is that of the first
    of them, `message` joins their words."""

    outcome: Outcome
    code: str | None = None
    message: str | None = None
    faults: list[FaultOut] = []


def documented(columns: Sequence[Column], more: Mapping[str, Any], limits: LineLimits) -> dict[str, Any]:
    """What OpenAPI cannot know of a body and an answer in lines; `more`: properties that are no column."""
    example = {column.name: column.example for column in columns if column.example}
    line = {
        "type": "object",
        "properties": {column.name: described(column) for column in columns} | dict(more),
        "required": [column.name for column in columns if column.required],
        "additionalProperties": False,
    }
    body = {"schema": {"type": "string", "contentMediaType": ndjson.MEDIA_TYPE, "x-line": line}}
    outcomes = {"schema": {"type": "string", "description": "One object a line, as in application/json."}}
    return {
        "requestBody": {
            "required": True,
            "description": f"One JSON object a line, at most {limits.lines} lines. `x-line` is its schema.",
            "content": {ndjson.MEDIA_TYPE: {**body, "example": ndjson.dumps([example])}},
        },
        "responses": {200: {"content": {ndjson.MEDIA_TYPE: outcomes}}},
    }


def described(column: Column) -> dict[str, Any]:
    """The schema of one field of a line."""
    found: dict[str, Any] = {"type": ["string", "null"], "description": column.zh}
    if column.required:
        found["type"] = "string"
    if column.kind is ColumnKind.NUMBER:
        found["type"] = ["string", "number", "null"]
    if column.choices:
        found["examples"] = [choice.code for choice in column.choices]
    if column.kind is ColumnKind.DATETIME:
        found["examples"] = ["2022-06-01T08:30:00+08:00", "2022-06-01 08:30"]
    return found


def told(outcome: str, wrong: Sequence[CellError]) -> dict[str, Any]:
    """The fields of `Told`."""
    return {
        "outcome": outcome,
        "code": wrong[0].problem.code if wrong else None,
        "message": "；".join(error.message for error in wrong) if wrong else None,
        "faults": [fault(error) for error in wrong],
    }


def fault(error: CellError) -> Mapping[str, str | None]:
    """One thing that is wrong, as `FaultOut` has it."""
    field = error.column.name if error.column else None
    return {"field": field, "code": error.problem.code, "message": error.problem.render(**error.fields)}


def shown(value: object) -> str | None:
    """An id of a line, as it is given back."""
    return value[:ID_SHOWN] if isinstance(value, str) else None


def stated(line: Line) -> Mapping[str, Any]:
    """The fields of a line. A null is stated, and blank; what a line lacks is not stated."""
    return {name: "" if value is None else value for name, value in line.fields.items()}
