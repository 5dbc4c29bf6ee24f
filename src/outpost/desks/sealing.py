"""Entries are sealed to the server: a device cannot read back what it has sealed. Pure apart from the key ring, which
is always an argument; `field/src/domain/sealing.ts` is the other side, held to this one by tests/shared/sealing.json.

A sealed entry is an ephemeral public point (65 bytes), a nonce (12), AES-256-GCM with its tag, in base64url. The key is
HKDF-SHA256 of the shared secret with the entry's id; the id and number are bound to it, too.

A list of people goes the other way: under a key of its own, which is sealed once for each PIN (`list_key`). So a device
that lies about holds it unread, and whoever works there reads it without a network.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outpost.core.crypto import KeyRing
from outpost.core.curve import CURVE, private_key, public_point

_KEY = "desks.seal"
_CONTEXT = b"outpost.desks.entry.1"
_LIST = b"outpost.desks.people.1"
POINT, _NONCE, _TAG = 65, 12, 16


def seal_key(keys: KeyRing) -> tuple[int, bytes]:
    """The number and the public point of the key to which entries are sealed now."""
    return keys.newest % 256, public_point(private_key(keys, _KEY, keys.newest))


def opened(keys: KeyRing, sealed: bytes, entry_id: UUID, seq: int) -> bytes | None:
    """What was sealed under this id and number, with whatever version of our key; None for anything else."""
    ours = (private_key(keys, _KEY, version) for version in reversed(keys.versions))
    return opened_by(ours, sealed, entry_id, seq)


def opened_by(
    ours: Iterable[ec.EllipticCurvePrivateKey], blob: bytes, entry_id: UUID, seq: int
) -> bytes | None:
    """The same with the first of these keys that fits; `blob` is what was sealed."""
    if len(blob) < POINT + _NONCE + _TAG:
        return None
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, blob[:POINT])
    except ValueError:
        return None
    for key in ours:
        plain = _opened(key, public, blob[POINT:], entry_id, seq)
        if plain is not None:
            return plain
    return None


def sealed_to(public: bytes, plain: bytes, entry_id: UUID, seq: int) -> str:
    """The same as a device seals it."""
    own = ec.generate_private_key(CURVE)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public))
    nonce = os.urandom(_NONCE)
    box = AESGCM(_entry_key(shared, entry_id)).encrypt(nonce, plain, _bound(entry_id, seq))
    return b64u(public_point(own) + nonce + box)


def _opened(
    key: ec.EllipticCurvePrivateKey, public: ec.EllipticCurvePublicKey, box: bytes, entry_id: UUID, seq: int
) -> bytes | None:
    cipher = AESGCM(_entry_key(key.exchange(ec.ECDH(), public), entry_id))
    try:
        return cipher.decrypt(box[:_NONCE], box[_NONCE:], _bound(entry_id, seq))
    except InvalidTag:
        return None


def _entry_key(shared: bytes, entry_id: UUID) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_CONTEXT + entry_id.bytes).derive(shared)


def _bound(entry_id: UUID, seq: int) -> bytes:
    return entry_id.bytes + seq.to_bytes(8)


def list_key(pin: str, salt: bytes, rounds: int) -> bytes:
    """The key that a PIN opens lists by; another than what proves the PIN."""
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), salt + _LIST, rounds)


def list_sealed(plain: bytes, openers: Mapping[UUID, bytes], device_id: UUID) -> dict[str, Any]:
    """A list as a device keeps it: `openers` are the keys of those who may read it there, by who they are."""
    own = AESGCM.generate_key(256)
    keys = {
        str(member): _boxed(key, own, _LIST + device_id.bytes + member.bytes)
        for member, key in openers.items()
    }
    return {"sealed": _boxed(own, plain, _LIST + device_id.bytes), "keys": keys}


def _boxed(key: bytes, plain: bytes, bound: bytes) -> str:
    nonce = os.urandom(_NONCE)
    return b64u(nonce + AESGCM(key).encrypt(nonce, plain, bound))


def b64u(blob: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(blob).decode().rstrip("=")


def from_b64u(text: str) -> bytes | None:
    """The bytes of such a text; None for another."""
    try:
        blob = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return blob if b64u(blob) == text else None
