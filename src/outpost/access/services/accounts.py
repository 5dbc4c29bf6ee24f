"""Accounts: made, disabled, given a new password. Whoever manages them may not touch their own."""

import re
import secrets
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef

from outpost.access import errors, throttle
from outpost.access.actions import MANAGE_ACCESS
from outpost.access.models import Grant, Passcode, Passkey, Session, User
from outpost.access.queries import actor_of
from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.core.masking import mask_phone
from outpost.core.phones import normalise_phone
from outpost.core.rights import WHOLE, Role

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
ADMINISTRATOR = "admin"
INITIAL_PASSWORD_BYTES = 12
ACCOUNT_DISABLED = "access.account_disabled"


def account_to_manage(user_id: UUID, *, actor: Actor) -> User:
    """The locked row of somebody else's account, for an actor who manages accounts."""
    actor.require(MANAGE_ACCESS)
    if actor.id == f"user:{user_id}":
        raise Refusal(errors.NOT_TO_YOURSELF)
    return or_not_found(User.objects.select_for_update().filter(id=user_id).first())


def end_sessions(*user_ids: UUID) -> None:
    """End every session of these accounts, also those that are being stored just now (by the epoch)."""
    User.objects.filter(id__in=user_ids).update(session_epoch=F("session_epoch") + 1)
    Session.objects.filter(user_id__in=user_ids).delete()


def forget_passkeys_without_right(*user_ids: UUID, actor: Actor, at: datetime) -> None:
    """Remove the passkeys of those of these accounts that hold no right any more: the next right of a phone number may
    be somebody else's. Call it after `end_sessions`, whose lock on the account a new passkey waits for."""
    held = Grant.objects.filter(user=OuterRef("user"), revoked_at__isnull=True)
    passkeys = Passkey.objects.filter(~Exists(held), user_id__in=user_ids)
    owners = sorted(set(passkeys.values_list("user_id", flat=True)))
    Passkey.objects.filter(user_id__in=owners).delete()
    for owner in owners:
        record("access.passkey_removed", actor=actor, at=at, object_id=owner)


def initial_password() -> str:
    """A random password for one sign-in, after which its owner must choose another."""
    return secrets.token_urlsafe(INITIAL_PASSWORD_BYTES)


@transaction.atomic
def create_officer(username: str, display_name: str = "", *, actor: Actor, at: datetime) -> tuple[User, str]:
    """A new account for user name and password, without any right. Returns it with its initial password."""
    actor.require(MANAGE_ACCESS)
    user, password = _new_officer(username, display_name, at=at)
    record("access.account_created", actor=actor, at=at, object_id=user.id, detail={"kind": "officer"})
    return user, password


def _new_officer(username: str, display_name: str, *, at: datetime) -> tuple[User, str]:
    name = username.strip().lower()
    if not USERNAME.fullmatch(name):
        raise Refusal(errors.USERNAME_MALFORMED)
    user = User(username=name, display_name=display_name.strip(), must_change_password=True, created_at=at)
    password = initial_password()
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Refusal(errors.USERNAME_TAKEN, username=name) from None
    return user, password


def new_phone_account(phone: str, *, at: datetime) -> User:
    """The unsaved account of a phone in normal form. Its user name is as random as its id."""
    user = User(id=new_id(), display_name=mask_phone(phone), created_at=at)
    user.username = f"phone-{user.id}"
    user.set_unusable_password()
    user.phone_hash = ring().search_hash("phone", phone)
    user.sealed_phone = ring().seal(phone.encode(), user.sealing_context)
    return user


@transaction.atomic
def open_phone_account(phone: str, *, address: str, at: datetime) -> User:
    """The account of a phone whose holder has just proved to have it, made when it is new; it has no right."""
    new = new_phone_account(phone, at=at)
    User.objects.bulk_create([new], ignore_conflicts=True)
    user = User.objects.get(phone_hash=new.phone_hash)
    if user.id == new.id:
        actor = actor_of(user, is_verified=False, address=address)
        record("access.account_created", actor=actor, at=at, object_id=user.id, detail={"kind": "citizen"})
    return user


@transaction.atomic
def create_phone_account(phone: str, *, actor: Actor, at: datetime) -> User:
    """A new account for phone and passcode, without any right."""
    actor.require(MANAGE_ACCESS)
    user = new_phone_account(normalise_phone(phone), at=at)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Refusal(errors.PHONE_TAKEN) from None
    record("access.account_created", actor=actor, at=at, object_id=user.id, detail={"kind": "phone"})
    return user


