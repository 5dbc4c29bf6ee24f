"""达标情况: how the categories stood on a day, and who missed."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange.offers import Offer, Part, exports_for, exports_holding
from outpost.pages.addresses import address
from outpost.pages.days import DayForm
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import PAGE, Column, Listing, ListPage, list_page
from outpost.people.actions import SEE_OWN_STAFF
from outpost.people.services import record_own_seen
from outpost.sentinel.actions import RUN_MATCH, SEE_COMPLIANCE
from outpost.sentinel.forms.filters import MissedFilter
from outpost.sentinel.queries import compliance as queries
from outpost.sentinel.queries.alerts import progress_of
from outpost.sentinel.queries.compliance import Standing
from outpost.sentinel.queries.missed import PLACES, missed_page, number_in
from outpost.sentinel.services.follow_ups import Reason
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.web.alerts import bulk_of
from outpost.sentinel.web.pages import is_wide, offered_towns

MISSED = Listing(
    "missed",
    columns=(
        Column("name", gettext_lazy("Full name")),
        Column("organization", gettext_lazy("Organisation"), is_long=True),
        Column("town", gettext_lazy("Town")),
        Column("evidence", gettext_lazy("Evidence"), is_long=True),
        Column("last_sampled_at", gettext_lazy("Last test before that day")),
        Column("phone", gettext_lazy("Mobile number")),
        Column("principal", gettext_lazy("Person in charge")),
        Column("principal_phone", gettext_lazy("Phone of the principal")),
        Column("follow_up", gettext_lazy("Follow-up"), is_long=True),
    ),
    order="",
    form=MissedFilter,
    aside="last_sampled_at",
    below=("evidence", "follow_up"),
)


@door(SEE_COMPLIANCE)
@require_GET
def compliance(request: PageRequest) -> HttpResponse:
    """The categories of one day within the reader's scope; today by default."""
    at = clock.now()
    today = clock.local_day(at)
    on = DayForm(request.GET).day(today)
    standings = queries.compliance(on, actor=request.actor, at=at)
    context = {
        "on": on,
        "today": today,
        "previous": on - timedelta(days=1),
        "following": on + timedelta(days=1) if on < today else None,
        "form": DayForm({"on": on}),
        "standings": standings,
        "total": queries.total_of(standings),
        "exports": exports_for(request.actor, "compliance", {"on": on}),
        "may_run": request.actor.may(RUN_MATCH),
    }
    return render(request, "sentinel/compliance.html", context)


@door(SEE_COMPLIANCE)
@require_GET
def missed(request: PageRequest, code: str) -> HttpResponse:
    """The people of one category who missed its rule on a day, with the evidence; one's own in clear."""
    at = clock.now()
    today = clock.local_day(at)
    on = DayForm(request.GET).day(today)
    standing = queries.standing_of(code, on, actor=request.actor, at=at)
    if request.GET.get("on") != on.isoformat():
        # so that the filter shows the day; what else narrows the list stays
        asked = {key: text for key, text in request.GET.items() if key != PAGE}
        return redirect(address("sentinel:missed", code, **asked | {"on": on.isoformat()}))
    is_officer = is_wide(request.actor, SEE_COMPLIANCE)
    listing = MISSED.read(request, towns=offered_towns(request.actor, SEE_COMPLIANCE))
    is_clear = not is_officer and request.actor.may(SEE_OWN_STAFF)
    wanted = {name: listing.values.get(name, "") for name in PLACES}
    return list_page(
        listing,
        "sentinel/missed.html",
        partial(missed_page, standing, is_clear=is_clear, **wanted),
        seen=partial(record_own_seen, actor=request.actor, at=at),
        bulk=bulk_of(request.actor, code, on) if standing.run is not None else (),
        context=partial(_missed_context, request.actor, standing, on),
    )


def _missed_context(actor: Actor, standing: Standing, on: date, listing: ListPage) -> dict[str, Any]:
    reach = actor.reach(SEE_COMPLIANCE)
    return {
        "standing": standing,
        "on": on,
        "acts": "sentinel/_missed_acts.html" if listing.bulk else "",
        "exports": _exports(actor, standing, on, listing),
        "progress": progress_of(on, [row.staff for row in listing.rows], reach, with_notes=True),
        "reasons": dict(Reason.choices()),
        "trail": [{"label": _("Compliance"), "url": address("sentinel:compliance", on=on)}],
    }


def _exports(actor: Actor, standing: Standing, on: date, listing: ListPage) -> list[Offer]:
    day = {"category": standing.category.code, "on": on}
    places = {name: listing.values[name] for name in PLACES if name in listing.values}
    found = Part({**day, **places}, listing.total) if places else None
    whole = Part(day, number_in(standing) if places else listing.total)
    return exports_holding(actor, "missed", whole, found=found, sees=SEE_COMPLIANCE)


@door(RUN_MATCH)
@require_POST
def run(request: PageRequest) -> HttpResponse:
    """Match a day now, past or present; an earlier run of it stays, and the difference is told."""
    at = clock.now()
    on = DayForm(request.POST).day(clock.local_day(at))
    summaries = run_match(on, actor=request.actor, at=at)
    missed_in_all = sum(one.missed for one in summaries)
    text = ngettext(
        "{day} was matched: {n} person missed the rule ({more} newly found, {fewer} cleared).",
        "{day} was matched: {n} people missed the rule ({more} newly found, {fewer} cleared).",
        missed_in_all,
    ).format(
        day=on.isoformat(),
        n=missed_in_all,
        more=sum(one.newly_missed for one in summaries),
        fewer=sum(one.newly_met for one in summaries),
    )
    messages.success(request, text)
    if not request.actor.may(SEE_COMPLIANCE):
        return redirect("web:home")
    return redirect(address("sentinel:compliance", on=on))
