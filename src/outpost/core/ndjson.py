"""Bulk calls: one JSON object a line in, one outcome a line out. A bad line never spoils the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem, Refusal

MIB = 1 << 20
MEDIA_TYPE = "application/x-ndjson"
ALIKE = frozenset(
    {"", MEDIA_TYPE, "application/ndjson", "application/jsonl", "application/json", "text/plain"}
)
NAMES_SHOWN = 5
_CHUNK = 256 << 10
_MARK = b"\xef\xbb\xbf"
_PACKED = (b"\x1f\x8b", b"PK\x03\x04")

OTHER_MEDIA_TYPE = Problem(
    "ndjson.media_type", 415, _("Send one JSON object a line, as Content-Type application/x-ndjson.")
)
LENGTH_REQUIRED = Problem(
    "ndjson.length_required",
    411,
    _(
        "This call does not say how long it is (Transfer-Encoding: chunked), so nothing of it was read. Send it "
        "again with Content-Length: let your program build the whole body first."
    ),
)
COMPRESSED = Problem(
    "ndjson.compressed",
    415,
    _("The body is compressed (gzip, zip), which is not read here. Send the lines as they are."),
)
TOO_LARGE = Problem(
    "ndjson.too_large", 413, _("One call takes at most {limit} MiB. Send the lines in several calls.")
)
TOO_MANY_LINES = Problem(
    "ndjson.too_many_lines", 413, _("One call takes at most {limit} lines. Send them in several calls.")
)
EMPTY = Problem("ndjson.empty", 422, _("The call holds no line. Send one JSON object a line."))
NOT_JSON = Problem(
    "ndjson.not_json", 422, _("This line is not JSON in UTF-8. Write one whole object on each line.")
)
NOT_AN_OBJECT = Problem("ndjson.not_an_object", 422, _("This line is JSON, but no object with named fields."))
UNKNOWN_FIELDS = Problem(
    "ndjson.unknown_fields", 422, _("These fields are not known: {names}. Leave them out; known are {known}.")
)
NOT_TEXT = Problem("ndjson.not_text", 422, _("This must be text in quotes. A JSON number may lose digits."))


@dataclass(frozen=True, slots=True)
class LineLimits:
    """What one call may cost; past it the call is refused as a whole."""

    bytes: int = 50 * MIB
    lines: int = 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the body (from 1, blank lines count) and its fields, or why it has none."""

    number: int
    fields: Mapping[str, Any]
    refusal: Refusal | None = None


def read(request: HttpRequest, known: Sequence[str], limits: LineLimits) -> list[Line]:
    """The lines of a call that are not blank. Fields outside `known` make a line refused.

    Raises Refusal for the call as a whole: OTHER_MEDIA_TYPE, LENGTH_REQUIRED, TOO_LARGE, TOO_MANY_LINES, EMPTY.
    """
    if (request.content_type or "") not in ALIKE:
        raise Refusal(OTHER_MEDIA_TYPE)
    lines: list[Line] = []
    for number, raw in _raw_lines(request, limits):
        if len(lines) == limits.lines:
            raise Refusal(TOO_MANY_LINES, limit=limits.lines)
        lines.append(_line(number, raw, known))
    if not lines:
        raise Refusal(EMPTY)
    return lines


def _raw_lines(request: HttpRequest, limits: LineLimits) -> Iterator[tuple[int, bytes]]:
    for number, raw in enumerate(_body(request, limits).removeprefix(_MARK).split(b"\n"), 1):
        stripped = raw.strip()
        if stripped:
            yield number, stripped


def _body(request: HttpRequest, limits: LineLimits) -> bytes:
    """The whole body. Not `request.body`, which holds it against the limit of forms; and not line by line, for
    which the web server's stream is not to be trusted: it gave the first line and then nothing.

    A body in chunks has no end that WSGI could tell: it would be read as empty."""
    if "Transfer-Encoding" in request.headers:
        raise Refusal(LENGTH_REQUIRED)
    if "Content-Encoding" in request.headers:
        raise Refusal(COMPRESSED)
    too_large = Refusal(TOO_LARGE, limit=limits.bytes // MIB)
    if int(request.META.get("CONTENT_LENGTH") or 0) > limits.bytes:
        raise too_large
    body = bytearray()
    while chunk := request.read(_CHUNK):
        body += chunk
        if len(body) > limits.bytes:
            raise too_large
    if body.startswith(_PACKED):
        raise Refusal(COMPRESSED)
    return bytes(body)


def _line(number: int, raw: bytes, known: Sequence[str]) -> Line:
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Line(number, {}, Refusal(NOT_JSON))
    if not isinstance(fields, dict):
        return Line(number, {}, Refusal(NOT_AN_OBJECT))
    if not fields.keys() <= set(known):
        names = [name[:40] for name in fields if name not in known][:NAMES_SHOWN]
        return Line(number, fields, Refusal(UNKNOWN_FIELDS, names=", ".join(names), known=", ".join(known)))
    return Line(number, fields)


def answer(request: HttpRequest, outcomes: Sequence[Mapping[str, Any]]) -> HttpResponse:
    """The outcomes, one a line; as one JSON array for callers that accept only JSON."""
    if request.get_preferred_type([MEDIA_TYPE, "application/json"]) == "application/json":
        return HttpResponse(orjson.dumps(outcomes), content_type="application/json")
    return HttpResponse(dumps(outcomes), content_type=MEDIA_TYPE)


def dumps(objects: Iterable[Mapping[str, Any]]) -> str:
    """One JSON object a line."""
    return b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in objects).decode()