@transaction.atomic
def disable_account(user_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Let nobody in with this account any more; sessions end at once, passkeys go, grants stay for a later return.
    What its phones check in by follows (`people.end_tokens`)."""
    user = account_to_manage(user_id, actor=actor)
    if not user.is_active:
        return
    user.is_active, user.disabled_at = False, at
    user.save(update_fields=["is_active", "disabled_at"])
    end_sessions(user.id)
    user.passkeys.all().delete()
    announce(ACCOUNT_DISABLED, account_id=str(user.id))
    record(ACCOUNT_DISABLED, actor=actor, at=at, object_id=user.id)


@transaction.atomic
def close_account(user: User, *, actor: Actor, at: datetime) -> None:
    """Erase what a phone account holds of its owner, who wants it; the row stays, without anybody behind it.

    The phone may open a new account at once. Raises RIGHTS_HELD while the account has rights.
    """
    if Grant.objects.filter(user=user, revoked_at__isnull=True).exists():
        raise Refusal(errors.RIGHTS_HELD)
    end_sessions(user.id)
    user.passkeys.all().delete()
    Passcode.objects.filter(phone_hash=user.phone_hash).delete()
    user.phone_hash = user.sealed_phone = user.sealed_contacts = None
    user.display_name, user.is_active, user.disabled_at = "", False, at
    user.save(
        update_fields=[
            *("phone_hash", "sealed_phone", "sealed_contacts"),
            *("display_name", "is_active", "disabled_at"),
        ]
    )
    record("access.account_closed", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def enable_account(user_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Let a disabled account in again, with the grants that it still has."""
    user = account_to_manage(user_id, actor=actor)
    if user.is_active:
        return
    user.is_active, user.disabled_at = True, None
    user.save(update_fields=["is_active", "disabled_at"])
    record("access.account_enabled", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def reset_password(user_id: UUID, *, actor: Actor, at: datetime) -> str:
    """A new initial password for an officer; the old one and all sessions end. Returned once."""
    user = account_to_manage(user_id, actor=actor)
    if user.phone_hash is not None:
        raise Refusal(NOT_FOUND)  # phone accounts have no password
    password = initial_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    end_sessions(user.id)
    record("access.password_reset", actor=actor, at=at, object_id=user.id)
    return password


@transaction.atomic
def reset_second_factor(user_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Forget a lost authenticator and its recovery codes; the next sign-in enrols a new one. Auditors and the command
    group are told: with a new password, too, whoever did it could be that account."""
    user = account_to_manage(user_id, actor=actor)
    user.sealed_totp, user.recovery_code_hashes = None, []
    user.save(update_fields=["sealed_totp", "recovery_code_hashes"])
    end_sessions(user.id)
    throttle.clear(throttle.SECOND_FACTOR_TRIES, str(user.id))
    if not actor.is_system:
        announce("access.wide_right", request_id=str(new_id()), state="factor")
    record("access.second_factor_reset", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def change_password(user: User, new_password: str, *, actor: Actor, at: datetime) -> None:
    """The owner's own new password, when strong enough and not the old one. All other sessions end.

    `user` gets the new hash and epoch, so that the session that asked can be kept.
    """
    if user.check_password(new_password):
        raise Refusal(errors.PASSWORD_SAME)
    try:
        validate_password(new_password, user)
    except ValidationError as error:
        raise Refusal(errors.PASSWORD_WEAK, reasons=" ".join(error.messages)) from None
    user.set_password(new_password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    end_sessions(user.id)
    user.refresh_from_db(fields=["session_epoch"])
    record("access.password_changed", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def end_other_sessions(user: User, *, actor: Actor, at: datetime) -> None:
    """End all sessions of one's own account. `user` gets the new epoch, so that the one that asked can be kept."""
    end_sessions(user.id)
    user.refresh_from_db(fields=["session_epoch"])
    record("access.sessions_ended", actor=actor, at=at, object_id=user.id)


@transaction.atomic
def first_administrator(*, at: datetime) -> tuple[str, str] | None:
    """Make the account `admin` with the right to manage accounts, when neither it nor such a right is there yet.

    Returns its user name and initial password (shown once, changed at the first sign-in), else None.
    """
    held = Grant.objects.filter(role=Role.SECURITY, revoked_at__isnull=True, user__is_active=True)
    if held.exists() or User.objects.filter(username=ADMINISTRATOR).exists():
        return None
    actor = Actor.system("access.init")
    user, password = _new_officer(ADMINISTRATOR, "", at=at)
    Grant(user=user, role=Role.SECURITY, scope_kind=WHOLE, granted_by=actor.id, granted_at=at).save(
        force_insert=True
    )
    detail = {"role": Role.SECURITY, "scope": WHOLE}
    record("access.granted", actor=actor, at=at, object_id=user.id, detail=detail)
    return user.username, password
