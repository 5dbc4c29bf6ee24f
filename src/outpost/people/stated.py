"""A person as somebody states them, in the row of any instrument: sealed, hashed, opened, shown in clear or masked.

Who writes a person down calls the same few functions, whatever the instrument. The visitors of a venue, say:

    class Visitor(StatedPerson):                      # people.models: `person`, `sealed` and the hashes
        venue = models.ForeignKey(Venue, …)

        @property
        def sealing_context(self) -> str:             # entered once in `config.wiring`, for keys and surnames
            return f"venues.visitor:{self.id}"

    visitor.state(seal_stated(ring(), visitor.sealing_context, stated, kind="visitor"))            # written
    Visitor.objects.filter(queries.stated_as(name="张", phone="138…", today=today))                 # found
    visitor.shown(ring(), identity, is_clear=str(venue.organization_id) in queries.own_organizations(actor))
    services.record_own_seen(rows, actor=actor, at=at)                                             # before the page
    services.reveal_stated(visitors, purpose="tracing", actor=actor, at=at)                        # to others

Pure apart from the key ring, which is always an argument: bulk callers fetch it once.
"""

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from outpost.core.crypto import KeyRing
from outpost.core.stated import Stated, name_hash, phone_hash, seal
from outpost.people.names import surname_of


class StatedSeal(NamedTuple):
    """The columns that hold a stated person. `content_hash` tells a changed row from an unchanged one.

    A tuple, as `seals.PersonRow`: a bulk import makes one a row, and a frozen dataclass takes twice as long to make.
    """

    sealed: bytes
    name_hash: bytes
    surname_hash: bytes
    phone_hash: bytes
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """A person as a reader sees them: in clear if `is_clear`, else masked. Never log it."""

    person_id: UUID
    name: str
    phone: str
    doc_type: str
    number: str
    address: str
    is_clear: bool

    def by_name(self) -> dict[str, Any]:
        """What is shown by the names of its fields; `asdict` would copy each deeply."""
        return {one.name: getattr(self, one.name) for one in fields(Shown)}


def seal_stated(
    keys: KeyRing, context: str, stated: Stated, *more: object, kind: str, hashed: bytes | None = None
) -> StatedSeal:
    """Seal a person for the row that `context` names. About 12 microseconds.

    `more` is what else the row states, for `content_hash`; `kind` keeps the digests of different tables apart.
    `hashed`: the hash of the name, where it was made for the person's row already.
    """
    content = orjson.dumps((stated.name, stated.phone, stated.address, *more), option=orjson.OPT_SORT_KEYS)
    return StatedSeal(
        seal(keys, context, stated),
        hashed or name_hash(keys, stated.name),
        surname_hash(keys, surname_of(stated.name)),
        phone_hash(keys, stated.phone),
        keys.search_hash(kind, content.decode()),
    )


@lru_cache(maxsize=1024)  # most people bear one of a few hundred
def surname_hash(keys: KeyRing, surname: str) -> bytes:
    """16 bytes for search by surname; capitals do not matter."""
    return keys.search_hash("surname", surname.casefold())
