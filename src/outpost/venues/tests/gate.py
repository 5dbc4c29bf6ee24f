"""A device at a venue's gate, as the app is one: its own keys, entries sealed and numbered, calls signed."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.curve import CURVE, public_point, signature
from outpost.core.stated import Stated, phone_hash, seal
from outpost.desks.models import Device, Entry
from outpost.desks.queries import setup_of
from outpost.desks.rules import State
from outpost.desks.sealing import b64u, from_b64u, seal_key, sealed_to
from outpost.desks.services.devices import enrol, make_code
from outpost.desks.services.taking import Answer, take_entries
from outpost.testing.cast import NOON
from outpost.venues.models import Member, Venue
from outpost.venues.rules import VENUE

ROOT = "/api/v1/desk"
HAND = Actor.system("command-line")


def document(number: int) -> dict[str, Any]:
    """Somebody invented, by their passport."""
    return {"document_type": "passport", "document_number": f"E{number:08}", "name": "甄访客", "phone": None}


def visit(number: int = 1, **said: Any) -> dict[str, Any]:
    """What the form of a visit says."""
    usual = {
        "kind": "visit",
        "checkpoint_id": None,
        "temperature": "36.5",
        "second": None,
        "isolated": None,
        "person": document(number),
        "way": "typed",
        "green_channel": None,
        "verdict": None,
    }
    return usual | said


def quick(**said: Any) -> dict[str, Any]:
    """A temperature taken of somebody who has checked in by phone."""
    return visit(kind="quick", person=None, temperature=None) | said


def member(venue: Venue, name: str = "甄检测", *, number: int = 1) -> Member:
    """Somebody who works at a venue."""
    phone = f"139{number:08}"
    one = Member(venue=venue, phone_hash=phone_hash(ring(), phone), joined_at=NOON - timedelta(days=40))
    one.sealed = seal(ring(), one.sealing_context, Stated(name, phone))
    one.save(force_insert=True)
    return one


@dataclass
class Gate:
    """An enrolled device in the hands of a member. `skew`: how far its clock is ahead."""

    device: Device
    key: ec.EllipticCurvePrivateKey
    member_id: UUID
    skew: timedelta = timedelta()
    seq: int = 0
    seal_point: bytes = field(default=b"", repr=False)

    def entry(self, content: Mapping[str, Any], at: datetime, **changes: Any) -> dict[str, Any]:
        """A new entry, made at a true time."""
        self.seq += 1
        id_ = changes.pop("id", UUID(bytes=secrets.token_bytes(16), version=4))
        seq = changes.get("seq", self.seq)
        made = {
            "id": str(id_),
            "seq": seq,
            "member_id": str(self.member_id),
            "at": (at + self.skew).isoformat(),
            "skew_ms": self.skew / timedelta(milliseconds=1),
            "sealed": sealed_to(self.seal_point, orjson.dumps(content), id_, seq),
        }
        return made | changes

    def hand_in(self, *entries: Any, at: datetime = NOON) -> list[Answer]:
        """The answers to a batch, past the call."""
        return take_entries(self.device.id, entries, app="1", at=at).answers

    def headers(self, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        """Those of a signed call."""
        said = f"{method}\n{ROOT}{path}\n{hashlib.sha256(body).hexdigest()}"
        return {
            "Outpost-Device": str(self.device.id),
            "Outpost-Signature": b64u(signature(self.key, said.encode())),
        }

    def post(self, client: Client, entries: Sequence[Any], **changes: str) -> Any:
        """Send a batch by the call."""
        body = orjson.dumps({"app": "1", "device_time": NOON.isoformat(), "entries": list(entries)})
        headers = self.headers("POST", "/entries", body) | changes
        return client.post(f"{ROOT}/entries", body, content_type="application/json", headers=headers)


def gate(venue: Venue, worker: Member | None = None, *, at: datetime = NOON, **how: Any) -> Gate:
    """A device that was enrolled at a venue by its pairing code."""
    worker = worker or Member.objects.filter(venue=venue).first() or member(venue)
    code = make_code(str(VENUE), str(venue.id), actor=HAND, at=at)
    key = ec.generate_private_key(CURVE)
    device = enrol(code, b64u(public_point(key)), "南门平板", "1", address="10.0.0.1", at=at)
    return Gate(device, key, worker.id, seal_point=seal_point(device, at), **how)


def seal_point(device: Device, at: datetime) -> bytes:
    """To which key the device seals, as its setup says."""
    setup = setup_of(device, at=at)
    assert setup is not None
    return from_b64u(setup["seal_key"]["public"]) or b""


def waiting_entry(venue: Venue, *, at: datetime) -> Entry:
    """A device of a venue, and an entry of it that was refused."""
    place = {"place_kind": str(VENUE), "place_key": str(venue.id)}
    device = Device(**place, name="南门平板", app="1", enrolled_by="cast", enrolled_at=at, seen_at=at)
    device.public_key = public_point(ec.generate_private_key(CURVE))
    device.save(force_insert=True)
    sealed = from_b64u(sealed_to(seal_key(ring())[1], orjson.dumps(visit(temperature="99.0")), venue.id, 1))
    entry = Entry(**place, id=venue.id, digest=b"d" * 16, device_id=device.id, seq=1, member_id=device.id)
    entry.at = entry.occurred_at = entry.received_at = at
    entry.state, entry.code, entry.sealed = State.REFUSED.value, "venues.no_temperature", sealed or b""
    entry.save(force_insert=True)
    return entry
