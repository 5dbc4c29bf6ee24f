"""体温异常: the list for who runs a venue or answers for its town, and the word what became of one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page
from outpost.venues.actions import RUN_VENUES
from outpost.venues.forms import AbnormalFilter, OutcomeForm
from outpost.venues.queries import temperatures as reads
from outpost.venues.rules import Outcome
from outpost.venues.services import temperatures

LIST = Listing(
    "temperatures",
    (
        Column("occurred_at", gettext_lazy("Time"), order="occurred_at"),
        Column("venue", gettext_lazy("Venue"), order="venue__name"),
        Column("checkpoint", gettext_lazy("Checkpoint")),
        Column("name", gettext_lazy("Full name")),
        Column("first", gettext_lazy("Temperature"), order="first", is_numeric=True),
        Column("second", gettext_lazy("Second reading"), is_numeric=True),
        Column("inspector", gettext_lazy("Inspector")),
        Column("outcome", gettext_lazy("What became of it")),
    ),
    "-occurred_at",
    AbnormalFilter,
    aside="first",
    below=("venue", "outcome"),
)


@door(RUN_VENUES)
@require_GET
def temperatures_page(request: PageRequest) -> HttpResponse:
    """The abnormal temperatures within reach."""
    listing = LIST.read(request)
    found = reads.abnormal_temperatures(dict(listing.values), actor=request.actor)
    return list_page(listing, "venues/temperatures.html", found, present=reads.abnormal_rows)


@door(RUN_VENUES)
@require_http_methods(["GET", "POST"])
def temperature(request: PageRequest, abnormal_id: UUID) -> HttpResponse:
    """One of them; a POST says what became of it."""
    row = reads.abnormal_row(abnormal_id, actor=request.actor)

    def close(form: OutcomeForm) -> HttpResponse:
        outcome = Outcome(form.cleaned_data["outcome"])
        temperatures.close_abnormal(abnormal_id, outcome, actor=request.actor, at=clock.now())
        messages.success(request, _("Closed."))
        return redirect("venues:temperatures")

    trail = [{"url": reverse("venues:temperatures"), "label": _("Abnormal temperatures")}]
    context: dict[str, Any] = {"row": row, "trail": trail}
    return form_page(request, "venues/temperature.html", OutcomeForm, close, context=context)
