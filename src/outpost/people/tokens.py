"""A person's token: by it a citizen's phone says who checks in, without a session and without any look-up. Pure apart
from the key ring, which is always an argument."""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.signed import content_of, signed

LASTS = timedelta(days=30)
_KIND = "people.token"
_CONTENT = struct.Struct(">16sI")


def person_token(keys: KeyRing, person_id: UUID, *, issued_at: datetime) -> str:
    """52 letters and digits, good for LASTS from an instant (whole seconds)."""
    return signed(keys, _KIND, _CONTENT.pack(person_id.bytes, int(issued_at.timestamp())))


def person_of(keys: KeyRing, token: str, *, ended: Mapping[UUID, datetime], at: datetime) -> UUID | None:
    """Whose token it is; None when it is not ours, has expired, or was issued before its person's were `ended`."""
    content = content_of(keys, _KIND, token)
    if content is None or len(content) != _CONTENT.size:
        return None
    person, seconds = _CONTENT.unpack(content)
    person_id, issued_at = UUID(bytes=person), datetime.fromtimestamp(seconds, UTC)
    if at >= issued_at + LASTS or (person_id in ended and issued_at < ended[person_id]):
        return None
    return person_id
