"""Passkeys (WebAuthn): a phone account signs in by the lock of its own device instead of a code from a message.

Each is bound by the browser to the host where it was added, so no other page can ask for it. The device asks its
owner (finger, face, PIN) each time.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from outpost.access import errors, throttle
from outpost.access.models import Passkey, User
from outpost.access.services.sign_in import admit
from outpost.access.throttle import SOURCE_TRIES, source_of
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticationCredential

CHALLENGE_BYTES = 32
MOST = 10
"""Passkeys of one account."""
# Whatever a made-up answer leads the library to, beside its own WebAuthnException.
_MALFORMED = (ValueError, TypeError, KeyError, RecursionError)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a browser meets us: the `host` (no port), to which passkeys are bound, and the `origin` of our pages."""

    host: str
    origin: str


def new_challenge() -> bytes:
    """What the device must sign this time; good once."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def creation_options(user: User, *, challenge: bytes, site: Site) -> str:
    """What the browser is asked to make a passkey of, as JSON. A device that has one already says so itself."""
    from webauthn import base64url_to_bytes, generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    known = Passkey.objects.filter(user=user).values_list("credential_id", flat=True)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Outpost",
        user_id=user.id.bytes,
        user_name=user.display_name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
    )
    return options_to_json(options)


def request_options(*, challenge: bytes, site: Site) -> str:
    """What the browser is asked to sign in with, as JSON: any passkey that the device has for this host."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


@transaction.atomic
def add_passkey(
    user: User, answer: str, *, label: str, challenge: bytes, site: Site, actor: Actor, at: datetime
) -> Passkey:
    """Take up the passkey that the browser has made (`answer`: its JSON). Raises PASSKEY_REFUSED, PASSKEYS_ENOUGH.

    NOT_FOUND for officers, who sign in by password and authenticator, and for an account without a right: it would let
    in whoever had the number before its next holder.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    owner = User.objects.select_for_update().get(id=user.id)
    if owner.phone_hash is None or not owner.grants.filter(revoked_at__isnull=True).exists():
        raise Refusal(NOT_FOUND)
    if Passkey.objects.filter(user=owner).count() >= MOST:
        raise Refusal(errors.PASSKEYS_ENOUGH, most=MOST)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, *_MALFORMED):
        raise Refusal(errors.PASSKEY_REFUSED) from None
    credential_id = bytes_to_base64url(made.credential_id)
    if Passkey.objects.filter(credential_id=credential_id).exists():
        raise Refusal(errors.PASSKEY_REFUSED)
    passkey = Passkey(
        user=owner,
        credential_id=credential_id,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        label=label,
        created_at=at,
    )
    passkey.save(force_insert=True)
    record("access.passkey_added", actor=actor, at=at, object_id=user.id)
    return passkey


@transaction.atomic
def remove_passkey(user: User, passkey_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Let nobody in with this passkey of one's own any more. Raises NOT_FOUND for another's."""
    deleted, _by_table = Passkey.objects.filter(user=user, id=passkey_id).delete()
    if not deleted:
        raise Refusal(NOT_FOUND)
    record("access.passkey_removed", actor=actor, at=at, object_id=user.id)


def enter_passkey(answer: str, *, challenge: bytes, site: Site, address: str, at: datetime) -> User:
    """The account behind what the browser has signed (`answer`: its JSON). Raises LOCKED or WRONG_PASSKEY.

    An unknown passkey, a wrong signature and a disabled account get the same answer.
    """
    from webauthn.helpers import parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    source = source_of(address)
    admit(throttle.take(SOURCE_TRIES, source, at=at), at=at)
    try:
        credential = parse_authentication_credential_json(answer)
        user = _use(credential, challenge=challenge, site=site, at=at)
    except (WebAuthnException, *_MALFORMED, Passkey.DoesNotExist):
        raise Refusal(errors.WRONG_PASSKEY) from None
    throttle.give_back(SOURCE_TRIES, source)
    return user


@transaction.atomic
def _use(credential: "AuthenticationCredential", *, challenge: bytes, site: Site, at: datetime) -> User:
    """Check the signature and keep the device's count, which shows copies. Raises what `enter_passkey` catches."""
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers import bytes_to_base64url

    rows = Passkey.objects.select_related("user").select_for_update(of=("self",))
    passkey = rows.get(credential_id=bytes_to_base64url(credential.raw_id), user__is_active=True)
    used = verify_authentication_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=site.host,
        expected_origin=site.origin,
        credential_public_key=base64url_to_bytes(passkey.public_key),
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    passkey.sign_count, passkey.used_at = used.new_sign_count, at
    passkey.save(update_fields=["sign_count", "used_at"])
    return passkey.user
