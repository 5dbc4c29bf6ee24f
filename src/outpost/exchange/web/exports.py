"""Pages of one export: say what for, watch it being written, fetch it."""

from functools import partial
from textwrap import wrap
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from outpost.core import clock
from outpost.core.errors import Refusal
from outpost.exchange import queries, registry, services
from outpost.exchange.actions import SEE_TASKS
from outpost.exchange.forms import PurposeForm
from outpost.exchange.kinds import ExportKind
from outpost.exchange.models import Export
from outpost.exchange.web.imports import send_file
from outpost.exchange.web.labels import EXPORT_STATES, time_left
from outpost.pages.addresses import came_from
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page

DIGEST_PART = 8  # characters between which a phone may break the line


@door(SEE_TASKS)
@require_http_methods(["GET", "POST"])
def new(request: PageRequest, kind: str) -> HttpResponse:
    """Ask for the purpose; the filters of the list stand in the address."""
    found = registry.export_kind(kind)
    request.actor.require(found.action)
    params = request.GET.dict()
    kept = found.checked(params, request.actor)

    def ask(form: PurposeForm) -> HttpResponse:
        purpose = form.cleaned_data.get("purpose", "")
        task = services.request_export(
            kind,
            params=params,
            purpose=purpose,
            actor=request.actor,
            at=clock.now(),
            site=request.build_absolute_uri("/").rstrip("/"),
        )
        return redirect("exchange:export", task.id)

    def context(_form: PurposeForm) -> dict[str, Any]:
        rows = found.count(kept, request.actor)
        return {
            "title": found.title(kept),
            "headers": found.headers(kept),
            "holds": "" if rows is None else found.holding(rows),
            "back": came_from(request) or reverse("exchange:exports"),
        }

    make = partial(PurposeForm, found.purposes)
    return form_page(request, "exchange/new_export.html", make, ask, context=context)


@door(SEE_TASKS)
@require_GET
def detail(request: PageRequest, export_id: UUID) -> HttpResponse:
    """One export: its progress, then the file."""
    return render(
        request, "exchange/export.html", _context(queries.own_export(export_id, actor=request.actor))
    )


@door(SEE_TASKS)
@require_GET
def progress(request: PageRequest, export_id: UUID) -> HttpResponse:
    """The progress bar alone; tells the page to load anew once the file is written."""
    context = _context(queries.own_export(export_id, actor=request.actor))
    response = render(request, "exchange/_progress.html", context)
    if not context["state"].is_running:
        response["HX-Refresh"] = "true"
    return response


def _context(task: Export) -> dict[str, Any]:
    progress = queries.export_progress(task, at=clock.now())
    kind = _kind_of(task)
    purposes = dict(kind.purposes) if kind else {}
    return {
        "task": task,
        "kind": registry.label_of(task.kind, is_export=True),
        "state": EXPORT_STATES[task.state],
        "digest": wrap(task.sha256, DIGEST_PART),
        "purpose": purposes.get(task.purpose, task.purpose),
        "holds": (kind or ExportKind).holding(task.rows_done),
        "progress": progress,
        "remaining": time_left(progress.remaining),
        "refusal": queries.refusal_text(task.refusal),
        "progress_route": "exchange:export_progress",
    }


def _kind_of(task: Export) -> ExportKind | None:
    try:
        return registry.export_kind(task.kind)
    except Refusal:  # a kind that this version no longer has
        return None


@door(SEE_TASKS)
@require_GET
def download(request: PageRequest, export_id: UUID) -> FileResponse:
    """The file. Each fetch asks for the rights anew and is recorded."""
    found = services.fetch_export(export_id, actor=request.actor, at=clock.now())
    return send_file(found.path, found.name)
