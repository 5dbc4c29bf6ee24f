"""The problems of the lane itself."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

NO_SUCH_CALL = Problem("ingest.no_such_call", 404, _("There is no such call here."))
METHOD = Problem("ingest.method", 405, _("This call takes POST only."))
GET_ONLY = Problem("ingest.get_only", 405, _("This call takes GET only."))
TOO_LONG = Problem("ingest.too_long", 413, _("A request states its length, {most} bytes at most."))
TOO_SLOW = Problem("ingest.too_slow", 408, _("The request did not arrive in time. Send it again."))
UNREADABLE = Problem("ingest.unreadable", 422, _("These fields are missing or cannot be read: {fields}."))
TOKEN = Problem("ingest.token", 401, _("The sign-in is not valid any more. Sign in again, then check in."))
NOT_SEEN = Problem(
    "ingest.not_seen",
    403,
    _(
        "Your pass shows here once an officer of your town has seen your card. Until then show the card itself."
    ),
)
UNWRITABLE = Problem(
    "ingest.unwritable", 422, _("This check-in cannot be stored. Check in once more, or ask the staff.")
)
TOO_OFTEN = Problem(
    "ingest.too_often", 429, _("Too many check-ins of one person. It is not recorded yet; wait a minute.")
)
CROWDED = Problem(
    "ingest.crowded",
    503,
    _("Too many check in at this venue just now. It is not recorded yet; it will be tried again."),
)
BUSY = Problem(
    "ingest.busy", 503, _("Too many check in just now. It is not recorded yet; it will be tried again.")
)
BUSY_PASS = Problem(
    "ingest.busy_pass",
    503,
    _("The service is busy. The pass that was shown last stays as it was; try again soon."),
)
