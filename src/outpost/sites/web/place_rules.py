"""出发地规则: what those need who set out from a place."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.sites.actions import EDIT_PLACE_RULES
from outpost.sites.forms.passing import PlaceRuleForm
from outpost.sites.queries import contracts
from outpost.sites.services import place_rules as services


@door(EDIT_PLACE_RULES)
@require_GET
def place_rules(request: PageRequest) -> HttpResponse:
    """The rules, those that hold first."""
    return render(request, "sites/place_rules.html", {"rows": contracts.place_rules()})


@door(EDIT_PLACE_RULES)
@require_http_methods(["GET", "POST"])
def new_place_rule(request: PageRequest) -> HttpResponse:
    """Add a rule."""

    def save(form: PlaceRuleForm) -> HttpResponse:
        services.add_place_rule(form.rule(), actor=request.actor, at=clock.now())
        messages.success(request, _("The rule was added."))
        return redirect("sites:place_rules")

    return form_page(request, "sites/place_rule.html", PlaceRuleForm, save)


@door(EDIT_PLACE_RULES)
@require_POST
def end_place_rule(request: PageRequest, rule_id: UUID) -> HttpResponse:
    """Let a rule end today."""
    services.end_place_rule(rule_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The rule asks for nothing from today on."))
    return redirect("sites:place_rules")
