"""One staff member: identity, tests, doses, evidence, duty, history."""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from outpost.access.actions import REVEAL
from outpost.audit.versions import told
from outpost.core import clock
from outpost.pages.days import RangeForm
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import drawn, take
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.grounds import LinkGround, UnlinkReason
from outpost.people.links import linked_to, standing_link
from outpost.people.real_names import Statement
from outpost.people.rules import DocumentType
from outpost.people.services import record_own_seen
from outpost.people.trying import count_tries
from outpost.sentinel import labels
from outpost.sentinel.actions import EDIT_STAFF, SEE_STAFF
from outpost.sentinel.columns import Audience
from outpost.sentinel.forms.ledger import DutyForm, RevealForm
from outpost.sentinel.forms.linking import LinkForm, UnlinkForm
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.queries import person as queries
from outpost.sentinel.queries.history import history_of
from outpost.sentinel.queries.staff import clear_of, member_as_row, member_of, whole_rows
from outpost.sentinel.queries.texts import names_of
from outpost.sentinel.queries.unmatched import causes_of, unmatched_in
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.linking import link_staff, unlink_staff
from outpost.sentinel.services.revealing import reveal_staff
from outpost.sentinel.web.pages import is_wide
from outpost.sentinel.web.revealed import is_revealed, remember_revealed
from outpost.sentinel.web.staff import MORE

RANGES = (7, 14, 31)
REVEAL_FORM, DUTY_FORM, LINK_FORM, UNLINK_FORM = "reveal", "duty", "link", "unlink"  # the forms of the page


@door(REVEAL)
@require_POST
def reveal(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Show the identity in clear for a while, for a stated purpose."""
    page = _page(request, staff_id, SEE_STAFF)

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
    page = _page(request, staff_id, EDIT_STAFF)

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


@door(DECIDE_CLAIMS)
@sensitive_post_parameters()
@require_POST
def link(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Let a second document of this person count, which an officer has seen beside the first."""
    page, at = _page(request, staff_id, DECIDE_CLAIMS), clock.now()

    def act(form: LinkForm) -> HttpResponse:
        stated = form.cleaned_data
        document = stated["document"]
        count_tries({"document": document.number}, DECIDE_CLAIMS, actor=request.actor, at=at)
        ground = LinkGround(stated["ground"])
        link_staff(staff_id, Statement(stated["name"], document), ground, actor=request.actor, at=at)
        messages.success(request, _("What comes in under this document counts for the person from now on."))
        return redirect(page)

    def make(data: object) -> LinkForm:
        return LinkForm(data, today=clock.local_day(at))

    return take(request, make, act, page=page, at="document_number", name=LINK_FORM)


@door(DECIDE_CLAIMS)
@require_POST
def unlink(request: PageRequest, staff_id: UUID, link_id: UUID) -> HttpResponse:
    """Let a linked document count no longer."""
    page = _page(request, staff_id, DECIDE_CLAIMS)
    standing_link(member_of(staff_id, actor=request.actor).person_id, link_id)

    def act(form: UnlinkForm) -> HttpResponse:
        reason = UnlinkReason(form.cleaned_data["because"])
        unlink_staff(staff_id, link_id, reason, actor=request.actor, at=clock.now())
        messages.success(request, _("The document counts for this person no longer."))
        return redirect(page)

    return take(request, UnlinkForm, act, page=page, name=UNLINK_FORM)


def _page(request: PageRequest, staff_id: UUID, action: str) -> str:
    """The address of the person's page, for who may do this to them. Raises NOT_FOUND."""
    found = member_of(staff_id, actor=request.actor, action=action)
    return reverse("sentinel:staff_member", args=[found.id])


@door(SEE_STAFF)
@require_GET
def member(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Everything about one staff member, masked unless they are the reader's own or were revealed just now."""
    at = clock.now()
    actor = request.actor
    found = member_as_row(staff_id, actor=actor, at=at)
    identity = clear_of(found, actor=actor) if is_revealed(request, staff_id) else None
    [row] = whole_rows([found], actor=actor, at=at)
    if identity is None:
        record_own_seen([row], actor=actor, at=at)
    today = clock.local_day(at)
    span = RangeForm(request.GET)
    first, last = span.days(today)
    doses, states = queries.doses_of(found, on=today, actor=actor)
    cause = causes_of(unmatched_in([row]), at=at).get(row.id)
    specs = categories.fields_of(row.category, Audience.STAFF)
    context = {
        "row": row,
        "identity": identity or row,
        "is_clear": row.is_clear or identity is not None,
        "document_type": DocumentType(row.doc_type).label,
        "fields": [(column.title, column.shown(row.plain[column.name])) for column in MORE]
        + [(spec.title, row.fields.get(spec.code, "")) for spec in specs],
        "pass": queries.passes_of([row], at=at, actor=actor).get(row.id),
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
        **_documents(request, found, today),
        "duty_form": drawn(request, partial(DutyForm, initial={"starts_on": today}), name=DUTY_FORM),
    }
    return render(request, "sentinel/staff_member.html", context)


def _documents(request: PageRequest, found: StaffMember, today: date) -> dict[str, Any]:
    """The person's further documents, for who may link them."""
    if not request.actor.may(DECIDE_CLAIMS):
        return {"may_link": False}
    return {
        "may_link": True,
        "documents": linked_to(found.person_id) if found.has_documents else [],
        "link_form": drawn(request, partial(LinkForm, today=today), name=LINK_FORM),
        "unlink_form": drawn(request, UnlinkForm, name=UNLINK_FORM),
    }
