"""A device at a gate, as the app is one: its own keys, entries sealed and numbered, calls signed."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.test import Client

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.curve import CURVE, public_point, signature
from outpost.desks.models import Device, Entry
from outpost.desks.queries import setup_of
from outpost.desks.rules import State
from outpost.desks.sealing import b64u, from_b64u, seal_key, sealed_to
from outpost.desks.services.devices import enrol, make_code
from outpost.desks.services.taking import Answer, take_entries
from outpost.testing.cast import NOON

ROOT = "/api/v1/desk"
HAND = Actor.system("command-line")


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


def paired(kind: str, key: str, member_id: UUID, *, at: datetime = NOON, **how: Any) -> Gate:
    """A device that was enrolled at a place by its pairing code."""
    code = make_code(kind, key, actor=HAND, at=at)
    own = ec.generate_private_key(CURVE)
    device = enrol(code, b64u(public_point(own)), "南门平板", "1", address="10.0.0.1", at=at)
    return Gate(device, own, member_id, seal_point=seal_point(device, at), **how)


def seal_point(device: Device, at: datetime) -> bytes:
    """To which key the device seals, as its setup says."""
    setup = setup_of(device, at=at)
    assert setup is not None
    return from_b64u(setup["seal_key"]["public"]) or b""


def unboxed(key: bytes, text: str, bound: bytes) -> bytes:
    """What a list or its key holds, as a device opens it."""
    blob = from_b64u(text) or b""
    return AESGCM(key).decrypt(blob[:12], blob[12:], bound)


def waiting_entry(
    kind: str, place: UUID, content: Mapping[str, Any], *, state: State, code: str, at: datetime
) -> Entry:
    """A device of a place, and an entry of it that waits for a person."""
    of = {"place_kind": kind, "place_key": str(place)}
    device = Device(**of, name="南门平板", app="1", enrolled_by="cast", enrolled_at=at, seen_at=at)
    device.public_key = public_point(ec.generate_private_key(CURVE))
    device.save(force_insert=True)
    sealed = from_b64u(sealed_to(seal_key(ring())[1], orjson.dumps(content), place, 1))
    entry = Entry(**of, id=place, digest=b"d" * 16, device_id=device.id, seq=1, member_id=device.id)
    entry.at = entry.occurred_at = entry.received_at = at
    entry.state, entry.code, entry.sealed = state.value, code, sealed or b""
    entry.save(force_insert=True)
    return entry
