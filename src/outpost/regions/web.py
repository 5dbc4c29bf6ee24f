"""The page 镇街与网格: the towns of the district, what else they are called, and the grids below them."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editors import SEEN, edit_page
from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.errors import Refusal
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import drawn, take
from outpost.pages.listing import Column, Listing, list_page
from outpost.regions import queries, services
from outpost.regions.errors import ALIAS_TAKEN
from outpost.regions.forms import AliasForm, GridForm
from outpost.regions.models import Region
from outpost.regions.queries import EDIT

TOWNS = Listing(
    "towns",
    columns=(
        Column("name", gettext_lazy("Name of the town")),
        Column("code", gettext_lazy("Division code"), order="code"),
        Column("aliases", gettext_lazy("Other names"), is_long=True),
        Column("grids", gettext_lazy("Grids"), order="grids", is_numeric=True),
        Column("organizations", gettext_lazy("Organisations"), order="organizations", is_numeric=True),
    ),
    order="code",
    aside="organizations",
    below=("aliases",),
)


@door(EDIT)
@require_GET
def towns(request: PageRequest) -> HttpResponse:
    """The towns in the reader's reach."""
    return list_page(TOWNS.read(request), "regions/towns.html", queries.town_places(actor=request.actor))


@door(EDIT)
@require_GET
def town_page(request: PageRequest, town: str) -> HttpResponse:
    """One town: its other names and its grids."""
    region = _town(request, town)
    context = {
        "town": region,
        "grids": queries.grid_places(town, actor=request.actor),
        "form": drawn(request, GridForm, name="grid"),
    }
    return render(request, "regions/town.html", context)


def _town(request: PageRequest, town: str) -> Region:
    return get_object_or_404(queries.towns_to_edit(actor=request.actor), code=town)


@door(EDIT)
@require_http_methods(["GET", "POST"])
def set_aliases(request: PageRequest, town: str) -> HttpResponse:
    """The other names of a town."""
    region = _town(request, town)

    def save(form: AliasForm) -> HttpResponse:
        names, seen = form.cleaned_data["aliases"], form.cleaned_data[SEEN]
        services.set_aliases(town, names, actor=request.actor, at=clock.now(), seen=seen)
        messages.success(request, _("The names were saved. Files and forms understand them from now on."))
        return redirect("regions:town", town)

    return edit_page(
        request,
        "regions/names.html",
        partial(AliasForm, initial={"aliases": "\n".join(region.aliases)}),
        save,
        partial(queries.edited_aliases, region),
        at={ALIAS_TAKEN.code: "aliases"},
        context={"town": region},
    )


@door(EDIT)
@require_POST
def add_grid(request: PageRequest, town: str) -> HttpResponse:
    """Add a grid to a town."""
    _town(request, town)

    def add(form: GridForm) -> HttpResponse:
        services.add_grid(town, form.cleaned_data["name"], actor=request.actor, at=clock.now())
        messages.success(request, _("The grid was added."))
        return redirect("regions:town", town)

    return take(request, GridForm, add, page=reverse("regions:town", args=[town]), at="name", name="grid")


@door(EDIT)
@require_http_methods(["GET", "POST"])
def grid_page(request: PageRequest, town: str, number: str) -> HttpResponse:
    """Another name for a grid."""
    found = queries.grids_to_edit(actor=request.actor).filter(valid_until_on__isnull=True)
    region = get_object_or_404(found, code=town + number)

    def rename(form: GridForm) -> HttpResponse:
        name, seen = form.cleaned_data["name"], form.cleaned_data[SEEN]
        services.rename_grid(region.code, name, actor=request.actor, at=clock.now(), seen=seen)
        messages.success(request, _("The grid was renamed. Its organisations stay in it."))
        return redirect("regions:town", region.parent_id)

    make = partial(GridForm, initial={"name": region.name})
    return edit_page(
        request,
        "regions/grid.html",
        make,
        rename,
        lambda: queries.edited_grid(region),
        at={"regions.grid_exists": "name"},
        context={"region": region, "town": region.parent},
    )


@door(EDIT)
@require_POST
def close_grid(request: PageRequest, town: str, number: str) -> HttpResponse:
    """Take a grid out of use."""
    region = get_object_or_404(queries.grids_to_edit(actor=request.actor), code=town + number)
    at = clock.now()
    try:
        services.close_grid(region.code, actor=request.actor, at=at)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        tell_deleted(request, _("The grid was closed. What was recorded in it stays."), "regions.grid", at=at)
    return redirect("regions:town", region.parent_id)
