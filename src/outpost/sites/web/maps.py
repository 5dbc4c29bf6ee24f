"""The map beside 监督查询: the same contracts as its list, by its filter, where their project has a point."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.core.clock import local_day
from outpost.pages.addresses import address
from outpost.pages.district import district
from outpost.pages.doors import PageRequest, door
from outpost.pages.maps import Map, Place, drawn
from outpost.pages.templatetags.pages import grouped
from outpost.sites.actions import SEE_SITES
from outpost.sites.queries.site_map import SiteState, site_states
from outpost.sites.sheets.supervision import narrowed
from outpost.sites.web.supervision import contract_listing


@door(SEE_SITES)
@require_GET
def map_page(request: PageRequest) -> HttpResponse:
    """Where the sites are, those with many people larger; coloured where somebody has to leave, hollow where reports
    are missing or stock is low. The list is the same without sight."""
    actor, at = request.actor, clock.now()
    listing = contract_listing(request)
    states = site_states(narrowed(listing.values, actor=actor, on=local_day(at)), actor=actor, at=at)
    known = [one for one in states if one.has_point]
    context = {
        "at": at,
        "map": map_of(known),
        "shown": len(known),
        "without_point": len(states) - len(known),
        "remarkable": [(one, _said(one)) for one in known if _said(one)],
        "list_url": address("sites:supervision", **listing.values),
    }
    return render(request, "sites/map.html", context)


def map_of(states: Sequence[SiteState]) -> Map | None:
    """The drawing of contracts whose project has a point."""
    return drawn(map(_place, states), district())


def _place(one: SiteState) -> Place:
    project = one.contract.project
    here = ngettext("{n} person on site", "{n} people on site", one.on_site).format(n=grouped(one.on_site))
    return Place(
        (float(project.longitude or 0), float(project.latitude or 0)),
        " · ".join((one.contract.number, project.name, here, *_said(one))),
        reverse("sites:contract", args=[one.contract.id]),
        weight=float(one.on_site),
        tone="is-off" if one.to_leave else "is-lacking" if _said(one) else "",
    )


def _said(one: SiteState) -> list[str]:
    """What is to be done there, in words."""
    found = []
    if one.to_leave:
        found.append(
            ngettext("{n} has to leave", "{n} have to leave", one.to_leave).format(n=grouped(one.to_leave))
        )
    if one.unreported:
        found.append(
            ngettext("{n} not reported", "{n} not reported", one.unreported).format(n=grouped(one.unreported))
        )
    return [*found, _("supplies run low")] if one.is_low else found
