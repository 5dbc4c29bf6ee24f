"""The ledger of staff 哨点人员: its list, and what is done with those who are ticked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.ledgers import plain
from outpost.exchange.offers import Offer
from outpost.fields.pages import extra_columns
from outpost.fields.specs import FieldSpec
from outpost.health.passes import Decision
from outpost.pages.addresses import address, back
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import ticked
from outpost.pages.ledgers import list_columns
from outpost.pages.listing import BulkAction, Column, Listing, ListPage, list_page
from outpost.people.services import record_own_seen
from outpost.people.trying import count_tries
from outpost.sentinel.actions import EDIT_STAFF, SEE_STAFF
from outpost.sentinel.columns import STAFF, Audience
from outpost.sentinel.duty import DutyState
from outpost.sentinel.forms.filters import EVERY_DUTY, StaffListFilter
from outpost.sentinel.models import Category
from outpost.sentinel.queries.enrolments import enrolment_choices, own_places
from outpost.sentinel.queries.jobs import job_types
from outpost.sentinel.queries.person import passes_of
from outpost.sentinel.queries.staff import staff_page
from outpost.sentinel.queries.staff_filter import PRIVATE, StaffFilter, filter_of
from outpost.sentinel.queries.unmatched import causes_of, unmatched_in
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
PLACED = (
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
    *(column for name, column in _OF_LEDGER.items() if name not in PLACED),
)
MORE = tuple(column for column in plain(STAFF) if column.name not in PLACED)
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
    own = [] if is_wide(request.actor, SEE_STAFF) else own_places(actor=request.actor)
    in_use = {one.category_id: one.category for one in own if one.category.is_active}
    arguments = place_arguments(request, SEE_STAFF, Audience.STAFF, met=[*in_use.values()])
    category = selected(request, arguments["categories"])
    organizations = [(one.id, one.organization.name) for one in own] or _chosen(request, category)
    only = organizations[0][0] if len(organizations) == 1 else None  # a file need not name it
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
            **ledger_context(request, "staff", category, arguments["specs"], organization=only),
            "more": MORE,
            "causes": causes_of(unmatched_in(listing.rows), at=at) if _asks_why(request) else {},
            "passes": _passes(listing, actor=request.actor, at=at),
            "is_wide": is_wide(request.actor, SEE_STAFF),
            "new_url": address("sentinel:new_staff", category=request.GET.get("category")),
            "exports": _exports(request, listing, category),
        },
    )


def _passes(listing: ListPage, *, actor: Actor, at: datetime) -> dict[UUID, Decision]:
    """The passes of a page, where its reader has not hidden them."""
    return passes_of(listing.rows, actor=actor, at=at) if "pass" in listing.shown else {}


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


def _chosen(request: PageRequest, category: Category | None) -> list[tuple[UUID, str]]:
    """The organisation that another page has chosen."""
    asked = request.GET.get("organization", "")
    if not asked or category is None:
        return []
    choices = enrolment_choices(category.code, actor=request.actor, action=SEE_STAFF)
    return [(id_, name) for id_, name in choices if str(id_) == asked]


def _wanted(chosen: dict[str, Any], category: Category | None) -> StaffFilter:
    """The filters as the query takes them; on duty is what a list shows by default."""
    duty = chosen.get("duty", DutyState.ON_DUTY)
    code = category.code if category else ""
    return filter_of({**chosen, "category": code, "duty": "" if duty == EVERY_DUTY else duty})


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
