"""The first page of officers and principals, and the list of who is due."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.exchange.offers import exports_for
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, ListPage, list_page
from outpost.pages.templatetags.pages import grouped
from outpost.people.services import record_own_seen
from outpost.sentinel import labels
from outpost.sentinel.actions import (
    ANSWER_ALERTS,
    EDIT_STAFF,
    EXPORT_LEDGERS,
    RUN_MATCH,
    SEE_COMPLIANCE,
    SEE_STAFF,
)
from outpost.sentinel.duty import DutyState
from outpost.sentinel.forms.filters import DueFilter
from outpost.sentinel.queries import compliance
from outpost.sentinel.queries.alerts import found_on, latest_runs
from outpost.sentinel.queries.categories import categories
from outpost.sentinel.queries.compliance import Standing
from outpost.sentinel.queries.enrolments import own_enrolments
from outpost.sentinel.queries.outlook import Due, DueRow, due_rows, outlook
from outpost.sentinel.queries.staff import rows_by_id
from outpost.sentinel.queries.staff_filter import StaffFilter
from outpost.sentinel.queries.statistics.ledger import ANY, Chosen
from outpost.sentinel.queries.trend import missed_by_day, missed_on
from outpost.sentinel.queries.unmatched import causes_of, recencies
from outpost.sentinel.queries.worst import worst_of
from outpost.sentinel.rules import Recency, UnmatchedCause
from outpost.sentinel.web.charts import spark_of
from outpost.sentinel.web.pages import exports, is_wide, offered_towns

FIRST = 5  # names of each kind on the first page; the rest stands in the list

RECENCY_TONES: Mapping[Recency, str] = {
    Recency.WITHIN_24H: "good",
    Recency.OVER_72H: "warning",
    Recency.UNMATCHED: "bad",
}
ON_DUTY = StaffFilter(duty=DutyState.ON_DUTY)
# Who must act first comes first.
ORDER = (Due.OVERDUE, Due.TODAY, Due.TOMORROW, Due.MADE_UP)

DUE_LIST = Listing(
    "due",
    columns=(
        Column("name", _("Full name")),
        Column("due", _("Due")),
        Column("evidence", _("Evidence"), is_long=True),
        Column("last_sampled_at", _("Last test")),
        Column("phone", _("Mobile number")),
        Column("organization", _("Organisation"), is_long=True),
        Column("town", _("Town")),
        Column("job_type", _("Job type")),
    ),
    order="",
    form=DueFilter,
    aside="due",
    below=("phone", "evidence"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that opens the list behind it."""

    label: str | Promise
    value: int | str
    url: str
    tone: str = "neutral"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: str | Promise
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Problems:
    """What a reader should know about today's numbers."""

    without_rule: list[Standing]
    not_matched: list[Standing]

    def __bool__(self) -> bool:
        return bool(self.without_rule or self.not_matched)


@door(SEE_COMPLIANCE)
@require_GET
def today(request: PageRequest) -> HttpResponse:
    """The page that answers the role's question: who is due, or how the categories stand."""
    if is_wide(request.actor, SEE_COMPLIANCE):
        return _officers_page(request)
    return _principals_page(request, clock.now())


def _officers_page(request: PageRequest) -> HttpResponse:
    at = clock.now()
    on = clock.local_day(at)
    standings = compliance.compliance(on, actor=request.actor, at=at)
    problems = Problems(
        [one for one in standings if not one.rules.is_on and one.staff],
        [one for one in standings if one.rules.is_on and one.run is None and one.staff],
    )
    shown = [one for one in standings if one.staff]
    total = compliance.total_of(standings)
    trend = missed_by_day(shown, actor=request.actor)
    context = {
        "on": on,
        "standings": shown,
        "total": total,
        "change": _change(total.missed, missed_on(on - timedelta(days=1), trend, shown)),
        "worst": worst_of(shown, actor=request.actor),
        "sparks": {code: spark_of(days) for code, days in trend.items() if len(days) > 1},
        "figures": [
            (_("Tested as required"), f"{total.rate}%", reverse("sentinel:compliance")),
            (_("Judged today"), grouped(total.judged), reverse("sentinel:compliance")),
            (_("Staff in the ledger"), grouped(total.staff), address("sentinel:staff", duty="all")),
        ],
        "problems": problems,
        "exports": exports_for(request.actor, "compliance", {"on": on}),
        "may_run": request.actor.may(RUN_MATCH),
    }
    return render(request, "sentinel/today.html", context)


def _change(missed: int, before: int | None) -> str:
    """Against yesterday, in words; nothing when there is no yesterday."""
    if before is None:
        return ""
    if missed == before:
        return gettext("as many as yesterday")
    words = gettext("{n} more than yesterday") if missed > before else gettext("{n} fewer than yesterday")
    return words.format(n=grouped(abs(missed - before)))


