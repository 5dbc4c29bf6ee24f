"""The signed addresses in alerts: which list is meant, until when. They open nothing without signing in."""

from datetime import date, datetime, timedelta

from django.core import signing
from django.urls import reverse

from outpost.core.errors import NOT_FOUND, Refusal
from outpost.sentinel.errors import LINK_EXPIRED

KEPT = timedelta(days=7)
_SALT = "sentinel.alert"


def address_of(category: str, on: date, *, at: datetime) -> str:
    """The path of a category's list of a day, good for a week."""
    return reverse("sentinel:alert", args=[_signed(category, on, at + KEPT)])


def read(token: str, *, at: datetime) -> tuple[str, date]:
    """Category and day of a signed address. Raises Refusal: NOT_FOUND when it is not ours, LINK_EXPIRED (410)."""
    try:
        category, on, until = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise Refusal(NOT_FOUND) from None
    if datetime.fromisoformat(until) < at:
        raise Refusal(LINK_EXPIRED)
    return category, date.fromisoformat(on)


def _signed(category: str, on: date, until: datetime) -> str:
    return signing.dumps([category, on.isoformat(), until.isoformat(timespec="seconds")], salt=_SALT)
