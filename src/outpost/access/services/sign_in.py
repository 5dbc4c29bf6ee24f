"""The officer's first factor, and what the audit keeps of coming in, going out and being refused."""

import math
import unicodedata
from datetime import datetime

from django.contrib.auth import authenticate
from django.db import transaction

from outpost.access import errors, throttle
from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import end_sessions
from outpost.access.throttle import PASSWORD_TRIES, SOURCE_TRIES, Verdict, source_of
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import Refusal


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
    if verdict.locked_until_at is not None:
        raise Refusal(errors.LOCKED, minutes=minutes_until(verdict.locked_until_at, at=at))


def minutes_until(until_at: datetime, *, at: datetime) -> int:
    """Whole minutes to wait, at least one."""
    return max(1, math.ceil((until_at - at).total_seconds() / 60))


def record_lock(factor: str, user: User | None, *, address: str, at: datetime) -> None:
    """Keep that wrong tries have locked one account for one source."""
    actor = Actor(id="anonymous", label="anonymous", address=address)
    record("access.locked", actor=actor, at=at, object_id=user.id if user else "", detail={"factor": factor})


def record_sign_in(user: User, *, first_factor: str, second_factor: str, address: str, at: datetime) -> None:
    """Keep that somebody came in, and by which factors (`password` or `passcode`; `totp`, `recovery` or "")."""
    actor = actor_of(user, is_verified=bool(second_factor), address=address)
    factors = {"first_factor": first_factor, "second_factor": second_factor}
    record("access.signed_in", actor=actor, at=at, object_id=user.id, detail=factors)


@transaction.atomic
def sign_out(user: User, *, actor: Actor, at: datetime) -> None:
    """End all sessions of the account, on every device (A4)."""
    end_sessions(user.id)
    record("access.signed_out", actor=actor, at=at, object_id=user.id)


def record_denial(refusal: Refusal, *, actor: Actor, route: str, at: datetime) -> None:
    """Keep that somebody was refused for lack of a right (L2). `route` is the name of the page or call."""
    detail = {"action": str(refusal.fields.get("action", "")), "route": route}
    record("access.denied", actor=actor, at=at, detail=detail)
