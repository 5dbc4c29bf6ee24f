"""The lists behind the numbers of the statistics: organisations, people, samples."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.ids import read_id
from outpost.exchange.offers import Offer, Part, exports_holding
from outpost.figures.lists import CountedList
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import ListPage, list_page
from outpost.people.services import record_own_seen
from outpost.sentinel.actions import EXPORT_LEDGERS, SEE_COMPLIANCE, SEE_ORGANIZATIONS, SEE_STAFF
from outpost.sentinel.forms.statistics import CountedForm
from outpost.sentinel.labels import DOSE_NAMES
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.statistics import NO_DEPARTMENT, lists
from outpost.sentinel.queries.statistics.lists import Asked
from outpost.sentinel.services.revealing import record_principals_seen
from outpost.sentinel.web.pages import is_wide, offered_towns


@door(SEE_ORGANIZATIONS)
@require_GET
def organizations(request: PageRequest) -> HttpResponse:
    """The organisations of a number."""
    return _opened(request, lists.ORGANIZATIONS, record_principals_seen)


@door(SEE_STAFF)
@require_GET
def staff(request: PageRequest) -> HttpResponse:
    """The people of a number; one's own in clear."""
    figures = [(key, figure.name) for key, figure in lists.PEOPLE.items()]
    return _opened(request, lists.STAFF, record_own_seen, figures)


@door(SEE_STAFF)
@require_GET
def samples(request: PageRequest) -> HttpResponse:
    """The samples of a range."""
    return _opened(request, lists.SAMPLES, record_own_seen)


def _opened(
    request: PageRequest, of: CountedList, keep: Callable[..., None], figures: Iterable[tuple[str, str]] = ()
) -> HttpResponse:
    """`keep` keeps whom the rows show in clear; `figures` are what the filter offers."""
    listing, asked = _read(request, of, figures)
    return list_page(
        listing,
        "sentinel/counted.html",
        lists.opened(of, asked, actor=request.actor).page,
        seen=lambda rows: keep([row.about for row in rows], actor=request.actor, at=clock.now()),
        context=partial(_context, request, asked, of),
    )


def _folded(figure: str) -> list[str]:
    """What the figure is not about shows only when it is chosen."""
    return ["samples"] if lists.is_of_doses(figure) else [f"dose_{n}" for n in DOSE_NAMES]


def _read(
    request: PageRequest, of: CountedList, figures: Iterable[tuple[str, str]]
) -> tuple[ListPage, Asked]:
    action = of.sees
    met = categories.categories(actor=request.actor, action=action)
    departments = {one.department.code: one.department.name for one in met if one.department}
    if any(one.department is None for one in met):
        departments[NO_DEPARTMENT] = _("No department responsible")
    organization = lists.organization_name(
        read_id(request.GET.get("organization", "")), actor=request.actor, action=action
    )
    listing = of.listing(CountedForm, folded=_folded(request.GET.get("figure", ""))).read(
        request,
        figures=figures,
        category=[(one.code, one.name) for one in met],
        town=[(town.code, town.name) for town in offered_towns(request.actor, action)],
        department=departments.items() if is_wide(request.actor, action) else (),
        organization=[organization] if organization else (),
    )
    form = listing.form
    assert isinstance(form, CountedForm)  # noqa: S101 - as the three listings declare it
    return listing, form.asked(clock.local_day(clock.now()))


def _context(request: PageRequest, asked: Asked, of: CountedList, listing: ListPage) -> dict[str, Any]:
    return {
        "asked": asked,
        "title": lists.PEOPLE[asked.figure].name if of is lists.STAFF and asked.figure else of.title,
        "cells": "figures/_counted_cells.html",
        "link": of.link,
        "is_of_doses": lists.is_of_doses(asked.figure),
        "exports": _exports(listing, request.actor, of, asked),
        "trail": [_origin(asked)] if request.actor.may(SEE_COMPLIANCE) else [],
    }


def _origin(asked: Asked) -> dict[str, str]:
    """The table that the number stands in."""
    if lists.is_of_doses(asked.figure):
        url = address("sentinel:vaccination_statistics", on=asked.last)
        return {"label": _("Vaccination statistics"), "url": url}
    url = address("sentinel:nat_statistics", first=asked.first, last=asked.last)
    return {"label": _("Test statistics"), "url": url}


def _exports(listing: ListPage, actor: Actor, of: CountedList, asked: Asked) -> list[Offer]:
    """The files that the reader may have of this very list."""
    number = {"first": asked.first, "last": asked.last, "figure": asked.figure}
    shown = Part({**number, **asdict(asked.chosen)}, listing.total)
    return exports_holding(
        actor,
        of.name,
        Part(number) if listing.is_filtered else shown,
        found=shown if listing.is_filtered else None,
        sees=of.sees,
        is_first_only=not is_wide(actor, EXPORT_LEDGERS),
    )
