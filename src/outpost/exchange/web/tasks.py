"""The lists of one's own imports and exports 任务."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from outpost.core.doors import PageRequest, door
from outpost.core.listing import Column, Listing
from outpost.exchange import queries, registry
from outpost.exchange.web.shown import ExportRow, ImportRow

IMPORTS = Listing(
    "imports",
    columns=(
        Column("kind", gettext_lazy("Kind"), order="kind"),
        Column("file", gettext_lazy("File"), order="original_name", is_long=True),
        Column("state", gettext_lazy("State"), order="state"),
        Column("created_at", gettext_lazy("Started"), order="created_at"),
        Column("read", gettext_lazy("Rows read"), order="read", is_numeric=True),
        Column("new", gettext_lazy("New"), order="new", is_numeric=True),
        Column("replaced", gettext_lazy("Replaced"), order="replaced", is_numeric=True),
        Column("rejected", gettext_lazy("Rejected"), order="rejected", is_numeric=True),
    ),
    order="-created_at",
)
EXPORTS = Listing(
    "exports",
    columns=(
        Column("kind", gettext_lazy("Kind"), order="kind"),
        Column("state", gettext_lazy("State"), order="state"),
        Column("created_at", gettext_lazy("Started"), order="created_at"),
        Column("rows", gettext_lazy("Rows"), order="rows_done", is_numeric=True),
        Column("expires_at", gettext_lazy("Kept until"), order="expires_at"),
    ),
    order="-created_at",
)


def _tabs(current: str) -> list[dict[str, object]]:
    return [
        {"label": _("Imports"), "url": reverse("exchange:tasks"), "is_current": current == "imports"},
        {"label": _("Exports"), "url": reverse("exchange:exports"), "is_current": current == "exports"},
    ]


@door("exchange.see_tasks")
@require_GET
def imports(request: PageRequest) -> HttpResponse:
    """One's own imports, and what may be imported."""
    listing = IMPORTS.read(request)
    listing.fill(queries.imports(actor=request.actor), present=lambda tasks: map(ImportRow.of, tasks))
    kinds = [kind for kind in registry.import_kinds() if request.actor.may(kind.action)]
    context = {"listing": listing, "kinds": kinds, "tabs": _tabs("imports")}
    return render(request, "exchange/tasks.html", {**context, "cells": "exchange/_import_cells.html"})


@door("exchange.see_tasks")
@require_GET
def exports(request: PageRequest) -> HttpResponse:
    """One's own exports."""
    listing = EXPORTS.read(request)
    listing.fill(queries.exports(actor=request.actor), present=lambda tasks: map(ExportRow.of, tasks))
    context = {"listing": listing, "tabs": _tabs("exports"), "cells": "exchange/_export_cells.html"}
    return render(request, "exchange/tasks.html", context)
