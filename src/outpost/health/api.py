"""The calls of `/api/v1/` that bring health facts in bulk. A line is a row of the same table that a file has.

A call is one transaction: what is answered as new or replaced is on disk. Each line carries its own id (source and
record id) and may be sent again; the same id with other content is a correction, and the earlier version is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from outpost.core import clock, ndjson
from outpost.core.actor import Actor
from outpost.core.api_problems import TROUBLES, Trouble
from outpost.core.errors import problem_of
from outpost.core.line_calls import LIMITS, FaultOut, Told, described, documented, fault, shown, stated, told
from outpost.core.ndjson import Line
from outpost.core.sheets.columns import CellError, Column, ColumnKind, Sheet
from outpost.core.sheets.parsing import Row
from outpost.health import services
from outpost.health.models import Declaration, TestRecord, Vaccination
from outpost.health.queries import facts, questions
from outpost.health.services import Recorded
from outpost.health.sheets import (
    DECLARATIONS,
    TESTS,
    VACCINATIONS,
    DeclarationParser,
    RecordParser,
    TestParser,
    VaccinationParser,
)

_ALSO = {"state": "status"}  # another name of a field

router = Router(tags=["health"])


class LineOut(Told):
    """What became of one line; `warnings` tell what else there is to know of one that was taken."""

    line: int
    source: str | None
    record_id: str | None
    warnings: list[FaultOut] = []


def _documented(sheet: Sheet) -> dict[str, Any]:
    named = {column.name: column for column in sheet.columns}
    also = {also: described(named[name]) for also, name in _ALSO.items() if name in named}
    return documented(sheet.columns, also, LIMITS)


@router.post(
    "/tests",
    response={200: list[LineOut], 411: Trouble, 415: Trouble, **TROUBLES},
    openapi_extra=_documented(TESTS),
    summary="核酸记录",
)
def record_tests(request: HttpRequest) -> HttpResponse:
    """Test records in NDJSON; the outcome of each line in the same order."""
    return _record(request, partial(TestParser, sources=facts.sources(TestRecord)), services.record_tests)


@router.post(
    "/vaccinations",
    response={200: list[LineOut], 411: Trouble, 415: Trouble, **TROUBLES},
    openapi_extra=_documented(VACCINATIONS),
    summary="疫苗接种记录",
)
def record_vaccinations(request: HttpRequest) -> HttpResponse:
    """Vaccination records in NDJSON; the outcome of each line in the same order."""
    parser = partial(VaccinationParser, sources=facts.sources(Vaccination))
    return _record(request, parser, services.record_vaccinations)


@router.post(
    "/declarations",
    response={200: list[LineOut], 411: Trouble, 415: Trouble, **TROUBLES},
    openapi_extra=_documented(DECLARATIONS),
    summary="健康申报",
)
def record_declarations(request: HttpRequest) -> HttpResponse:
    """Health declarations in NDJSON; the outcome of each line in the same order."""
    asked = questions.specs_on(clock.local_day(clock.now()))
    parser = partial(DeclarationParser, sources=facts.sources(Declaration), questions=asked)
    return _record(request, parser, services.record_declarations)


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
    by_column = {_ALSO.get(name, name): value for name, value in stated(line).items()}
    return Row({}, wrong) if wrong else parse.stated(by_column)


def _may_be(column: Column, value: object) -> bool:
    """Text or nothing; only the number of a dose and what is measured may be numbers."""
    if column.kind is ColumnKind.NUMBER and type(value) in (int, float):
        return True
    return value is None or type(value) is str or (column.name == "dose" and type(value) is int)


def _outcome(line: Line, recorded: Recorded, wrong: Sequence[CellError]) -> Mapping[str, Any]:
    notes = [CellError(None, problem_of(code)) for code in recorded.codes]
    is_rejected = recorded.outcome == "rejected"
    return {
        "line": line.number,
        "source": shown(line.fields.get("source")),
        "record_id": shown(line.fields.get("record_id")),
        **told(recorded.outcome, [*wrong, *notes] if is_rejected else []),
        "warnings": [] if is_rejected else [fault(note) for note in notes],
    }
