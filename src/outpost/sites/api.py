"""Calls of construction sites.

`POST /api/v1/contracts`: the contract filing sends its contracts. A line is a row of the same table that a file has,
an employer under a contract; it may be sent again. `closed` closes the contract of its number, its rest is not read.

`GET /api/v1/arrivals`: the peer of the arrivals feed fetches the records behind a number, as often as it likes.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from outpost.access import throttle
from outpost.access.throttle import HOUR, Limit
from outpost.core import clock, ndjson
from outpost.core.actor import Actor
from outpost.core.api_problems import TROUBLES, Trouble
from outpost.core.clock import zone
from outpost.core.errors import Refusal
from outpost.core.line_calls import Told, documented, shown, stated, told
from outpost.core.ndjson import Line, LineLimits
from outpost.core.sheets.columns import CellError, Sheet
from outpost.core.sheets.parsing import Row, RowParser
from outpost.sites import errors
from outpost.sites.actions import EDIT_SITES
from outpost.sites.columns.contracts import CONTRACTS
from outpost.sites.services.arrival_delivery import MOST_FETCHED, fetch
from outpost.sites.services.contract_rows import ContractParser
from outpost.sites.services.filing import file_and_close

CLOSED = "closed"
LIMITS = LineLimits(lines=10_000)
_COLUMNS = {column.name: column for column in CONTRACTS}
_NUMBER = _COLUMNS["number"]
_CLOSING = Sheet("sites.closing", "合同关闭", (_NUMBER,))
FETCHES = Limit("sites.arrivals_fetched", 1_200, HOUR)
_RECORDS = {"schema": {"type": "string", "description": "One record a line, as the webhook brings it."}}
_MORE = {CLOSED: {"type": ["boolean", "null"], "description": "true: 合同关闭"}}

router = Router(tags=["sites"])


class ContractOut(Told):
    """What became of one line."""

    line: int
    number: str | None
    employer: str | None


@router.post(
    "/contracts",
    response={200: list[ContractOut], 411: Trouble, 415: Trouble, **TROUBLES},
    openapi_extra=documented(CONTRACTS, _MORE, LIMITS),
    summary="工地合同",
)
def record_contracts(request: HttpRequest) -> HttpResponse:
    """Contracts in NDJSON; the outcome of each line in the same order."""
    actor: Actor = request.auth  # type: ignore[attr-defined]  # put there by the bearer token
    actor.require(EDIT_SITES)
    parse = ContractParser(actor)
    lines = ndjson.read(request, [*_COLUMNS, CLOSED], LIMITS)
    closing = RowParser(_CLOSING, zone())
    rows = [_checked(line, parse, closing) for line in lines]
    good = [(line, row) for line, row in zip(lines, rows, strict=True) if not row.faults]
    filed, closed = file_and_close(
        [row.values for line, row in good if not _closes(line)],
        [row.values["number"] for line, row in good if _closes(line)],
        actor=actor,
        at=clock.now(),
    )
    became = {False: iter(filed), True: iter(closed)}
    outcomes = [
        _outcome(line, row.faults, "rejected" if row.faults else next(became[_closes(line)]))
        for line, row in zip(lines, rows, strict=True)
    ]
    return ndjson.answer(request, outcomes)


def _checked(line: Line, parse: ContractParser, closing: RowParser) -> Row:
    """What a line says; of one that closes its number alone."""
    if line.refusal is not None:
        return Row({}, [CellError.of(None, line.refusal)])
    wrong = [
        CellError(_COLUMNS[name], ndjson.NOT_TEXT)
        for name, value in line.fields.items()
        if name != CLOSED and not isinstance(value, str | None)
    ]
    if not isinstance(line.fields.get(CLOSED), bool | None):
        wrong.append(CellError(None, errors.CLOSED_HOW))
    if wrong:
        return Row({}, wrong)
    cells = {name: value for name, value in stated(line).items() if name != CLOSED}
    if not _closes(line):
        return parse.stated(cells)
    return closing.stated({"number": cells.get("number")})


def _closes(line: Line) -> bool:
    return line.fields.get(CLOSED) is True


def _outcome(line: Line, wrong: Sequence[CellError], became: str | Refusal) -> Mapping[str, Any]:
    if isinstance(became, Refusal):
        wrong, became = [CellError.of(_NUMBER, became)], "rejected"
    return {
        "line": line.number,
        "number": shown(line.fields.get("number")),
        "employer": shown(line.fields.get("employer")),
        **told(became, wrong),
    }


@router.get(
    "/arrivals",
    response={200: None, 409: Trouble, 410: Trouble, 429: Trouble, **TROUBLES},
    openapi_extra={"responses": {200: {"content": {ndjson.MEDIA_TYPE: _RECORDS}}}},
    summary="来沪人员记录",
)
def arrivals(
    request: HttpRequest,
    after: Annotated[int, Field(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Field(ge=1, le=MOST_FETCHED)] = 500,
) -> HttpResponse:
    """The records behind the number `after`, in their order; none: there are no later ones yet."""
    actor: Actor = request.auth  # type: ignore[attr-defined]  # put there by the bearer token
    at = clock.now()
    throttle.count(FETCHES, actor.id, problem=errors.TOO_MANY_FETCHES, at=at)
    lines = [line + b"\n" for line in fetch(after, limit, actor=actor, at=at)]
    return HttpResponse(b"".join(lines), content_type=ndjson.MEDIA_TYPE)
