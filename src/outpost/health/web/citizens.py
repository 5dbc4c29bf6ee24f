"""Doors of citizens: 健康申报 for oneself and whom one acts for, 申诉 to one's own pass."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from outpost.access import throttle
from outpost.access.contacts import contacts_of
from outpost.access.doors import citizen_door
from outpost.access.throttle import DAY, Limit
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.health import errors, services
from outpost.health.forms.citizens import DeclarationForm, ObjectionForm
from outpost.health.queries import declarations, questions
from outpost.health.queries.journeys import own_home
from outpost.pages.addresses import address, local
from outpost.pages.doors import PageRequest
from outpost.pages.forms import form_page
from outpost.people import queries as people

MY_PAGE = "web:my"
DECLARED = Limit("health.declared", 20, DAY)
OBJECTED = Limit("health.objected", 5, DAY)
"""An account's: nobody floods the register, or the officers who answer."""


@dataclass(frozen=True, slots=True)
class Speaks:
    """For whom an account may speak here: its own person first, by id and masked name, told apart by their numbers."""

    names: dict[UUID, str]
    own: people.Spoken

    @property
    def is_seen(self) -> bool:
        return self.own.seen_at is not None


@citizen_door
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def declare(request: PageRequest) -> HttpResponse:
    """State one's health, then back to where it was asked for."""
    speaks, at = _speaks(request), clock.now()
    if speaks is None:
        return redirect(address("people:real_name", next=request.get_full_path()))
    back = local(request, request.GET.get("next", ""))

    def save(form: DeclarationForm) -> HttpResponse:
        _count(request, DECLARED)
        user = own_account(request)
        phone, names = contacts_of(user).phone, people.names_stated_by(user.id)
        for person_id in form.cleaned_data["people"]:
            services.declare(
                person_id,
                replace(form.declared(), phone=phone),
                key=form.key_of(person_id),
                named=names[person_id],
                is_seen=speaks.is_seen,
                actor=request.actor,
                at=at,
            )
        if back:
            # The page of a code is one that the phone kept: a message would come up on some later page.
            return redirect(back)
        messages.success(request, _("Declared. Thank you."))
        return redirect(MY_PAGE)

    asked = questions.specs_on(clock.local_day(at))

    def make(data: object) -> DeclarationForm:
        return DeclarationForm(data, people=speaks.names, questions=asked)

    context = {
        "areas": [one for one in declarations.risk_areas() if one.ends_on is None],
        "is_missing": declarations.declared_until(speaks.own.person_id, since=speaks.own.since, at=at)
        is None,
        "home": own_home(speaks.own, at=at),
        "is_seen": speaks.is_seen,
        "back": back,
    }
    return form_page(request, "health/declare.html", make, save, context=context)


@citizen_door
@require_GET
def declared(request: PageRequest) -> HttpResponse:
    """Until when one's own phone needs not open the declaration, as JSON; null when one is missing now."""
    spoken, at = people.spoken_for(own_account(request).id), clock.now()
    if spoken is None:
        return redirect("people:start")
    until = declarations.declared_until(spoken.person_id, since=spoken.since, at=at)
    return JsonResponse({"until": until and until.isoformat()})


@citizen_door
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def object_to_pass(request: PageRequest) -> HttpResponse:
    """Object to one's own pass; who acts for somebody objects for them, too."""
    speaks, at = _speaks(request), clock.now()
    if speaks is None or not speaks.is_seen:
        return redirect(MY_PAGE)

    def save(form: ObjectionForm) -> HttpResponse:
        _count(request, OBJECTED)
        services.raise_objection(
            form.cleaned_data["person"],
            form.cleaned_data["text"],
            key=form.cleaned_data["key"],
            actor=request.actor,
            at=at,
        )
        messages.success(request, _("Sent. It is answered within 24 hours."))
        return redirect(MY_PAGE)

    def make(data: object) -> ObjectionForm:
        return ObjectionForm(data, people=speaks.names)

    return form_page(request, "health/object.html", make, save)


def _speaks(request: PageRequest) -> Speaks | None:
    """For whom the account speaks; None before it stated its real name."""
    user = own_account(request)
    spoken = people.spoken_for(user.id)
    if spoken is None:
        return None
    dependants = people.own_dependants(user.id, today=clock.local_day(clock.now()))
    confirmed = people.dependant_rows(one for one in dependants if one.confirmed_at)
    # A family shares its surname, and masked names show little more.
    names = {spoken.person_id: f"{spoken.name} {spoken.number[-4:]}"}
    names |= {row.dependant.person_id: f"{row.name} {row.number[-4:]}" for row in confirmed}
    return Speaks(names, spoken)


def _count(request: PageRequest, limit: Limit) -> None:
    """Raises Refusal TOO_MANY_OF_DAY."""
    throttle.count(limit, request.actor.id, problem=errors.TOO_MANY_OF_DAY, at=clock.now())
