"""The audit's problems."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

HEADS_DAMAGED = Problem(
    "audit.heads_damaged",
    422,
    _("Line {number} of the printed heads cannot be read. Bring the file back from its copy, or from paper."),
)
PURGE_RUNS = Problem("audit.purge_runs", 409, _("Another purge is running. Wait for its end."))
CLOCKS_DIFFER = Problem(
    "audit.clocks_differ",
    409,
    _(
        "Nothing was removed: the clock here shows {here}, the database's {there} (UTC). Set the wrong one, and let NTP"
        " keep both."
    ),
)
CLOCK_JUMPED = Problem(
    "audit.clock_jumped",
    409,
    _(
        "Nothing was removed: since the last purge the clock went from {earlier} to {later}. Is it right now? If not,"
        " set it; then run: outpost purge --clock-is-right"
    ),
)
CERTIFICATE_UNREADABLE = Problem(
    "audit.certificate_unreadable", 422, _("This file is no certificate of a purge, or it is damaged.")
)
CERTIFICATE_FORGED = Problem(
    "audit.certificate_forged",
    422,
    _("The signature is wrong: the certificate was changed, or another installation's key signed it."),
)
EDITED_MEANWHILE = Problem(
    "audit.edited_meanwhile",
    409,
    _(
        "{who} has changed this since you opened it (last on {when}): {changes}. Nothing was saved. Save again to"
        " put yours in its place, or take these changes over."
    ),
)
DELETION_OVER = Problem(
    "audit.deletion_over", 409, _("This was deleted more than {hours} hours ago. Enter it anew.")
)
