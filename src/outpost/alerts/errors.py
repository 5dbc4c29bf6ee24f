"""What goes wrong with alerts and follow-ups."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

ALERT_MEDIUM = Problem("alerts.medium", 422, _("“{found}” is no way to send alerts. Known: {known}."))
ALERT_RECIPIENT = Problem(
    "alerts.recipient",
    422,
    _("A chosen recipient is no active officer any more. Choose the recipients again."),
)
FOLLOW_UP_STATE = Problem(
    "alerts.follow_up_state",
    409,
    _("{count} of the chosen people stand otherwise by now. Load the list again and choose anew."),
)
FOLLOW_UP_NOBODY = Problem(
    "alerts.follow_up_nobody", 422, _("Nobody is chosen. Tick at least one person of the list.")
)
FOLLOW_UP_REASON = Problem(
    "alerts.follow_up_reason", 422, _("An answer needs one of the reasons offered. Choose a reason.")
)
FOLLOW_UP_NOTE = Problem(
    "alerts.follow_up_note", 422, _("The note has {found} characters; at most {limit} are kept. Shorten it.")
)
