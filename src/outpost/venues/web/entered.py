"""批量建场所: the venues that a bureau or a chain enters, each with who is named as its manager and what they said; how
many branches a chain may have."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange.offers import exports_for
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page, take
from outpost.pages.ledgers import list_columns
from outpost.pages.listing import Column, Listing, list_page
from outpost.people.trying import count_tries
from outpost.regions import queries as regions
from outpost.regions.rules import DEPARTMENT
from outpost.venues.actions import EDIT_VENUES, ENTER_VENUES, RUN_VENUES
from outpost.venues.columns import VENUES
from outpost.venues.forms import BranchesForm, SuccessorForm, VenueFilter
from outpost.venues.queries import kinds, naming
from outpost.venues.queries.venues import venue_row, venue_rows
from outpost.venues.rules import Answer
from outpost.venues.services import naming as services

BRANCHES = "branches"  # the form of a venue's page
_SHOWN = ("name", "kind", "town", "manager_name", "manager_phone")
ENTERED = Listing(
    "entered",
    (
        *(one for key, one in list_columns(VENUES).items() if key in _SHOWN),
        Column("answer", gettext_lazy("Answer"), order="by_answer"),
        Column("reminder", gettext_lazy("Next reminder")),
    ),
    "answer",
    VenueFilter,
    aside="answer",
    below=("town", "manager_name"),
)


@door(ENTER_VENUES)
@require_GET
def entered(request: PageRequest) -> HttpResponse:
    """The venues that the reader may enter in bulk."""
    actor = request.actor
    head, is_bureau = naming.head_of(actor), _is_bureau(actor)
    listing = ENTERED.read(request, towns=regions.towns(), kinds=kinds.kinds())
    return list_page(
        listing,
        "venues/entered.html",
        naming.entered_venues(listing.values, actor=actor, at=clock.now()),
        present=venue_rows,
        context={
            "trail": _trail(actor),
            "exports": exports_for(actor, "entered", listing.values) if naming.has_branches(actor) else [],
            "import_url": reverse("exchange:new_import", args=["venues.entered"]),
            "head": head,
            "is_bureau": is_bureau,
            "asks": is_bureau or head is not None,
            "own_kinds": "、".join(naming.own_kinds(actor).values()),
        },
    )


def _is_bureau(actor: Actor) -> bool:
    return bool(actor.reach(ENTER_VENUES).keys(DEPARTMENT))


def _trail(actor: Actor) -> list[dict[str, str]]:
    """Where the list was reached from: a bureau's overview, or the venue whose branches they are."""
    if _is_bureau(actor):
        return [{"url": reverse("venues:overview"), "label": _("Venues at a glance")}]
    head = naming.head_of(actor)
    return [{"url": reverse("venues:venue", args=[head.id]), "label": head.name}] if head else []


@door(ENTER_VENUES)
@require_http_methods(["GET", "POST"])
def named(request: PageRequest, named_id: UUID) -> HttpResponse:
    """Who is named as manager of a venue, what they said; name another while it waits."""
    row = naming.entered_row(named_id, actor=request.actor, at=clock.now())

    def act(form: SuccessorForm) -> HttpResponse:
        at, stated = clock.now(), form.stated()
        count_tries({"phone": stated.get("manager_phone")}, ENTER_VENUES, actor=request.actor, at=at)
        services.name_manager(named_id, stated, actor=request.actor, at=at)
        messages.success(request, _("They were asked. The venue waits until they agree."))
        return redirect("venues:named", named_id)

    context = {
        "row": row,
        "asks": _is_bureau(request.actor) or naming.head_of(request.actor) is not None,
        "waits": row.answer is not Answer.GIVEN,
        "is_asked": row.answer in (Answer.WAITS, Answer.SILENT),
        "trail": [
            *_trail(request.actor),
            {"url": reverse("venues:entered"), "label": _("Venues and their managers")},
        ],
    }
    return form_page(request, "venues/named.html", SuccessorForm, act, context=context)


@door(ENTER_VENUES)
@require_POST
def remind(request: PageRequest, named_id: UUID) -> HttpResponse:
    """Ask once more."""
    services.remind(named_id, actor=request.actor, at=clock.now())
    messages.success(request, _("They were asked once more, and have another week."))
    return redirect("venues:named", named_id)


@door(ENTER_VENUES)
@require_POST
def withdraw_named(request: PageRequest, named_id: UUID) -> HttpResponse:
    """Whoever is named shall not manage it."""
    services.withdraw_named(named_id, actor=request.actor, at=clock.now())
    messages.success(request, _("Withdrawn. Name somebody else below."))
    return redirect("venues:named", named_id)


@door(EDIT_VENUES)
@require_POST
def let_branch(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """How many branches the manager of a venue may enter."""
    page = reverse(
        "venues:venue", args=[venue_row(venue_id, actor=request.actor, action=RUN_VENUES).venue.id]
    )

    def act(form: BranchesForm) -> HttpResponse:
        most = form.cleaned_data["most"]
        services.let_branch(venue_id, most, actor=request.actor, at=clock.now())
        messages.success(request, _("Saved. The manager finds it on the page of the venue."))
        return redirect(page)

    return take(request, BranchesForm, act, page=page, at="most", name=BRANCHES)
