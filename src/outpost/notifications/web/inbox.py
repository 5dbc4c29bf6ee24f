"""The inbox page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from outpost.core import clock
from outpost.core.actions import USE_ACCOUNT
from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.exchange.queries import owner_of
from outpost.notifications import queries, services
from outpost.pages.addresses import back
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, list_page

INBOX = Listing(
    "inbox",
    columns=(
        Column("created_at", _("Time"), order="created_at"),
        Column("text", _("Message"), is_long=True),
        Column("state", _("Action")),
    ),
    order="-created_at",
)


def _reader(actor: Actor) -> UUID:
    return or_not_found(owner_of(actor))


@door(USE_ACCOUNT)
@require_GET
def inbox(request: PageRequest) -> HttpResponse:
    """One's own messages, the latest first."""
    user_id = _reader(request.actor)
    return list_page(
        INBOX.read(request),
        "notifications/inbox.html",
        queries.inbox(user_id),
        present=queries.shown,
        context={"unread": queries.unread_count(user_id)},
    )


@door(USE_ACCOUNT)
@require_POST
def open_message(request: PageRequest, message_id: UUID) -> HttpResponse:
    """Mark a message as read and go to what it is about."""
    message = services.mark_read(message_id, user_id=_reader(request.actor), at=clock.now())
    return redirect(message.link) if message.link else back(request, "notifications:inbox")


@door(USE_ACCOUNT)
@require_POST
def read_all(request: PageRequest) -> HttpResponse:
    """Mark all messages as read."""
    services.mark_all_read(user_id=_reader(request.actor), at=clock.now())
    return redirect("notifications:inbox")
