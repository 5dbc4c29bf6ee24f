"""The page of what was deleted in the last day, and the act that puts it back."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from outpost.audit import deletions
from outpost.core import clock
from outpost.core.actions import USE_ACCOUNT
from outpost.core.errors import Refusal
from outpost.pages.doors import PageRequest, door

PARTS: dict[str, str | Promise] = {
    "organizations": gettext_lazy("Organisations"),
    "staff": gettext_lazy("Staff"),
    "checkpoints": gettext_lazy("Checkpoints"),
    "sign_ins": gettext_lazy("Sign-ins of principals"),
}


@door(USE_ACCOUNT)
@require_GET
def deleted(request: PageRequest) -> HttpResponse:
    """What was deleted in the last day within the reader's scope, with who and when."""
    rows = deletions.deleted(actor=request.actor, at=clock.now())
    shown = [(row, [(PARTS[p], n) for p, n in row.parts.items() if p in PARTS]) for row in rows]
    return render(request, "audit/deleted.html", {"rows": shown})


@door(USE_ACCOUNT)
@require_POST
def restore(request: PageRequest, deletion_id: UUID) -> HttpResponse:
    """Put one deletion back and go where it stands again; what stands in the way is said on the list."""
    try:
        address = deletions.restore(deletion_id, actor=request.actor, at=clock.now())
    except Refusal as refusal:
        if refusal.status == HTTPStatus.NOT_FOUND:
            raise
        messages.error(request, refusal.message)
        return redirect("audit:deleted")
    messages.success(request, _("Put back as it was."))
    return redirect(address)
