"""核酸数据统计 and 疫苗数据统计 as tables."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.core.doors import PageRequest, door
from outpost.sentinel import labels
from outpost.sentinel.forms.statistics import NatForm, VaccinationForm
from outpost.sentinel.queries import categories
from outpost.sentinel.queries import statistics as queries

SEE = "sentinel.see_compliance"
RANGES = (1, 3, 7, 14)


@door(SEE)
@require_GET
def nat(request: PageRequest) -> HttpResponse:
    """Who was tested in a range of days, by group."""
    today = clock.local_day(clock.now())
    asked = NatForm(request.GET)
    first, last = asked.days(today)
    by, with_empty = asked.grouping(), asked.shows_empty()
    rows = queries.nat_statistics(first, last, by=by, actor=request.actor, with_empty=with_empty)
    context = {
        "form": NatForm({"first": first, "last": last, "by": by, "with_empty": with_empty}),
        "first": first,
        "last": last,
        "ranges": [(days, today - timedelta(days=days - 1)) for days in RANGES],
        "today": today,
        "by": labels.GROUPINGS[by],
        "grouping": by,
        "rows": rows,
        "total": queries.nat_total(rows),
    }
    return render(request, "sentinel/nat_statistics.html", context)


@door(SEE)
@require_GET
def vaccination(request: PageRequest) -> HttpResponse:
    """For each of three doses who may have it and who has had it, by group."""
    today = clock.local_day(clock.now())
    met = categories.categories(actor=request.actor, action=SEE)
    asked = VaccinationForm(request.GET, categories=met)
    on, by, with_empty, category = (
        asked.day(today),
        asked.grouping(),
        asked.shows_empty(),
        asked.chosen_category(),
    )
    rows = queries.vaccination_statistics(
        on, by=by, actor=request.actor, category=category, with_empty=with_empty
    )
    shown = {"on": on, "by": by, "with_empty": with_empty, "category": category or ""}
    context = {
        "form": VaccinationForm(shown, categories=met),
        "on": on,
        "by": labels.GROUPINGS[by],
        "doses": labels.DOSE_NAMES.values(),
        "rows": rows,
        "total": queries.vaccination_total(rows),
    }
    return render(request, "sentinel/vaccination_statistics.html", context)
