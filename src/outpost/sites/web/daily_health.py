"""每日健康: of one person, and of everybody else on site."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.sites import people, queries
from outpost.sites.actions import REPORT_HEALTH
from outpost.sites.forms import HealthForm, RestForm
from outpost.sites.services import daily_health


@door(REPORT_HEALTH)
@require_http_methods(["GET", "POST"])
def report_one(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Report how one person is now."""
    at = clock.now()
    found = people.registration_seen(registration_id, actor=request.actor)
    (row,) = people.registration_rows([found], at=at)

    def save(form: HealthForm) -> HttpResponse:
        stated = form.cleaned_data
        daily_health.report_one(
            found.id, stated["temperature"], stated["symptoms"], actor=request.actor, at=clock.now()
        )
        messages.success(request, _("The report was taken."))
        return redirect("sites:person", found.id)

    return form_page(request, "sites/health.html", HealthForm, save, context={"row": row})


@door(REPORT_HEALTH)
@require_http_methods(["GET", "POST"])
def report_rest(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Report that everybody else on site is well."""
    contract = queries.contract_seen(contract_id, actor=request.actor)

    def save(form: RestForm) -> HttpResponse:
        temperature = form.cleaned_data["temperature"]
        count = daily_health.report_rest(contract.id, temperature, actor=request.actor, at=clock.now())
        text = ngettext("{n} person was reported well.", "{n} people were reported well.", count)
        messages.success(request, text.format(n=count))
        return redirect("sites:registrations", contract.id)

    rest = len(daily_health.unreported(contract, at=clock.now()))
    return form_page(request, "sites/rest.html", RestForm, save, context={"contract": contract, "rest": rest})
