"""What an entry of a gate says, read and checked. Pure apart from the key ring, an argument.

A refusal names no value: what was typed is personal. Nothing is looked up: no answer tells known from unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.errors import Problem, Refusal
from outpost.core.phones import normalise_phone
from outpost.desks.places import Statement
from outpost.desks.reading import degrees, method
from outpost.health.daily import is_failed
from outpost.health.live_passes import Verdict, judged, pass_keys
from outpost.people import rules as people
from outpost.people.rules import DocumentType
from outpost.people.seals import PersonRow, person_row
from outpost.venues import errors
from outpost.venues.rules import COLDEST, HOTTEST, Place, Readings, Visit

QUICK, VISIT, TURNED_AWAY = "quick", "visit", "turned_away"
WAYS = ("scan", "typed", "paper")
GREEN_CHANNELS = ("minor", "elder", "disability")
_DAY = 86_400  # seconds
LONGEST_NUMBER, LONGEST_NAME, LONGEST_PHONE = 64, 200, 40
NOT_READ = Readings()


@dataclass(frozen=True, slots=True)
class GateVisit:
    """A good entry. `person_id` None: a temperature taken of somebody who is not named, or that somebody was turned
    away. `newcomer`: to be registered, where somebody was stated by document."""

    id: UUID
    member_id: UUID
    place: Place
    visit: Visit
    way: str
    person_id: UUID | None = None
    newcomer: PersonRow | None = None
    readings: Readings = NOT_READ
    is_isolated: bool | None = None
    is_turned_away: bool = False
    green_channel: str = ""
    verdict: str = ""


def gate_visit(keys: KeyRing, statement: Statement, places: Sequence[Place], *, today: date) -> GateVisit:
    """The visit or temperature of a statement at one of the places of its venue, the open ones first.

    Raises Refusal: GATE_FORM, GATE_CHECKPOINT, NO_TEMPERATURE, GATE_PASS, GATE_DOCUMENT, GATE_NAME, GATE_PHONE.
    """
    said = statement.content
    kind, isolated = _one_of(said.get("kind"), (QUICK, VISIT, TURNED_AWAY)), said.get("isolated")
    if isolated is not None and not isinstance(isolated, bool):
        raise Refusal(errors.GATE_FORM)
    place = _place(said.get("checkpoint_id"), places)
    if place.ended_at is not None and statement.occurred_at >= place.ended_at:
        raise Refusal(errors.GATE_CHECKPOINT)
    person_id, newcomer = _person(keys, statement, today) if kind == VISIT else (None, None)
    taken = NOT_READ if kind == TURNED_AWAY else readings(said).in_order
    return GateVisit(
        statement.id,
        statement.member_id,
        place,
        Visit(statement.occurred_at, taken.first),
        _one_of(said.get("way"), WAYS),
        person_id,
        newcomer,
        taken,
        isolated,
        kind == TURNED_AWAY,
        _one_of(said.get("green_channel") or "", ("", *GREEN_CHANNELS)),
        _one_of(said.get("verdict") or "", ("", *Verdict.codes())),
    )


def _place(checkpoint_id: object, places: Sequence[Place]) -> Place:
    """The place of a checkpoint; the first one where none is named."""
    for place in places:
        if checkpoint_id is None or str(place.checkpoint_id) == checkpoint_id:
            return place
    raise Refusal(errors.GATE_CHECKPOINT)


def _one_of(value: object, known: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise Refusal(errors.GATE_FORM)
    return value


def temperature(value: object) -> Decimal | None:
    """A reading as it is typed, null for none. Raises Refusal NO_TEMPERATURE."""
    try:
        return degrees(value, COLDEST, HOTTEST)
    except ValueError:
        raise Refusal(errors.NO_TEMPERATURE) from None


def readings(said: Mapping[str, Any]) -> Readings:
    """All that were taken of the person, and how. Raises Refusal: GATE_FORM, NO_TEMPERATURE."""
    try:
        ways = [method(said.get(name)) for name in ("method", "second_method", "failed_method")]
    except ValueError:
        raise Refusal(errors.GATE_FORM) from None
    first, second, failed = (temperature(said.get(name)) for name in ("temperature", "second", "failed"))
    if failed is not None and not is_failed(failed):
        raise Refusal(errors.GATE_FORM)
    return Readings(first, ways[0], second, ways[1], _waited(said.get("second_after")), failed, ways[2])


def _waited(value: object) -> timedelta | None:
    """How many seconds after the first reading the second was."""
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= _DAY:
        raise Refusal(errors.GATE_FORM)
    return timedelta(seconds=value)


def _person(keys: KeyRing, statement: Statement, today: date) -> tuple[UUID, PersonRow | None]:
    """Who came: by a pass of ours, or by document and name as on a paper form."""
    said = statement.content.get("person")
    if not isinstance(said, dict):
        raise Refusal(errors.GATE_FORM)
    if "pass" in said:
        text = said["pass"]
        _verdict, shown = (
            judged(text, pass_keys(keys), statement.occurred_at) if isinstance(text, str) else ("", None)
        )
        if shown is None:
            raise Refusal(errors.GATE_PASS)
        return shown.person_id, None
    row = _stated(keys, said, today)
    return UUID(row.person_id), row


def _stated(keys: KeyRing, said: Mapping[str, Any], today: date) -> PersonRow:
    type_ = _one_of(said.get("document_type"), DocumentType.codes())
    number = _text(said.get("document_number"), LONGEST_NUMBER, errors.GATE_DOCUMENT)
    name, phone = _text(said.get("name"), LONGEST_NAME, errors.GATE_NAME), said.get("phone")
    try:
        document = people.normalise_document(DocumentType(type_), number, today=today)
    except Refusal as refusal:
        raise Refusal(errors.GATE_DOCUMENT) from refusal
    try:
        name = people.normalise_name(name)
    except Refusal as refusal:
        raise Refusal(errors.GATE_NAME) from refusal
    if phone:
        _check_phone(_text(phone, LONGEST_PHONE, errors.GATE_PHONE))
    return person_row(keys, document, name)


def _check_phone(text: str) -> None:
    try:
        normalise_phone(text)
    except Refusal as refusal:
        raise Refusal(errors.GATE_PHONE) from refusal


def _text(value: object, longest: int, problem: Problem) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise Refusal(problem)
    return value
