"""流调病例: the list of cases, the form of one, its page with what a second officer says, and the search within it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page
from outpost.pages.templatetags.pages import grouped
from outpost.tracing import queries, services
from outpost.tracing.actions import KEEP_CASES, SEARCH
from outpost.tracing.cases import Ending, State
from outpost.tracing.forms import SAME_CHECKPOINT, CaseForm, EndingForm, SearchFilter, WindowForm
from outpost.tracing.queries import CaseRow
from outpost.tracing.rules import Meeting
from outpost.tracing.services import Found, Search

CASES = Listing(
    "cases",
    (
        Column("who", gettext_lazy("Person")),
        Column("state", gettext_lazy("State")),
        Column("purpose", gettext_lazy("Purpose"), order="purpose", is_long=True),
        Column("window", gettext_lazy("Window"), order="begins_at"),
        Column("asked", gettext_lazy("Asked for by"), order="asked_at"),
        Column("opened_at", gettext_lazy("Opened"), order="opened_at"),
    ),
    "-opened_at",
    aside="state",
    below=("purpose", "window"),
)
MEETINGS = Listing(
    "meetings",
    (
        Column("person", gettext_lazy("Pseudonym"), order="person"),
        Column("venue", gettext_lazy("Venue"), order="venue", is_long=True),
        Column("checkpoint", gettext_lazy("Checkpoint"), order="checkpoint"),
        Column("begins_at", gettext_lazy("From"), order="meeting.begins_at"),
        Column("ends_at", gettext_lazy("To"), order="meeting.ends_at"),
        Column("minutes", gettext_lazy("Minutes"), order="meeting.minutes", is_numeric=True),
        Column("certainty", gettext_lazy("Rests on"), order="meeting.certainty"),
    ),
    "-minutes",
    SearchFilter,
    aside="minutes",
    below=("venue", "begins_at"),
)


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting as it is listed; the person is a pseudonym."""

    meeting: Meeting
    venue: str
    checkpoint: str

    @property
    def person(self) -> str:
        return str(self.meeting.person_id)


@require_GET
@door(KEEP_CASES)
def cases(request: PageRequest) -> HttpResponse:
    """All cases, the last first."""
    found = queries.cases(actor=request.actor)
    return list_page(CASES.read(request), "tracing/cases.html", found, present=queries.case_rows)


@require_http_methods(["GET", "POST"])
@door(KEEP_CASES)
def new_case(request: PageRequest) -> HttpResponse:
    """Ask for a case; a second officer agrees."""

    def save(form: CaseForm) -> HttpResponse:
        made = services.open_case(form.opening(), actor=request.actor, at=clock.now())
        messages.success(request, _("The case was asked for. It is open once another officer agrees."))
        return redirect("tracing:case", made.id)

    return form_page(request, "tracing/new_case.html", CaseForm, save)


@require_GET
@door(KEEP_CASES)
def case(request: PageRequest, case_id: UUID) -> HttpResponse:
    """One case: on what it rests, who agreed, what may be done with it now."""
    row = queries.case_row(case_id, actor=request.actor)
    is_own = row.case.asked_by == request.actor.id
    context = {
        "row": row,
        "waits_for_me": row.state is State.WAITING and not is_own,
        "waits_for_other": row.state is State.WAITING and is_own,
        "may_search": row.state is State.OPEN and request.actor.may(SEARCH),
        "is_closed": row.state is State.CLOSED,
    }
    return render(request, "tracing/case.html", context)


@require_POST
@door(KEEP_CASES)
def approve(request: PageRequest, case_id: UUID) -> HttpResponse:
    """Agree to a case that another officer asked for."""
    services.approve_case(case_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The case is open. Visits in its window may be read."))
    return redirect("tracing:case", case_id)


@require_http_methods(["GET", "POST"])
@door(KEEP_CASES)
def widen(request: PageRequest, case_id: UUID) -> HttpResponse:
    """Ask for another window."""
    row = queries.case_row(case_id, actor=request.actor)

    def save(form: WindowForm) -> HttpResponse:
        services.widen_case(case_id, form.window(), actor=request.actor, at=clock.now())
        messages.success(
            request, _("The window was asked for. Nothing is read before another officer agrees.")
        )
        return redirect("tracing:case", case_id)

    return form_page(request, "tracing/window.html", WindowForm, save, context={"row": row})


@require_http_methods(["GET", "POST"])
@door(KEEP_CASES)
def close(request: PageRequest, case_id: UUID) -> HttpResponse:
    """Close a case."""
    row = queries.case_row(case_id, actor=request.actor)

    def save(form: EndingForm) -> HttpResponse:
        ending = Ending(form.cleaned_data["ending"])
        services.close_case(case_id, ending, actor=request.actor, at=clock.now())
        messages.success(request, _("The case is closed. Nothing is read in it any more."))
        return redirect("tracing:case", case_id)

    return form_page(request, "tracing/close.html", EndingForm, save, context={"row": row})


@require_GET
@door(SEARCH)
def search(request: PageRequest, case_id: UUID) -> HttpResponse:
    """时空伴随 within a case: how many were there at the same time, then where and when, by pseudonyms."""
    row = queries.case_row(case_id, actor=request.actor)
    listing = MEETINGS.read(request, window=(row.first_on, row.last_on))
    found = _found(row, listing.values, request)
    context = {
        "row": row,
        "found": found,
        "asked": listing.values,
        "whole_url": address("tracing:search", case_id, first=row.first_on, last=row.last_on)
        if found is None
        else "",
        "trail": [
            {"url": reverse("tracing:cases"), "label": _("Cases")},
            {"url": reverse("tracing:case", args=[case_id]), "label": row.who},
        ],
    }
    return list_page(listing, "tracing/search.html", _rows(found), context=context)


@require_POST
@door(SEARCH)
def expose(request: PageRequest, case_id: UUID) -> HttpResponse:
    """State as exposed whom the search of the page finds; it counts once another officer agrees."""
    row = queries.case_row(case_id, actor=request.actor)
    form = SearchFilter(request.POST, window=(row.first_on, row.last_on))
    if not form.is_valid():
        return redirect("tracing:search", case_id)
    people = services.state_met(_wanted(row, form.cleaned_data), actor=request.actor, at=clock.now())
    said = _("{n} people were stated as exposed. It counts once another command officer agrees.")
    messages.success(request, said.format(n=grouped(people)))
    return redirect("tracing:case", case_id)


def _found(row: CaseRow, asked: dict[str, Any], request: PageRequest) -> Found | None:
    """What a search finds, up to an end of the window where no day is named; None before any is. Raises Refusal: 403,
    as `search_co_presence`."""
    if row.state is State.OPEN and not {"first", "last"} & asked.keys():
        return None
    return services.search_co_presence(_wanted(row, asked), actor=request.actor, at=clock.now())


def _wanted(row: CaseRow, asked: Mapping[str, Any]) -> Search:
    """Raises Refusal DAY_OUT_OF_RANGE."""
    return Search(
        row.case.id,
        *clock.day_span(asked.get("first") or row.first_on, asked.get("last") or row.last_on),
        row.case.ground,
        timedelta(minutes=asked.get("tolerance") or 0),
        asked.get("place") == SAME_CHECKPOINT,
    )


def _rows(found: Found | None) -> list[MeetingRow]:
    if found is None:
        return []
    return [
        MeetingRow(one, found.venue_name(one), found.checkpoints.get(one.checkpoint_id, ""))
        for one in found.meetings
    ]
