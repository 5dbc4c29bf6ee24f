"""The signed addresses in alerts: the list of a category and day."""

from datetime import date, datetime

from django.urls import reverse

from outpost.alerts import links
from outpost.sentinel.errors import LINK_EXPIRED

_SALT = "sentinel.alert"


def address_of(category: str, on: date, *, at: datetime) -> str:
    """The path of a category's list of a day, good for a week."""
    return reverse("sentinel:alert", args=[links.signed([category, on.isoformat()], salt=_SALT, at=at)])


def read(token: str, *, at: datetime) -> tuple[str, date]:
    """Category and day of a signed address. Raises Refusal: NOT_FOUND when it is not ours, LINK_EXPIRED (410)."""
    category, on = links.read(token, salt=_SALT, expired=LINK_EXPIRED, at=at)
    return category, date.fromisoformat(on)
