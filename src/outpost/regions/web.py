"""The page 镇街与网格: the towns of the district, what else they are called, and the grids below them."""

from http import HTTPStatus

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.core.errors import Refusal
from outpost.pages.doors import PageRequest, door
from outpost.regions import queries, services
from outpost.regions.forms import AliasForm, GridForm
from outpost.regions.queries import EDIT


@door(EDIT)
@require_GET
def towns(request: PageRequest) -> HttpResponse:
    """The towns in the reader's reach."""
    return render(request, "regions/towns.html", {"towns": queries.town_places(actor=request.actor)})


@door(EDIT)
@require_GET
def town_page(request: PageRequest, town: str) -> HttpResponse:
    """One town: its other names and its grids."""
    return _town_page(request, town)


@door(EDIT)
@require_POST
def set_aliases(request: PageRequest, town: str) -> HttpResponse:
    """State the other names of a town."""
    form = AliasForm(request.POST)
    if form.is_valid():
        try:
            services.set_aliases(town, form.cleaned_data["aliases"], actor=request.actor, at=clock.now())
        except Refusal as refusal:
            return _town_page(request, town, names=form, status=_refuse(form, refusal, "aliases"))
        messages.success(request, _("The names were saved. Files and forms understand them from now on."))
        return redirect("regions:town", town)
    return _town_page(request, town, names=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@door(EDIT)
@require_POST
def add_grid(request: PageRequest, town: str) -> HttpResponse:
    """Add a grid to a town."""
    form = GridForm(request.POST)
    if form.is_valid():
        try:
            services.add_grid(town, form.cleaned_data["name"], actor=request.actor, at=clock.now())
        except Refusal as refusal:
            return _town_page(request, town, grid=form, status=_refuse(form, refusal, "name"))
        messages.success(request, _("The grid was added."))
        return redirect("regions:town", town)
    return _town_page(request, town, grid=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _town_page(
    request: PageRequest,
    town: str,
    *,
    names: AliasForm | None = None,
    grid: GridForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    region = get_object_or_404(queries.towns_to_edit(actor=request.actor), code=town)
    context = {
        "town": region,
        "grids": queries.grid_places(town, actor=request.actor),
        "names": names or AliasForm(initial={"aliases": "\n".join(region.aliases)}),
        "grid": grid or GridForm(),
        "form": grid or names,  # whose errors stand above
    }
    return render(request, "regions/town.html", context, status=status)


@door(EDIT)
@require_http_methods(["GET", "POST"])
def grid_page(request: PageRequest, town: str, number: str) -> HttpResponse:
    """Another name for a grid."""
    found = queries.grids_to_edit(actor=request.actor).filter(valid_until_on__isnull=True)
    region = get_object_or_404(found, code=town + number)
    form = GridForm(request.POST if request.method == "POST" else None, initial={"name": region.name})
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            services.rename_grid(region.code, form.cleaned_data["name"], actor=request.actor, at=clock.now())
        except Refusal as refusal:
            status = _refuse(form, refusal, "name")
        else:
            messages.success(request, _("The grid was renamed. Its organisations stay in it."))
            return redirect("regions:town", region.parent_id)
    return render(request, "regions/grid.html", {"region": region, "form": form}, status=status)


@door(EDIT)
@require_POST
def close_grid(request: PageRequest, town: str, number: str) -> HttpResponse:
    """Take a grid out of use."""
    region = get_object_or_404(queries.grids_to_edit(actor=request.actor), code=town + number)
    try:
        services.close_grid(region.code, actor=request.actor, at=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The grid was closed. What was recorded in it stays."))
    return redirect("regions:town", region.parent_id)


def _refuse(form: Form, refusal: Refusal, field: str) -> HTTPStatus:
    """Show a refusal at the field; what is out of reach stays the page that knows nothing."""
    if refusal.status == HTTPStatus.NOT_FOUND:
        raise refusal
    form.add_error(field, refusal.message)
    return HTTPStatus(refusal.status)
