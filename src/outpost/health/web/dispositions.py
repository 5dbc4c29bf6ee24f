"""The page 处置建议: what is proposed about people and waits for an officer, and the word on one."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from outpost.core import clock
from outpost.health.actions import AGREE_DISPOSITIONS
from outpost.health.forms.officers import DROP, DispositionForm
from outpost.health.person_pages import with_pages
from outpost.health.queries import proposals
from outpost.health.services.proposals import confirm_proposal, drop_proposal
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page


@require_GET
@door(AGREE_DISPOSITIONS)
def dispositions(request: PageRequest) -> HttpResponse:
    """The proposals that wait, the oldest first."""
    rows = with_pages(proposals.waiting(actor=request.actor), request.actor)
    return render(request, "health/dispositions.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@door(AGREE_DISPOSITIONS)
def decide_disposition(request: PageRequest, disposition_id: UUID) -> HttpResponse:
    """One proposal: what it rests on, what holds now and what is missing, the word on it."""
    found, at = proposals.proposal(disposition_id, actor=request.actor), clock.now()
    (row,) = with_pages([found], request.actor)

    def save(form: DispositionForm) -> HttpResponse:
        stated, actor, at = form.cleaned_data, request.actor, clock.now()
        if stated["decision"] == DROP:
            drop_proposal(row.id, stated["ground"], actor=actor, at=at)
            messages.success(request, _("The proposal was dropped."))
        else:
            confirm_proposal(row.id, form.wanted(), actor=actor, at=at)
            held = _("The disposition holds from the stated start on.")
            messages.success(
                request, held if stated["begins_at"] else _("The disposition holds from now on.")
            )
        return redirect("health:dispositions")

    context = {"row": row, "standing": proposals.standing_of(row.proposal.person_id, at=at)}
    make = partial(DispositionForm, proposed=row.proposal, at=at)
    return form_page(request, "health/disposition.html", make, save, context=context)
