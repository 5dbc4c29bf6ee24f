"""Pages of the second person: what a colleague asks to export in clear, and the decision."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outpost.core import clock
from outpost.exchange import queries, registry, services
from outpost.exchange.web.labels import EXPORT_STATES
from outpost.exchange.web.tasks import APPROVE
from outpost.pages.doors import PageRequest, door


@door(APPROVE)
@require_GET
def detail(request: PageRequest, export_id: UUID) -> HttpResponse:
    """One request with everything that a decision needs, and afterwards with the decision."""
    task = queries.export_to_decide(export_id, actor=request.actor)
    kind = registry.export_kind(task.kind)
    context = {
        "task": task,
        "kind": registry.label_of(task.kind, is_export=True),
        "state": EXPORT_STATES[task.state],
        "title": kind.title(task.params),
        "headers": kind.headers(task.params),
        "filters": sorted(kind.shown_filters(task.params).items()),
        "purpose": kind.purposes.get(task.purpose, task.purpose),
        "may_decide": task.state == "held" and task.expires_at is not None and task.expires_at > clock.now(),
    }
    return render(request, "exchange/approval.html", context)


@door(APPROVE)
@require_POST
def approve(request: PageRequest, export_id: UUID) -> HttpResponse:
    """Agree: the file is written for the one who asked."""
    services.decide_export(export_id, is_approved=True, actor=request.actor, at=clock.now())
    messages.success(request, _("You agreed. The file is being written for the one who asked."))
    return redirect("exchange:approval", export_id)


@door(APPROVE)
@require_POST
def decline(request: PageRequest, export_id: UUID) -> HttpResponse:
    """Decline: there is no file."""
    services.decide_export(export_id, is_approved=False, actor=request.actor, at=clock.now())
    messages.success(request, _("You declined. The one who asked is told."))
    return redirect("exchange:approval", export_id)
