"""The page 通行码规则: which rules of the pass hold, which wait for a second word."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.health import services
from outpost.health.actions import AGREE_DISPOSITIONS, EDIT_PASS_RULES
from outpost.health.forms.pass_rules import PassRulesForm
from outpost.health.models import PassRuleSet
from outpost.health.queries import rule_sets
from outpost.health.queries import waiting as waits
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.templatetags.pages import grouped


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
    messages.success(request, said.format(n=grouped(agreed)))
    return redirect("health:passes")
