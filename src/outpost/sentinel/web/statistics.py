"""核酸数据统计 and 疫苗数据统计 as tables and pictures, of one instant; each number opens the list behind it."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.exchange.offers import exports_for
from outpost.figures.declared import STAFF, Figure, Row, Text
from outpost.figures.tables import Address, Cell, Line, table_of
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.forms.statistics import NatForm, VaccinationForm
from outpost.sentinel.labels import DOSE_NAMES
from outpost.sentinel.queries import categories
from outpost.sentinel.queries import statistics as queries
from outpost.sentinel.queries.statistics import Chosen, Grouping
from outpost.sentinel.web.charts import doses_chart, nat_chart

RANGES = (1, 3, 7, 14)
BALANCE = ("eligible", "done", "not_due", "not_applicable", STAFF, "by_later")


@door(SEE_COMPLIANCE)
@require_GET
def nat(request: PageRequest) -> HttpResponse:
    """Who was tested in a range of days, by group."""
    at = clock.now()
    today = clock.local_day(at)
    offered = _offered(request)
    asked = NatForm(request.GET, categories=offered)
    first, last = asked.days(today)
    by, kept = Grouping(asked.grouping()), _kept(asked)
    days = {"first": first, "last": last}
    chosen = Chosen(kept["category"])
    rows = queries.nat_statistics(first, last, by=by, actor=request.actor, chosen=chosen, with_empty=True)
    lists = _lists(days, kept["category"], by)
    table = table_of(request, queries.TESTS, rows, address=lists, with_empty=bool(kept["with_empty"]))
    context = {
        "title": _("Test statistics"),
        "form": NatForm(days | kept, categories=offered),
        "at": at,
        **days,
        "ranges": [_range(n, today, days, kept) for n in RANGES],
        "by": by.label,
        "table": table,
        "chart": nat_chart(table, by.label),
        "is_beside": True,
        "all_url": address("sentinel:nat_statistics", **days, **kept | {"with_empty": "on"}),
        "exports": exports_for(request.actor, "nat_statistics", days | kept),
    }
    return render(request, "figures/statistic.html", context)


def _range(days: int, today: date, now: Mapping[str, date], kept: Mapping[str, Any]) -> tuple[int, str, bool]:
    """A quick choice: its days, its address, whether it is the one shown."""
    wanted = {"first": today - timedelta(days=days - 1), "last": today}
    return days, address("sentinel:nat_statistics", **wanted, **kept), wanted == now


@door(SEE_COMPLIANCE)
@require_GET
def vaccination(request: PageRequest) -> HttpResponse:
    """For each of three doses who may have it, who has had it and where the rest stand, by group."""
    at = clock.now()
    offered = _offered(request)
    asked = VaccinationForm(request.GET, categories=offered)
    on, by, kept = asked.day(clock.local_day(at)), Grouping(asked.grouping()), _kept(asked)
    chosen = Chosen(kept["category"])
    rows = queries.vaccination_statistics(on, by=by, actor=request.actor, chosen=chosen, with_empty=True)
    lists = _lists({"last": on}, kept["category"], by)
    table = table_of(request, queries.DOSES, rows, address=lists, with_empty=bool(kept["with_empty"]))
    context = {
        "title": _("Vaccination statistics"),
        "form": VaccinationForm(kept | {"on": on}, categories=offered),
        "at": at,
        "first": on,
        "last": on,
        "by": by.label,
        "table": table,
        "balance": [row for line in table.lines for row in _balance(line.name, line)],
        "balance_total": list(_balance(_("Total"), table.total)),
        "chart": doses_chart(table, by.label),
        "all_url": address("sentinel:vaccination_statistics", on=on, **kept | {"with_empty": "on"}),
        "exports": exports_for(request.actor, "vaccination_statistics", {"on": on, "last": on, **kept}),
    }
    return render(request, "sentinel/vaccination_statistics.html", context)


def _offered(request: PageRequest) -> list[tuple[str, str]]:
    met = categories.categories(actor=request.actor, action=SEE_COMPLIANCE)
    return [(category.code, category.name) for category in met]


def _kept(form: NatForm | VaccinationForm) -> dict[str, str]:
    """What the address keeps of the form besides its days."""
    return {"by": form.grouping(), "category": form.asked("category"), "with_empty": form.asked("with_empty")}


def _lists(days: Mapping[str, date], category: str, by: str) -> Address:
    """The addresses of the lists behind the figures of one group, of all groups without a key."""

    def url(figure: Figure, row: Row) -> str:
        part = {"category": category, **days} | ({by: row.key} if row.key else {})
        narrowed = {"figure": figure.key} if figure.where else {}
        return address(f"sentinel:counted_{figure.opens}", **part, **narrowed)

    return url


def _balance(name: Text, line: Line) -> Iterator[tuple[Text, Text, list[Cell]]]:
    """Of each dose where the staff of a group stand."""
    for dose, dose_name in DOSE_NAMES.items():
        yield name, dose_name, [line.cells[key if key == STAFF else f"{key}_{dose}"] for key in BALANCE]
