"""工地疫情防控信息: the page of a contract, and the forms of its group and its hospital."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.core.clock import local_day
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.people.trying import count_tries
from outpost.sites.actions import (
    EDIT_GROUP,
    EDIT_HOSPITAL,
    JUDGE_CHECKLIST,
    KEEP_SUPPLIES,
    SEE_PREVENTION,
    SEE_SITES,
    SEND_CHECKLIST,
)
from outpost.sites.forms.prevention import HospitalForm, MemberForm, NewMemberForm
from outpost.sites.models import Contract
from outpost.sites.queries import prevention as reads
from outpost.sites.queries.contracts import contract_seen
from outpost.sites.services import prevention
from outpost.sites.web.steps import step


@door(SEE_PREVENTION)
@require_GET
def prevention_file(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Group, hospital, supplies and checklist of a contract, and what is missing."""
    contract, actor = contract_seen(contract_id, actor=request.actor, action=SEE_PREVENTION), request.actor
    today = local_day(clock.now())
    (row,) = reads.file_rows(Contract.objects.filter(id=contract.id), on=today)
    context = {
        "contract": contract,
        "facts": row.facts,
        "members": reads.members(contract),
        "former": reads.members(contract, is_present=False),
        "hospital": reads.hospital(contract),
        "supplies": reads.supplies(contract, on=today),
        "checklists": reads.checklists(contract),
        "may_edit_group": actor.may(EDIT_GROUP),
        "may_edit_hospital": actor.may(EDIT_HOSPITAL),
        "may_keep": actor.may(KEEP_SUPPLIES),
        "may_send": actor.may(SEND_CHECKLIST),
        "may_judge": actor.may(JUDGE_CHECKLIST),
        "trail": trail(request, contract, with_file=False),
    }
    return render(request, "sites/prevention.html", context)


def trail(request: PageRequest, contract: Contract, *, with_file: bool = True) -> list[dict[str, Any]]:
    """The way to a page of a contract, as far as its reader may go it."""
    steps = []
    if request.actor.may(SEE_SITES):
        steps.append(step(contract))
    if with_file:
        steps.append({"url": file_url(contract.id), "label": _("Prevention file")})
    return steps


def file_url(contract_id: UUID) -> str:
    """The address of a contract's prevention file."""
    return reverse("sites:prevention", args=[contract_id])


@door(EDIT_GROUP)
@require_http_methods(["GET", "POST"])
def new_member(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Somebody joins the group, perhaps in another's place."""
    contract = contract_seen(contract_id, actor=request.actor, action=EDIT_GROUP)
    at = clock.now()
    make = partial(NewMemberForm, present=reads.members(contract), initial={"confirmed_on": local_day(at)})

    def add(form: NewMemberForm) -> HttpResponse:
        succeeds = form.cleaned_data["succeeds"]
        prevention.add_member(contract_id, form.facts(), succeeds=succeeds, actor=request.actor, at=at)
        messages.success(request, _("Added to the prevention group."))
        return redirect(file_url(contract_id))

    context = {"contract": contract, "trail": trail(request, contract)}
    return form_page(request, "sites/member_form.html", make, add, at=_WRONG_STATED, context=context)


# What is wrong with a name or a phone says it by its code.
_WRONG_STATED = {
    **{f"core.phone_{one}": "phone" for one in ("empty", "damaged", "letters", "too_short", "too_long")},
    **{f"core.phone_{one}": "phone" for one in ("unknown", "not_mobile")},
    **{f"people.name_{one}": "name" for one in ("empty", "length", "characters", "lost")},
}


@door(EDIT_GROUP)
@require_http_methods(["GET", "POST"])
def edit_member(request: PageRequest, group_member_id: UUID) -> HttpResponse:
    """Correct what is stated of somebody in the group."""
    member = reads.present_member(group_member_id, actor=request.actor)
    who = reads.stated_member(member).masked()
    make = partial(
        MemberForm,
        kept={"name": who.name, "phone": who.phone},
        initial={"role": member.role, "confirmed_on": member.confirmed_on},
    )

    def change(form: MemberForm) -> HttpResponse:
        at, facts = clock.now(), form.facts()
        count_tries({"name": facts.name, "phone": facts.phone}, EDIT_GROUP, actor=request.actor, at=at)
        prevention.change_member(
            group_member_id, facts, actor=request.actor, at=at, seen=form.cleaned_data[SEEN]
        )
        messages.success(request, _("Changed."))
        return redirect(file_url(member.contract_id))

    context = {"contract": member.contract, "trail": trail(request, member.contract)}
    return edit_page(
        request,
        "sites/member_form.html",
        make,
        change,
        lambda: reads.edited_member(reads.present_member(group_member_id, actor=request.actor)),
        at=_WRONG_STATED,
        context=context,
    )


@door(EDIT_GROUP)
@require_POST
def end_member(request: PageRequest, group_member_id: UUID) -> HttpResponse:
    """Somebody leaves the group."""
    contract_id = prevention.end_member(group_member_id, actor=request.actor, at=clock.now())
    messages.success(request, _("Out of the prevention group as of today."))
    return redirect(file_url(contract_id))


@door(EDIT_HOSPITAL)
@require_http_methods(["GET", "POST"])
def hospital(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Name the paired hospital, or restate it."""
    contract = contract_seen(contract_id, actor=request.actor, action=EDIT_HOSPITAL)
    make = partial(HospitalForm, initial=dict(reads.edited_hospital(contract).texts))

    def state(form: HospitalForm) -> HttpResponse:
        facts = dict(form.cleaned_data)
        prevention.state_hospital(
            contract_id, facts, actor=request.actor, at=clock.now(), seen=facts.pop(SEEN)
        )
        messages.success(request, _("The paired hospital was saved."))
        return redirect(file_url(contract_id))

    return edit_page(
        request,
        "sites/hospital.html",
        make,
        state,
        lambda: reads.edited_hospital(contract),
        at=_WRONG_STATED,
        context={"contract": contract, "trail": trail(request, contract)},
    )
