"""One staff member: identity, tests, doses, evidence, duty, history."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outpost.core import clock
from outpost.core.errors import Refusal
from outpost.pages.doors import PageRequest, door
from outpost.people.rules import DocumentType
from outpost.sentinel import labels
from outpost.sentinel.fields import Audience
from outpost.sentinel.forms.ledger import DutyForm, RevealForm
from outpost.sentinel.forms.statistics import RangeForm
from outpost.sentinel.queries import categories, details
from outpost.sentinel.queries.staff import StaffRow, staff_member, staff_tests
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.looks import record_staff_seen
from outpost.sentinel.services.staff import StaffIdentity, reveal_staff
from outpost.sentinel.web.pages import language, refuse
from outpost.sentinel.web.staff import MORE

SEE = "sentinel.see_staff"
EDIT = "sentinel.edit_staff"
RANGES = (7, 14, 31)


@door(SEE)
@require_GET
def member(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Everything about one staff member, masked unless they are the reader's own."""
    return _page(request, staff_member(staff_id, actor=request.actor, at=clock.now()))


@door("people.reveal")
@require_POST
def reveal(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """The same page with the identity in clear, for a stated purpose."""
    at = clock.now()
    row = staff_member(staff_id, actor=request.actor, at=at)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _page(request, row, reveal_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    purpose = form.cleaned_data["purpose"]
    identity = reveal_staff([staff_id], purpose=purpose, actor=request.actor, at=at)[staff_id]
    return _page(request, row, identity=identity)


@door(EDIT)
@require_POST
def duty(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Put somebody on or off duty for a span of days."""
    at = clock.now()
    row = staff_member(staff_id, actor=request.actor, at=at, action=EDIT)
    form = DutyForm(request.POST)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        stated = form.cleaned_data
        try:
            set_duty(
                [staff_id],
                stated["state"],
                starts_on=stated["starts_on"],
                ends_on=form.ends_on,
                actor=request.actor,
                at=at,
            )
        except Refusal as refusal:
            status = refuse(form, refusal)
        else:
            messages.success(request, _("The duty was set."))
            return redirect("sentinel:staff_member", staff_id)
    return _page(request, row, duty_form=form, status=status)


def _page(
    request: PageRequest,
    row: StaffRow,
    *,
    identity: StaffIdentity | None = None,
    status: int = HTTPStatus.OK,
    **forms: Any,
) -> HttpResponse:
    at = clock.now()
    actor = request.actor
    if identity is None:
        record_staff_seen([row], actor=actor, at=at)
    today = clock.local_day(at)
    span = RangeForm(request.GET)
    first, last = span.days(today)
    doses, states = details.doses_of(row.id, on=today, actor=actor)
    cause = details.cause_of(row.id, row.recency, actor=actor, at=at)
    context = {
        "row": row,
        "identity": identity or row,
        "is_clear": row.is_clear or identity is not None,
        "document_type": DocumentType(row.doc_type).label,
        "fields": [(column.title, column.shown(row.plain[column.name])) for column in MORE]
        + [
            (spec.label(language()), row.fields.get(spec.code, ""))
            for spec in categories.fields_of(row.category, Audience.STAFF)
        ],
        "judgements": details.judgements_of(row.id, actor=actor, at=at),
        "cause": cause,
        "advice": labels.ADVICE[cause] if cause else "",
        "tests": staff_tests(row.id, first=first, last=last, actor=actor),
        "span": RangeForm({"first": first, "last": last}),
        "first": first,
        "last": last,
        "ranges": [(days, today - timedelta(days=days - 1)) for days in RANGES],
        "today": today,
        "doses": doses,
        "dose_states": [(labels.DOSE_NAMES[n], one) for n, one in enumerate(states, 1)],
        "spells": details.spells_of(row.id, actor=actor),
        "history": [
            (change.at, labels.CHANGES.get(change.cause, change.cause), _names(change.changed))
            for change in details.history_of(row.id, actor=actor)
        ],
        "may_edit": actor.may(EDIT),
        "may_reveal": actor.may("people.reveal") and not row.is_clear,
        "reveal_form": RevealForm(),
        "duty_form": DutyForm(initial={"starts_on": today, "state": "resting"}),
    }
    return render(request, "sentinel/staff_member.html", context | forms, status=status)


def _names(changed: tuple[str, ...]) -> str:
    return "、".join(str(labels.COLUMNS[name]) for name in changed)
