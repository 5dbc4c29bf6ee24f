"""The lists of one's own imports and exports 任务."""

from functools import partial

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from outpost.access.actions import REVEAL
from outpost.core.actor import Actor
from outpost.exchange import queries, registry
from outpost.exchange.actions import SEE_TASKS
from outpost.exchange.web.labels import TaskRow
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, list_page

APPROVE = REVEAL

IMPORTS = Listing(
    "imports",
    columns=(
        Column("kind", gettext_lazy("Kind"), order="kind"),
        Column("file", gettext_lazy("File"), is_long=True),
        Column("state", gettext_lazy("State"), order="state"),
        Column("created_at", gettext_lazy("Started"), order="created_at"),
        Column("read", gettext_lazy("Rows read"), order="read", is_numeric=True),
        Column("new", gettext_lazy("New"), order="new", is_numeric=True),
        Column("replaced", gettext_lazy("Replaced"), order="replaced", is_numeric=True),
        Column("rejected", gettext_lazy("Rejected"), order="rejected", is_numeric=True),
    ),
    order="-created_at",
    aside="state",
    below=("file", "created_at"),
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
    aside="state",
    below=("created_at", "rows"),
)
APPROVALS = Listing(
    "approvals",
    columns=(
        Column("kind", gettext_lazy("Kind"), order="kind"),
        Column("who", gettext_lazy("Asked for by"), order="actor_label"),
        Column("rows", gettext_lazy("Rows"), order="rows_total", is_numeric=True),
        Column("state", gettext_lazy("State"), order="state"),
        Column("held_at", gettext_lazy("Asked at"), order="held_at"),
        Column("decided", gettext_lazy("Decided by"), order="decided_label"),
    ),
    order="-held_at",
    aside="state",
    below=("who", "held_at"),
)


def tabs(current: str, actor: Actor) -> list[dict[str, object]]:
    """The lists of tasks; who may see identities in clear may be asked to agree to others' exports."""
    lists = [("imports", _("Imports"), "exchange:tasks"), ("exports", _("Exports"), "exchange:exports")]
    if actor.may(APPROVE):
        lists.append(("approvals", _("Second person"), "exchange:approvals"))
    return [
        {"label": label, "url": reverse(route), "is_current": name == current} for name, label, route in lists
    ]


@door(SEE_TASKS)
@require_GET
def imports(request: PageRequest) -> HttpResponse:
    """One's own imports, and what may be imported."""
    return list_page(
        IMPORTS.read(request),
        "exchange/tasks.html",
        queries.imports(actor=request.actor),
        present=partial(map, TaskRow.of_import),
        context={
            "kinds": [kind for kind in registry.import_kinds() if request.actor.may(kind.action)],
            "tabs": tabs("imports", request.actor),
            "cells": "exchange/_import_cells.html",
        },
    )


@door(SEE_TASKS)
@require_GET
def exports(request: PageRequest) -> HttpResponse:
    """One's own exports."""
    return list_page(
        EXPORTS.read(request),
        "exchange/tasks.html",
        queries.exports(actor=request.actor),
        present=partial(map, TaskRow.of_export),
        context={"tabs": tabs("exports", request.actor), "cells": "exchange/_export_cells.html"},
    )


@door(APPROVE)
@require_GET
def approvals(request: PageRequest) -> HttpResponse:
    """Exports of others that ask for a second person, with what became of them."""
    return list_page(
        APPROVALS.read(request),
        "exchange/approvals.html",
        queries.exports_to_decide(actor=request.actor),
        present=partial(map, partial(TaskRow.of_export, route="exchange:approval")),
        context={"tabs": tabs("approvals", request.actor), "cells": "exchange/_approval_cells.html"},
    )