def _principals_page(request: PageRequest, at: datetime) -> HttpResponse:
    found = outlook(ANY, actor=request.actor, at=at, limit=FIRST)
    counts, unmatched = recencies(ON_DUTY, actor=request.actor, at=at)
    causes, first = causes_of(unmatched, at=at), [one.staff for one in unmatched[:FIRST]]
    staff = rows_by_id({*found.due, *first}, actor=request.actor, at=at)
    rows = due_rows(found, actor=request.actor, at=at, rows=staff)
    record_own_seen(staff.values(), actor=request.actor, at=at)
    sections = [
        (due, found.counts[due], [row for row in rows if row.due is due], _due_address(due))
        for due in ORDER
        if found.counts[due]
    ]
    organizations = own_enrolments(actor=request.actor)
    context = {
        "on": found.on,
        "at": at,
        "answerable": _answerable(request, found.on, [row.staff.id for row in rows]),
        "organizations": organizations,
        "sections": sections,
        "counts": found.counts,
        "tiles": _tiles(counts, causes.values(), staff=sum(one.staff for one in organizations)),
        "unmatched": [(staff[one], causes[one], labels.ADVICE[causes[one]]) for one in first],
        "unmatched_count": len(unmatched),
        "unmatched_url": address("sentinel:staff", recency=Recency.UNMATCHED.value),
    }
    return render(request, "sentinel/today_principal.html", context)


def _tiles(counts: Mapping[Recency, int], causes: Iterable[UnmatchedCause], *, staff: int) -> list[Tile]:
    """`staff`: how many there are, those off duty among them."""
    away = str(_("{n} off duty")).format(n=grouped(staff - sum(counts.values())))
    headcount = Tile(_("On duty"), sum(counts.values()), address("sentinel:staff"), note=away)
    return [headcount] + [
        Tile(
            recency.label,
            count,
            address("sentinel:staff", recency=recency.value),
            RECENCY_TONES.get(recency, "neutral") if count else "neutral",
            _in_words(causes) if recency is Recency.UNMATCHED and count else "",
        )
        for recency, count in counts.items()
    ]


def _in_words(causes: Iterable[UnmatchedCause]) -> str:
    """The likely causes of who is unmatched, the most frequent first."""
    found = Counter(causes)
    if len(found) == 1:
        return next(iter(found)).label
    return gettext("; ").join(f"{cause.label} {count}" for cause, count in found.most_common())


@door(SEE_STAFF)
@require_GET
def due(request: PageRequest) -> HttpResponse:
    """Everybody who is overdue or will be, by kind, with the evidence."""
    at = clock.now()
    met = categories(actor=request.actor, action=SEE_STAFF)
    listing = DUE_LIST.read(request, categories=met, towns=offered_towns(request.actor, SEE_STAFF))
    chosen = listing.values
    kind = Due(chosen.get("kind", Due.OVERDUE))
    place = {name: chosen.get(name, "") for name in ("category", "town")}
    counts: Counter[Due] = Counter()

    read = partial(outlook, actor=request.actor, at=at, kinds=[kind], met=met)

    def page(*, limit: int, offset: int) -> tuple[list[DueRow], int]:
        """One page of the kind; the tabs have their numbers from the same reading."""
        found = read(Chosen(**place), limit=limit, offset=offset)
        counts.clear()
        counts.update(found.counts)
        return due_rows(found, actor=request.actor, at=at), found.counts[kind]

    def in_all(listing: ListPage) -> int | None:
        is_asked = listing.is_filtered and request.actor.may(EXPORT_LEDGERS)
        return read(ANY, limit=0).counts[kind] if is_asked else None

    return list_page(
        listing,
        "sentinel/due.html",
        page,
        seen=lambda rows: record_own_seen([row.staff for row in rows], actor=request.actor, at=at),
        context=lambda listing: {
            "tabs": _tabs(request, counts, kind),
            "answerable": _answerable(request, clock.local_day(at), [row.staff.id for row in listing.rows]),
            "kind": kind,
            "on": clock.local_day(at),
            "acts": "sentinel/_due_acts.html" if request.actor.may(EDIT_STAFF) else "",
            "exports": exports(
                *(listing, "due", None),
                actor=request.actor,
                sees=SEE_STAFF,
                in_all=in_all(listing),
                always={"kind": kind.value},
                **place,
            ),
        },
    )


def _answerable(request: PageRequest, on: date, staff: Iterable[UUID]) -> set[UUID]:
    """About whom the reader can answer: whom the match of the day has found."""
    if not request.actor.may(ANSWER_ALERTS):
        return set()
    return found_on(latest_runs(on), staff, request.actor.reach(ANSWER_ALERTS), at=clock.now())


def _due_address(due: Due, **kept: Any) -> str:
    return address("sentinel:due", kind="" if due is Due.OVERDUE else due.value, **kept)


def _tabs(request: PageRequest, counts: Mapping[Due, int], current: Due) -> list[Tab]:
    kept = {key: value for key, value in request.GET.items() if key in ("category", "town")}
    return [Tab(due.label, _due_address(due, **kept), counts[due], due is current) for due in ORDER]
