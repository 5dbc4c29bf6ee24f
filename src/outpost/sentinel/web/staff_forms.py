"""Adding somebody to an organisation, and changing what is stated of them."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.fields.specs import named
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.people.rules import DocumentType
from outpost.people.services import record_own_seen
from outpost.people.trying import count_tries
from outpost.sentinel.columns import Audience
from outpost.sentinel.forms.ledger import DocumentCheckForm, StaffForm
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.editing import edited_member
from outpost.sentinel.queries.enrolments import enrolment_choices, enrolment_of, own_enrolments
from outpost.sentinel.queries.jobs import job_types
from outpost.sentinel.queries.staff import holder_in, member_of, plain_of, shown_of
from outpost.sentinel.services import staff as services
from outpost.sentinel.web.pages import selected
from outpost.sentinel.web.staff import EDIT, PLACED


@door(EDIT)
@require_GET
def choose_organization(request: PageRequest) -> HttpResponse:
    """To which organisation somebody is to be added; the only one is not asked for."""
    met = categories.categories(actor=request.actor, action=EDIT)
    category = selected(request, met)
    own = [
        one
        for one in own_enrolments(actor=request.actor)
        if category is None or one.category == category.code
    ]
    if len(own) == 1:
        return redirect("sentinel:add_staff", own[0].id)
    if own:
        choices = [(f"{one.name} · {one.category_name}", _add(one.id)) for one in own]
    elif category is None:
        choices = [(one.name, f"?category={one.code}") for one in met]
    else:
        offered = enrolment_choices(category.code, actor=request.actor, action=EDIT)
        choices = [(name, _add(id_)) for id_, name in offered]
    return render(request, "sentinel/choose.html", {"choices": choices, "of": "staff"})


def _add(enrolment_id: UUID) -> str:
    return reverse("sentinel:add_staff", args=[enrolment_id])


@door(EDIT)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def add_staff(request: PageRequest, enrolment_id: UUID) -> HttpResponse:
    """Add somebody to an organisation."""
    place = enrolment_of(enrolment_id, actor=request.actor, action=EDIT)

    def add(form: StaffForm) -> HttpResponse:
        _count_try(form.stated().get("document_number"), request.actor)
        added = services.add_staff(enrolment_id, form.stated(), actor=request.actor, at=clock.now())
        messages.success(request, _("Added to the ledger."))
        if request.POST.get("then") == "another":
            return redirect("sentinel:add_staff", enrolment_id)
        return redirect("sentinel:staff_member", added.id)

    make = partial(StaffForm, specs=categories.fields_of(place.category_id, Audience.STAFF))
    return form_page(
        request, "sentinel/staff_form.html", make, add, context=lambda form: _context(request, form, place)
    )


@door(EDIT)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def edit_staff(request: PageRequest, staff_id: UUID) -> HttpResponse:
    """Change what is stated of somebody. What the reader sees masked stays unless it is typed anew."""
    member = member_of(staff_id, actor=request.actor, action=EDIT)
    shown = shown_of(member, actor=request.actor)
    texts = {
        "name": shown.name,
        "document_number": shown.number,
        "phone": shown.phone,
        "address": shown.address,
    }
    initial = {
        "document_type": shown.doc_type,
        **plain_of(member),
        "joined_on": member.joined_on,
        **(texts if shown.is_clear else {}),
        **named(member.fields),
    }
    specs = categories.fields_of(member.enrolment.category_id, Audience.STAFF)
    make = partial(StaffForm, specs=specs, kept={} if shown.is_clear else texts, initial=initial)

    def change(form: StaffForm) -> HttpResponse:
        seen = form.cleaned_data[SEEN]
        _count_try(form.stated().get("document_number"), request.actor)
        services.change_staff(staff_id, form.stated(), actor=request.actor, at=clock.now(), seen=seen)
        messages.success(request, _("Changed."))
        return redirect("sentinel:staff_member", staff_id)

    def context(form: StaffForm) -> dict[str, Any]:
        record_own_seen([shown], actor=request.actor, at=clock.now())
        return _context(request, form, member.enrolment, member)

    return edit_page(
        request,
        "sentinel/staff_form.html",
        make,
        change,
        lambda: edited_member(member, specs, actor=request.actor),
        inputs={"document_number": ("document_type", "document_number")},
        context=context,
    )


def _context(
    request: PageRequest, form: StaffForm, place: Enrolment, member: StaffMember | None = None
) -> dict[str, Any]:
    return {
        "place": place,
        "member": member,
        "jobs": job_types(place.category_id, actor=request.actor),
        "extra": [
            bound
            for bound in form.visible_fields()
            if bound.name not in PLACED and bound.name != "document_type"
        ],
        "check_url": reverse("sentinel:check_document", args=[place.id]),
    }


def _count_try(number: object, actor: Actor) -> None:
    """Whether a number stands there is told by the check while it is typed, and by the refusal of a duplicate."""
    count_tries({"document": number}, EDIT, actor=actor, at=clock.now())


@door(EDIT)
@require_POST
@sensitive_post_parameters()
def check_document(request: PageRequest, enrolment_id: UUID) -> HttpResponse:
    """While a number is being typed: whether it can be one, and whether it stands in this organisation already.

    Answers about this organisation only, and about no other person or place.
    """
    place = enrolment_of(enrolment_id, actor=request.actor, action=EDIT)
    form = DocumentCheckForm(request.POST)
    context: dict[str, Any] = {}
    if form.is_valid():
        doc_type = DocumentType(form.cleaned_data["document_type"])
        number = form.cleaned_data["document_number"]
        try:
            _count_try(number, request.actor)
            holder = holder_in(place, doc_type, number, at=clock.now())
        except Refusal as refusal:
            context["fault"] = refusal.message
        else:
            context["holder"] = holder if holder != form.cleaned_data["staff"] else None
    return render(request, "sentinel/_document_check.html", context)
