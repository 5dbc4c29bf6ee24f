"""Declarations that an outside service keeps (健康云), asked for by number and name; one that is found becomes a
declaration here, as a file of it would make.

The question is one signed `POST` (`core.signed_calls`), JSON: `id`, `document_type`, `document_number`, `name`,
`since`. The answer is `{"id": the same, "found": false}`, or with `"found": true` a `declaration`: texts by the names
of the columns of declarations (docs/reference/formats.md), `record_id`, `document_number`, `name`, `declared_at` among
them. Whatever else comes back is no answer: nothing is concluded from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from outpost.core.actor import Actor
from outpost.core.allowed_hosts import OutgoingError
from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.core.ids import new_id
from outpost.core.outgoing import Answer, Outgoing
from outpost.core.signed_calls import signed_headers
from outpost.core.stated import name_hash
from outpost.health import latest
from outpost.health.columns import DECLARATIONS as COLUMNS
from outpost.health.services import DECLARATION_STAGING, DECLARATIONS
from outpost.health.services.records import Staged, record
from outpost.health.sheets.declared import DeclarationParser
from outpost.people.rules import Document
from outpost.people.seals import person_id_of

OUTSIDE = "outside"
"""The source of what comes so."""
SECONDS = 5.0
"""How long the service may take: somebody stands at the gate meanwhile."""
SYSTEM = Actor.system("health.outside")
_NAMES = frozenset(column.name for column in COLUMNS.columns) - {"source", "status"}


class UnavailableError(Exception):
    """No answer, or none that can be one. `is_down`: the next question would meet the same."""

    def __init__(self, code: str, *, is_down: bool = False) -> None:
        super().__init__(code)
        self.code, self.is_down = code, is_down


@dataclass(frozen=True, slots=True)
class Question:
    """Whose declaration is asked for: never log it."""

    document: Document
    name: str


def is_configured() -> bool:
    """Whether there is such a service."""
    return bool(settings.OUTPOST_DECLARATIONS_URL)


def take_over(question: Question, *, since: datetime, at: datetime, out: Outgoing) -> None:
    """Ask for a declaration since then and take it over; `journeys.declaration_of` knows then whether there is one. Not
    in a transaction: the service may be slow. Raises UnavailableError."""
    if settings.OUTPOST_SENDING_HELD:
        raise UnavailableError("held", is_down=True)
    id_ = new_id()
    said = _object(_called(id_, question, since=since, at=at, out=out).body)
    if said.get("id") != str(id_) or type(said.get("found")) is not bool:
        raise UnavailableError("odd_answer")
    if said["found"]:
        (stored,) = record(
            *("declarations", DECLARATIONS, DECLARATION_STAGING, latest.DECLARATIONS),
            [_checked(said.get("declaration"), question, at=at)],
            actor=SYSTEM,
            at=at,
        )
        if stored.outcome == "rejected":
            raise UnavailableError("odd_answer")


def _called(id_: UUID, question: Question, *, since: datetime, at: datetime, out: Outgoing) -> Answer:
    asked = {
        "id": str(id_),
        "document_type": question.document.doc_type.value,
        "document_number": question.document.number,
        "name": question.name,
        "since": since.astimezone(zone()).isoformat(),
    }
    sent = orjson.dumps(asked)
    headers = signed_headers(id_, sent, secret=settings.OUTPOST_DECLARATIONS_SECRET, at=at)
    try:
        url = settings.OUTPOST_DECLARATIONS_URL
        answer = out.call("POST", url, headers=headers, body=sent, seconds=SECONDS)
    except OutgoingError as error:
        raise UnavailableError(error.reason, is_down=True) from None
    if not answer.is_success:
        raise UnavailableError(f"http_{answer.status}", is_down=True)
    return answer


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnavailableError("odd_answer") from None
    if not isinstance(said, dict):
        raise UnavailableError("odd_answer")
    return said


def _checked(stated: object, question: Question, *, at: datetime) -> Staged:
    """A declaration as a row of a file would be checked; it must be of the person who was asked for, by number and by
    name."""
    if not isinstance(stated, dict):
        raise UnavailableError("odd_answer")
    cells = {name: cell for name, cell in stated.items() if name in _NAMES and cell is not None}
    if not all(isinstance(cell, str) for cell in cells.values()):
        raise UnavailableError("odd_answer")
    row = DeclarationParser(at=at).stated({**cells, "source": OUTSIDE})
    asked = (person_id_of(ring(), question.document).hex, name_hash(ring(), question.name))
    if row.faults or (row.values["person_id"], row.values["name_hash"]) != asked:
        raise UnavailableError("odd_answer")
    return row.values
