"""The calls of `/api/v1/` that bring health facts in bulk. A line is a row of the same table that a file has.

A call is one transaction: what is answered as new or replaced is on disk. Each line carries its own id (source and
record id) and may be sent again; the same id with other content is a correction, and the earlier version is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from outpost.core import clock, ndjson
from outpost.core.actor import Actor
from outpost.core.api_problems import TROUBLES, Trouble
from outpost.core.errors import problem_of
from outpost.core.ndjson import Line, LineLimits
from outpost.core.sheets.columns import CellError, Column, ColumnKind, Sheet
from outpost.core.sheets.parsing import Row
from outpost.health import queries, services
from outpost.health.models import TestRecord, Vaccination
from outpost.health.services import Recorded
from outpost.health.sheets import TESTS, VACCINATIONS, RecordParser, TestParser, VaccinationParser

LIMITS = LineLimits()
_ALSO = {"state": "status"}  # another name of a field
ID_SHOWN = 128

router = Router(tags=["health"])

Outcome = Literal["new", "replaced", "unchanged", "rejected"]


class FaultOut(Schema):
    """One thing that is wrong with a line: at which field (null: the line as a whole), which code, in words."""

    field: str | None
    code: str
    message: str


class LineOut(Schema):
    """What became of one line. `faults` say all that is wrong with one that was rejected; `code` is that of the first
    of them, `message` joins their words. `warnings` tell what else there is to know of one that was taken."""

    line: int
    source: str | None
    record_id: str | None
    outcome: Outcome
    code: str | None = None
    message: str | None = None
    faults: list[FaultOut] = []
    warnings: list[FaultOut] = []


def _documented(sheet: Sheet) -> dict[str, Any]:
    """What OpenAPI cannot know of a body and an answer in lines."""
    example = {column.name: column.example for column in sheet.columns if column.example}
    line = {
        "type": "object",
        "properties": {column.name: _property(column) for column in sheet.columns}
        | {
            also: _property(column)
            for also, name in _ALSO.items()
            for column in sheet.columns
            if column.name == name
        },
        "required": [column.name for column in sheet.columns if column.required],
        "additionalProperties": False,
    }
    body = {"schema": {"type": "string", "contentMediaType": ndjson.MEDIA_TYPE, "x-line": line}}
    outcomes = {"schema": {"type": "string", "description": "One object a line, as in application/json."}}
    return {
        "requestBody": {
            "required": True,
            "description": f"One JSON object a line, at most {LIMITS.lines} lines. `x-line` is its schema.",
            "content": {ndjson.MEDIA_TYPE: {**body, "example": ndjson.dumps([example])}},
        },
        "responses": {200: {"content": {ndjson.MEDIA_TYPE: outcomes}}},
    }


def _property(column: Column) -> dict[str, Any]:
    """The schema of one field of a line."""
    described: dict[str, Any] = {"type": ["string", "null"], "description": column.zh}
    if column.required:
        described["type"] = "string"
    if column.choices:
        described["examples"] = [choice.code for choice in column.choices]
    if column.kind is ColumnKind.DATETIME:
        described["examples"] = ["2022-06-01T08:30:00+08:00", "2022-06-01 08:30"]
    return described


@router.post(
    "/tests",
    response={200: list[LineOut], 411: Trouble, 415: Trouble, **TROUBLES},
    openapi_extra=_documented(TESTS),
    summary="核酸记录",
)
def record_tests(request: HttpRequest) -> HttpResponse:
    """Test records in NDJSON; the outcome of each line in the same order."""
    return _record(request, partial(TestParser, sources=queries.sources(TestRecord)), services.record_tests)


@router.post(
    "/vaccinations",
    response={200: list[LineOut], 411: Trouble, 415: Trouble, **TROUBLES},
    openapi_extra=_documented(VACCINATIONS),
    summary="疫苗接种记录",
)
def record_vaccinations(request: HttpRequest) -> HttpResponse:
    """Vaccination records in NDJSON; the outcome of each line in the same order."""
    parser = partial(VaccinationParser, sources=queries.sources(Vaccination))
    return _record(request, parser, services.record_vaccinations)


def _record(
    request: HttpRequest, parser: Callable[..., RecordParser], store: Callable[..., Sequence[Recorded]]
) -> HttpResponse:
    actor: Actor = request.auth  # type: ignore[attr-defined]  # put there by the bearer token
    actor.require(services.RECORD)
    at = clock.now()
    parse = parser(at=at, reach=actor.reach(services.RECORD))
    lines = ndjson.read(request, [*(column.name for column in parse.sheet.columns), *_ALSO], LIMITS)
    rows = [_checked(line, parse) for line in lines]
    kept = iter(store([row.values for row in rows if not row.faults], actor=actor, at=at))
    outcomes = [
        _outcome(line, Recorded("rejected") if row.faults else next(kept), row.faults)
        for line, row in zip(lines, rows, strict=True)
    ]
    return ndjson.answer(request, outcomes)


def _checked(line: Line, parse: RecordParser) -> Row:
    """What a line says."""
    if line.refusal is not None:
        return Row({}, [CellError.of(None, line.refusal)])
    wrong = [
        CellError(column, ndjson.NOT_TEXT)
        for column in parse.sheet.columns
        if not _may_be(column, line.fields.get(column.name))
    ]
    wrong += [
        CellError(None, ndjson.NOT_TEXT)
        for name in _ALSO
        if not isinstance(line.fields.get(name), str | None)
    ]
    return Row({}, wrong) if wrong else parse.stated(_stated(line.fields))


def _stated(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields by the names of their columns. A null is stated, and blank; what a line lacks is not stated."""
    return {_ALSO.get(name, name): "" if value is None else value for name, value in fields.items()}


def _may_be(column: Column, value: object) -> bool:
    """Text or nothing; only the number of a dose may be a number."""
    return value is None or type(value) is str or (column.name == "dose" and type(value) is int)


def _outcome(line: Line, recorded: Recorded, wrong: Sequence[CellError]) -> Mapping[str, Any]:
    told = [CellError(None, problem_of(code)) for code in recorded.codes]
    is_rejected = recorded.outcome == "rejected"
    wrong = [*wrong, *told] if is_rejected else []
    return {
        "line": line.number,
        "source": _shown(line.fields.get("source")),
        "record_id": _shown(line.fields.get("record_id")),
        "outcome": recorded.outcome,
        "code": wrong[0].problem.code if wrong else None,
        "message": "；".join(error.message for error in wrong) if wrong else None,
        "faults": [_fault(error) for error in wrong],
        "warnings": [] if is_rejected else [_fault(note) for note in told],
    }


def _fault(error: CellError) -> Mapping[str, str | None]:
    field = error.column.name if error.column else None
    return {"field": field, "code": error.problem.code, "message": error.problem.render(**error.fields)}


def _shown(value: object) -> str | None:
    return value[:ID_SHOWN] if isinstance(value, str) else None
