"""Pages of one import: choose a file, watch its check, look at the summary, confirm, undo."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.sheets.template import write_template
from outpost.exchange import files, queries, registry, report, services
from outpost.exchange.actions import SEE_TASKS
from outpost.exchange.forms import ParametersForm, UploadForm
from outpost.exchange.kinds import ImportKind
from outpost.exchange.models import Import
from outpost.exchange.web.labels import import_state, time_left
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DIFFERENCES_A_PAGE = 20
NOTES_SHOWN = 50  # the workbook has more


def send_file(path: Path, name: str) -> FileResponse:
    """A workbook, or what else its name says, as a download: never shown in the browser."""
    kind = WORKBOOK if name.endswith(".xlsx") else None
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@door(SEE_TASKS)
@require_http_methods(["GET", "POST"])
def new(request: PageRequest, kind: str) -> HttpResponse:
    """Choose the parameters (in the address), fetch the template, send the file."""
    found = registry.import_kind(kind)
    request.actor.require(found.action)
    choice = ParametersForm(found.parameters(request.actor), request.GET.dict())
    limit = settings.OUTPOST_IMPORT_MAX_BYTES // files.MIB
    is_chosen = choice.is_valid() or not choice.fields
    if request.method == "POST" and not is_chosen:
        return redirect(request.get_full_path())

    def make(data: QueryDict | None) -> UploadForm:
        return UploadForm(data, request.FILES or None, limit=limit)

    def send(upload: UploadForm) -> HttpResponse:
        return redirect("exchange:import", _upload(request, found, choice, upload).id)

    chosen = choice.chosen if choice.fields and is_chosen else {}
    context = {
        "kind": found,
        "choice": choice,
        "is_chosen": is_chosen,
        "list_url": queries.list_url(kind, chosen, actor=request.actor),
    }
    return form_page(request, "exchange/new_import.html", make, send, at="file", context=context)


def _upload(request: PageRequest, kind: ImportKind, choice: ParametersForm, upload: UploadForm) -> Import:
    file = upload.cleaned_data["file"]
    params = choice.chosen if choice.fields else {}
    return services.upload(
        file.chunks(), file.name, kind=kind.name, params=params, actor=request.actor, at=clock.now()
    )


@door(SEE_TASKS)
@require_GET
def template(request: PageRequest, kind: str) -> FileResponse:
    """The empty workbook of a kind, for the parameters in the address."""
    found = registry.import_kind(kind)
    request.actor.require(found.action)
    choice = ParametersForm(found.parameters(request.actor), request.GET.dict())
    if choice.fields and not choice.is_valid():
        raise Refusal(NOT_FOUND)
    sheet = found.sheet(choice.chosen if choice.fields else {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path, sheet, get_language() or settings.LANGUAGE_CODE)
        return send_file(path, _("{title} template.xlsx").format(title=sheet.title))


@door(SEE_TASKS)
@require_GET
def detail(request: PageRequest, import_id: UUID) -> HttpResponse:
    """One import: its progress, its summary, what can be done next."""
    task = queries.own_import(import_id, actor=request.actor)
    context = _context(task) | {
        "may_go_on": queries.may_go_on(task, actor=request.actor),
        "list_url": queries.list_url(task.kind, task.params, actor=request.actor),
    }
    if task.state == "checked" and context["may_go_on"]:
        context |= _differences(task, request.GET.get("page", "1"), request.actor)
        context["notes"] = report.notes(task.id, NOTES_SHOWN)
    if task.state == "applied":
        context["waits_at"] = registry.import_kind(task.kind).waits_at(task.id)
    return render(request, "exchange/import.html", context)


@door(SEE_TASKS)
@require_GET
def progress(request: PageRequest, import_id: UUID) -> HttpResponse:
    """The progress bar alone; tells the page to load anew once the step is over."""
    task = queries.own_import(import_id, actor=request.actor)
    context = _context(task)
    response = render(request, "exchange/_progress.html", context)
    if not context["state"].is_running:
        response["HX-Refresh"] = "true"
    return response


def _context(task: Import) -> dict[str, Any]:
    progress = queries.import_progress(task, at=clock.now())
    return {
        "task": task,
        "kind": registry.label_of(task.kind),
        "state": import_state(task),
        "progress": progress,
        "remaining": time_left(progress.remaining),
        "refusal": queries.refusal_text(task.refusal),
        "progress_route": "exchange:import_progress",
        "told": report.told(task),
        "may_confirm": task.new + task.replaced > 0,
        "may_discard": task.state in ("uploaded", "checking", "checked"),
        "again_url": f"{reverse('exchange:new_import', args=[task.kind])}?{urlencode(task.params)}",
    }


def _differences(task: Import, page: str, actor: Actor) -> dict[str, Any]:
    total = queries.replaced_total(task)
    pages = max(1, -(-total // DIFFERENCES_A_PAGE))
    number = min(max(1, int(page)), pages) if page.isascii() and page.isdigit() and len(page) < 8 else 1
    first, kind = (number - 1) * DIFFERENCES_A_PAGE, registry.import_kind(task.kind)
    rows = queries.replaced_rows(task, actor=actor, first=first, size=DIFFERENCES_A_PAGE)
    kind.keep_look([row.own for row in rows if row.own], actor=actor, at=clock.now())
    return {
        "replaced": rows,
        "replaced_total": total,
        "shows_row_no": kind.shows_known_rows(actor),
        "page": number,
        "pages": pages,
    }


@door(SEE_TASKS)
@require_GET
def failures(request: PageRequest, import_id: UUID) -> FileResponse:
    """The workbook of rejected rows."""
    found = services.fetch_failures(import_id, actor=request.actor, at=clock.now())
    return send_file(found.path, found.name)


def _act(service: Callable[..., None]) -> Callable[..., HttpResponseBase]:
    @door(SEE_TASKS)
    @require_POST
    def act(request: PageRequest, import_id: UUID) -> HttpResponse:
        service(import_id, actor=request.actor, at=clock.now())
        return redirect("exchange:import", import_id)

    return act


confirm = _act(services.confirm_import)
discard = _act(services.discard_import)
undo = _act(services.request_undo)
