"""The ledger of staff 哨点人员: list, entry, change, removal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editors import SEEN, edit_page
from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.ledgers import plain
from outpost.exchange.offers import Offer
from outpost.fields.pages import extra_columns
from outpost.fields.specs import FieldSpec, named
from outpost.health.passes import Decision
from outpost.pages.addresses import address, back
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page, ticked
from outpost.pages.ledgers import list_columns
from outpost.pages.listing import BulkAction, Column, Listing, ListPage, list_page
from outpost.people.rules import DocumentType
from outpost.people.services import record_own_seen
from outpost.people.trying import count_tries
from outpost.sentinel.actions import EDIT_STAFF, SEE_STAFF
from outpost.sentinel.columns import STAFF, Audience
from outpost.sentinel.duty import DutyState
from outpost.sentinel.forms.filters import EVERY_DUTY, StaffListFilter
from outpost.sentinel.forms.ledger import DocumentCheckForm, StaffForm
from outpost.sentinel.models import Category, Enrolment, StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.editing import edited_member
from outpost.sentinel.queries.enrolments import enrolment_choices, enrolment_of, own_enrolments
from outpost.sentinel.queries.person import passes_of
from outpost.sentinel.queries.staff import holder_in, job_types, member_of, plain_of, shown_of, staff_page
from outpost.sentinel.queries.staff_filter import PRIVATE, StaffFilter, filter_of
from outpost.sentinel.queries.unmatched import causes_of
from outpost.sentinel.rules import Recency
from outpost.sentinel.services import staff as services
from outpost.sentinel.web.pages import exports, is_wide, ledger_context, place_arguments, selected

EDIT = EDIT_STAFF

_OF_LEDGER = list_columns(STAFF)
OF_PLACE = (
    _OF_LEDGER["organization"],
    Column("category", gettext_lazy("Category"), is_default=False),
    _OF_LEDGER["town"],
)
_PLACED = (
    *("name", "document_number", "phone", "organization", "town"),
    *("job_type", "duty", "joined_on", "address"),
)
COLUMNS = (
    _OF_LEDGER["name"],
    replace(_OF_LEDGER["document_number"], key="number"),
    _OF_LEDGER["phone"],
    _OF_LEDGER["job_type"],
    _OF_LEDGER["duty"],
    Column("state", gettext_lazy("Test state")),
    Column("last_sampled_at", gettext_lazy("Last test"), order="last_sampled_at"),
    Column("recency", gettext_lazy("Since the last test"), is_default=False),
    Column("dose", gettext_lazy("Doses given")),
    Column("pass", gettext_lazy("Pass")),
    _OF_LEDGER["joined_on"],
    _OF_LEDGER["address"],
    *(column for name, column in _OF_LEDGER.items() if name not in _PLACED),
)
MORE = tuple(column for column in plain(STAFF) if column.name not in _PLACED)
"""The plain columns that have no place of their own on the pages of a person."""


REMOVE = (
    BulkAction(
        gettext_lazy("Remove ticked"),
        reverse_lazy("sentinel:remove_staff"),
        gettext_lazy("Remove the {n} ticked people from the ledger? Their past days stay as they were."),
        gettext_lazy("Remove {n} people"),
        is_danger=True,
    ),
)
CONFIRM = BulkAction(
    gettext_lazy("Confirm name and number"),
    reverse_lazy("sentinel:confirm_staff"),
    gettext_lazy(
        "Did you see that name and number of the {n} ticked people belong together? From now on their employers see "
        "their tests and doses."
    ),
    gettext_lazy("Confirm {n} people"),
)
BELOW = ("phone", "job_type", "last_sampled_at")
IDENTITY = 3  # columns before those of the place


@door(SEE_STAFF)
@require_GET
def staff(request: PageRequest) -> HttpResponse:
    """The staff within the reader's scope, those on duty unless asked otherwise."""
    at = clock.now()
    arguments = place_arguments(request, SEE_STAFF, Audience.STAFF)
    category = selected(request, arguments["categories"])
    organizations = _organizations(request, category)
    columns = _columns(request, arguments["specs"])
    listing = Listing(
        *("staff", columns, "organization", StaffListFilter),
        private=PRIVATE,
        aside="state",
        below=BELOW,
        narrowing={"duty": EVERY_DUTY},
    ).read(
        request,
        organizations=organizations,
        jobs=job_types(category.code, actor=request.actor) if category else (),
        **arguments,
    )
    count_tries(listing.values, SEE_STAFF, actor=request.actor, at=at)
    wanted = _wanted(listing.values, category)
    return list_page(
        listing,
        "sentinel/staff.html",
        partial(staff_page, wanted, actor=request.actor, at=at, order=listing.order),
        seen=partial(record_own_seen, actor=request.actor, at=at),
        bulk=_bulk(request.actor),
        context=lambda listing: {
            **ledger_context(
                request, "staff", category, arguments["specs"], organization=_only(organizations)
            ),
            "more": MORE,
            "causes": causes_of(listing.rows, actor=request.actor, at=at) if _asks_why(request) else {},
            "passes": _passes(listing, actor=request.actor, at=at),
            "is_wide": is_wide(request.actor, SEE_STAFF),
            "new_url": address("sentinel:new_staff", category=request.GET.get("category")),
            "exports": _exports(request, listing, category),
        },
    )


