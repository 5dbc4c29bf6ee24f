"""What every call of the JSON interface may answer besides its result."""

from django.utils.translation import gettext_lazy as _
from ninja import Schema

from outpost.core.errors import Problem

UNAUTHENTICATED = Problem(
    "core.unauthenticated",
    401,
    _(
        "This call needs a token (Authorization: Bearer …) that is known and not expired. Ask the operator for one."
    ),
)
UNREADABLE = Problem("core.unreadable", 400, _("The call could not be read: {reason}"))
INVALID = Problem(
    "core.invalid", 422, _("The call holds values that cannot be: {found}. Correct them and send it again.")
)
UNAVAILABLE = Problem(
    "core.unavailable",
    503,
    _(
        "The database does not answer just now. Nothing of this call was stored; send it again in a few seconds."
    ),
)
DISK_FULL = Problem(
    "core.disk_full",
    503,
    _("The disk is full: nothing of this call was stored. Send it again when the operator has freed space."),
)


class Trouble(Schema):
    """An expected "no": a stable code, the message in the caller's language, the named fields."""

    code: str
    message: str
    fields: dict[str, str] = {}


TROUBLES: dict[int, type[Trouble]] = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 503), Trouble)
