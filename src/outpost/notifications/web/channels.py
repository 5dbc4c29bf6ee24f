"""Doors of the settings of channels 通知渠道."""

from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editors import SEEN, edit_page
from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.notifications import queries, services
from outpost.notifications.actions import AGREE_CHANNELS, EDIT_CHANNELS
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.sms_templates import TEMPLATES
from outpost.notifications.forms import ChannelForm, TestForm
from outpost.notifications.labels import DeliveryRow
from outpost.notifications.models import Channel
from outpost.notifications.recipients import Medium
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import drawn, form_page, take

TEST = "test"


@door(EDIT_CHANNELS)
@require_GET
def channels(request: PageRequest) -> HttpResponse:
    """All channels, and which kinds can be added."""
    rows = queries.channels(actor=request.actor, at=clock.now())
    return render(request, "notifications/channels.html", {"rows": rows, "kinds": KINDS.values()})


@door(EDIT_CHANNELS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new_channel(request: PageRequest, channel_kind: str) -> HttpResponse:
    """Add a channel of a kind; it is off until somebody switches it on."""
    if channel_kind not in KINDS:
        raise Refusal(NOT_FOUND)
    kind = KINDS[channel_kind]

    def make(data: QueryDict | None) -> ChannelForm:
        return ChannelForm(kind, data, initial={"name": kind.label})

    def add(form: ChannelForm) -> HttpResponse:
        added = services.add_channel(kind.kind, form.settings(), actor=request.actor, at=clock.now())
        messages.success(request, _("The channel was added. Send a test, then switch it on."))
        return redirect("channels:channel", added.id)

    context = {"kind": kind, "templates": TEMPLATES}
    return form_page(request, "notifications/new_channel.html", make, add, context=context)


@door(EDIT_CHANNELS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def channel(request: PageRequest, channel_id: UUID) -> HttpResponse:
    """One channel: its settings, on or off, a test."""
    row = queries.channel(channel_id, actor=request.actor)

    def change(form: ChannelForm) -> HttpResponse:
        seen = form.cleaned_data[SEEN]
        saved = services.change_channel(
            row.id, form.settings(), actor=request.actor, at=clock.now(), seen=seen
        )
        if saved.id == row.id:
            messages.success(request, _("The channel was saved. Send a test to see that it works."))
        else:
            messages.success(
                request, _("The change waits for a security administrator; until then all stays as it is.")
            )
        return redirect("channels:channel", saved.id)

    def context(_form: ChannelForm) -> dict[str, Any]:
        return {
            "channel": row,
            "kind": KINDS[row.kind],
            "templates": TEMPLATES,
            "test_form": drawn(request, TestForm, name=TEST),
            "needs_address": row.medium != Medium.GROUP,
            "test": _test_row(request, request.GET.get("test", "")),
        }

    make, stands = partial(ChannelForm.of, row), partial(queries.edited_channel, row)
    return edit_page(request, "notifications/channel.html", make, change, stands, context=context)


def _test_row(request: PageRequest, tested: str) -> DeliveryRow | None:
    """The test that the address names; None for no or no real number."""
    try:
        return DeliveryRow.of(queries.delivery(UUID(tested), actor=request.actor))
    except ValueError:
        return None


@door(EDIT_CHANNELS)
@require_POST
def switch(request: PageRequest, channel_id: UUID) -> HttpResponse:
    """Switch a channel on or off."""
    is_on = request.POST.get("on") == "1"
    try:
        services.switch_channel(channel_id, is_on=is_on, actor=request.actor, at=clock.now())
    except Refusal as refusal:
        if refusal.status != HTTPStatus.CONFLICT:
            raise
        messages.error(request, refusal.message)
    else:
        messages.success(request, _switched(queries.channel(channel_id, actor=request.actor)))
    return redirect("channels:channel", channel_id)


def _switched(row: Channel) -> str:
    if row.asked_at is not None:
        return _(
            "Sign-in codes go out by this channel: a security administrator has to agree. They were told."
        )
    return _("The channel is on.") if row.is_on else _("The channel is off.")


@door(AGREE_CHANNELS)
@require_GET
def waiting(request: PageRequest) -> HttpResponse:
    """The channels that wait for a second word, with where they lead."""
    rows = [
        (
            row,
            KINDS[row.kind].label,
            [(f.label, row.settings[f.name]) for f in KINDS[row.kind].fields if not f.is_secret],
        )
        for row in queries.waiting_channels(actor=request.actor)
    ]
    return render(request, "notifications/waiting_channels.html", {"rows": rows})


@door(AGREE_CHANNELS)
@require_POST
def decide(request: PageRequest, channel_id: UUID) -> HttpResponse:
    """Agree to a channel that waits, or decline it."""
    is_agreed = request.POST.get("agree") == "1"
    services.decide_channel(channel_id, is_agreed=is_agreed, actor=request.actor, at=clock.now())
    messages.success(request, _("The channel is on.") if is_agreed else _("The channel stays off."))
    return redirect("channels:waiting")


@door(EDIT_CHANNELS)
@require_POST
def remove(request: PageRequest, channel_id: UUID) -> HttpResponse:
    """Remove a channel with its secrets."""
    at = clock.now()
    services.remove_channel(channel_id, actor=request.actor, at=at)
    tell_deleted(request, _("The channel was removed."), "notifications.channel", at=at)
    return redirect("channels:channels")


@door(EDIT_CHANNELS)
@require_POST
def test(request: PageRequest, channel_id: UUID) -> HttpResponse:
    """Queue a test; the page shows what became of it."""
    row = queries.channel(channel_id, actor=request.actor)
    page = reverse("channels:channel", args=[channel_id])

    def send(form: TestForm) -> HttpResponse:
        address = form.cleaned_data["address"]
        tested = services.send_test(row.id, address, actor=request.actor, at=clock.now())
        return redirect(f"{page}?test={tested}#test")

    return take(request, TestForm, send, page=f"{page}#test", at="address", name=TEST)


@door(EDIT_CHANNELS)
@require_GET
def test_result(request: PageRequest, delivery_id: UUID) -> HttpResponse:
    """What became of a test so far: the part of the page that asks again."""
    row = DeliveryRow.of(queries.delivery(delivery_id, actor=request.actor))
    return render(request, "notifications/_test.html", {"test": row})
