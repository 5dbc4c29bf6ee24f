"""The text of a venue code, as it stands in the address of a poster, and of a join code 申报码. Pure apart from the key
ring, an argument.

It is the code's id with a signature of this installation, so that a forged or damaged one is told without any look-up.
"""

from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.short_codes import TAIL
from outpost.core.short_codes import short_tail as tail_of
from outpost.core.short_codes import short_text as text_of
from outpost.core.signed import content_of, signed

CODE, JOIN = "venues.code", "venues.join"
_SHORT = {CODE: "venues.short_code", JOIN: "venues.short_join"}


def code_text(keys: KeyRing, code_id: UUID, kind: str = CODE) -> str:
    """45 letters and digits."""
    return signed(keys, kind, code_id.bytes)


def code_id(keys: KeyRing, text: str, kind: str = CODE) -> UUID | None:
    """The code that a text names; None for one that this installation did not make."""
    content = content_of(keys, kind, text)
    return UUID(bytes=content) if content is not None and len(content) == 16 else None


def short_text(keys: KeyRing, code_id: UUID, kind: str = CODE) -> str:
    """For whoever cannot scan: the end of the id with a check that only we can make."""
    return text_of(keys, _SHORT[kind], code_id.bytes[-TAIL:])


def short_end(keys: KeyRing, text: str, kind: str = CODE) -> str | None:
    """The end of the id, in hex, that a typed text names; None for a mistyped or foreign one."""
    tail = tail_of(keys, _SHORT[kind], text)
    return tail.hex() if tail is not None else None
