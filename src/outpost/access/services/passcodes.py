"""The phone door: a code of six digits, sent to a phone, typed on the device that asked for it.

`settings.OUTPOST_PASSCODE_REUSE` says what a code is worth after its first use: `device` (again on that device
until it expires), `any` (again on every device until it expires), `off` (nothing). The limits and why they
are as they are stand in `access.throttle`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from outpost.access import documents, errors, gateway, throttle
from outpost.access.contacts import may_sign_in
from outpost.access.devices import device_hash
from outpost.access.models import Passcode, User
from outpost.access.services.accounts import open_phone_account
from outpost.access.services.sign_in import admit, record_lock
from outpost.access.throttle import (
    ALL_CODES,
    ALL_TRIES,
    KNOWN_CODES,
    PASSCODE_TRIES,
    SOURCE_CODES,
    SOURCE_TRIES,
    STRANGER_CODES,
    STRANGER_CODES_OF_SOURCE,
    STRANGER_TRIES,
    STRANGER_TRIES_OF_SOURCE,
    Limit,
    source_of,
)
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id

LIFE = timedelta(days=7)
SENT_AGAIN = timedelta(
    minutes=10
)  # who asks again meanwhile gets the same code: messages come late, and out of order
TRIES = 5
ON_SIGHT_DIGITS = 10  # too long to be guessed, so that tries at it need no count that strangers could use up
ON_SIGHT_LIFE = timedelta(minutes=15)
DEVICE_MEMORY = timedelta(days=90)  # how long a device that signed in is known again


@dataclass(frozen=True, slots=True)
class Asked:
    """`shown_code` is the code for the developer bar of a demo, else empty."""

    shown_code: str = ""


def ask_passcode(phone: str, *, device: str, address: str, at: datetime) -> Asked:
    """Send a code to a phone in normal form. Raises TOO_MANY_CODES.

    A phone without account gets one, too: it lets its holder in as a citizen, and nobody learns which phones have an
    account. Everything is done for a disabled account, too; the gateway's delivery drops its code.
    """
    hashed = ring().search_hash("phone", phone)
    is_known = _is_known(hashed, device, at=at)
    _count_code(SOURCE_CODES, source_of(address), at=at)
    if is_known:
        _count_code(KNOWN_CODES, hashed.hex(), device, at=at)
    else:
        _count_code(STRANGER_CODES_OF_SOURCE, hashed.hex(), source_of(address), at=at)
        _count_code(STRANGER_CODES, hashed.hex(), at=at)
        _count_code(ALL_CODES, at=at)
    code = _issue(phone, device, at=at)
    is_admitted = may_sign_in(phone)
    was_taken = gateway.send_passcode(phone, code, is_admitted=is_admitted, at=at)
    is_shown = settings.OUTPOST_DEMO and is_admitted and not was_taken
    return Asked(shown_code=code if is_shown else "")


def _count_code(limit: Limit, *subject: str, at: datetime) -> None:
    throttle.count(limit, *subject, problem=errors.TOO_MANY_CODES, at=at)


@transaction.atomic
def _issue(phone: str, device: str, *, at: datetime) -> str:
    """The code to send: the one that this device was sent a moment ago and has not used, with the tries it has left;
    else a fresh one, of which a hash is stored and which replaces the codes that the device asked for before."""
    phone_hash, asker = ring().search_hash("phone", phone), device_hash(device)
    older = Passcode.objects.filter(phone_hash=phone_hash, device_hash=asker, expires_at__gt=at)
    on_its_way = older.filter(issued_at__gt=at - SENT_AGAIN, first_used_at__isnull=True, tries__lt=TRIES)
    standing = on_its_way.order_by("-issued_at").first()
    if standing is not None:
        return _digits(standing.id)
    older.update(expires_at=at)
    passcode = Passcode(
        id=new_id(), phone_hash=phone_hash, device_hash=asker, issued_at=at, expires_at=at + LIFE
    )
    code = _digits(passcode.id)
    passcode.code_hash = _code_hash(passcode, code)
    passcode.save(force_insert=True)
    return code


def _digits(passcode_id: UUID) -> str:
    """The code of a row, from its id by the key: sent again without being stored; nobody tells it without the key."""
    return f"{int.from_bytes(ring().search_hash('access.passcode.digits', str(passcode_id))) % 10**6:06}"


def enter_passcode(
    phone: str, code: str, *, document: str = "", device: str, address: str, at: datetime
) -> User:
    """The account behind a phone in normal form and its code; a new one, without any right, for a phone that has none.
    `document`: the number of its holder, as typed, where that is to be checked as well.

    A wrong code, an expired one, one of another device, a disabled account and a number that does not go with the
    phone, whoever's it is, get the same answer and count alike. Raises LOCKED or WRONG_PASSCODE.
    """
    hashed, source = ring().search_hash("phone", phone), source_of(address)
    admit(throttle.take(SOURCE_TRIES, source, at=at), at=at)
    verdict = throttle.take(PASSCODE_TRIES, hashed.hex(), source, at=at)
    admit(verdict, at=at)
    typed = "".join(code.split())
    if document and not documents.fits(hashed, document):
        typed = ""  # counted as a wrong code is, and the right one is not used up
    is_right = (
        _is_right_on_sight(hashed, typed, device, at=at)
        if len(typed) == ON_SIGHT_DIGITS
        else _is_right(hashed, typed, device, source, at=at)
    )
    user = User.objects.filter(phone_hash=hashed).first()
    if not is_right or (user is not None and not user.is_active):
        if verdict.starts_lock:
            record_lock("passcode", user, address=address, at=at)
        raise Refusal(errors.WRONG_PASSCODE)
    throttle.clear(PASSCODE_TRIES, hashed.hex(), source)
    throttle.give_back(SOURCE_TRIES, source)
    return user or open_phone_account(phone, address=address, at=at)


@transaction.atomic
def _is_right(phone_hash: bytes, code: str, device: str, source: str, *, at: datetime) -> bool:
    """Count a try against the code that this device may use, under its row's lock, then look at it."""
    passcode = _usable(phone_hash, device, at=at)
    if passcode is None:
        return False
    if not _is_known(phone_hash, device, at=at) and not _admit_stranger(phone_hash, source, at=at):
        return False
    passcode.tries += 1
    is_right = constant_time_compare(bytes(passcode.code_hash), _code_hash(passcode, code))
    if is_right:
        passcode.tries = 0
        passcode.first_used_at = passcode.first_used_at or at
    passcode.save(update_fields=["tries", "first_used_at"])
    return is_right


