"""The pages of devices that every kind of place has: which there are, what waits for a person, one's own PIN. Whoever
calls has looked that the place is in reach."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from outpost.core import clock
from outpost.core.masking import mask_name
from outpost.desks import queries
from outpost.desks.forms import PinForm, SettleForm
from outpost.desks.queries import WaitingRow
from outpost.desks.rules import Settled
from outpost.desks.services import devices, settling
from outpost.pages.doors import PageRequest
from outpost.pages.forms import drawn, form_page, take

MOST_SHOWN = 50
Place = tuple[str, str]
"""Kind and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCard:
    """An entry that waits, or was settled, as its page shows it: people masked. `form` settles it."""

    row: WaitingRow
    member: str
    form: Form | None
    settle_url: str
    who: str = ""
    who_url: str = ""
    temperature: str = ""
    place: str = ""
    place_url: str = ""
    act: str = ""
    conditions: tuple[str, ...] = ()
    list_age: str = ""


def devices_shown(request: PageRequest, place: Place, *, at: datetime) -> dict[str, Any]:
    """What `desks/devices.html` shows of a place, beside its name and addresses."""
    return {
        "rows": queries.device_rows(*place, at=at),
        "code": queries.living_code(*place, actor=request.actor, at=at),
        "address": request.build_absolute_uri(reverse("desks:app")),
        "waiting": queries.open_ones(*place).count(),
        "place_id": place[1],
    }


def entry_card(request: PageRequest, row: WaitingRow, settle_url: str, **shown: Any) -> EntryCard:
    """The card of an entry; `shown`: what its kind of place knows of it."""
    mark = row.entry.mark
    make = partial(SettleForm, auto_id=f"id_{mark[:8]}_%s")
    form = drawn(request, make, name=mark) if row.settled is None else None
    said = row.content or {}
    degrees = said.get("temperature")
    shown.setdefault("temperature", degrees[:8] if isinstance(degrees, str) else "")
    return EntryCard(row=row, member=mask_name(row.member), form=form, settle_url=settle_url, **shown)


def settle_page(request: PageRequest, place: Place, entry_id: UUID, mark: str, page: str) -> HttpResponse:
    """An entry was entered by hand, or is dismissed. Raises Refusal NOT_FOUND."""
    queries.entry_of(*place, entry_id, mark)

    def act(form: SettleForm) -> HttpResponse:
        how, reason = Settled(form.cleaned_data["how"]), form.cleaned_data["reason"]
        settling.settle(*place, (entry_id, mark), how, reason=reason, actor=request.actor, at=clock.now())
        messages.success(request, _("Settled. It stays below until its time is over."))
        return redirect(page)

    return take(request, SettleForm, act, page=page, at="reason", name=mark)


def pin_page(request: PageRequest, member_id: UUID, name: str, after: str) -> HttpResponse:
    """The PIN of somebody who works at a place; `after` is where to go on."""

    def act(form: PinForm) -> HttpResponse:
        devices.set_pin(member_id, form.cleaned_data["pin"], actor=request.actor, at=clock.now())
        messages.success(request, _("Set. The devices know it after their next sync."))
        return redirect(after)

    context = {"place_name": name, "cancel_url": after}
    return form_page(request, "desks/pin.html", PinForm, act, at="pin", context=context)


def stopped(request: PageRequest, place: Place, device_id: UUID) -> None:
    """A device of a place counts no longer, from this moment. Raises Refusal NOT_FOUND."""
    devices.revoke(*place, device_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The device was stopped. What it states from now on does not count."))
