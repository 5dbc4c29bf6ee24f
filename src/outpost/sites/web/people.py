"""进场预登记 and 进退场: who is registered under a contract, may enter, enters, leaves, is withdrawn."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.codes import qr_address
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.health.actions import RECORD_DISPOSITIONS
from outpost.health.forms.officers import ProposalForm
from outpost.health.lifting import HOLDING
from outpost.health.passes import Decision
from outpost.health.queries import proposals
from outpost.health.queries.pass_now import passes_by
from outpost.health.rules import Disposition
from outpost.health.services.proposals import propose_disposition
from outpost.pages.addresses import address, back
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page, ticked
from outpost.pages.listing import BulkAction, Column, Listing, ListPage, list_page
from outpost.people.trying import count_tries
from outpost.sites.actions import (
    ADMIT_PEOPLE,
    CHECK_ADDRESSES,
    EXCEPT_PEOPLE,
    REGISTER_PEOPLE,
    REPORT_HEALTH,
    RUN_GATES,
    SEE_SITES,
)
from outpost.sites.forms.passing import EnterForm, ExceptionForm
from outpost.sites.forms.people import RegistrationFilter, RegistrationForm
from outpost.sites.models import Registration
from outpost.sites.queries import contracts, families, people
from outpost.sites.queries.arrivals import feed
from outpost.sites.services import excepting, passing, registering
from outpost.sites.vocabularies import Checked
from outpost.sites.web.steps import step, trail_of, trail_to

PEOPLE = Listing(
    "registrations",
    (
        Column("name", gettext_lazy("Full name")),
        Column("presence", gettext_lazy("On site")),
        Column("may_enter", gettext_lazy("May enter"), is_long=True),
        Column("wellness", gettext_lazy("Health today")),
        Column("acts", ""),
        Column("address", gettext_lazy("Where they live"), is_long=True),
        Column("pass", gettext_lazy("Pass")),
        Column("number", gettext_lazy("ID number")),
        Column("roll", gettext_lazy("Roll"), order="roll"),
        Column("employer", gettext_lazy("Employer"), order="employer__name", is_long=True),
        Column("trade", gettext_lazy("Trade"), order="trade"),
        Column("departure", gettext_lazy("Place of departure"), order="departure"),
        Column("phone", gettext_lazy("Phone")),
        Column("registered_at", gettext_lazy("Registered"), order="created_at"),
    ),
    "-registered_at",
    RegistrationFilter,
    private=frozenset({"name", "document"}),
    aside="presence",
    below=("wellness", "may_enter"),
    is_counted_along=True,
)


WITHOUT_PASSES = replace(PEOPLE, columns=tuple(one for one in PEOPLE.columns if one.key != "pass"))

TO_LEAVE = Listing(
    "to_leave",
    (
        Column("name", gettext_lazy("Full name")),
        Column("why", gettext_lazy("Has to leave because"), is_long=True),
        Column("contract", gettext_lazy("Contract"), order="contract__number"),
        Column("employer", gettext_lazy("Employer"), order="registration__employer__name", is_long=True),
        Column("phone", gettext_lazy("Phone")),
        Column("entered_at", gettext_lazy("Entered"), order="entered_at"),
    ),
    "entered_at",
    aside="phone",
    below=("why", "contract"),
    is_counted_along=True,
)
LEAVE = BulkAction(
    gettext_lazy("Leave the site"),
    reverse_lazy("sites:leave"),
    gettext_lazy("Do the {n} ticked people leave the site?"),
    gettext_lazy("Let leave"),
)


def _enter(checked: Checked, label: Promise) -> BulkAction:
    """One button a way of checking: what was done at the gate is what is kept."""
    return BulkAction(
        label,
        reverse_lazy("sites:enter", args=[checked.value]),
        gettext_lazy("Let the {n} ticked people in? Who may not enter stays outside, and the list says why."),
        gettext_lazy("Let in"),
    )


PASSING = (
    _enter(Checked.DOCUMENT, gettext_lazy("Enter, documents read")),
    _enter(Checked.WORD, gettext_lazy("Enter, on our word")),
    LEAVE,
)


@door(SEE_SITES)
@require_GET
def registrations(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Who is registered under a contract, masked."""
    at = clock.now()
    contract, employers = contracts.contract_and_employers(contract_id, actor=request.actor)
    shows_passes = people.shows_passes(contract, request.actor)
    listed = PEOPLE if shows_passes else WITHOUT_PASSES
    listing = listed.read(request, employers=employers, shows_passes=shows_passes)
    count_tries(listing.values, SEE_SITES, actor=request.actor, at=at)
    may = request.actor.may(REGISTER_PEOPLE)
    context = {
        "at": at,
        "contract": contract,
        "may_register": may,
        "may_report": request.actor.may(REPORT_HEALTH),
        "register_url": reverse("sites:register", args=[contract.id]) if may else "",
        "shift_url": reverse("sites:report_shift", args=[contract.id])
        if request.actor.may(REPORT_HEALTH)
        else "",
        "rest_url": reverse("sites:report_rest", args=[contract.id])
        if request.actor.may(REPORT_HEALTH)
        else "",
        "devices_url": reverse("sites:devices", args=[contract.id]) if request.actor.may(RUN_GATES) else "",
        "import_url": address("exchange:new_import", "sites.registrations", contract=contract.number)
        if may
        else "",
        "health_url": address("exchange:new_import", "sites.daily_health", contract=contract.number)
        if request.actor.may(REPORT_HEALTH)
        else "",
        "entries_url": address("exchange:new_import", "sites.entries", contract=contract.number)
        if request.actor.may(ADMIT_PEOPLE)
        else "",
        "trail": [step(contract)],
    }
    return list_page(
        listing,
        "sites/registrations.html",
        people.registrations(contract, listing.values, actor=request.actor, at=at),
        present=partial(people.registration_rows, at=at),
        bulk=PASSING if request.actor.may(ADMIT_PEOPLE) else (),
        context=lambda listing: context | {"passes": _passes(listing, at=at)},
    )


