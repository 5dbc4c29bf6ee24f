"""每日健康: of one person, of a shift in a table, and of everybody else on site."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from outpost.core import clock
from outpost.core.errors import as_not_found
from outpost.health.daily import is_failed
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page
from outpost.people.trying import count_tries
from outpost.sites.actions import REPORT_HEALTH, SEE_SITES
from outpost.sites.forms.health import HealthForm, RestForm, ShiftFilter
from outpost.sites.forms.shift import MOST_ROWS, ShiftForm
from outpost.sites.models import RegistrationQuerySet
from outpost.sites.queries import contracts, people
from outpost.sites.queries.contradictions import contradiction_rows, contradictions
from outpost.sites.services import daily_health
from outpost.sites.web.steps import trail_of, trail_to

SHIFT = Listing(
    "shift",
    (Column("employer", gettext_lazy("Employer"), order="employer__name"),),
    "employer",
    ShiftFilter,
    private=frozenset({"name"}),
)
CONTRADICTIONS = Listing(
    "contradictions",
    (
        Column("name", gettext_lazy("Full name")),
        Column("contract", gettext_lazy("Contract")),
        Column("employer", gettext_lazy("Employer"), is_long=True),
        Column("reported_at", gettext_lazy("Reported"), order="reported_at"),
        Column("temperature", gettext_lazy("Temperature (°C)"), order="temperature"),
        Column("symptoms", gettext_lazy("Symptoms"), is_long=True),
        Column("phone", gettext_lazy("Phone")),
    ),
    "-reported_at",
    aside="temperature",
    below=("contract", "symptoms"),
)


@door(SEE_SITES)
@require_GET
def contradictory(request: PageRequest) -> HttpResponse:
    """The reports that contradict themselves and were kept."""
    actor = request.actor
    return list_page(
        CONTRADICTIONS.read(request),
        "sites/contradictions.html",
        contradictions(actor=actor, at=clock.now()),
        present=partial(contradiction_rows, actor=actor),
        context={
            "trail": [{"url": reverse("sites:supervision"), "label": _("Supervision of construction sites")}]
        },
    )


@door(REPORT_HEALTH)
@require_http_methods(["GET", "POST"])
def report_one(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Report how one person is now."""
    at = clock.now()
    found = people.registration_seen(registration_id, actor=request.actor)
    (row,) = people.registration_rows([found], at=at)

    def save(form: HealthForm) -> HttpResponse:
        stated = form.cleaned_data
        said = (stated["temperature"], stated["symptoms"], stated["method"])
        daily_health.report_one(found.id, *said, actor=request.actor, at=clock.now())
        messages.success(request, _("The report was taken."))
        _tell_failed(request, int(is_failed(stated["temperature"])))
        return redirect("sites:person", found.id)

    return form_page(
        request,
        "sites/health.html",
        HealthForm,
        save,
        context={"row": row, "trail": trail_to(found)},
    )


@door(REPORT_HEALTH)
@require_http_methods(["GET", "POST"])
def report_shift(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Report a table of the people on site of whom nothing was reported today."""
    at, actor = clock.now(), request.actor
    contract = contracts.contract_seen(contract_id, actor=actor, action=REPORT_HEALTH)
    listing = SHIFT.read(request, employers=contracts.employers_seen(contract, actor=actor))
    if request.method == "GET":
        count_tries(listing.values, REPORT_HEALTH, actor=actor, at=at)
    waiting = people.unreported(contract, listing.values, actor=actor, at=at)

    def make(data: QueryDict | None) -> ShiftForm:
        if data is None:
            return ShiftForm(people=people.crew_rows(_first(waiting)))
        ids = _ids(data.get("rows", ""))
        found = people.named(contract, ids, actor=actor)
        shown = sorted(found, key=lambda row: ids.index(row.id))  # as they stood
        return ShiftForm(data, people=people.crew_rows(shown))

    def save(form: ShiftForm) -> HttpResponse:
        at = clock.now()
        missing = people.unreported(contract, {}, actor=actor, at=at)
        reports = form.reports(at, waiting=set(missing.values_list("id", flat=True)))
        failed = sum(is_failed(one.temperature) for one in reports.values())
        count = daily_health.report_shift(contract.id, reports, actor=actor, at=at) - failed
        if count:
            text = ngettext("{n} person was reported.", "{n} people were reported.", count)
            messages.success(request, text.format(n=count))
        _tell_failed(request, failed)
        return redirect(request.get_full_path())

    context = {
        "contract": contract,
        "listing": listing,
        "total": waiting.count(),
        "most": MOST_ROWS,
        "trail": trail_of(contract),
    }
    return form_page(request, "sites/shift.html", make, save, name=request.GET.urlencode(), context=context)


def _tell_failed(request: PageRequest, count: int) -> None:
    """Who has to be measured again."""
    if count:
        text = ngettext(
            "{n} reading is below 35.0 °C: the measurement failed. Measure again.",
            "{n} readings are below 35.0 °C: the measurements failed. Measure again.",
            count,
        )
        messages.warning(request, text.format(n=count))


def _first(waiting: RegistrationQuerySet) -> RegistrationQuerySet:
    return waiting.order_by("employer__name", "created_at", "id")[:MOST_ROWS]


def _ids(text: str) -> list[UUID]:
    """The rows that a table showed. Raises NOT_FOUND for what no page writes."""
    with as_not_found():
        return [UUID(one) for one in text.split()[:MOST_ROWS]]


@door(REPORT_HEALTH)
@require_http_methods(["GET", "POST"])
def report_rest(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Report that everybody else on site is well."""
    contract = contracts.contract_seen(contract_id, actor=request.actor, action=REPORT_HEALTH)

    def save(form: RestForm) -> HttpResponse:
        temperature = form.cleaned_data["temperature"]
        count = daily_health.report_rest(contract.id, temperature, actor=request.actor, at=clock.now())
        text = ngettext("{n} person was reported well.", "{n} people were reported well.", count)
        messages.success(request, text.format(n=count))
        return redirect("sites:registrations", contract.id)

    rest = len(daily_health.unreported(contract, actor=request.actor, at=clock.now()))
    return form_page(
        request,
        "sites/rest.html",
        RestForm,
        save,
        context={"contract": contract, "rest": rest, "trail": trail_of(contract)},
    )
