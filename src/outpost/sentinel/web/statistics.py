"""核酸数据统计 and 疫苗数据统计 as tables and pictures, of one instant; each number opens the list behind it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.exchange.offers import exports_for
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import PAGE
from outpost.sentinel import labels
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.forms.statistics import NatForm, VaccinationForm
from outpost.sentinel.queries import categories
from outpost.sentinel.queries import statistics as queries
from outpost.sentinel.queries.statistics import Chosen, NatRow, VaccinationRow
from outpost.sentinel.web.charts import doses_chart, nat_chart
from outpost.sentinel.web.lines import Dose, Line, RowT, Table

RANGES = (1, 3, 7, 14)
GROUPS_ON_A_PAGE = 100


def _table(
    request: PageRequest,
    rows: list[RowT],
    *,
    line: Callable[[RowT], Line[RowT]],
    total: Callable[[Sequence[RowT]], RowT],
    with_empty: bool,
) -> Table[RowT]:
    """All groups add up to the total; those without staff are one line unless asked for."""
    shown = [row for row in rows if with_empty or row.staff]
    hidden = [row for row in rows if not (with_empty or row.staff)]
    page = Paginator(shown, GROUPS_ON_A_PAGE).get_page(request.GET.get(PAGE))
    return Table(
        page=page,
        lines=[line(row) for row in page.object_list],
        total=line(total(rows)),
        left_out=total(hidden) if hidden else None,
        left_out_groups=len(hidden),
    )


@door(SEE_COMPLIANCE)
@require_GET
def nat(request: PageRequest) -> HttpResponse:
    """Who was tested in a range of days, by group."""
    at = clock.now()
    today = clock.local_day(at)
    met = categories.categories(actor=request.actor, action=SEE_COMPLIANCE)
    asked = NatForm(request.GET, categories=met)
    first, last = asked.days(today)
    by, with_empty, category = asked.grouping(), asked.shows_empty(), asked.chosen_category()
    days = {"first": first, "last": last}
    chosen = Chosen(category)
    rows = queries.nat_statistics(first, last, by=by, actor=request.actor, chosen=chosen, with_empty=True)

    def line(row: NatRow) -> Line[NatRow]:
        return Line(row, _urls(days, category, by, row.key, labels.NAT_FIGURES))

    table = _table(request, rows, line=line, total=queries.nat_total, with_empty=with_empty)
    kept = {"by": by, "category": category, "with_empty": with_empty or ""}
    context = {
        "form": NatForm(days | kept, categories=met),
        "at": at,
        "first": first,
        "last": last,
        "ranges": [_range(n, today, days, kept) for n in RANGES],
        "by": labels.GROUPINGS[by],
        "table": table,
        "chart": nat_chart(table, labels.GROUPINGS[by]),
        "all_url": address("sentinel:nat_statistics", **days, **kept | {"with_empty": "on"}),
        "exports": exports_for(request.actor, "nat_statistics", days | kept),
    }
    return render(request, "sentinel/nat_statistics.html", context)


def _range(days: int, today: date, now: Mapping[str, date], kept: Mapping[str, Any]) -> tuple[int, str, bool]:
    """A quick choice: its days, its address, whether it is the one shown."""
    wanted = {"first": today - timedelta(days=days - 1), "last": today}
    return days, address("sentinel:nat_statistics", **wanted, **kept), wanted == now


@door(SEE_COMPLIANCE)
@require_GET
def vaccination(request: PageRequest) -> HttpResponse:
    """For each of three doses who may have it, who has had it and where the rest stand, by group."""
    at = clock.now()
    met = categories.categories(actor=request.actor, action=SEE_COMPLIANCE)
    asked = VaccinationForm(request.GET, categories=met)
    on, by = asked.day(clock.local_day(at)), asked.grouping()
    with_empty, category = asked.shows_empty(), asked.chosen_category()
    chosen = Chosen(category)
    rows = queries.vaccination_statistics(on, by=by, actor=request.actor, chosen=chosen, with_empty=True)
    days = {"last": on}

    def line(row: VaccinationRow) -> Line[VaccinationRow]:
        doses = [
            Dose(name, count, _urls(days, category, by, row.key, labels.DOSE_FIGURES, f"_{n}"))
            for (n, name), count in zip(labels.DOSE_NAMES.items(), row.doses, strict=True)
        ]
        return Line(row, _urls(days, category, by, row.key), doses)

    table = _table(request, rows, line=line, total=queries.vaccination_total, with_empty=with_empty)
    kept = {"on": on, "by": by, "category": category, "with_empty": with_empty or ""}
    context = {
        "form": VaccinationForm(kept, categories=met),
        "at": at,
        "on": on,
        "by": labels.GROUPINGS[by],
        "doses": labels.DOSE_NAMES.values(),
        "table": table,
        "chart": doses_chart(table, labels.GROUPINGS[by]),
        "all_url": address("sentinel:vaccination_statistics", **kept | {"with_empty": "on"}),
        "exports": exports_for(request.actor, "vaccination_statistics", days | kept),
    }
    return render(request, "sentinel/vaccination_statistics.html", context)


def _urls(
    days: Mapping[str, date],
    category: str,
    by: str,
    key: str,
    figures: Mapping[str, Any] | None = None,
    ending: str = "",
) -> dict[str, str]:
    """The lists behind the figures of one group, of all groups without a key."""
    part = {"category": category, **days} | ({by: key} if key else {})
    urls = {
        "organizations": address("sentinel:counted_organizations", **part),
        "staff": address("sentinel:counted_staff", **part),
        "samples": address("sentinel:counted_samples", **part),
    }
    return urls | {
        name: address("sentinel:counted_staff", **part, figure=name + ending) for name in figures or ()
    }
