"""The audit's problems."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

HEADS_DAMAGED = Problem(
    "audit.heads_damaged",
    422,
    _("Line {number} of the printed heads cannot be read. Bring the file back from its copy, or from paper."),
)
