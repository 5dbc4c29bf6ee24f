"""Codes that people type: twice five letters and digits with a check that only this installation can make. Pure apart
from the key ring, which is always an argument."""

import hmac

from outpost.core.crypto import KeyRing

TAIL = 5
"""Bytes that a short code carries: 40 bits."""
_CHECK = 2
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none that is taken for another
_MISREAD = str.maketrans("OIL", "011", " -")


def short_text(keys: KeyRing, kind: str, tail: bytes) -> str:
    """The code of TAIL bytes; `kind` says what it is, so that one kind does not pass for another."""
    text = _letters(int.from_bytes(tail), 8) + _check(keys, kind, tail)
    return f"{text[:5]} {text[5:]}"


def short_tail(keys: KeyRing, kind: str, text: str) -> bytes | None:
    """The bytes that a typed text names; None for a mistyped or foreign one."""
    typed = text.upper().translate(_MISREAD)
    if len(typed) != 8 + _CHECK or not set(typed) <= set(_LETTERS):
        return None
    number = 0
    for letter in typed[:8]:
        number = number << 5 | _LETTERS.index(letter)
    tail = number.to_bytes(TAIL)
    return tail if hmac.compare_digest(_check(keys, kind, tail), typed[8:]) else None


def _check(keys: KeyRing, kind: str, tail: bytes) -> str:
    return _letters(int(keys.signature(kind, tail), 16), _CHECK)


def _letters(number: int, count: int) -> str:
    """The lowest bits of a number, five a letter."""
    return "".join(_LETTERS[number >> shift & 31] for shift in range(5 * (count - 1), -1, -5))
