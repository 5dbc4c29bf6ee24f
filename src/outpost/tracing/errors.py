"""The problems of a search."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

GROUND_MISSING = Problem(
    "tracing.ground_missing", 422, _("Say on which ground you search, such as the number of the case.")
)
SPAN_REVERSED = Problem(
    "tracing.span_reversed", 422, _("The search begins at {begins} and ends before. Swap them.")
)
SPAN_TOO_LONG = Problem(
    "tracing.span_too_long", 422, _("A search covers {most} days at most; this one {found}.")
)
