"""The lists behind the numbers of the statistics: organisations, people, samples."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange.offers import Offer, exports_holding
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, ListPage, list_page
from outpost.people.services import record_own_seen
from outpost.regions import queries as regions
from outpost.sentinel import labels
from outpost.sentinel.actions import EXPORT_LEDGERS, SEE_COMPLIANCE, SEE_ORGANIZATIONS, SEE_STAFF
from outpost.sentinel.forms.statistics import CountedForm
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.statistics import NO_DEPARTMENT, lists
from outpost.sentinel.queries.statistics.lists import Asked
from outpost.sentinel.services.revealing import record_principals_seen
from outpost.sentinel.web.pages import is_wide

OF_PERSON = (
    Column("name", gettext_lazy("Full name")),
    Column("number", gettext_lazy("ID number")),
    Column("phone", gettext_lazy("Mobile number")),
    Column("organization", gettext_lazy("Organisation"), is_long=True),
    Column("town", gettext_lazy("Town")),
    Column("category", gettext_lazy("Category")),
    Column("job_type", gettext_lazy("Job type"), is_default=False),
)
LEFT = Column("left_on", gettext_lazy("Left the ledger on"))
ORGANIZATIONS = Listing(
    "counted_organizations",
    columns=(
        Column("name", gettext_lazy("Organisation"), is_long=True),
        Column("category", gettext_lazy("Category")),
        Column("town", gettext_lazy("Town")),
        Column("principal_name", gettext_lazy("Person in charge")),
        Column("principal_phone", gettext_lazy("Phone of the principal")),
        Column("staff", gettext_lazy("Staff"), is_numeric=True),
        LEFT,
    ),
    order="",
    form=CountedForm,
    aside="staff",
    below=("category", "town"),
)
SAMPLES = Listing(
    "counted_samples",
    columns=(
        Column("sampled_at", gettext_lazy("Sampled at")),
        Column("result", gettext_lazy("Result")),
        Column("laboratory", gettext_lazy("Laboratory"), is_long=True),
        *OF_PERSON,
        LEFT,
    ),
    order="",
    form=CountedForm,
    aside="result",
    below=("name", "organization"),
)


@door(SEE_ORGANIZATIONS)
@require_GET
def organizations(request: PageRequest) -> HttpResponse:
    """The organisations of a number."""
    listing, asked = _read(request, ORGANIZATIONS, SEE_ORGANIZATIONS)
    return list_page(
        listing,
        "sentinel/counted.html",
        partial(lists.counted_organizations, asked, actor=request.actor),
        seen=lambda rows: record_principals_seen(
            [one.row for one in rows], actor=request.actor, at=clock.now()
        ),
        context=partial(_context, request, asked, "organizations", _("Organisations")),
    )


@door(SEE_STAFF)
@require_GET
def staff(request: PageRequest) -> HttpResponse:
    """The people of a number; one's own in clear."""
    listing = _staff_listing(request.GET.get("figure", ""))
    listed, asked = _read(request, listing, SEE_STAFF, figures=_figures())
    title = dict(_figures()).get(asked.figure, _("Staff"))
    return _people(request, listed, lists.counted_staff, asked, "staff", title)


@door(SEE_STAFF)
@require_GET
def samples(request: PageRequest) -> HttpResponse:
    """The samples of a range."""
    listing, asked = _read(request, SAMPLES, SEE_STAFF)
    return _people(request, listing, lists.counted_samples, asked, "samples", _("Samples"))


def _people(
    request: PageRequest, listing: ListPage, query: Callable[..., Any], asked: Asked, of: str, title: str
) -> HttpResponse:
    at = clock.now()
    return list_page(
        listing,
        "sentinel/counted.html",
        partial(query, asked, actor=request.actor, at=at),
        seen=lambda rows: record_own_seen([row.staff for row in rows], actor=request.actor, at=at),
        context=partial(_context, request, asked, of, title),
    )


def _figures() -> list[tuple[str, str]]:
    """The figures of people, as the filter offers them."""
    return [(key, figure.name) for key, figure in lists.PEOPLE.items()]


def _staff_listing(figure: str) -> Listing:
    """What the figure is about shows at first; the rest can be chosen."""
    is_of_doses = lists.is_of_doses(figure)
    facts = (
        Column("samples", gettext_lazy("Tests in these days"), is_default=not is_of_doses, is_numeric=True),
        *(
            Column(f"dose_{n}", name, is_default=is_of_doses, is_long=True)
            for n, name in labels.DOSE_NAMES.items()
        ),
        Column("joined_on", gettext_lazy("Joined on"), is_default=False),
    )
    columns = (*OF_PERSON, *facts, LEFT)
    return Listing("counted_staff", columns, order="", form=CountedForm, below=("phone", "organization"))


def _read(
    request: PageRequest, declared: Listing, action: str, figures: Iterable[tuple[str, str]] = ()
) -> tuple[ListPage, Asked]:
    met = categories.categories(actor=request.actor, action=action)
    is_officer = is_wide(request.actor, action)
    towns = list(regions.towns(request.actor.reach(action))) if is_officer else []
    departments = {one.department.code: one.department.name for one in met if one.department}
    if any(one.department is None for one in met):
        departments[NO_DEPARTMENT] = _("None responsible")
    organization = lists.organization_name(
        _uuid(request.GET.get("organization", "")), actor=request.actor, action=action
    )
    listing = declared.read(
        request,
        figures=figures,
        category=[(one.code, one.name) for one in met],
        town=[(town.code, town.name) for town in towns],
        department=departments.items() if is_officer else (),
        organization=[organization] if organization else (),
    )
    form = listing.form
    assert isinstance(form, CountedForm)  # noqa: S101 - as the three listings declare it
    return listing, form.asked(clock.local_day(clock.now()))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _context(request: PageRequest, asked: Asked, of: str, title: str, listing: ListPage) -> dict[str, Any]:
    return {
        "asked": asked,
        "of": of,
        "title": title,
        "cells": f"sentinel/_counted_{of}_cells.html",
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


def _exports(listing: ListPage, actor: Actor, of: str, asked: Asked) -> list[Offer]:
    """The files that the reader may have of this very list."""
    chosen: dict[str, Any] = {
        "first": asked.first,
        "last": asked.last,
        "figure": asked.figure,
        "category": asked.chosen.category,
        "town": asked.chosen.town,
        "organization": asked.chosen.organization,
        "department": asked.chosen.department,
    }
    return exports_holding(
        actor,
        f"counted_{of}",
        chosen,
        rows=listing.total,
        is_part=listing.is_filtered,
        sees=SEE_ORGANIZATIONS if of == "organizations" else SEE_STAFF,
        is_first_only=not is_wide(actor, EXPORT_LEDGERS),
    )
