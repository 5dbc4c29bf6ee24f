"""Devices come by a pairing code and go at once when they are revoked; PINs of who works at them.

Whoever calls on behalf of a page has looked that the place lies in the actor's reach.
"""

import hashlib
import os
from datetime import datetime
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Q

from outpost.access import throttle
from outpost.access.queries import actor_now
from outpost.access.throttle import Limit
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.curve import is_signed
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.short_codes import TAIL, short_tail, short_text
from outpost.desks import errors
from outpost.desks.models import PAIRING, Device, PairingCode, Pin, pin_context
from outpost.desks.places import desk_of
from outpost.desks.rules import LONGEST_APP, LONGEST_NAME, PAIRING_LASTS, PIN_ROUNDS, check_pin
from outpost.desks.sealing import POINT, b64u, from_b64u, list_key

PAIRING_TRIES = Limit("desk.pairings", 10, throttle.HOUR)
_SALT = 16


@transaction.atomic
def make_code(kind: str, key: str, *, actor: Actor, at: datetime) -> str:
    """A pairing code for a place that lies in reach, good once and for PAIRING_LASTS; the actor's former one ends."""
    mine = Q(place_kind=kind, place_key=key, made_by=actor.id)
    PairingCode.objects.filter(mine | Q(made_at__lte=at - PAIRING_LASTS)).delete()
    tail = os.urandom(TAIL)
    PairingCode(tail=tail, place_kind=kind, place_key=key, made_by=actor.id, made_at=at).save(
        force_insert=True
    )
    audit.record("desks.code_made", actor=actor, at=at, object_id=key)
    return short_text(ring(), PAIRING, tail)


def enrol(code: str, public_key: str, name: str, app: str, *, address: str, at: datetime) -> Device:
    """A new device of the place of a code, which is used up by it.

    Raises Refusal: TOO_MANY of this address, CODE_UNKNOWN (mistyped, used, expired, of a place that is gone, made by
    somebody whose right has ended, all alike), BAD_KEY, BAD_NAME.
    """
    if not throttle.take(PAIRING_TRIES, throttle.source_of(address), at=at):
        raise Refusal(errors.TOO_MANY)
    point, name = _point(public_key), name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refusal(errors.BAD_NAME, most=LONGEST_NAME)
    with transaction.atomic():
        paired = _used_up(code, at=at)
        device = Device(
            place_kind=paired.place_kind,
            place_key=paired.place_key,
            name=name,
            public_key=point,
            app=app[:LONGEST_APP],
            enrolled_by=paired.made_by,
            enrolled_at=at,
            seen_at=at,
        )
        device.save(force_insert=True)
        actor = Actor(id=f"device:{device.id}", label=name, address=address)
        audit.record(
            "desks.device_enrolled",
            actor=actor,
            at=at,
            object_id=device.id,
            detail={"place": paired.place_key},
        )
    throttle.give_back(PAIRING_TRIES, throttle.source_of(address))
    return device


def _used_up(code: str, *, at: datetime) -> PairingCode:
    tail = short_tail(ring(), PAIRING, code)
    found = PairingCode.objects.select_for_update().filter(tail=tail, made_at__gt=at - PAIRING_LASTS).first()
    if found is None or not _is_good(found):
        raise Refusal(errors.CODE_UNKNOWN)
    PairingCode.objects.filter(tail=tail).delete()
    return found


def _is_good(code: PairingCode) -> bool:
    """Whether the place is there, and still in the reach of who made the code."""
    desk = desk_of(code.place_kind)
    return desk.setup(code.place_key) is not None and desk.may_pair(code.place_key, actor_now(code.made_by))


def _point(text: str) -> bytes:
    """A point of the curve, as raw bytes. Raises Refusal BAD_KEY."""
    point = from_b64u(text)
    try:
        if point is not None and len(point) == POINT:
            is_signed(point, b"", b"")
            return point
    except ValueError:
        pass
    raise Refusal(errors.BAD_KEY)


@transaction.atomic
def revoke(kind: str, key: str, device_id: UUID, *, actor: Actor, at: datetime) -> None:
    """What the device states from now on does not count. Raises Refusal NOT_FOUND for a device of another place."""
    mine = Device.objects.filter(id=device_id, place_kind=kind, place_key=key, revoked_at__isnull=True)
    if not mine.update(revoked_at=at):
        raise Refusal(NOT_FOUND)
    audit.record("desks.device_revoked", actor=actor, at=at, object_id=device_id, detail={"place": key})


@transaction.atomic
def set_pin(member_id: UUID, pin: str, *, actor: Actor, at: datetime) -> None:
    """The PIN of the actor as one who works at a place. Raises Refusal PIN_DIGITS, PIN_EASY."""
    salt = os.urandom(_SALT)
    verifier = hashlib.pbkdf2_hmac("sha256", check_pin(pin).encode(), salt, PIN_ROUNDS)
    kept = {"salt": b64u(salt), "verifier": b64u(verifier), "rounds": PIN_ROUNDS}
    plain = orjson.dumps({**kept, "list_key": b64u(list_key(pin, salt, PIN_ROUNDS))})
    sealed = ring().seal(plain, pin_context(member_id))
    Pin.objects.update_or_create(member_id=member_id, defaults={"sealed": sealed, "set_at": at})
    audit.record("desks.pin_set", actor=actor, at=at, object_id=member_id)
