"""How a call to a system next door is signed, so that it can tell who sent it, and when.

Headers, which are part of the interface:

    Outpost-Id         what is sent, the same at each attempt: take an id once and answer 2xx for it again
    Outpost-Timestamp  seconds since 1970 when this attempt was signed
    Outpost-Signature  v1=<hex>, HMAC-SHA256 under the shared secret over "<timestamp>.<body>"

A receiver refuses a timestamp more than five minutes away from its own clock, so that nothing is replayed later. Pure.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

ID, TIMESTAMP, SIGNATURE = "Outpost-Id", "Outpost-Timestamp", "Outpost-Signature"
WINDOW = timedelta(minutes=5)
LEAST_SECRET = 16
JSON = {"Content-Type": "application/json; charset=utf-8"}


def signed_headers(id_: UUID, body: bytes, *, secret: str, at: datetime) -> dict[str, str]:
    """The headers of a call with this body, JSON."""
    timestamp = str(int(at.timestamp()))
    return {**JSON, ID: str(id_), TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, body)}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in `Outpost-Signature`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"v1={digest}"


def is_genuine(headers: Mapping[str, str], body: bytes, *, secret: str, at: datetime) -> bool:
    """What a receiver must check before it believes a call: the signature, and that it is fresh."""
    timestamp = headers.get(TIMESTAMP, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    is_fresh = abs(at.timestamp() - int(timestamp)) <= WINDOW.total_seconds()
    expected = signature(secret, timestamp, body)
    return is_fresh and hmac.compare_digest(headers.get(SIGNATURE, "").encode(), expected.encode())
