"""The page of an import's rejected rows: each with what is wrong at its cells, to be corrected where it stands."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from outpost.core import clock
from outpost.exchange import queries, registry, services
from outpost.exchange.actions import SEE_TASKS
from outpost.exchange.forms import RowsForm
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page

ROWS_A_PAGE = 10


@door(SEE_TASKS)
@require_http_methods(["GET", "POST"])
def rejected(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Ten rows at a time; what is sent goes through the check of the whole file, like the file itself."""
    task = queries.own_import(import_id, actor=request.actor)
    if request.method == "GET" and task.state != "checked":
        return redirect("exchange:import", import_id)
    kind = registry.import_kind(task.kind)
    columns = [one for one in kind.sheet(task.params).columns if one.name in task.columns]
    first = _first_row(request.GET.get("page", ""))

    def make(data: QueryDict | None) -> RowsForm:
        rows = []
        if request.method == "GET":
            rows = services.see_rejected(
                import_id, first=first, size=ROWS_A_PAGE, actor=request.actor, at=clock.now()
            )
        return RowsForm(columns, rows, data)

    def correct(form: RowsForm) -> HttpResponse:
        services.correct_rows(
            import_id,
            form.corrections,
            seen=request.POST.get("seen", ""),
            actor=request.actor,
            at=clock.now(),
        )
        messages.success(request, _("The rows are being checked again, with the whole file."))
        return redirect("exchange:import", import_id)

    context = {
        "task": task,
        "seen": task.checked_at and task.checked_at.isoformat(),
        "kind": registry.label_of(task.kind),
        "page": first // ROWS_A_PAGE + 1,
        "has_more": first + ROWS_A_PAGE < min(task.rejected, services.SHOWN),
        "shown": services.SHOWN,
    }
    return form_page(request, "exchange/rejected.html", make, correct, context=context)


def _first_row(page: str) -> int:
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1
    return (max(1, number) - 1) * ROWS_A_PAGE
