"""A citizen's own page 我的: what the house knows of them, and what they may do about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from outpost.access.doors import citizen_door
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.queues import called
from outpost.health.queries import declarations, pass_now, proposals, waiting
from outpost.health.queries import facts as health
from outpost.health.queries.exposures import own_exposures
from outpost.health.queries.journeys import own_home
from outpost.pages.doors import PageRequest
from outpost.pages.forms import drawn, form_page
from outpost.people import queries as people
from outpost.people import real_names
from outpost.people.links import linked_to
from outpost.people.second_documents import own_waiting
from outpost.people.web.real_name import town_form
from outpost.venues.actions import OWN_VENUE
from outpost.venues.queries import check_ins, leaving, venues
from outpost.web.phone_guides import CITIZEN

READER = Actor.system("people.own_looks")  # the audit is read for the person themselves


@citizen_door
@require_GET
def my(request: PageRequest) -> HttpResponse:
    """My own page."""
    user = own_account(request)
    spoken = people.spoken_for(user.id)
    context = {
        "spoken": spoken,
        "claim": people.own_claim(user.id),
        "town_form": drawn(request, town_form),
        "manages": request.actor.may(OWN_VENUE),
        "offers": venues.offers_to(user, at=clock.now()).count(),
        "claims_about_me": people.claims_about(user.id),
        **(_kept_of(user.id, spoken) if spoken else {}),
        **(_acting(user.id) if spoken else {}),
    }
    return render(request, "web/my.html", context)


@citizen_door
@require_GET
def guide(request: PageRequest) -> HttpResponse:
    """How all of this works, in some steps."""
    return render(request, "web/my_guide.html", {"guide": CITIZEN})


def _acting(user_id: UUID) -> dict[str, Any]:
    """Whom the account acts for, and who acts or asks to act for the same people."""
    today = clock.local_day(clock.now())
    return {
        "dependants": people.dependant_rows(people.own_dependants(user_id, today=today)),
        "to_answer": people.dependant_rows(people.dependants_to_answer(user_id, today=today)),
        "acting_beside": people.dependant_rows(people.acting_beside(user_id, today=today)),
    }


def _kept_of(user_id: UUID, spoken: people.Spoken) -> dict[str, Any]:
    """What is kept of the person, as far as the account may see it."""
    person_id, at = spoken.person_id, clock.now()
    return {
        **(_known_of_seen(person_id, at) if spoken.seen_at else {}),
        "documents": linked_to(person_id) if spoken.seen_at else [],
        "waiting_document": own_waiting(user_id),
        **(_stated_of(user_id, spoken, at) if people.may_know_stated(spoken) else {}),
        "may_check_out": leaving.has_open_visit(user_id, spoken, at=at),
    }


def _stated_of(user_id: UUID, spoken: people.Spoken, at: datetime) -> dict[str, Any]:
    """What phones stated of the person."""
    since = people.stated_alone_since(spoken)
    declared = declarations.own_declarations(spoken.person_id, since=since, at=at)
    return {
        "home": own_home(spoken, at=at),
        "declarations": declared,
        # what phones stated before may be a stranger's: it counts for nothing and is shown to nobody
        "declares_anew": not declared and spoken.seen_at and at - spoken.seen_at < declarations.OWN_DAYS,
        "check_ins": check_ins.own_check_ins(user_id, since=since, at=at),
    }


def _known_of_seen(person_id: UUID, at: datetime) -> dict[str, Any]:
    """The pass, results, objections and looks of somebody whose card an officer has seen: a purpose tells as much."""
    looks = people.looks_at(person_id, actor=READER)
    objections = waiting.objections_of(person_id, at=at)
    return {
        "looks": [(look, called(look.purpose)) for look in looks],
        "pass": pass_now.passes_of([person_id], at=at)[person_id],
        "own_order": proposals.own_order(person_id, at=at),
        "undecided": proposals.own_undecided(person_id, at=at),
        "results": [
            one
            for one in health.tests_of(person_id, (at - declarations.OWN_DAYS, at), actor=READER)
            if not one.is_withdrawn
        ],
        "exposures": own_exposures(person_id, at=at),
        "objections": objections,
        "is_objected": any(one.outcome is None for one in objections),
    }


@citizen_door
@require_http_methods(["GET", "POST"])
def close(request: PageRequest) -> HttpResponse:
    """Close my account."""

    def act(_form: Form) -> HttpResponse:
        real_names.close_own_account(own_account(request), actor=request.actor, at=clock.now())
        logout(request)
        messages.success(request, _("The account is closed. What it stated of you was erased."))
        return redirect("access:sign_in")

    return form_page(request, "web/close.html", Form, act)
