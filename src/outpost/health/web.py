"""The pages 疫苗产品 (the list of vaccines, the form of one), 通行码规则 and 申诉."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.core.errors import or_not_found
from outpost.health import queries, rule_sets, services
from outpost.health import waiting as waits
from outpost.health.actions import (
    AGREE_DISPOSITIONS,
    ANSWER_OBJECTIONS,
    EDIT_PASS_RULES,
    EDIT_PRODUCTS,
    EDIT_RISK_AREAS,
)
from outpost.health.forms import AnswerForm, PassRulesForm, ProductForm, RiskAreaForm
from outpost.health.models import PassRuleSet, Product
from outpost.health.rules import Outcome, RiskLevel
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page

PRODUCT = "health/product.html"
PRODUCTS = Listing(
    "products",
    columns=(
        Column("name", gettext_lazy("Name"), order="name", is_long=True),
        Column("code", pgettext_lazy("vaccine", "Code"), order="code"),
        Column("doses", gettext_lazy("Doses"), order="doses", is_numeric=True),
        Column("least_days", gettext_lazy("Least days between"), order="least_days", is_numeric=True),
        Column("booster", gettext_lazy("Booster"), order="booster_after_days"),
        Column("state", gettext_lazy("State"), order="is_active"),
    ),
    order="-state",  # those in use first
    aside="state",
    below=("code", "doses"),
)


@require_GET
@door(EDIT_PRODUCTS)
def products(request: PageRequest) -> HttpResponse:
    """All vaccines, those in use first."""
    return list_page(PRODUCTS.read(request), "health/products.html", queries.product_rows())


@require_http_methods(["GET", "POST"])
@door(EDIT_PRODUCTS)
def new_product(request: PageRequest) -> HttpResponse:
    """Add a vaccine."""

    def save(form: ProductForm) -> HttpResponse:
        return _save(request, form, is_new=True)

    return form_page(request, PRODUCT, ProductForm, save, at={"health.product_code_form": "code"})


@require_http_methods(["GET", "POST"])
@door(EDIT_PRODUCTS)
def product(request: PageRequest, code: str) -> HttpResponse:
    """Change a vaccine; its code stays."""
    row = or_not_found(next((one for one in queries.product_rows() if one.code == code), None))

    def save(form: ProductForm) -> HttpResponse:
        return _save(request, form, is_new=False, seen=form.cleaned_data[SEEN])

    make = partial(ProductForm, is_new=False, initial=_initial(row))
    stands = partial(queries.edited_product, row)
    return edit_page(request, PRODUCT, make, save, stands, context={"product": row})


def _save(request: PageRequest, form: ProductForm, *, is_new: bool, seen: str = "") -> HttpResponse:
    services.save_product(form.facts(), is_new=is_new, actor=request.actor, at=clock.now(), seen=seen)
    messages.success(request, _("The vaccine was saved."))
    return redirect("health:products")


def _initial(row: Product) -> dict[str, Any]:
    stated = {name: getattr(row, name) for name in ("code", *queries.PRODUCT_NAMES)}
    return {**stated, "synonyms": "\n".join(row.synonyms)}


@require_GET
@door(EDIT_PASS_RULES)
def pass_rules(request: PageRequest) -> HttpResponse:
    """The rules that hold, what is proposed with its trial, and the dispositions that wait for a second word."""
    at, actor = clock.now(), request.actor
    now = rule_sets.in_force(at)
    context = {
        "rules": now.rules,
        "expires_at": now.expires_at,
        "decided": rule_sets.holding(at),
        "proposals": [_proposal(row, request) for row in rule_sets.waiting(actor=actor, at=at)],
        "dispositions": waits.waiting_dispositions(actor=actor),
    }
    return render(request, "health/pass_rules.html", context)


def _proposal(row: PassRuleSet, request: PageRequest) -> dict[str, Any]:
    changes = rule_sets.changes_of(row)
    return {
        "row": row,
        "rules": rule_sets.set_of(row).rules,
        "changes": changes,
        "changed": sum(one.people for one in changes if one.is_other_colour),
        "is_own": row.asked_by == request.actor.id,
    }


@require_http_methods(["GET", "POST"])
@door(EDIT_PASS_RULES)
def propose_rules(request: PageRequest) -> HttpResponse:
    """Propose other rules: they are tried over everybody and wait for a second officer."""

    def save(form: PassRulesForm) -> HttpResponse:
        services.propose_pass_rules(
            form.cleaned_data["rules"],
            reason=form.cleaned_data["reason"],
            expires_at=form.expires_at,
            actor=request.actor,
            at=clock.now(),
        )
        messages.success(
            request, _("The rules were proposed. They hold once another command officer agrees.")
        )
        return redirect("health:passes")

    make = partial(PassRulesForm, now=rule_sets.in_force(clock.now()))
    return form_page(request, "health/pass_rules_form.html", make, save)


@require_POST
@door(EDIT_PASS_RULES)
def decide_rules(request: PageRequest, proposal_id: UUID) -> HttpResponse:
    """Agree to proposed rules, or decline them."""
    is_agreed = request.POST.get("agree") == "1"
    services.decide_pass_rules(proposal_id, is_agreed=is_agreed, actor=request.actor, at=clock.now())
    messages.success(request, _("The new rules hold.") if is_agreed else _("The proposal was declined."))
    return redirect("health:passes")


@require_POST
@door(AGREE_DISPOSITIONS)
def agree_dispositions(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Let the dispositions of a file count that another officer brought in."""
    agreed = services.agree_to_dispositions(import_id, actor=request.actor, at=clock.now())
    said = ngettext("{n} disposition counts now.", "{n} dispositions count now.", agreed)
    messages.success(request, said.format(n=agreed))
    return redirect("health:passes")


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


@require_GET
@door(EDIT_RISK_AREAS)
def risk_areas(request: PageRequest) -> HttpResponse:
    """The risk areas, those that hold first."""
    rows = [(area, RiskLevel(area.level)) for area in queries.risk_areas()]
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
