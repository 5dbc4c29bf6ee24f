"""How a kind of place takes part: a venue, a site, later a sampling point. A module names its `Desk` by `desk` in
its `module.py`; the wiring registers it here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from outpost.core.actor import Actor
from outpost.core.errors import Problem


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works, or has worked, at a place under their own name. `name` is in clear: never log it."""

    id: UUID
    name: str
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """An entry that was opened: `content` is what the device's form said, not yet checked."""

    id: UUID
    device_id: UUID
    member_id: UUID
    occurred_at: datetime
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a module does for the devices of its places, each named by its key.

    `may_pair`: whether an actor may have devices enrolled for a place. `setup`: what a device is told of it beside its
    workers, JSON-ready; None when it is gone. `workers`: all who work or worked there. `take`: write what entries say,
    in the caller's transaction, and answer why those that were not written were not; it raises nothing for what an
    entry says. `people`: what a device is told of people, JSON-ready: it goes sealed, and only the PIN of a worker
    opens it there; None where a place has no such list.
    """

    kind: str
    may_pair: Callable[[str, Actor], bool]
    setup: Callable[[str], Mapping[str, Any] | None]
    workers: Callable[[str], Sequence[Worker]]
    take: Callable[[str, Sequence[Statement], datetime], Mapping[UUID, Problem]]
    people: Callable[[str, datetime], Mapping[str, Any]] | None = None


_desks: dict[str, Desk] = {}


def register(desk: Desk) -> None:
    """Let devices be enrolled for places of this kind."""
    _desks[desk.kind] = desk


def desk_of(kind: str) -> Desk:
    """How places of this kind take part."""
    return _desks[kind]
