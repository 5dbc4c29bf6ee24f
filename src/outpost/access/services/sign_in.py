"""The officer's first factor, and what the audit keeps of coming in, going out and being refused."""

import unicodedata
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import transaction

from outpost.access import errors, throttle
from outpost.access.models import Denial, User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import end_sessions
from outpost.access.throttle import PASSWORD_TRIES, SOURCE_TRIES, Verdict, source_of
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import Refusal

DENIALS_APART = timedelta(minutes=1)


def normalise_username(text: str) -> str:
    """The one form of a user name: compatibility characters folded, no outer space, lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def check_password(username: str, password: str, *, address: str, at: datetime) -> User:
    """The account behind a user name and password. Raises LOCKED or WRONG_PASSWORD.

    An unknown name, a wrong password and a disabled account get the same answer after the same work (T6).
    """
    name, source = normalise_username(username), source_of(address)
    admit(throttle.take(SOURCE_TRIES, source, at=at), at=at)
    verdict = throttle.take(PASSWORD_TRIES, name, source, at=at)
    admit(verdict, at=at)
    user = authenticate(None, username=name, password=password)
    if not isinstance(user, User):
        if verdict.starts_lock:
            record_lock("password", User.objects.filter(username=name).first(), address=address, at=at)
        raise Refusal(errors.WRONG_PASSWORD)
    throttle.clear(PASSWORD_TRIES, name, source)
    throttle.give_back(SOURCE_TRIES, source)
    return user


def admit(verdict: Verdict, *, at: datetime) -> None:
    """Raise LOCKED with the minutes to wait when the try may not go on."""
    throttle.refuse(verdict, problem=errors.LOCKED, at=at)


def record_lock(factor: str, user: User | None, *, address: str, at: datetime) -> None:
    """Keep that wrong tries have locked one account for one source."""
    actor = Actor(id="anonymous", label="anonymous", address=address)
    record("access.locked", actor=actor, at=at, object_id=user.id if user else "", detail={"factor": factor})


def record_sign_in(user: User, *, first_factor: str, second_factor: str, address: str, at: datetime) -> None:
    """Keep that somebody came in, and by which factors: `password`, `passcode`, `passkey`; `totp`, `recovery`, ""."""
    actor = actor_of(user, is_verified=bool(second_factor), address=address)
    factors = {"first_factor": first_factor, "second_factor": second_factor}
    record("access.signed_in", actor=actor, at=at, object_id=user.id, detail=factors)


@transaction.atomic
def sign_out(user: User, *, actor: Actor, at: datetime) -> None:
    """End all sessions of the account, on every device (A4)."""
    end_sessions(user.id)
    record("access.signed_out", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def record_denial(refusal: Refusal, *, actor: Actor, route: str, at: datetime) -> None:
    """Keep that somebody was refused for lack of a right (L2). `route` is the name of the page or call.

    The first is recorded at once; what follows within DENIALS_APART is counted and recorded together, by the next one
    or by `record_denials`, so that nobody floods the audit.
    """
    action = str(refusal.fields.get("action", ""))
    fresh = Denial(actor_id=actor.id, action=action, route=route, recorded_at=at - DENIALS_APART)
    Denial.objects.bulk_create([fresh], ignore_conflicts=True)
    denial = Denial.objects.select_for_update().get(actor_id=actor.id, action=action, route=route)
    denial.actor_label, denial.address = actor.label, actor.address
    denial.count += 1
    denial.save(update_fields=["actor_label", "address", "count"])
    if at - denial.recorded_at >= DENIALS_APART:
        _record_counted(denial, at=at)


@transaction.atomic
def record_denials(*, at: datetime) -> None:
    """Record what was counted and nobody was refused after; forget who was not refused for a day."""
    counted = Denial.objects.select_for_update().filter(count__gt=0, recorded_at__lte=at - DENIALS_APART)
    for denial in counted.order_by("id"):
        _record_counted(denial, at=at)
    Denial.objects.filter(count=0, recorded_at__lt=at - timedelta(days=1)).delete()


def _record_counted(denial: Denial, *, at: datetime) -> None:
    actor = Actor(id=denial.actor_id, label=denial.actor_label, address=denial.address)
    detail = {"action": denial.action, "route": denial.route}
    count, denial.count, denial.recorded_at = denial.count, 0, at
    denial.save(update_fields=["count", "recorded_at"])
    record("access.denied", actor=actor, at=at, count=count, detail=detail)
