"""One staff member: identity, tests, doses, evidence, duty, history."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outpost.access.actions import REVEAL
from outpost.audit.versions import told
from outpost.core import clock
from outpost.pages.days import RangeForm
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import drawn, take
from outpost.people.rules import DocumentType
from outpost.people.services import record_own_seen
from outpost.sentinel import labels
from outpost.sentinel.actions import EDIT_STAFF, SEE_STAFF
from outpost.sentinel.columns import Audience
from outpost.sentinel.forms.ledger import DutyForm, RevealForm
from outpost.sentinel.queries import categories
from outpost.sentinel.queries import person as queries
from outpost.sentinel.queries.history import history_of
from outpost.sentinel.queries.staff import clear_of, member_of, rows_of
from outpost.sentinel.queries.texts import names_of
from outpost.sentinel.queries.unmatched import causes_of
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.revealing import reveal_staff
from outpost.sentinel.web.pages import is_wide
from outpost.sentinel.web.revealed import is_revealed, remember_revealed
from outpost.sentinel.web.staff import MORE

RANGES = (7, 14, 31)
REVEAL_FORM, DUTY_FORM = "reveal", "duty"  # the two forms of the page


@door(REVEAL)
@require_POST
def reveal(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Show the identity in clear for a while, for a stated purpose."""
    page = reverse("sentinel:staff_member", args=[member_of(staff_id, actor=request.actor).id])

    def act(form: RevealForm) -> HttpResponse:
        purpose = form.cleaned_data["purpose"]
        reveal_staff([staff_id], purpose=purpose, actor=request.actor, at=clock.now())
        remember_revealed(request, staff_id)
        return redirect(page)

    return take(request, RevealForm, act, page=page, name=REVEAL_FORM)


@door(EDIT_STAFF)
@require_POST
def duty(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Put somebody on or off duty for a span of days."""
    page = reverse(
        "sentinel:staff_member", args=[member_of(staff_id, actor=request.actor, action=EDIT_STAFF).id]
    )

    def act(form: DutyForm) -> HttpResponse:
        stated = form.cleaned_data
        set_duty(
            [staff_id],
            stated["state"],
            starts_on=stated["starts_on"],
            ends_on=form.ends_on,
            actor=request.actor,
            at=clock.now(),
        )
        messages.success(request, _("The duty was set."))
        return redirect(page)

    return take(request, DutyForm, act, page=page, name=DUTY_FORM)


@door(SEE_STAFF)
@require_GET
def member(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Everything about one staff member, masked unless they are the reader's own or were revealed just now."""
    found = member_of(staff_id, actor=request.actor)
    identity = clear_of(found, actor=request.actor) if is_revealed(request, staff_id) else None
    at = clock.now()
    actor = request.actor
    [row] = rows_of([found], actor=actor, at=at)
    if identity is None:
        record_own_seen([row], actor=actor, at=at)
    today = clock.local_day(at)
    span = RangeForm(request.GET)
    first, last = span.days(today)
    doses, states = queries.doses_of(found, on=today, actor=actor)
    cause = causes_of([row], actor=actor, at=at).get(row.id)
    specs = categories.fields_of(row.category, Audience.STAFF)
    context = {
        "row": row,
        "identity": identity or row,
        "is_clear": row.is_clear or identity is not None,
        "document_type": DocumentType(row.doc_type).label,
        "fields": [(column.title, column.shown(row.plain[column.name])) for column in MORE]
        + [(spec.title, row.fields.get(spec.code, "")) for spec in specs],
        "pass": queries.pass_of(found, at=at, actor=actor),
        "judgements": queries.judgements_of(found, at=at, actor=actor),
        "cause": cause,
        "advice": labels.ADVICE[cause] if cause else "",
        "tests": queries.nat_tests_of(found, first=first, last=last, actor=actor),
        "span": RangeForm({"first": first, "last": last}),
        "first": first,
        "last": last,
        "ranges": [(days, today - timedelta(days=days - 1)) for days in RANGES],
        "today": today,
        "doses": doses,
        "dose_states": [(labels.DOSE_NAMES[n], one) for n, one in enumerate(states, 1)],
        "spells": queries.spells_of(found),
        "history": told(
            history_of(found, actor=actor), names_of(Audience.STAFF, specs), labels.CHANGES, labels.FROM_FILES
        ),
        "may_edit": actor.may(EDIT_STAFF),
        "may_confirm": found.is_unconfirmed and is_wide(actor, EDIT_STAFF),
        "may_reveal": actor.may(REVEAL) and not row.is_clear,
        "reveal_form": drawn(request, RevealForm, name=REVEAL_FORM),
        "duty_form": drawn(request, partial(DutyForm, initial={"starts_on": today}), name=DUTY_FORM),
    }
    return render(request, "sentinel/staff_member.html", context)
