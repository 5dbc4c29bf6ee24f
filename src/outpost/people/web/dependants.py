"""Doors of 代办: whom I act for, who acts for me, and what a town's officers confirm on sight of the papers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access.doors import citizen_door
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page
from outpost.people import dependants, errors, queries
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.forms import CardForm, DependantForm
from outpost.people.real_names import Statement
from outpost.people.trying import count_tries
from outpost.people.web.real_name import MY_PAGE, town_choices

WAITING = Listing(
    "dependants",
    (
        Column("name", gettext_lazy("Full name")),
        Column("number", gettext_lazy("Document number")),
        Column("phone", gettext_lazy("Phone of who asks")),
        Column("town", gettext_lazy("Town"), order="region__code"),
        Column("asked_at", gettext_lazy("Asked"), order="asked_at"),
    ),
    "asked_at",
    aside="asked_at",
    below=("number", "town"),
)


@citizen_door
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new(request: PageRequest) -> HttpResponse:
    """Ask to act for a child or an elder."""
    at = clock.now()

    def ask(form: DependantForm) -> HttpResponse:
        stated = Statement(form.cleaned_data["name"], form.cleaned_data["document"])
        town = form.cleaned_data["town"]
        dependants.ask_to_act(own_account(request), stated, town, actor=request.actor, at=at)
        messages.success(request, _("It counts once it is confirmed."))
        return redirect(MY_PAGE)

    def make(data: object) -> DependantForm:
        return DependantForm(data, today=clock.local_day(at), towns=town_choices())

    places = {errors.DEPENDANT_IS_SELF.code: "document_number"}
    return form_page(request, "people/new_dependant.html", make, ask, at=places)


@citizen_door
@require_POST
def answer(request: PageRequest, dependant_id: UUID) -> HttpResponse:
    """May they act for me, or for whom I act?"""
    is_right, at = "right" in request.POST, clock.now()
    dependants.answer(dependant_id, own_account(request), is_right=is_right, actor=request.actor, at=at)
    messages.success(request, _("Confirmed.") if is_right else _("Refused."))
    return redirect(MY_PAGE)


@citizen_door
@require_POST
def undo(request: PageRequest, dependant_id: UUID) -> HttpResponse:
    """End it at once."""
    dependants.undo(dependant_id, own_account(request), actor=request.actor, at=clock.now())
    messages.success(request, _("It has ended."))
    return redirect(MY_PAGE)


@door(DECIDE_CLAIMS)
@require_GET
def waiting(request: PageRequest) -> HttpResponse:
    """Who asks to act for somebody and shows the papers here."""
    listing = WAITING.read(request)
    found = queries.dependants_to_see(actor=request.actor)
    return list_page(listing, "people/dependants.html", found, present=queries.dependant_rows)


@door(DECIDE_CLAIMS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def decide(request: PageRequest, dependant_id: UUID) -> HttpResponse:
    """Confirm one by the number from the papers, or refuse it."""
    actor, at = request.actor, clock.now()
    row = queries.dependant_to_see(dependant_id, actor=actor)

    def confirm(form: CardForm) -> HttpResponse:
        paper = form.cleaned_data["document"]
        count_tries({"document": paper.number}, DECIDE_CLAIMS, actor=actor, at=at)
        dependants.confirm_on_sight(dependant_id, paper, actor=actor, at=at)
        messages.success(request, _("Confirmed."))
        return redirect("people:dependants")

    def make(data: object) -> CardForm:
        return CardForm(data, today=clock.local_day(at))

    if "refuse" in request.POST:
        dependants.confirm_on_sight(dependant_id, None, actor=actor, at=at)
        messages.success(request, _("Refused."))
        return redirect("people:dependants")
    places = {errors.CARD_DIFFERS.code: "document_number"}
    return form_page(request, "people/dependant.html", make, confirm, at=places, context={"row": row})
