"""Reads of devices and of the entries that wait for a person. Whoever calls has looked that the place is in reach."""

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from outpost.core.actor import Actor
from outpost.core.codes import qr_address
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found, problem_of
from outpost.core.short_codes import short_text
from outpost.desks import rules
from outpost.desks.models import PAIRING, Device, Entry, PairingCode, Pin, pin_context
from outpost.desks.places import desk_of
from outpost.desks.reading import content_of
from outpost.desks.rules import Settled, State
from outpost.desks.sealing import b64u, from_b64u, list_sealed, opened, seal_key


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as its list shows it: how long silent, which numbers are missing."""

    device: Device
    is_silent: bool
    gaps: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An entry that a person looks at. `content` is what was stated, None where it cannot be opened: never log it."""

    entry: Entry
    state: State
    settled: Settled | None
    device: str
    member: str
    why: str
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A pairing code as it is typed or scanned."""

    text: str
    ends_at: datetime

    @property
    def picture(self) -> str:
        """The letters alone as a QR code, for an `img`."""
        return qr_address(self.text.replace(" ", ""))


def living_code(kind: str, key: str, *, actor: Actor, at: datetime) -> ShownCode | None:
    """The pairing code that the actor made for a place and nobody has used yet."""
    mine = PairingCode.objects.filter(place_kind=kind, place_key=key, made_by=actor.id)
    code = mine.filter(made_at__gt=at - rules.PAIRING_LASTS).first()
    if code is None:
        return None
    return ShownCode(short_text(ring(), PAIRING, bytes(code.tail)), code.made_at + rules.PAIRING_LASTS)


def device_named(text: str) -> Device | None:
    """The device that a call names by its id."""
    try:
        return Device.objects.filter(id=UUID(text)).first()
    except ValueError:
        return None


def may_send(device: str, length: int) -> bool:
    """Whether a call that names this device may be so long: a batch of one that is enrolled. Its signature holds for
    the body, so it can only be looked at once that was read."""
    return length <= rules.MOST_BYTES and device_named(device) is not None


def numbers_beyond(device: Device) -> list[int]:
    """The numbers of its entries that came and lie beyond those that are whole."""
    came = Entry.objects.filter(device_id=device.id, seq__gt=device.whole_to)
    return sorted(set(came.values_list("seq", flat=True)))


def device_rows(kind: str, key: str, *, at: datetime) -> list[DeviceRow]:
    """The devices of a place, those that live first, the latest first."""
    found = Device.objects.filter(place_kind=kind, place_key=key).order_by("-revoked_at", "-enrolled_at")
    return [
        DeviceRow(
            one,
            one.revoked_at is None and at - one.seen_at > rules.SILENT_AFTER,
            rules.gaps(one.whole_to, numbers_beyond(one)),
        )
        for one in found
    ]


def device_names(ids: Iterable[UUID]) -> dict[UUID | None, str]:
    """What these devices are called."""
    return dict(Device.objects.filter(id__in=set(ids)).values_list("id", "name"))


def waiting(kind: str, key: str) -> QuerySet[Entry]:
    """What was not simply recorded of a place, in no order; settled ones, too, until their time is over."""
    return Entry.objects.filter(place_kind=kind, place_key=key).exclude(code="")


def places_waiting(kind: str) -> list[str]:
    """The keys of the places of a kind of which something waits or was settled."""
    found = Entry.objects.filter(place_kind=kind).exclude(code="")
    return list(found.values_list("place_key", flat=True).distinct())


def open_ones(kind: str, key: str) -> QuerySet[Entry]:
    """Those of them that nobody has settled."""
    return waiting(kind, key).filter(settled="")


def waiting_rows(found: Iterable[Entry]) -> list[WaitingRow]:
    """Those of a page."""
    entries = list(found)
    devices = device_names(one.device_id for one in entries)
    places = {(one.place_kind, one.place_key) for one in entries}
    names = {one.id: one.name for kind, key in places for one in desk_of(kind).workers(key)}
    return [
        WaitingRow(
            one,
            State(one.state),
            Settled(one.settled) if one.settled else None,
            devices.get(one.device_id, ""),
            names.get(one.member_id, ""),
            str(problem_of(one.code).message),
            _content(one),
        )
        for one in entries
    ]


def _content(entry: Entry) -> Mapping[str, Any] | None:
    plain = opened(ring(), bytes(entry.sealed), entry.id, entry.seq)
    return content_of(plain) if plain is not None else None


def setup_of(device: Device, *, at: datetime) -> dict[str, Any] | None:
    """What a device is told; None when its place is gone."""
    desk = desk_of(device.place_kind)
    place = desk.setup(device.place_key)
    if place is None:
        return None
    number, public = seal_key(ring())
    workers = [one for one in desk.workers(device.place_key) if one.ended_at is None or one.ended_at > at]
    pins = _pins([one.id for one in workers])
    openers = {id_: key for id_, pin in pins.items() if (key := from_b64u(pin.pop("list_key", "")))}
    no_pin = {"salt": "", "verifier": None, "rounds": 0}
    people = (
        {} if desk.people is None else {"people": _people(desk.people(device.place_key, at), openers, device)}
    )
    return {
        "server_time": at.isoformat(),
        "device": {"id": str(device.id), "name": device.name},
        "members": [{"id": str(one.id), "name": one.name, **pins.get(one.id, no_pin)} for one in workers],
        "seal_key": {"id": number, "public": b64u(public)},
        "last_seq": device.last_seq,
        "app": device.app,
        **place,
        **people,
    }


def _people(listed: Mapping[str, Any], openers: Mapping[UUID, bytes], device: Device) -> dict[str, Any]:
    return list_sealed(orjson.dumps(listed), openers, device.id)


def _pins(members: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    keys = ring()
    return {
        one.member_id: orjson.loads(keys.open(one.sealed, pin_context(one.member_id)))
        for one in Pin.objects.filter(member_id__in=members)
    }


def waiting_of(kind: str, keys: Collection[str]) -> QuerySet[Entry]:
    """`waiting` of many places."""
    return Entry.objects.filter(place_kind=kind, place_key__in=keys).exclude(code="")


def place_of(kind: str, entry_id: UUID, mark: str) -> str:
    """The key of the place of an entry that waits. Raises Refusal NOT_FOUND."""
    return _marked(Entry.objects.filter(place_kind=kind).exclude(code=""), entry_id, mark).place_key


def entry_of(kind: str, key: str, entry_id: UUID, mark: str) -> Entry:
    """An entry that waits at a place, by its id and mark. Raises Refusal NOT_FOUND."""
    return _marked(waiting(kind, key), entry_id, mark)


def _marked(found: QuerySet[Entry], entry_id: UUID, mark: str) -> Entry:
    try:
        entry = found.filter(id=entry_id, digest=base64.b32decode(f"{mark}======")).first()
    except ValueError:
        entry = None
    return or_not_found(entry)
