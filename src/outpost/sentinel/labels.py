"""How states, kinds and groups are called on pages, and the tone of their badges."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.health.rules import DoseStatus
from outpost.health.rules import TestResult as NatResult
from outpost.sentinel.duty import DutyState
from outpost.sentinel.fields import Audience, FieldKind
from outpost.sentinel.queries.outlook import Due
from outpost.sentinel.queries.statistics.vaccination import Standing
from outpost.sentinel.rules import Recency, State, UnmatchedCause
from outpost.sentinel.services.follow_ups import Reason

STATES: Mapping[State, str | Promise] = {
    State.MET: _("Met"),
    State.MISSED: _("Overdue"),
    State.NEW_JOINER: _("New, not due yet"),
    State.OFF_DUTY: _("Off duty, not judged"),
    State.NO_RULE: _("No rule"),
}
STATE_TONES: Mapping[State, str] = {State.MET: "good", State.MISSED: "bad"}

DUE: Mapping[Due, str | Promise] = {
    Due.OVERDUE: _("Overdue"),
    Due.TODAY: _("Test today"),
    Due.TOMORROW: _("Test by tomorrow"),
    Due.MADE_UP: _("Made up for"),
}
DUE_TONES: Mapping[Due, str] = {
    Due.OVERDUE: "bad",
    Due.TODAY: "warning",
    Due.TOMORROW: "running",
    Due.MADE_UP: "good",
}

RECENCIES: Mapping[Recency, str | Promise] = {
    Recency.WITHIN_24H: _("n ≤ 24 h"),
    Recency.WITHIN_48H: _("24 < n ≤ 48 h"),
    Recency.WITHIN_72H: _("48 < n ≤ 72 h"),
    Recency.OVER_72H: _("n > 72 h"),
    Recency.UNMATCHED: _("Unmatched"),
}

DUTIES: Mapping[DutyState, str | Promise] = {
    DutyState.ON_DUTY: _("On duty"),
    DutyState.RESTING: _("Resting"),
    DutyState.OFF_POST: _("Off post"),
    DutyState.HOLIDAY: _("Holiday"),
}

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
DOSE_STATUSES: Mapping[DoseStatus, str | Promise] = {
    DoseStatus.NOT_APPLICABLE: _("Does not apply"),
    DoseStatus.NOT_DUE: _("Not due yet"),
    DoseStatus.ELIGIBLE: _("May be given now"),
    DoseStatus.DONE: _("Dose given"),
}
STANDINGS: Mapping[Standing, str | Promise] = {
    Standing.NOT_APPLICABLE: DOSE_STATUSES[DoseStatus.NOT_APPLICABLE],
    Standing.NOT_DUE: DOSE_STATUSES[DoseStatus.NOT_DUE],
    Standing.ELIGIBLE: DOSE_STATUSES[DoseStatus.ELIGIBLE],
    Standing.DONE: DOSE_STATUSES[DoseStatus.DONE],
    Standing.DONE_BY_LATER: _("Shown by a later dose"),
}
DOSE_TONES: Mapping[DoseStatus, str] = {DoseStatus.ELIGIBLE: "warning", DoseStatus.DONE: "good"}

RESULTS: Mapping[NatResult, str | Promise] = {
    NatResult.NEGATIVE: _("Negative"),
    NatResult.POSITIVE: _("Positive"),
    NatResult.INCONCLUSIVE: _("Inconclusive"),
    NatResult.PENDING: _("Pending"),
}
RESULT_TONES: Mapping[NatResult, str] = {
    NatResult.NEGATIVE: "good",
    NatResult.POSITIVE: "bad",
    NatResult.INCONCLUSIVE: "warning",
    NatResult.PENDING: "running",
}

CAUSES: Mapping[UnmatchedCause, str | Promise] = {
    UnmatchedCause.CHECK_DIGIT: _("the document number is damaged"),
    UnmatchedCause.OTHER_DOCUMENT: _("records stand under another document type"),
    UnmatchedCause.NO_RECORD: _("no test was recorded"),
}
ADVICE: Mapping[UnmatchedCause, str | Promise] = {
    UnmatchedCause.CHECK_DIGIT: _("Compare the number with the document and correct it."),
    UnmatchedCause.OTHER_DOCUMENT: _("Correct the document type."),
    UnmatchedCause.NO_RECORD: _("If there was a test, compare the document number with the one given there."),
}

AUDIENCES: Mapping[Audience, str | Promise] = {
    Audience.ORGANIZATION: _("Organisations"),
    Audience.STAFF: _("Staff"),
}
FIELD_KINDS: Mapping[FieldKind, str | Promise] = {
    FieldKind.TEXT: _("Text"),
    FieldKind.CHOICE: _("Choice"),
    FieldKind.DATE: _("Date"),
    FieldKind.NUMBER: _("Numeric"),
}

GROUPINGS: Mapping[str, str | Promise] = {
    "town": _("Town"),
    "organization": _("Organisation"),
    "category": _("Category"),
    "department": _("Responsible department"),
}

NAT_FIGURES: Mapping[str, str | Promise] = {"tested": _("Tested"), "untested": _("Not tested")}
DOSE_FIGURES: Mapping[str, str | Promise] = {
    "eligible": _("May be given"),
    "done": _("People vaccinated"),
    "by_later": _("Shown by a later dose"),
    "not_due": _("Not due yet"),
    "not_applicable": _("Does not apply"),
}

COLUMNS: Mapping[str, str | Promise] = {
    "name": _("Full name"),
    "phone": _("Mobile number"),
    "address": _("Home address"),
    "job_type": _("Job type"),
    "joined_on": _("Joined on"),
    "fields": _("Fields of the category"),
}
CHANGES: Mapping[str, str | Promise] = {
    "import": _("Replaced by an import"),
    "sentinel.restated": _("Edited"),
    "sentinel.removed": _("Removed"),
}

FOLLOW_UP_STATES: Mapping[str, str | Promise] = {
    "": _("Nobody yet"),
    "claimed": _("Claimed"),
    "answered": _("Answered"),
    "closed": _("Closed"),
}
FOLLOW_UP_TONES: Mapping[str, str] = {"claimed": "running", "answered": "warning", "closed": "good"}
REASONS: Mapping[Reason, str | Promise] = {
    Reason.ILL: _("Ill"),
    Reason.ON_LEAVE: _("On leave"),
    Reason.TESTED_ELSEWHERE: _("Tested elsewhere, proof seen"),
    Reason.LEFT: _("No longer at this post"),
    Reason.WRONG_DATA: _("Wrong number or name in the ledger"),
    Reason.REMINDED: _("Reminded, will be tested"),
}
MEDIA: Mapping[str, str | Promise] = {"wecom": _("WeCom"), "sms": _("SMS"), "email": _("E-mail")}
