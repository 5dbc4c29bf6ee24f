"""A person's token: by it a citizen's phone says who checks in, without a session and without any look-up. Pure apart
from the key ring, which is always an argument."""

import struct
from datetime import UTC, datetime
from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.signed import content_of, signed

_KIND = "people.token"
_CONTENT = struct.Struct(">16sI")


def person_token(keys: KeyRing, person_id: UUID, *, expires_at: datetime) -> str:
    """52 letters and digits, good until an instant (whole seconds)."""
    return signed(keys, _KIND, _CONTENT.pack(person_id.bytes, int(expires_at.timestamp())))


def person_of(keys: KeyRing, token: str, *, at: datetime) -> UUID | None:
    """Whose token it is; None when it is not ours, or has expired."""
    content = content_of(keys, _KIND, token)
    if content is None or len(content) != _CONTENT.size:
        return None
    person, expires = _CONTENT.unpack(content)
    return UUID(bytes=person) if at < datetime.fromtimestamp(expires, UTC) else None
