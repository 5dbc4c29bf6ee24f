"""How groups, figures and columns are called on pages. What is a vocabulary carries its own words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.sentinel.rules import UnmatchedCause

DOSES: Mapping[str, str | Promise] = {
    "none": _("No dose"),
    "given_1": _("First dose given"),
    "given_2": _("Second dose given"),
    "given_3": _("Third dose given"),
    "due_1": _("First dose due"),
    "due_2": _("Second dose due"),
    "due_3": _("Third dose due"),
}
DOSE_NAMES: Mapping[int, str | Promise] = {1: _("First dose"), 2: _("Second dose"), 3: _("Third dose")}
ADVICE: Mapping[UnmatchedCause, str | Promise] = {
    UnmatchedCause.CHECK_DIGIT: _("Compare the number with the document and correct it."),
    UnmatchedCause.OTHER_DOCUMENT: _("Correct the document type."),
    UnmatchedCause.NO_NAMED_RECORD: _(
        "Compare name and document number. If both are right, ask your town or bureau to confirm them."
    ),
    UnmatchedCause.NO_RECORD: _("If there was a test, compare the document number with the one given there."),
}

FROM_FILES = "import"
CHANGES: Mapping[str, str | Promise] = {
    "import": _("Replaced by an import"),
    "sentinel.restated": _("Edited"),
    "sentinel.removed": _("Removed"),
    "sentinel.restored": _("Put back"),
}
