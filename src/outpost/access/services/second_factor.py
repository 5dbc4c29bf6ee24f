"""The authenticator app (TOTP, RFC 6238) and the recovery codes for the day it is lost."""

import re
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils.crypto import constant_time_compare

from outpost.access import errors, throttle
from outpost.access.models import User
from outpost.access.services.sign_in import admit, record_lock
from outpost.access.throttle import SECOND_FACTOR_TRIES
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal

ISSUER = "Outpost"
DIGITS = 6
STEP_SECONDS = 30
DRIFT_STEPS = 1  # a clock may be half a minute off, either way
SECRET_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks alike
RECOVERY_GROUPS, RECOVERY_GROUP = 3, 4
_CODE = re.compile(r"[0-9]{6}")


def new_secret() -> bytes:
    """A secret to show as a QR code; it counts once `enrol` has seen a code made from it."""
    return secrets.token_bytes(SECRET_BYTES)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - what authenticator apps speak


def provisioning_uri(user: User, secret: bytes) -> str:
    """The `otpauth://` address that an authenticator app reads."""
    return _totp(secret).get_provisioning_uri(user.username, ISSUER)


def code_at(secret: bytes, at: datetime) -> str:
    """The code that the app shows at an instant."""
    return _totp(secret).generate(int(at.timestamp())).decode()


@transaction.atomic
def enrol(user: User, secret: bytes, code: str, *, actor: Actor, at: datetime) -> list[str]:
    """Take up an authenticator that has shown a right code; returns the recovery codes, shown once."""
    step = _matching_step(secret, code, at=at)
    if step is None:
        raise Refusal(errors.WRONG_SECOND_FACTOR)
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    enrolled = User.objects.filter(id=user.id, sealed_totp__isnull=True).update(
        sealed_totp=ring().seal(secret, user.sealing_context),
        totp_last_step=step,
        recovery_code_hashes=[_recovery_hash(user, recovery) for recovery in codes],
    )
    if not enrolled:  # another tab was faster: its authenticator counts
        raise Refusal(errors.SIGN_IN_EXPIRED)
    record("access.second_factor_enrolled", actor=actor, at=at, object_id=user.id)
    return codes


def check_second_factor(user: User, text: str, *, address: str, at: datetime) -> str:
    """Accept a code of the authenticator or a recovery code, each once; returns `totp` or `recovery`.

    Raises LOCKED or WRONG_SECOND_FACTOR. Wrong tries lock the account for every source: only who knows
    the first factor gets here.
    """
    verdict = throttle.take(SECOND_FACTOR_TRIES, str(user.id), at=at)
    admit(verdict, at=at)
    compact = re.sub(r"[\s-]", "", text).lower()
    if _CODE.fullmatch(compact):
        used = "totp" if _use_totp(user, compact, at=at) else ""
    else:
        used = "recovery" if _use_recovery_code(user, compact) else ""
    if not used:
        if verdict.starts_lock:
            record_lock("second_factor", user, address=address, at=at)
        raise Refusal(errors.WRONG_SECOND_FACTOR)
    throttle.clear(SECOND_FACTOR_TRIES, str(user.id))
    return used


def _matching_step(secret: bytes, code: str, *, at: datetime) -> int | None:
    """The time step whose code this is, among those near now."""
    now = int(at.timestamp()) // STEP_SECONDS
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if constant_time_compare(_totp(secret).generate(step * STEP_SECONDS), code):
            return step
    return None


def _use_totp(user: User, code: str, *, at: datetime) -> bool:
    """Use up a code: its step, and all before it, are refused from now on, also in parallel."""
    if user.sealed_totp is None:
        return False
    step = _matching_step(ring().open(user.sealed_totp, user.sealing_context), code, at=at)
    if step is None:
        return False
    return bool(User.objects.filter(id=user.id, totp_last_step__lt=step).update(totp_last_step=step))


def _recovery_code() -> str:
    letters = [secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_GROUPS * RECOVERY_GROUP)]
    return "-".join("".join(letters[i::RECOVERY_GROUPS]) for i in range(RECOVERY_GROUPS))


def _recovery_hash(user: User, code: str) -> str:
    return ring().search_hash("access.recovery", f"{user.id}:{code.replace('-', '')}").hex()


@transaction.atomic
def _use_recovery_code(user: User, code: str) -> bool:
    row = User.objects.select_for_update().get(id=user.id)
    hashed = _recovery_hash(user, code)
    if hashed not in row.recovery_code_hashes:
        return False
    row.recovery_code_hashes.remove(hashed)
    row.save(update_fields=["recovery_code_hashes"])
    return True
