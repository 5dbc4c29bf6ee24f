"""What every channel is: its settings as declared fields, and one method that sends one letter to one address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

import orjson
from django.utils.functional import Promise

from outpost.core.allowed_hosts import OutgoingError
from outpost.core.outgoing import Answer, NoAnswerError, Outgoing
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import Outcome


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered message. `id` is the delivery's: the same at each attempt, so that the peer can tell a repetition.

    `url` is whole, or empty when the site's own address is not set. `values` are the template's, as text.
    """

    id: UUID
    template: str
    title: str
    text: str
    url: str
    values: Mapping[str, str]
    created_at: datetime
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an attempt ended. `code` is stable and holds no text of the peer; `peer_id` is the peer's own number.

    `is_channel_fault`: the next letter would meet the same fault, so the channel rests for a while.
    """

    outcome: Outcome
    code: str = ""
    peer_id: str = ""
    is_channel_fault: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a channel as the administrator fills it in. `kind`: text, url, number, lines or choice."""

    name: str
    label: str | Promise
    kind: str = "text"
    hint: str | Promise = ""
    default: str = ""
    choices: Sequence[tuple[str, str | Promise]] = ()
    is_required: bool = True
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of a channel's fields, secrets opened, and the way out."""

    values: Mapping[str, str]
    out: Outgoing

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


class Channel(Protocol):
    """One kind of channel. Expected faults come back as receipts or are raised as `OutgoingError`."""

    kind: ClassVar[str]
    medium: ClassVar[Medium]
    label: ClassVar[str | Promise]
    fields: ClassVar[tuple[Field, ...]]
    per_minute: ClassVar[int]  # what the peer allows; the administrator may set less
    is_idempotent: ClassVar[bool]

    def send(self, letter: Letter, address: str, settings: Settings) -> Receipt:
        """Hand one letter to the peer. `address` is empty for a group."""
        ...


class PeerFailedError(OutgoingError):
    """The peer answered that it did not act, and may act later."""


SENT = Receipt(Outcome.SENT)


def refused(code: str) -> Receipt:
    """The peer will never take this letter to this address."""
    return Receipt(Outcome.REFUSED, code)


def failed(code: str, *, is_channel_fault: bool = True) -> Receipt:
    """Not delivered; worth another attempt."""
    return Receipt(Outcome.FAILED, code, is_channel_fault=is_channel_fault)


def receipt_of(error: OutgoingError) -> Receipt:
    """What a call that brought no answer means for its letter."""
    outcome = Outcome.UNKNOWN if isinstance(error, NoAnswerError) else Outcome.FAILED
    return Receipt(outcome, error.reason, is_channel_fault=True)


def raise_for_status(answer: Answer) -> None:
    """Raise for an answer that is not the peer's own word on the letter.

    A proxy that gave up waiting (408, 502, 504) does not know what became of the request behind it.
    """
    if answer.status in {408, 502, 504}:
        raise NoAnswerError(f"http_{answer.status}")
    if answer.status >= 500 or answer.status == 429:
        raise PeerFailedError(f"http_{answer.status}")


def json_of(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer. Without one: NoAnswerError when it calls itself a success, else PeerFailedError."""
    raise_for_status(answer)
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict):
        return found
    if answer.is_success:
        raise NoAnswerError("odd_answer")
    raise PeerFailedError(f"http_{answer.status}")


def clipped(text: str, most_bytes: int) -> str:
    """The text cut so that its UTF-8 has at most so many bytes."""
    raw = text.encode()
    return text if len(raw) <= most_bytes else raw[: most_bytes - 3].decode(errors="ignore") + "…"
