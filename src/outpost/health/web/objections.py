"""The page 申诉: objections of citizens to their pass, and the answer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from outpost.core import clock
from outpost.health import services
from outpost.health.actions import ANSWER_OBJECTIONS
from outpost.health.forms.officers import AnswerForm
from outpost.health.queries import waiting as waits
from outpost.health.rules import Outcome
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page


@require_GET
@door(ANSWER_OBJECTIONS)
def objections(request: PageRequest) -> HttpResponse:
    """The objections that wait, the most urgent first, and those that were answered."""
    at = clock.now()
    found = {
        name: waits.objections(actor=request.actor, at=at, answered=answered)
        for name, answered in (("open", False), ("answered", True))
    }
    return render(request, "health/objections.html", found)


@require_http_methods(["GET", "POST"])
@door(ANSWER_OBJECTIONS)
def objection(request: PageRequest, objection_id: UUID) -> HttpResponse:
    """One objection that waits: what was written, what the pass rests on, the answer."""
    row = waits.objection(objection_id, actor=request.actor, at=clock.now())

    def save(form: AnswerForm) -> HttpResponse:
        outcome, text = Outcome(form.cleaned_data["outcome"]), form.cleaned_data["text"]
        services.answer_objection(objection_id, outcome, text, actor=request.actor, at=clock.now())
        messages.success(request, _("The objection was answered."))
        return redirect("health:objections")

    return form_page(request, "health/objection.html", AnswerForm, save, context={"row": row})