def _passes(listing: ListPage, *, actor: Actor, at: datetime) -> dict[UUID, Decision]:
    """The passes of a page, where its reader has not hidden them."""
    people_of = {row.id: row.person_id for row in listing.rows}
    return passes_of(people_of, actor=actor, at=at) if "pass" in listing.shown else {}


def _bulk(actor: Actor) -> Sequence[BulkAction]:
    if not actor.may(EDIT):
        return ()
    return (*REMOVE, CONFIRM) if is_wide(actor, EDIT) else REMOVE


def _exports(request: PageRequest, listing: ListPage, category: Category | None) -> list[Offer]:
    """The files of the list: on duty is what it shows by default, what a file holds is always said."""
    duty = listing.values.get("duty", DutyState.ON_DUTY)
    is_part = duty != EVERY_DUTY or bool(listing.values.keys() - {"duty"})
    duty = "" if duty == EVERY_DUTY else duty
    return exports(
        listing, "staff", category, actor=request.actor, sees=SEE_STAFF, is_part=is_part, duty=duty
    )


def _asks_why(request: PageRequest) -> bool:
    return request.GET.get("recency") == Recency.UNMATCHED


def _columns(request: PageRequest, specs: tuple[FieldSpec, ...]) -> tuple[Column, ...]:
    """Where somebody works says little to who keeps the staff of one place."""
    place = (
        OF_PLACE
        if is_wide(request.actor, SEE_STAFF)
        else [replace(one, is_default=False) for one in OF_PLACE]
    )
    cause = [Column("cause", gettext_lazy("Likely cause"), is_long=True)] if _asks_why(request) else []
    return (*COLUMNS[:IDENTITY], *cause, *place, *COLUMNS[IDENTITY:], *extra_columns(specs))


def _organizations(request: PageRequest, category: Category | None) -> list[tuple[UUID, str]]:
    """A principal's own organisations; for officers the one that another page has chosen."""
    if not is_wide(request.actor, SEE_STAFF):
        return [(one.id, one.name) for one in own_enrolments(actor=request.actor)]
    asked = request.GET.get("organization", "")
    if not asked or category is None:
        return []
    choices = enrolment_choices(category.code, actor=request.actor, action=SEE_STAFF)
    return [(id_, name) for id_, name in choices if str(id_) == asked]


def _only(organizations: list[tuple[UUID, str]]) -> UUID | None:
    """A file for the one organisation there is need not name it in each row."""
    return organizations[0][0] if len(organizations) == 1 else None


def _wanted(chosen: dict[str, Any], category: Category | None) -> StaffFilter:
    """The filters as the query takes them; on duty is what a list shows by default."""
    duty = chosen.get("duty", DutyState.ON_DUTY)
    code = category.code if category else ""
    return filter_of({**chosen, "category": code, "duty": "" if duty == EVERY_DUTY else duty})


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
            if bound.name not in _PLACED and bound.name != "document_type"
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


@door(EDIT)
@require_POST
def remove_staff(request: PageRequest) -> HttpResponse:
    """Take the ticked people out of the ledger, softly and dated."""
    at = clock.now()
    count = services.remove_staff(ticked(request), actor=request.actor, at=at)
    text = ngettext(
        "{n} person was removed from the ledger.", "{n} people were removed from the ledger.", count
    )
    tell_deleted(request, text.format(n=count), "sentinel.staff", at=at)
    return back(request, "sentinel:staff")


@door(EDIT)
@require_POST
def confirm_staff(request: PageRequest) -> HttpResponse:
    """Keep an officer's word that name and number of the ticked people belong together."""
    count = services.confirm_staff(ticked(request), actor=request.actor, at=clock.now())
    text = ngettext(
        "Name and number of {n} person were confirmed.",
        "Name and number of {n} people were confirmed.",
        count,
    )
    messages.success(request, text.format(n=count))
    return back(request, "sentinel:staff")
