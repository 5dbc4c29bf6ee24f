"""The page 风险地区: which areas are at which risk, from when to when."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.health import services
from outpost.health.actions import EDIT_RISK_AREAS
from outpost.health.forms.officers import RiskAreaForm
from outpost.health.queries import declarations
from outpost.health.rules import RiskLevel
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page


@require_GET
@door(EDIT_RISK_AREAS)
def risk_areas(request: PageRequest) -> HttpResponse:
    """The risk areas, those that hold first."""
    rows = [(area, RiskLevel(area.level)) for area in declarations.risk_areas()]
    return render(request, "health/risk_areas.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@door(EDIT_RISK_AREAS)
def new_risk_area(request: PageRequest) -> HttpResponse:
    """Add a risk area."""

    def save(form: RiskAreaForm) -> HttpResponse:
        stated = form.cleaned_data
        services.add_risk_area(
            *(stated["name"], RiskLevel(stated["level"]), stated["begins_on"]),
            actor=request.actor,
            at=clock.now(),
        )
        messages.success(request, _("The risk area was added."))
        return redirect("health:risk_areas")

    return form_page(request, "health/risk_area.html", RiskAreaForm, save)


@require_POST
@door(EDIT_RISK_AREAS)
def end_risk_area(request: PageRequest, area_id: UUID) -> HttpResponse:
    """Let an area be none from today on."""
    services.end_risk_area(area_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The area is no risk area from today on."))
    return redirect("health:risk_areas")
