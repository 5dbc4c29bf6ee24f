"""Texts about people on their way through a browser, sealed.

A name, phone or number that was searched for stands sealed in the address of a list, so that neither history nor a log
holds it (the address can still be kept, sorted and paged). It opens for the account that searched, on that day and the
next: an address that is passed on, or found later, tells nobody whom it was about.
"""

import base64
import binascii
from datetime import date, timedelta

from outpost.core.crypto import ring
from outpost.core.keyfile import CryptoError

CONTEXT = "core.search_text"


def seal_text(text: str, context: str = CONTEXT) -> str:
    """URL-safe text that only this deployment can read; empty stays empty."""
    if not text:
        return ""
    return base64.urlsafe_b64encode(ring().seal(text.encode(), context)).decode().rstrip("=")


def open_text(token: str, context: str = CONTEXT) -> str:
    """What was sealed; empty for a token that is damaged, typed in, of another context or deployment."""
    try:
        blob = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return ring().open(blob, context).decode()
    except (binascii.Error, ValueError, CryptoError):
        return ""


def seal_search(text: str, *, reader: str, on: date) -> str:
    """A text searched for, for the address of the account `reader` (an actor's id) on a day."""
    return seal_text(text, _searched(reader, on))


def open_search(token: str, *, reader: str, on: date) -> str:
    """What this account searched for on this day or the day before; empty for everything else."""
    return open_text(token, _searched(reader, on)) or open_text(
        token, _searched(reader, on - timedelta(days=1))
    )


def _searched(reader: str, on: date) -> str:
    return f"{CONTEXT}:{reader}:{on.isoformat()}"
