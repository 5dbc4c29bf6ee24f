"""The text of a venue code, as it stands in the address of a poster. Pure apart from the key ring, an argument.

It is the code's id with a signature of this installation, so that a forged or damaged one is told without any look-up.
"""

from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.signed import content_of, signed

_KIND = "venues.code"


def code_text(keys: KeyRing, code_id: UUID) -> str:
    """45 letters and digits."""
    return signed(keys, _KIND, code_id.bytes)


def code_id(keys: KeyRing, text: str) -> UUID | None:
    """The code that a text names; None for one that this installation did not make."""
    content = content_of(keys, _KIND, text)
    return UUID(bytes=content) if content is not None and len(content) == 16 else None
