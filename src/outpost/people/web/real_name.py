"""Doors of the real name 实名: a citizen's own statement and ticket, their token, and a town's tickets."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access.doors import citizen_door
from outpost.access.services import end_other_sessions
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.pages.addresses import address, local
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page, take
from outpost.pages.listing import Column, Listing, list_page
from outpost.people import errors, queries, real_names
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.forms import CardForm, RealNameForm, SeenCardForm, TownForm
from outpost.people.real_names import Statement
from outpost.people.tokens import LASTS, Holder, person_token
from outpost.people.trying import count_tries
from outpost.regions.queries import towns

MY_PAGE = "web:my"
CLAIMS = Listing(
    "claims",
    (
        Column("name", gettext_lazy("Full name")),
        Column("number", gettext_lazy("Document number")),
        Column("phone", gettext_lazy("Phone")),
        Column("town", gettext_lazy("Town"), order="region__code"),
        Column("made_at", gettext_lazy("Asked"), order="made_at"),
    ),
    "made_at",
    aside="made_at",
    below=("number", "town"),
)


@citizen_door
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def real_name(request: PageRequest) -> HttpResponse:
    """State once who one is; then back to where it was asked for."""
    user, at = own_account(request), clock.now()
    if request.method == "GET" and queries.spoken_for(user.id):
        return redirect(_next(request))

    def state(form: RealNameForm) -> HttpResponse:
        stated = Statement(form.cleaned_data["name"], form.cleaned_data["document"])
        if real_names.state_real_name(user, stated, actor=request.actor, at=at):
            return redirect(_next(request))
        return redirect(MY_PAGE)

    def make(data: object) -> RealNameForm:
        return RealNameForm(data, today=clock.local_day(at))

    return form_page(request, "people/real_name.html", make, state)


def _next(request: PageRequest) -> str:
    return local(request, request.GET.get("next", "")) or MY_PAGE


@citizen_door
@require_GET
def start(request: PageRequest) -> HttpResponse:
    """The way of a first visit: signed in by now; the real name, where it is missing, then back."""
    if queries.spoken_for(own_account(request).id) is None:
        return redirect(address("people:real_name", next=request.GET.get("next", "")))
    return redirect(_next(request))


@citizen_door
@require_GET
def token(request: PageRequest) -> HttpResponse:
    """What a phone needs to check in without a session, as JSON: for its owner, and for whom they act. To `start` where
    the real name is missing."""
    user, at = own_account(request), clock.now()
    spoken = queries.spoken_for(user.id)
    if spoken is None:
        return redirect("people:start")

    def made(person_id: UUID, name: str, number: str, ends_on: date | None = None) -> dict[str, str]:
        holder = Holder(person_id, spoken.seen_at is not None, name, number.rpartition("*")[2])
        until = clock.day_start(ends_on) if ends_on else None
        return {"token": person_token(ring(), holder, issued_at=at, until=until), "name": name}

    dependants = queries.own_dependants(user.id, today=clock.local_day(at))
    ends = queries.acting_ends(dependants)
    confirmed = queries.dependant_rows(one for one in dependants if one.confirmed_at)
    companions = [
        made(row.dependant.person_id, row.name, row.number, ends.get(row.dependant.id)) for row in confirmed
    ]
    until = (at + LASTS).isoformat()
    own = made(spoken.person_id, spoken.name, spoken.number)
    return JsonResponse(own | {"expires_at": until, "companions": companions})


@citizen_door
@require_POST
def end_tokens(request: PageRequest) -> HttpResponse:
    """A phone is lost: no other one is signed in for me, or checks in for me."""
    user, at = own_account(request), clock.now()
    real_names.end_own_tokens(user, actor=request.actor, at=at)
    end_other_sessions(user, actor=request.actor, at=at)
    update_session_auth_hash(request, user)
    messages.success(request, _("Other phones no longer check in for you."))
    return redirect(MY_PAGE)


@citizen_door
@require_POST
def choose_town(request: PageRequest) -> HttpResponse:
    """In which town I show my card."""

    def choose(form: TownForm) -> HttpResponse:
        chosen = form.cleaned_data["town"]
        real_names.choose_town(own_account(request), chosen, actor=request.actor, at=clock.now())
        messages.success(request, _("Show your card there; then it is decided."))
        return redirect(MY_PAGE)

    return take(request, town_form, choose, page=address(MY_PAGE))


def town_form(data: object = None) -> TownForm:
    """The form of the ticket on one's own page."""
    return TownForm(data, towns=town_choices())


