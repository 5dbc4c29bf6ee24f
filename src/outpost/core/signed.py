"""Short texts that this installation vouches for: bytes with a keyed signature, for addresses and tokens. Pure apart
from the key ring, which is always an argument."""

import base64
import binascii
import hmac

from outpost.core.crypto import KeyRing

SIGNATURE = 12
"""Bytes: 96 bits, which nobody finds by trying."""


def signed(keys: KeyRing, kind: str, content: bytes) -> str:
    """Letters and digits (base 32: short in a picture, no capital to mistake, nothing that a spreadsheet takes for a
    formula); `kind` says what it is, so that one kind does not pass for another."""
    return base64.b32encode(content + _signature(keys, kind, content)).decode().rstrip("=")


def content_of(keys: KeyRing, kind: str, text: str) -> bytes | None:
    """What was signed; None for a text that is damaged, of another kind or of another installation."""
    try:
        blob = base64.b32decode(text + "=" * (-len(text) % 8), casefold=True)
    except (binascii.Error, ValueError):
        return None
    content, signature = blob[:-SIGNATURE], blob[-SIGNATURE:]
    return content if hmac.compare_digest(signature, _signature(keys, kind, content)) else None


def _signature(keys: KeyRing, kind: str, content: bytes) -> bytes:
    return bytes.fromhex(keys.signature(kind, content))[:SIGNATURE]
