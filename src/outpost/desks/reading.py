"""How one entry of a batch is read. Pure. Each by itself, so that one that cannot be read does not stop the others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

import orjson

from outpost.desks.rules import LONGEST_SEALED, Times
from outpost.desks.sealing import from_b64u
from outpost.health.daily import Method

_SHOWN = 64
_TEMPERATURE = re.compile(r"[0-9]{2}\.[0-9]")
_SEQ = 2**53
_SKEW_MS = 400 * 86_400_000
"""A clock that is off by more than a year gives no time that could be corrected."""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as it was stated, still sealed."""

    id: UUID
    seq: int
    member_id: UUID
    times: Times
    sealed: bytes

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError, ValueError, OverflowError for what cannot be read."""
        at, skew = datetime.fromisoformat(stated["at"]), stated["skew_ms"]
        seq, sealed = stated["seq"], from_b64u(stated["sealed"])
        if type(seq) is not int or not 0 < seq < _SEQ or at.tzinfo is None:
            raise ValueError("number or time")
        if skew is not None and (type(skew) not in {int, float} or not abs(skew) < _SKEW_MS):
            raise ValueError("skew")
        if sealed is None or len(sealed) > LONGEST_SEALED:
            raise ValueError("sealed")
        times = Times(at.astimezone(UTC), None if skew is None else timedelta(milliseconds=skew))
        times.corrected.astimezone(UTC)
        return cls(UUID(stated["id"]), seq, UUID(stated["member_id"]), times, sealed)


def read(stated: object) -> Item | str:
    """The entry; of one that cannot be read its id as it came, cut short."""
    if not isinstance(stated, dict):
        return ""
    try:
        return Item.of(stated)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return str(stated.get("id", ""))[:_SHOWN]


def content_of(plain: bytes) -> Mapping[str, Any] | None:
    """The form that an opened entry holds; None for what is none."""
    try:
        content = orjson.loads(plain)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


def degrees(value: object, lowest: Decimal, highest: Decimal) -> Decimal | None:
    """A temperature as it is typed at a gate, null for none. Raises ValueError."""
    if value is None:
        return None
    if not isinstance(value, str) or not _TEMPERATURE.fullmatch(value):
        raise ValueError("temperature")
    read = Decimal(value)
    if not lowest <= read <= highest:
        raise ValueError("temperature")
    return read


def method(value: object) -> str:
    """How a temperature was taken, null where nobody said. Raises ValueError."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("method")
    return Method(value).value
