"""Search texts in addresses. A name, phone or number that was searched for stands sealed in the address,
so that neither history nor a log holds it (the address can still be kept, sorted and paged)."""

import base64
import binascii

from outpost.core.crypto import ring
from outpost.core.keyfile import CryptoError

CONTEXT = "core.search_text"


def seal_text(text: str) -> str:
    """URL-safe text that only this deployment can read; empty stays empty."""
    if not text:
        return ""
    return base64.urlsafe_b64encode(ring().seal(text.encode(), CONTEXT)).decode().rstrip("=")


def open_text(token: str) -> str:
    """What was sealed; empty for a token that is damaged, typed in or from another deployment."""
    try:
        blob = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return ring().open(blob, CONTEXT).decode()
    except (binascii.Error, ValueError, CryptoError):
        return ""
