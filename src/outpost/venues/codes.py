"""The text of a venue code, as it stands in the address of a poster. Pure apart from the key ring, an argument.

It is the code's id with a signature of this installation, so that a forged or damaged one is told without any look-up.
"""

import hmac
from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.signed import content_of, signed

_KIND, _SHORT_KIND = "venues.code", "venues.short_code"
_END = 5
"""Bytes of the id that a short code carries: 40 random bits."""
_CHECK = 2
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none that is taken for another
_MISREAD = str.maketrans("OIL", "011", " -")


def code_text(keys: KeyRing, code_id: UUID) -> str:
    """45 letters and digits."""
    return signed(keys, _KIND, code_id.bytes)


def code_id(keys: KeyRing, text: str) -> UUID | None:
    """The code that a text names; None for one that this installation did not make."""
    content = content_of(keys, _KIND, text)
    return UUID(bytes=content) if content is not None and len(content) == 16 else None


def short_text(keys: KeyRing, code_id: UUID) -> str:
    """Twice five letters and digits, for whoever cannot scan: the end of the id with a check that only we can make."""
    end = code_id.bytes[-_END:]
    text = _letters(int.from_bytes(end), 8) + _check(keys, end)
    return f"{text[:5]} {text[5:]}"


def short_end(keys: KeyRing, text: str) -> str | None:
    """The end of the id, in hex, that a typed text names; None for a mistyped or foreign one."""
    typed = text.upper().translate(_MISREAD)
    if len(typed) != 8 + _CHECK or not set(typed) <= set(_LETTERS):
        return None
    number = 0
    for letter in typed[:8]:
        number = number << 5 | _LETTERS.index(letter)
    end = number.to_bytes(_END)
    return end.hex() if hmac.compare_digest(_check(keys, end), typed[8:]) else None


def _check(keys: KeyRing, end: bytes) -> str:
    return _letters(int(keys.signature(_SHORT_KIND, end), 16), _CHECK)


def _letters(number: int, count: int) -> str:
    """The lowest bits of a number, five a letter."""
    return "".join(_LETTERS[number >> shift & 31] for shift in range(5 * (count - 1), -1, -5))
