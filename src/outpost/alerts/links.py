"""The signed part of an address in an alert: which list is meant, until when. It opens nothing without signing in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core import signing

from outpost.core.errors import NOT_FOUND, Problem, Refusal

KEPT = timedelta(days=7)


def signed(meant: Sequence[str], *, salt: str, at: datetime) -> str:
    """A token that means these, good for a week."""
    return signing.dumps([*meant, (at + KEPT).isoformat(timespec="seconds")], salt=salt)


def read(token: str, *, salt: str, expired: Problem, at: datetime) -> list[str]:
    """What a token means. Raises Refusal: NOT_FOUND when it is not ours, `expired` after its week."""
    try:
        meant: list[str] = signing.loads(token, salt=salt)
    except signing.BadSignature:
        raise Refusal(NOT_FOUND) from None
    *said, until = meant
    if datetime.fromisoformat(until) < at:
        raise Refusal(expired)
    return said
