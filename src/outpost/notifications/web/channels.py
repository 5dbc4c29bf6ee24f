"""Doors of the settings of channels 通知渠道."""

from http import HTTPStatus
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.notifications import queries, services, templates
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.base import Channel as Kind
from outpost.notifications.channels.sms_templates import TEMPLATES
from outpost.notifications.forms import ChannelForm, TestForm
from outpost.notifications.looks import DeliveryRow
from outpost.notifications.models import Channel
from outpost.notifications.recipients import Medium
from outpost.pages.doors import PageRequest, door

EDIT = "notifications.edit_channels"


@door(EDIT)
@require_GET
def channels(request: PageRequest) -> HttpResponse:
    """All channels, and which kinds can be added."""
    rows = queries.channels(actor=request.actor, at=clock.now())
    return render(request, "notifications/channels.html", {"rows": rows, "kinds": KINDS.values()})


@door(EDIT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new_channel(request: PageRequest, channel_kind: str) -> HttpResponse:
    """Add a channel of a kind; it is off until somebody switches it on."""
    if channel_kind not in KINDS:
        raise Refusal(NOT_FOUND)
    kind = KINDS[channel_kind]
    form = ChannelForm(kind, request.POST or None, initial={"name": kind.label})
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            added = services.add_channel(kind.kind, form.settings(), actor=request.actor, at=clock.now())
        except Refusal as refusal:
            status = _refuse(form, refusal)
        else:
            messages.success(request, _("The channel was added. Send a test, then switch it on."))
            return redirect("channels:channel", added.id)
    context = {"form": form, "kind": kind, "texts": _texts(kind)}
    return render(request, "notifications/new_channel.html", context, status=status)


@door(EDIT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def channel(request: PageRequest, channel_id: UUID) -> HttpResponse:
    """One channel: its settings, on or off, a test."""
    row = queries.channel(channel_id, actor=request.actor)
    form = ChannelForm.of(row, request.POST or None)
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            services.change_channel(row.id, form.settings(), actor=request.actor, at=clock.now())
        except Refusal as refusal:
            status = _refuse(form, refusal)
        else:
            messages.success(request, _("The channel was saved. Send a test to see that it works."))
            return redirect("channels:channel", row.id)
    return _channel_page(request, row, form, TestForm(), status=status)


def _channel_page(
    request: PageRequest, row: Channel, form: ChannelForm, test_form: TestForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    tested = request.GET.get("test", "")
    context = {
        "channel": row,
        "kind": KINDS[row.kind],
        "texts": _texts(KINDS[row.kind]),
        "form": form,
        "test_form": test_form,
        "needs_address": row.medium != Medium.GROUP,
        "test": _test_row(request, tested) if tested else None,
    }
    return render(request, "notifications/channel.html", context, status=status)


def _texts(kind: Kind) -> list[tuple[str, str]]:
    """The messages that a provider needs approved templates for; empty for other kinds."""
    return templates.all_texts() if TEMPLATES in kind.fields else []


def _test_row(request: PageRequest, tested: str) -> DeliveryRow | None:
    try:
        return DeliveryRow.of(queries.delivery(UUID(tested), actor=request.actor))
    except ValueError:
        return None


@door(EDIT)
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
        messages.success(request, _("The channel is on.") if is_on else _("The channel is off."))
    return redirect("channels:channel", channel_id)


@door(EDIT)
@require_POST
def remove(request: PageRequest, channel_id: UUID) -> HttpResponse:
    """Remove a channel with its secrets."""
    services.remove_channel(channel_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The channel was removed."))
    return redirect("channels:channels")


@door(EDIT)
@require_POST
def test(request: PageRequest, channel_id: UUID) -> HttpResponse:
    """Queue a test; the page shows what became of it."""
    row = queries.channel(channel_id, actor=request.actor)
    form = TestForm(request.POST)
    if form.is_valid():
        try:
            tested = services.send_test(
                row.id, form.cleaned_data["address"], actor=request.actor, at=clock.now()
            )
        except Refusal as refusal:
            form.add_error("address", refusal.message)
        else:
            return redirect(f"{request.path.removesuffix('/test')}?test={tested}#test")
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _channel_page(request, row, ChannelForm.of(row, None), form, status=status)


@door(EDIT)
@require_GET
def test_result(request: PageRequest, delivery_id: UUID) -> HttpResponse:
    """What became of a test so far: the part of the page that asks again."""
    row = DeliveryRow.of(queries.delivery(delivery_id, actor=request.actor))
    return render(request, "notifications/_test.html", {"test": row})


def _refuse(form: forms.Form, refusal: Refusal) -> HTTPStatus:
    """Show a refusal in the form; what is not about its fields goes on."""
    if refusal.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        raise refusal
    form.add_error(None, refusal.message)
    return HTTPStatus(refusal.status)