def town_choices() -> list[tuple[str, str]]:
    """The towns by code and name."""
    return [(town.code, town.name) for town in towns()]


@citizen_door
@require_POST
def withdraw_claim(request: PageRequest) -> HttpResponse:
    """Take my ticket back."""
    real_names.withdraw_claim(own_account(request), actor=request.actor, at=clock.now())
    messages.success(request, _("The ticket was withdrawn."))
    return redirect(MY_PAGE)


@citizen_door
@require_POST
def answer_claim(request: PageRequest, claim_id: UUID) -> HttpResponse:
    """Is it me who states my document elsewhere?"""
    is_own = "own" in request.POST
    real_names.answer_claim(
        claim_id, own_account(request), is_own=is_own, actor=request.actor, at=clock.now()
    )
    messages.success(request, _("Handed over.") if is_own else _("Thank you. An officer looks at it."))
    return redirect(MY_PAGE)


@door(DECIDE_CLAIMS)
@require_GET
def claims(request: PageRequest) -> HttpResponse:
    """The tickets that wait for somebody who sees the card."""
    listing = CLAIMS.read(request)
    found = queries.claims_to_decide(actor=request.actor)
    return list_page(listing, "people/claims.html", found, present=queries.claim_rows)


@door(DECIDE_CLAIMS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def card(request: PageRequest) -> HttpResponse:
    """The card of somebody who stands here with the phone that speaks for it."""
    at = clock.now()

    def see(form: SeenCardForm) -> HttpResponse:
        document, phone = form.cleaned_data["document"], form.cleaned_data["phone"]
        count_tries({"document": document.number, "phone": phone}, DECIDE_CLAIMS, actor=request.actor, at=at)
        real_names.confirm_on_sight(document, phone, actor=request.actor, at=at)
        messages.success(request, _("Seen. The person's pass shows on their phone from now on."))
        return redirect("people:card")

    def make(data: object) -> SeenCardForm:
        return SeenCardForm(data, today=clock.local_day(at))

    places = {errors.NOT_STATED_SO.code: "document_number"}
    return form_page(request, "people/card.html", make, see, at=places)


@door(DECIDE_CLAIMS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def claim(request: PageRequest, claim_id: UUID) -> HttpResponse:
    """Decide on one ticket: the number from the card, or no."""
    at, row = clock.now(), queries.claim_to_decide(claim_id, actor=request.actor)

    def decide(form: CardForm) -> HttpResponse:
        count_tries(
            {"document": form.cleaned_data["document"].number}, DECIDE_CLAIMS, actor=request.actor, at=at
        )
        real_names.decide_claim(claim_id, form.cleaned_data["document"], actor=request.actor, at=at)
        messages.success(request, _("The document belongs to this account now. Both were told."))
        return redirect("people:claims")

    def make(data: object) -> CardForm:
        return CardForm(data, today=clock.local_day(at))

    if "refuse" in request.POST:
        real_names.decide_claim(claim_id, None, actor=request.actor, at=at)
        messages.success(request, _("The ticket was refused. The account is told."))
        return redirect("people:claims")
    places = {errors.CARD_DIFFERS.code: "document_number"}
    return form_page(request, "people/claim.html", make, decide, at=places, context={"row": row})
