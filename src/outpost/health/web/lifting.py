"""The pages 解除规则 and 在管处置: what dispositions ask for before they are lifted, and those that run."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.exchange.offers import exports_for
from outpost.health import lifting as rules
from outpost.health import services
from outpost.health.actions import AGREE_DISPOSITIONS, EDIT_LIFTING_RULES
from outpost.health.forms.lifting import LiftingRulesForm, OrderFilter, TermForm
from outpost.health.models import DispositionRecord
from outpost.health.models.rule_sets import LiftingRuleSet
from outpost.health.notices import notices_of
from outpost.health.person_pages import with_pages
from outpost.health.queries import lifting_sets
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page

ORDERS = Listing(
    "orders",
    (
        Column("name", gettext_lazy("Full name")),
        Column("number", gettext_lazy("ID number")),
        Column("disposition", gettext_lazy("Disposition"), order="disposition"),
        Column("began", gettext_lazy("Begins"), order="started_at"),
        Column("days", gettext_lazy("Full days")),
        Column("tests", gettext_lazy("Negative tests")),
        Column("ends", gettext_lazy("Days are over")),
        Column("differs", gettext_lazy("Differences"), is_long=True),
        Column("version", gettext_lazy("Version")),
    ),
    "began",
    OrderFilter,
    aside="disposition",
    below=("days", "ends"),
)


@require_GET
@door(EDIT_LIFTING_RULES)
def lifting(request: PageRequest) -> HttpResponse:
    """The rules that hold, what is proposed with whom it is about, and the versions before."""
    at, sets = clock.now(), lifting_sets.versions()
    version, now = lifting_sets.rules_at(at, sets)
    context = {
        "version": version,
        "rules": now.items(),
        "proposals": [_proposal(row, request) for row in lifting_sets.waiting(actor=request.actor, at=at)],
        "versions": [
            {"row": row, "rules": rules.read(row.rules).items(), "running": rules.Running(row.running)}
            for row in sets
        ],
    }
    return render(request, "health/lifting.html", context)


def _proposal(row: LiftingRuleSet, request: PageRequest) -> dict[str, Any]:
    """Counted anew: whoever agrees sees what runs now."""
    proposed, how = rules.read(row.rules), rules.Running(row.running)
    at = clock.now()
    classes, moving = lifting_sets.trial(proposed, how, at=at), lifting_sets.moving(proposed, how, at=at)
    return {
        "row": row,
        "rules": proposed.items(),
        "running": how,
        "classes": classes,
        "people": sum(one.people for one in classes),
        "changed": sum(one.people for one in classes if one.is_other),
        "moving": len(moving),
        "notices": notices_of(moving),
        "is_own": row.asked_by == request.actor.id,
    }


@require_http_methods(["GET", "POST"])
@door(EDIT_LIFTING_RULES)
def propose_lifting(request: PageRequest) -> HttpResponse:
    """Propose other rules: they are tried over everybody who is held and wait for a second officer."""
    _version, now = lifting_sets.rules_at(clock.now(), lifting_sets.versions())

    def save(form: LiftingRulesForm) -> HttpResponse:
        stated = form.cleaned_data
        services.propose_lifting_rules(
            form.rules(),
            rules.Running(stated["running"]),
            reason=stated["reason"],
            actor=request.actor,
            at=clock.now(),
        )
        messages.success(
            request, _("The rules were proposed. They hold once another command officer agrees.")
        )
        return redirect("health:lifting")

    return form_page(request, "health/lifting_form.html", partial(LiftingRulesForm, now=now), save)


@require_POST
@door(EDIT_LIFTING_RULES)
def decide_lifting(request: PageRequest, proposal_id: UUID) -> HttpResponse:
    """Agree to proposed rules, or decline them."""
    is_agreed = request.POST.get("agree") == "1"
    services.decide_lifting_rules(proposal_id, is_agreed=is_agreed, actor=request.actor, at=clock.now())
    messages.success(request, _("The new rules hold.") if is_agreed else _("The proposal was declined."))
    return redirect("health:lifting")


@require_GET
@door(AGREE_DISPOSITIONS)
def orders(request: PageRequest) -> HttpResponse:
    """The dispositions that run, masked, beside what waiting rules or those in force would ask of them."""
    at, listing = clock.now(), ORDERS.read(request)
    against = lifting_sets.compared_with(at)

    def present(found: Sequence[DispositionRecord]) -> list[lifting_sets.OrderRow]:
        return with_pages(lifting_sets.order_rows(found, at=at, against=against), request.actor)

    return list_page(
        listing,
        "health/orders.html",
        lifting_sets.orders(actor=request.actor, at=at, **listing.values),
        present=present,
        context={"exports": exports_for(request.actor, "orders", listing.values)},
    )


@require_http_methods(["GET", "POST"])
@door(AGREE_DISPOSITIONS)
def decide_order(request: PageRequest, term_id: UUID) -> HttpResponse:
    """Which rules one goes by that runs."""
    found = lifting_sets.order_waiting(term_id, actor=request.actor, at=clock.now())
    (row,) = with_pages([found], request.actor)

    def save(form: TermForm) -> HttpResponse:
        stated = form.cleaned_data
        services.decide_term(
            term_id,
            takes_new=stated["rule"] == "new",
            ground=stated["ground"],
            actor=request.actor,
            at=clock.now(),
        )
        messages.success(request, _("The disposition has a new version."))
        return redirect("health:orders")

    make = partial(TermForm, is_exposed=row.term.is_exposed)
    notices = notices_of([row.person_id]) if row.compared.differs else None
    return form_page(request, "health/order.html", make, save, context={"row": row, "notices": notices})
