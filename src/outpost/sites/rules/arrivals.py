"""Arrivals feed 共享公安: what of a pre-registration goes out to public security, and when it is tried again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.core.vocabulary import Tone, Vocabulary, Word


class ArrivalEvent(Vocabulary):
    """What happened to a pre-registration; the value stands in the database and goes out."""

    REGISTERED = Word("registered", "预登记", "Registered", Tone.GOOD)
    CHANGED = Word("changed", "变更", "Changed")
    WITHDRAWN = Word("withdrawn", "撤销", "Withdrawn")


class Way(Vocabulary):
    """How records left: called out by us, fetched by the peer, written into a file."""

    CALL = Word("call", "推送", "Sent")
    FETCH = Word("fetch", "对方拉取", "Fetched by the peer")
    FILE = Word("file", "按日文件", "File of a day")


@dataclass(frozen=True, slots=True)
class Shared:
    """One field of a record, and why public security needs it. Without a purpose nothing goes out."""

    name: str
    label: str | Promise
    purpose: str | Promise


_WHO, _WHERE = (
    _("to know who came, also among people of one name"),
    _("to know where they work, and to visit them"),
)
_WITH_WHOM = _("to find family by whom they come with; a worker's record has none")
SHARED = (
    Shared("document_type", _("Document type"), _WHO),
    Shared("document_number", _("ID number"), _WHO),
    Shared("name", _("Full name"), _WHO),
    Shared("phone", _("Phone"), _("to ask them")),
    Shared("departure", _("Place of departure"), _("to know where they come from")),
    Shared("roll", _("Roll"), _("to tell workers, site management and family apart")),
    Shared("employer", _("Employer"), _("to know who answers for them")),
    Shared("contract", _("Contract number"), _WHERE),
    Shared("project", _("Project"), _WHERE),
    Shared("town", _("Town"), _("to hand it to the right station")),
    Shared("registered_at", _("Registered"), _("to know since when")),
    Shared("registration", _("Number of the registration"), _("to join what is told of one registration")),
    Shared("family_of", _("Comes with"), _WITH_WHOM),
    Shared("relation", _("Relation"), _WITH_WHOM),
)
FAMILY = "family"
"""The word for who comes along, where a worker's record has the roll."""

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
"""How long to wait after the first, second, … failure in a row; the last one stays, for as long as the peer is dead."""

TELL_AFTER = timedelta(hours=1)
"""Who sees the feed is told when it has failed for so long."""


def content(
    event: ArrivalEvent, event_id: UUID, occurred_at: datetime, person: Mapping[str, str], *, environment: str
) -> bytes:
    """What is fixed when the event is written: a later attempt sends the same. Raises ValueError for another set of
    fields than SHARED names."""
    if set(person) != {one.name for one in SHARED}:
        raise ValueError("a record holds the fields that are named with their purpose")
    told = {"id": str(event_id), "event": event.value, "occurred_at": occurred_at.isoformat()}
    return orjson.dumps({**told, "environment": environment, "person": dict(person)})


def body(number: int, content_: bytes) -> bytes:
    """A record as it goes out, the same to the last byte at each attempt."""
    return orjson.dumps({"number": number, **orjson.loads(content_)})


def is_taken(number: int, answer: bytes) -> bool:
    """Whether the peer says that it took this record: `{"taken": number}`. The 200 of a proxy says nothing."""
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and type(said.get("taken")) is int and said["taken"] == number


def next_try(failures: int, at: datetime) -> datetime:
    """When to try again after so many failures in a row."""
    return at + WAITS[min(failures, len(WAITS)) - 1]
