"""Doors of the log of deliveries."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from outpost.core import clock
from outpost.notifications import queries, services
from outpost.notifications.actions import SEE_DELIVERIES
from outpost.notifications.forms import DeliveryFilter
from outpost.notifications.labels import DeliveryRow
from outpost.pages.addresses import back
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, list_page

DELIVERIES = Listing(
    "deliveries",
    columns=(
        Column("created_at", gettext_lazy("Time"), order="created_at"),
        Column("message", gettext_lazy("Message"), order="message__template"),
        Column("channel", gettext_lazy("Channel"), order="kind"),
        Column("address", gettext_lazy("To")),
        Column("state", gettext_lazy("State"), order="state"),
        Column("attempts", gettext_lazy("Attempts"), order="attempts", is_numeric=True),
        Column("reason", gettext_lazy("Reason"), order="code", is_long=True),
        Column("next_at", gettext_lazy("Next attempt"), order="next_at"),
        Column("id", gettext_lazy("Number"), is_default=False),
    ),
    order="-created_at",
    form=DeliveryFilter,
    aside="state",
    below=("message", "address"),
)


@door(SEE_DELIVERIES)
@require_GET
def deliveries(request: PageRequest) -> HttpResponse:
    """What was sent to whom by which channel, and how it ended."""
    choices = [(str(row.id), row.name) for row in queries.channels(actor=request.actor, at=clock.now())]
    listing = DELIVERIES.read(request, channels=choices)
    found = queries.deliveries(actor=request.actor, **listing.values)
    return list_page(
        listing, "notifications/deliveries.html", found, present=lambda rows: map(DeliveryRow.of, rows)
    )


@door(SEE_DELIVERIES)
@require_POST
def again(request: PageRequest, delivery_id: UUID) -> HttpResponse:
    """Send a dead letter again."""
    services.send_again(delivery_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The message is on its way again."))
    return back(request, "channels:deliveries")
