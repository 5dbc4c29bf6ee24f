"""The problems of cases and of searches within them."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

GROUND_MISSING = Problem(
    "tracing.ground_missing", 422, _("Say on which ground you search, such as the number of the case.")
)
SPAN_REVERSED = Problem("tracing.span_reversed", 422, _("The end lies before the beginning. Swap them."))
SPAN_TOO_LONG = Problem("tracing.span_too_long", 422, _("It may cover {most} days at most; this is {found}."))
UNKNOWN_PURPOSE = Problem(
    "tracing.unknown_purpose", 422, _("A case is opened for one of these purposes: {known}.")
)
NO_POSITIVE = Problem(
    "tracing.no_positive",
    422,
    _(
        "There is no confirmed positive result of this person, so no case is opened. Have the laboratory's result "
        "recorded first, or correct the number."
    ),
)
WINDOW_FAR = Problem(
    "tracing.window_far",
    422,
    _(
        "The sample was taken on {sampled}; this window lies more than {most} days from it. State the window in which "
        "the person may have been infectious."
    ),
)
ALREADY_OPEN = Problem(
    "tracing.already_open", 409, _("There is a case of this person that is not closed. Go on with that one.")
)
SAME_PERSON = Problem(
    "tracing.same_person", 422, _("Who asked for it cannot agree to it. Another officer has to.")
)
NOT_WAITING = Problem("tracing.not_waiting", 409, _("Nothing of this case waits for a second officer."))
CASE_CLOSED = Problem("tracing.case_closed", 409, _("This case is closed."))
NO_OPEN_CASE = Problem(
    "tracing.no_open_case",
    403,
    _(
        "There is no open case for this search: visits are read only within one that a second officer has agreed to "
        "and whose positive result stands. The attempt was recorded and told to the security administrator."
    ),
)
OUTSIDE_WINDOW = Problem(
    "tracing.outside_window",
    403,
    _(
        "The search lies outside the window of the case, {begins} to {ends}. Have the window changed first. The "
        "attempt was recorded and told to the security administrator."
    ),
)
NOBODY_MET = Problem("tracing.nobody_met", 409, _("Nobody was found, so nothing was stated."))
