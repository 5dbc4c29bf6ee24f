"""What an entry of a site's gate says, read and checked; what its list says. Pure apart from keys, an argument.

A refusal names no value. Whom an entry is about is looked up afterwards, in one query for a batch.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from outpost.core.errors import Refusal
from outpost.desks.places import Statement
from outpost.desks.reading import degrees, method
from outpost.desks.sealing import b64u
from outpost.health.live_passes import judged
from outpost.health.rules import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE
from outpost.people.seals import Identity
from outpost.sites import errors
from outpost.sites.rules.entering import Coming, Standing
from outpost.sites.vocabularies import Act, Checked

DIGEST = 16
_CHECKED = {"scan": Checked.CODE, "typed": Checked.DOCUMENT}


@dataclass(frozen=True, slots=True)
class GateEntry:
    """A good entry. `shown`: whose pass was scanned, None without one. `listed_at`: of when the list was by which it
    was decided."""

    id: UUID
    device_id: UUID
    member_id: UUID
    act: Act
    registration_id: UUID
    occurred_at: datetime
    listed_at: datetime
    checked: Checked
    temperature: Decimal | None
    method: str
    shown: UUID | None


def gate_entry(keys: Mapping[int, bytes], statement: Statement) -> GateEntry:
    """What a statement says; `keys` are those of passes. Raises Refusal: GATE_FORM, GATE_PASS, GATE_TEMPERATURE."""
    said = statement.content
    try:
        act, way = Act(said["kind"]), said["way"]
        registration_id, listed_at = UUID(said["registration_id"]), datetime.fromisoformat(said["listed_at"])
        entry = GateEntry(
            statement.id,
            statement.device_id,
            statement.member_id,
            act,
            registration_id,
            statement.occurred_at,
            listed_at.astimezone(UTC),
            _CHECKED[way],
            _temperature(said),
            method(said.get("method")),
            _shown(keys, said.get("pass"), statement.occurred_at) if way == "scan" else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Refusal(errors.GATE_FORM) from None
    if act is Act.READING and entry.temperature is None:
        raise Refusal(errors.GATE_FORM)
    return entry


def _temperature(said: Mapping[str, Any]) -> Decimal | None:
    try:
        return degrees(said.get("temperature"), LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE)
    except ValueError:
        raise Refusal(errors.GATE_TEMPERATURE) from None


def _shown(keys: Mapping[int, bytes], text: object, at: datetime) -> UUID:
    """Whose pass it is. Raises Refusal GATE_PASS."""
    _verdict, shown = judged(text, keys, at) if isinstance(text, str) else ("", None)
    if shown is None:
        raise Refusal(errors.GATE_PASS)
    return shown.person_id


def number_digest(salt: bytes, identity: Identity) -> str:
    """By which a gate finds a number that is typed there."""
    said = f"{identity.doc_type}:{identity.number}".encode()
    return b64u(hmac.digest(salt, said, "sha256")[:DIGEST])


def told_of(one: Standing) -> Mapping[str, Any]:
    """What decides about somebody, as a gate reads it."""
    return {
        "declared_on": day_text(one.declared_on),
        "unverified_since": one.unverified_since,
        "base_on": day_text(one.base_on),
        "left_on": day_text(one.left_on),
        "disposition": one.disposition,
        "is_positive": one.is_positive,
        "coming": _coming(one.coming),
        "isolation_days": one.isolation_days,
        "tests": one.tests,
        "tests_done": one.tests_done,
        "excepted_to": day_text(one.excepted_to),
    }


def _coming(one: Coming | None) -> Mapping[str, Any] | None:
    if one is None:
        return None
    return {"at": one.at.isoformat(), "disposition": one.disposition, "is_positive": one.is_positive}


def day_text(day: date | None) -> str | None:
    """A day as a gate reads it."""
    return day.isoformat() if day is not None else None
