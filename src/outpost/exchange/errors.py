"""The problems of imports and exports."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

UNKNOWN_KIND = Problem(
    "exchange.unknown_kind",
    404,
    _("There is no such kind of file ({kind}). Go back and start from its list."),
)
TOO_LARGE = Problem(
    "exchange.too_large",
    413,
    _("The file is larger than {limit} MiB. Nothing was taken over; split it and send the parts."),
)
IS_RUNNING = Problem(
    "exchange.is_running",
    409,
    _("This import is being worked on at this moment. Wait until it is done, then look at its result."),
)
WRONG_STATE = Problem(
    "exchange.wrong_state",
    409,
    _("This cannot be done at this point: the task has moved on. Reload the page and look again."),
)
NO_SPACE = Problem(
    "exchange.no_space",
    503,
    _(
        "The server's disk is full; nothing was taken over and nothing is lost. Tell the operator, then try again."
    ),
)
FAILED = Problem(
    "exchange.failed",
    500,
    _(
        "The work was broken off by a fault on our side; nothing was taken over. Try again later; if it happens "
        "again, give the operator this number: {number}."
    ),
)
KILLED = Problem(
    "exchange.killed",
    500,
    _("The command that imported this file was cut off. Nothing was taken over; run the import again."),
)
CUT_OFF = Problem(
    "exchange.cut_off",
    500,
    _(
        "The check was cut off: its second process ended too soon, perhaps for want of memory. Nothing was taken "
        "over and the file is as it was; run the import again."
    ),
)
TOO_MANY_RUNNING = Problem(
    "exchange.too_many_running",
    429,
    _("{most} of your files are being worked on. Wait until one is done, then send the next."),
)
TOO_MANY_UNFINISHED = Problem(
    "exchange.too_many_unfinished",
    429,
    _("{most} checked files wait for your decision. Confirm or discard some, then send the next."),
)
TOO_MANY_TODAY = Problem(
    "exchange.too_many_today",
    429,
    _("{most} files were sent or checked again today. Go on tomorrow, or put the rows into fewer files."),
)
TOO_MANY_REJECTED = Problem(
    "exchange.too_many_rejected",
    422,
    _(
        "The check was ended early: {rejected} of the first {read} rows are wrong. Nothing was taken over; compare the "
        "columns with the template, then send the file again."
    ),
)
RIGHTS_CHANGED = Problem(
    "exchange.rights_changed",
    403,
    _("Your rights have changed since this file was made. Export it again within your present rights."),
)
IMPORT_RIGHTS_CHANGED = Problem(
    "exchange.import_rights_changed",
    403,
    _(
        "Your rights have changed since this file was sent. Nothing more is done with it; send it again within them."
    ),
)
EXPIRED = Problem(
    "exchange.expired", 410, _("This file has expired and was deleted. Export it again if you need it.")
)
PURPOSE_REQUIRED = Problem(
    "exchange.purpose_required",
    422,
    _("This table holds identities: choose what you need it for. The purpose is recorded."),
)
AT_ROW = Problem("exchange.at_row", 422, _("Row {row}"))
TOO_LATE_TO_UNDO = Problem(
    "exchange.too_late_to_undo",
    409,
    _(
        "An import can be taken back for {days} days: what it replaced is not kept for longer. Correct it by another."
    ),
)
DECIDED = Problem(
    "exchange.decided",
    409,
    _("This export no longer waits for a second person: it was decided, or its time is over."),
)
NO_SECOND_PERSON = Problem(
    "exchange.no_second_person",
    409,
    _(
        "No second person agreed within 24 hours. Ask for the export again, and tell a colleague with the same right."
    ),
)
