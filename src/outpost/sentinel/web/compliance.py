"""达标情况: how the categories stood on a day, and who missed."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from outpost.core import clock
from outpost.core.doors import PageRequest, door
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.listing import Column, Listing
from outpost.regions import queries as regions
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.forms.filters import MissedFilter
from outpost.sentinel.forms.statistics import DayForm
from outpost.sentinel.queries import compliance as queries
from outpost.sentinel.queries.compliance import Standing
from outpost.sentinel.queries.missed import missed_page
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.web import files
from outpost.sentinel.web.home import total_of
from outpost.sentinel.web.pages import address, fill, is_wide

SEE = "sentinel.see_compliance"
RUN = "sentinel.run_match"

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
    ),
    order="",
    form=MissedFilter,
)


@door(SEE)
@require_GET
def compliance(request: PageRequest) -> HttpResponse:
    """The categories of one day within the reader's scope; today by default."""
    today = clock.local_day(clock.now())
    on = DayForm(request.GET).day(today)
    standings = queries.compliance(on, actor=request.actor)
    context = {
        "on": on,
        "today": today,
        "previous": on - timedelta(days=1),
        "following": on + timedelta(days=1) if on < today else None,
        "form": DayForm({"on": on}),
        "standings": standings,
        "total": total_of(standings),
        "may_run": request.actor.may(RUN),
    }
    return render(request, "sentinel/compliance.html", context)


@door(SEE)
@require_GET
def missed(request: PageRequest, code: str) -> HttpResponse:
    """The people of one category who missed its rule on a day, with the evidence; one's own in clear."""
    today = clock.local_day(clock.now())
    on = DayForm(request.GET).day(today)
    standing = _standing(request, code, on)
    if request.GET.get("on") != on.isoformat():
        return redirect(address("sentinel:missed", code, on=on))  # so that the filter shows the day
    is_officer = is_wide(request.actor, SEE)
    towns = list(regions.towns(request.actor.reach(SEE))) if is_officer else []
    listing = MISSED.read(request, towns=towns)
    chosen = listing.values
    fill(
        listing,
        lambda limit, offset: missed_page(
            standing,
            town=chosen.get("town", ""),
            organization=chosen.get("organization", ""),
            is_clear=not is_officer and request.actor.may("people.see_own_staff"),
            limit=limit,
            offset=offset,
        ),
    )
    context = {
        "listing": listing,
        "standing": standing,
        "on": on,
        "exports": files.exports_of(request.actor, standing.category, "staff", {"state": "missed"})
        if on == today
        else [],
        "trail": [{"label": _("Compliance"), "url": address("sentinel:compliance", on=on)}],
    }
    return render(request, "sentinel/missed.html", context)


def _standing(request: PageRequest, code: str, on: date) -> Standing:
    """One category; one that does not exist looks like one out of reach."""
    try:
        found = queries.compliance(on, actor=request.actor, categories=[code])
    except Refusal as refusal:
        if refusal.problem is CATEGORY_UNKNOWN:
            raise Refusal(NOT_FOUND) from None
        raise
    if not found:
        raise Refusal(NOT_FOUND)
    return found[0]


@door(RUN)
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
    if not request.actor.may(SEE):
        return redirect("web:home")
    return redirect(address("sentinel:compliance", on=on))
