"""The changes of principals that wait for a second word."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.sentinel.actions import SEE_ORGANIZATIONS
from outpost.sentinel.queries.principals import waiting_changes
from outpost.sentinel.services.principals import decide_principal


@door(SEE_ORGANIZATIONS)
@require_GET
def principals(request: PageRequest) -> HttpResponse:
    """Who is to take whose place, asked by whom; with the buttons where the reader's word counts."""
    return render(request, "sentinel/principals.html", {"rows": waiting_changes(actor=request.actor)})


@door(SEE_ORGANIZATIONS)
@require_POST
def agree(request: PageRequest, change_id: UUID) -> HttpResponse:
    """Let the new principal take charge."""
    decide_principal(change_id, is_agreed=True, actor=request.actor, at=clock.now())
    messages.success(request, _("You agreed. The new person in charge can sign in by phone now."))
    return redirect("sentinel:principals")


@door(SEE_ORGANIZATIONS)
@require_POST
def decline(request: PageRequest, change_id: UUID) -> HttpResponse:
    """Leave the present principal in charge."""
    decide_principal(change_id, is_agreed=False, actor=request.actor, at=clock.now())
    messages.success(request, _("You declined. Nothing changes, and both people are told."))
    return redirect("sentinel:principals")