@transaction.atomic
def issue_on_sight(user_id: UUID, *, actor: Actor, at: datetime) -> str:
    """A code for a phone account whose holder the actor has before them, in digits; good once and on any device.

    It needs no message and no counter, so nobody can use it up. The caller has checked the actor's right; who gives
    out codes is in the audit. Raises NOT_FOUND for an account that has no phone or is disabled.
    """
    user = User.objects.filter(id=user_id, is_active=True, phone_hash__isnull=False).first()
    if user is None or user.phone_hash is None:
        raise Refusal(NOT_FOUND)
    code = f"{secrets.randbelow(10**ON_SIGHT_DIGITS):0{ON_SIGHT_DIGITS}}"
    passcode = Passcode(id=new_id(), phone_hash=user.phone_hash, issued_at=at, expires_at=at + ON_SIGHT_LIFE)
    passcode.code_hash = _code_hash(passcode, code)
    passcode.save(force_insert=True)
    record("access.code_issued", actor=actor, at=at, object_id=user.id)
    return code


@transaction.atomic
def _is_right_on_sight(phone_hash: bytes, code: str, device: str, *, at: datetime) -> bool:
    """Use up a code that was given out on sight; the device that used it is known from then on."""
    given = Passcode.objects.select_for_update().filter(
        phone_hash=phone_hash, device_hash="", first_used_at__isnull=True, expires_at__gt=at
    )
    for passcode in given:
        if constant_time_compare(bytes(passcode.code_hash), _code_hash(passcode, code)):
            passcode.device_hash, passcode.first_used_at, passcode.expires_at = device_hash(device), at, at
            passcode.save(update_fields=["device_hash", "first_used_at", "expires_at"])
            return True
    return False


def _usable(phone_hash: bytes, device: str, *, at: datetime) -> Passcode | None:
    """The locked row of the newest code that may be tried from this device."""
    alive = Passcode.objects.select_for_update().filter(
        phone_hash=phone_hash, expires_at__gt=at, tries__lt=TRIES
    )
    newest: QuerySet[Passcode] = alive.order_by("-issued_at")
    own = newest.filter(device_hash=device_hash(device))
    match settings.OUTPOST_PASSCODE_REUSE:
        case "off":
            return own.filter(first_used_at__isnull=True).first()
        case "any":
            return own.first() or newest.filter(first_used_at__isnull=False).first()
    return own.first()


def _admit_stranger(phone_hash: bytes, source: str, *, at: datetime) -> bool:
    """Whether a device that has not signed in to this phone may still try today."""
    phone = phone_hash.hex()
    return (
        bool(throttle.take(STRANGER_TRIES_OF_SOURCE, phone, source, at=at))
        and bool(throttle.take(STRANGER_TRIES, phone, at=at))
        and bool(throttle.take(ALL_TRIES, at=at))
    )


def _is_known(phone_hash: bytes, device: str, *, at: datetime) -> bool:
    used = Passcode.objects.filter(phone_hash=phone_hash, device_hash=device_hash(device))
    return used.filter(first_used_at__gt=at - DEVICE_MEMORY).exists()


def _code_hash(passcode: Passcode, code: str) -> bytes:
    """A keyed hash: without the key file, a stolen table does not even allow guessing."""
    return ring().search_hash("access.passcode", f"{passcode.id}:{code}")


def sweep(*, at: datetime) -> int:
    """Delete codes that have expired, save those by which a device is known again; returns how many."""
    expired = Passcode.objects.filter(expires_at__lte=at)
    return expired.exclude(first_used_at__gt=at - DEVICE_MEMORY).delete()[0]
