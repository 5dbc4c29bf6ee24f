"""A person's token: by it a citizen's phone says who checks in, without a session and without any look-up. Pure apart
from the key ring, which is always an argument."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.packing import cut, short
from outpost.core.signed import content_of, signed

LASTS = timedelta(days=30)
_KIND = "people.token"
LONGEST_NAME, LONGEST_NUMBER_END = 24, 4
"""Bytes."""
LONGEST = 120
"""Letters of a token."""
_CONTENT = struct.Struct(">16sII?")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a token. `is_seen`: an officer has seen the card; who only stated a number is told nothing that is known
    of the person (docs/adr/0027-citizens.md). `name` is masked, `number_end` what a mask leaves of the document's end:
    they are shown to whoever has the person before them."""

    person_id: UUID
    is_seen: bool
    name: str = ""
    number_end: str = ""


def person_token(keys: KeyRing, holder: Holder, *, issued_at: datetime, until: datetime | None = None) -> str:
    """LONGEST letters and digits at most, good from an instant (whole seconds) for LASTS, or until an earlier one."""
    ends_at = min(issued_at + LASTS, until or issued_at + LASTS)
    seconds = int(issued_at.timestamp()), int(ends_at.timestamp())
    content = _CONTENT.pack(holder.person_id.bytes, *seconds, holder.is_seen)
    shown = short(holder.name, LONGEST_NAME) + short(holder.number_end, LONGEST_NUMBER_END)
    return signed(keys, _KIND, content + shown)


def holder_of(keys: KeyRing, token: str, *, ended: Mapping[UUID, datetime], at: datetime) -> Holder | None:
    """Whose token it is; None when it is not ours, has expired, or was issued before its person's were `ended`."""
    content = content_of(keys, _KIND, token)
    if content is None or len(content) < _CONTENT.size:
        return None
    person, issued, ends, is_seen = _CONTENT.unpack_from(content)
    name, rest = cut(content[_CONTENT.size :])
    number_end, _rest = cut(rest)
    person_id, issued_at = UUID(bytes=person), datetime.fromtimestamp(issued, UTC)
    if at >= datetime.fromtimestamp(ends, UTC) or (person_id in ended and issued_at < ended[person_id]):
        return None
    return Holder(person_id, is_seen, name or "", number_end or "")