def _passes(listing: ListPage, *, at: datetime) -> dict[UUID, Decision]:
    """The passes of a page, for who may see them and has not hidden them."""
    if "pass" not in listing.shown:
        return {}
    facts = {row.registration.person_id: row.facts for row in listing.rows}
    return passes_by(facts, facts, at=at)


@door(REGISTER_PEOPLE)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def register(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Register one person by number and name; who has not declared finds the way to do so here."""
    contract = contracts.contract_seen(contract_id, actor=request.actor, action=REGISTER_PEOPLE)
    employers = contracts.employers_seen(contract, actor=request.actor, action=REGISTER_PEOPLE)

    def save(form: RegistrationForm) -> HttpResponse:
        row = registering.register(contract.id, form.stated(), actor=request.actor, at=clock.now())
        if row.unverified_since is None:
            messages.success(request, _("Registered."))
        else:
            text = _("Registered, and to be verified: the service of declarations does not answer just now.")
            messages.warning(request, text)
        return redirect("sites:person", row.id)

    declare = request.build_absolute_uri(reverse("health:declare"))
    found = {"contract": contract, "declare": declare, "code": qr_address(declare), "is_shared": feed().is_on}
    return form_page(
        request,
        "sites/register.html",
        partial(RegistrationForm, employers=employers),
        save,
        context=found | {"trail": trail_of(contract)},
    )


@door(SEE_SITES)
@require_GET
def person(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """One registered person: may they enter, when were they on site, which exception stands."""
    actor, at = request.actor, clock.now()
    found = people.registration_seen(registration_id, actor=actor)
    (row,) = people.registration_rows([found], at=at)
    context = {
        "row": row,
        "contract": found.contract,
        "declared": people.declared_of(found, at=at),
        "is_family": families.is_family(found),
        "stays": [people.StayRow(stay) for stay in row.stays],
        "exception": row.exception,
        "form": EnterForm(),
        "at": at,
        "me": actor.id,
        "may_admit": actor.may(ADMIT_PEOPLE),
        "reports": people.with_symptoms((days := people.reports_today(found, at=at)).today),
        "recheck_from": days.recheck_from,
        "may_report": actor.may(REPORT_HEALTH),
        "may_except": row.exception is not None and _may_here(actor, found, EXCEPT_PEOPLE),
        "may_check_address": row.address is not None and _may_here(actor, found, CHECK_ADDRESSES),
        "home_by": people.declared_by(row.address.home.source) if row.address else "",
        "may_register": actor.may(REGISTER_PEOPLE),
        **_disposed(actor, found.person_id, at),
        "last_held_on": _last_held_on(actor, found, at),
        "trail": trail_of(found.contract),
    }
    return render(request, "sites/person.html", context)


def pages_of(crew: Collection[UUID], actor: Actor) -> dict[UUID, str]:
    """Where each of these people is read of, for whoever decides about them (`health.person_pages`)."""
    found = people.last_registrations(crew, actor=actor)
    return {person_id: reverse("sites:person", args=[row_id]) for person_id, row_id in found.items()}


def _disposed(actor: Actor, person_id: UUID, at: datetime) -> dict[str, Any]:
    """What was set of somebody by whom and why, what holds and what is missing to lift it, for who records such."""
    if not actor.may(RECORD_DISPOSITIONS):
        return {}
    return {
        "history": proposals.history_of(person_id),
        "standing": proposals.standing_of(person_id, at=at),
        "proposal": proposals.waiting_of(person_id),
    }


def _may_here(actor: Actor, found: Registration, action: str) -> bool:
    """Whether the actor may do this at the site of a registration that they see: who leads one may look at another."""
    return Registration.objects.visible_to(actor, action).filter(id=found.id).exists()


def _last_held_on(actor: Actor, found: Registration, at: datetime) -> date | None:
    """The last day of their order for the lead, who is told when it moves; officers read it beside the disposition. Of
    who waits 待核验 nothing is told."""
    leads = _may_here(actor, found, RUN_GATES)
    if actor.may(RECORD_DISPOSITIONS) or found.unverified_since or not leads:
        return None
    done = proposals.standing_of(found.person_id, at=at).done
    return done.last_full_on if done and done.days else None


@door(RECORD_DISPOSITIONS)
@require_http_methods(["GET", "POST"])
def dispose(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Propose a disposition, or that somebody may enter again; another officer decides."""
    found, at = people.registration_seen(registration_id, actor=request.actor), clock.now()
    standing = proposals.standing_of(found.person_id, at=at)

    def save(form: ProposalForm) -> HttpResponse:
        propose_disposition(found.person_id, form.wanted(), actor=request.actor, at=clock.now())
        messages.success(request, _("The proposal waits for the word of another officer."))
        return redirect("sites:person", found.id)

    context = {"registration": found, "standing": standing, "trail": trail_to(found)}
    offered = Disposition if standing.can_be_lifted else HOLDING
    make = partial(ProposalForm, offered=offered)
    return form_page(request, "sites/dispose.html", make, save, context=context)


@door(SEE_SITES)
@require_GET
def to_leave(request: PageRequest) -> HttpResponse:
    """在场待撤离: who is on site and has to leave it, until each is out."""
    at = clock.now()
    return list_page(
        TO_LEAVE.read(request),
        "sites/to_leave.html",
        people.to_leave_seen(actor=request.actor, at=at),
        present=partial(people.leaving_rows, at=at),
        bulk=(LEAVE,) if request.actor.may(ADMIT_PEOPLE) else (),
    )


@door(ADMIT_PEOPLE)
@require_POST
def enter(request: PageRequest, checked: str) -> HttpResponse:
    """Let the ticked people in, now."""
    if checked not in Checked.codes():
        raise Refusal(NOT_FOUND)
    at = clock.now()
    outcome = passing.enter(ticked(request), Checked(checked), occurred_at=at, actor=request.actor, at=at)
    text = ngettext("{n} person entered.", "{n} people entered.", len(outcome.passed))
    return _told(request, outcome, text)


@door(ADMIT_PEOPLE)
@require_POST
def leave(request: PageRequest) -> HttpResponse:
    """Let the ticked people leave, now."""
    at = clock.now()
    outcome = passing.leave(ticked(request), occurred_at=at, actor=request.actor, at=at)
    return _told(request, outcome, ngettext("{n} person left.", "{n} people left.", len(outcome.passed)))


def _told(request: PageRequest, outcome: passing.Outcome, text: str) -> HttpResponse:
    """How many passed; of one who did not, why; of several, where it stands."""
    if outcome.passed:
        messages.success(request, text.format(n=len(outcome.passed)))
    if len(outcome.refused) == 1:
        [(one, failed)] = outcome.refused.items()
        who = people.name_seen(one, actor=request.actor)
        messages.warning(request, " ".join(filter(None, (who, *map(str, failed)))))
    elif outcome.refused:
        text = _("{n} people stay as they were: the list says why.")
        messages.warning(request, text.format(n=len(outcome.refused)))
    return back(request, "sites:supervision")


@door(ADMIT_PEOPLE)
@require_http_methods(["GET", "POST"])
def ask_exception(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Ask for an exception; another officer has to agree."""
    found = people.registration_seen(registration_id, actor=request.actor)

    def save(form: ExceptionForm) -> HttpResponse:
        stated = form.cleaned_data
        excepting.ask_exception(
            found.id, stated["reason"], stated["last_day"], actor=request.actor, at=clock.now()
        )
        messages.success(request, _("The exception waits for the word of another officer."))
        return redirect("sites:person", found.id)

    return form_page(
        request,
        "sites/exception.html",
        ExceptionForm,
        save,
        context={"registration": found, "trail": trail_to(found)},
    )


@door(EXCEPT_PEOPLE)
@require_POST
def agree_exception(request: PageRequest, exception_id: UUID) -> HttpResponse:
    """The second word for an exception."""
    registration_id = excepting.agree_to_exception(exception_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The exception counts from now on."))
    return redirect("sites:person", registration_id)


@door(ADMIT_PEOPLE)
@require_POST
def end_exception(request: PageRequest, exception_id: UUID) -> HttpResponse:
    """Decline an exception, or take it back; who asked for it may, too, while it waits."""
    ended = excepting.end_exception(exception_id, actor=request.actor, at=clock.now())
    if ended.agreed_at is not None:
        said = _("The exception has ended.")
    elif ended.asked_by == request.actor.id:
        said = _("The request was taken back.")
    else:
        said = _("The request was declined.")
    messages.success(request, said)
    return redirect("sites:person", ended.registration_id)


@door(REGISTER_PEOPLE)
@require_POST
def withdraw(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Take a registration back."""
    at = clock.now()
    contract_id = registering.withdraw_registration(registration_id, actor=request.actor, at=at)
    tell_deleted(request, _("The registration was withdrawn."), registering.KIND, at=at)
    return back(request, "sites:registrations", contract_id)
